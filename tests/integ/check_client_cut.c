/*
 * check_client_cut.c - libaigw against a scripted daemon whose connections are
 * cut in the middle of an answer (F56).
 */
#include "support/client_fixture.h"
#include "support/suite.h"

enum {
    STREAM_BYTES = 230, /* More than the whole of the stream takes. */
    STRIDE = 7          /* Where not every byte is tried. */
};

static const char prompt[] = "why is caf\xc3\xa9 \xe6\xbc\xa2 blue";

static void
expect_whole(const struct story *story, const struct aigw_value *result)
{
    ck_assert_str_eq(story->text, prompt);
    ck_assert_str_eq(aigw_get_str(result, "content", "?"), prompt);
    ck_assert_int_eq(scripted_server_prompts(server), 1);
}

/* The loop's index is the byte after which the connection ends. */
START_TEST(a_blocking_call_survives_a_cut_anywhere)
{
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_value *result;

    scripted_server_cut(server, 1, (size_t)_i);
    ck_assert_int_eq(generate(prompt, &h, &result), 0);
    expect_whole(&story, result);
    aigw_value_free(result);
}

END_TEST

static void
keep_result(void *ctx, int code, const struct aigw_value *result,
            const char *text)
{
    on_done(ctx, code, result, text);
    expect_whole(ctx, result);
}

START_TEST(a_submitted_call_survives_a_cut_anywhere)
{
    struct aigw_generate_params params;
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);

    scripted_server_cut(server, 1, (size_t)_i * STRIDE);
    h.done = keep_result;
    aigw_generate_params_init(&params);
    params.prompt = prompt;
    ck_assert_int_eq(aigw_submit_generate(client, &params, &h, NULL), 0);
    while (story.n_done == 0)
        ck_assert_int_eq(aigw_wait(client, 5000), 0);
    ck_assert_uint_eq(aigw_in_flight(client), 0);
}

END_TEST

/* A piece takes about forty bytes, and so does the answer. */
START_TEST(a_call_survives_cuts_as_long_as_it_comes_forward)
{
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_value *result;

    scripted_server_cut(server, 100, 60);
    ck_assert_int_eq(generate("one two three four five", &h, &result), 0);
    ck_assert_str_eq(story.text, "one two three four five");
    aigw_value_free(result);
    aigw_free(client);

    client = make_client(0, 5000);
    scripted_server_cut(server, 100, 20);
    story = (struct story){.seq = 0};
    ck_assert_int_eq(generate("six seven", &h, &result), AIGW_ERR_CLOSED);
    ck_assert_str_eq(story.text, "");
}

END_TEST

START_TEST(a_call_that_is_resumed_by_hand_survives_a_cut)
{
    struct aigw_value *params = aigw_value_map();
    struct aigw_generate_params generate;
    struct story story = {.seq = 2};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_value *result;
    char id[AIGW_ID_SIZE];

    aigw_new_id(id);
    aigw_generate_params_init(&generate);
    generate.prompt = prompt;
    generate.request_id = id;
    ck_assert_int_eq(aigw_generate(client, &generate, NULL, &result), 0);
    aigw_value_free(result);
    aigw_free(client);
    client = make_client(0, 5000);

    scripted_server_cut(server, 1, (size_t)_i * STRIDE);
    (void)aigw_value_set_str(params, "request_id", id);
    (void)aigw_value_set_int(params, "from_seq", 3);
    ck_assert_int_eq(
        aigw_call_stream(client, "session.resume", params, &h, &result), 0);
    ck_assert_str_eq(story.text, prompt + strlen("why is "));
    aigw_value_free(result);
    (void)aigw_value_set_str(params, "request_id", "unknown");
    ck_assert_int_eq(
        aigw_call_stream(client, "session.resume", params, &h, &result),
        AIGW_ERR_NOT_FOUND);
    aigw_value_free(params);
}

END_TEST

static void
forget_when_lost(void *ctx, enum aigw_state state, int code, const char *text)
{
    (void)ctx;
    (void)code;
    (void)text;
    if (state == AIGW_STATE_WAITING)
        scripted_server_forget(server);
}

START_TEST(a_call_that_the_daemon_forgot_ends_with_what_came)
{
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_value *result;

    scripted_server_cut(server, 1, 60);
    aigw_on_state(client, forget_when_lost, NULL);
    ck_assert_int_eq(generate(prompt, &h, &result), AIGW_ERR_CLOSED);
    assert_contains(aigw_error_text(client), "rest of the answer is gone");
    assert_contains(aigw_error_text(client), "no such thing");
    ck_assert_ptr_null(result);
    ck_assert_str_eq(story.text, "why ");
    ck_assert_int_eq(scripted_server_prompts(server), 1);
}

END_TEST

START_TEST(a_caller_that_does_not_come_back_is_not_kept)
{
    struct aigw_generate_params params;
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_value *result;

    if (_i == 0) {
        aigw_free(client);
        client = make_client(AIGW_FLAG_NO_RESEND, 5000);
    }
    aigw_generate_params_init(&params);
    params.prompt = prompt;
    params.on_disconnect = _i == 1 ? "cancel" : NULL;
    scripted_server_cut(server, 1, 60);
    ck_assert_int_eq(aigw_generate(client, &params, &h, &result),
                     AIGW_ERR_CLOSED);
    assert_contains(aigw_error_text(client), "may have been produced");
    ck_assert_str_eq(story.text, "why ");
}

END_TEST

/* The daemon is away for longer than a call waits for it. */
static void
stop_when_lost(void *ctx, enum aigw_state state, int code, const char *text)
{
    (void)ctx;
    (void)code;
    (void)text;
    if (state == AIGW_STATE_WAITING && server) {
        scripted_server_stop(server);
        server = NULL;
    }
}

START_TEST(a_daemon_that_does_not_come_back_ends_the_call)
{
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_value *result;

    aigw_free(client);
    client = make_client(0, 100);
    scripted_server_cut(server, 1, 60);
    aigw_on_state(client, stop_when_lost, NULL);
    ck_assert_int_eq(generate(prompt, &h, &result), AIGW_ERR_CLOSED);
    assert_contains(aigw_error_text(client), "may have been produced");
    ck_assert_str_eq(story.text, "why ");
    server = scripted_server_start(path, false);
}

END_TEST

/* Nobody else knows the made-up name of the first of the two calls. */
START_TEST(freeing_a_client_stops_what_nobody_can_come_back_for)
{
    struct aigw_generate_params params;
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);

    aigw_generate_params_init(&params);
    params.prompt = "hang";
    ck_assert_int_eq(aigw_submit_generate(client, &params, &h, NULL), 0);
    params.request_id = "mine";
    ck_assert_int_eq(aigw_submit_generate(client, &params, &h, NULL), 0);
    ck_assert_int_eq(aigw_connect(client), 0);
    ck_assert_int_eq(aigw_dispatch(client), 0);
    aigw_free(client);
    client = NULL;
    ck_assert_int_eq(story.n_done, 2);
    ck_assert(scripted_server_saw_hanging(server, 2));
    ck_assert(scripted_server_saw_cancels(server, 1));
    client = make_client(0, 5000);
    aigw_value_free(call("echo", "[1]"));
    ck_assert_int_eq(scripted_server_cancels(server), 1);
}

END_TEST

START_TEST(made_up_ids_are_uuids)
{
    char a[AIGW_ID_SIZE];
    char b[AIGW_ID_SIZE];

    aigw_new_id(a);
    aigw_new_id(b);
    ck_assert_str_ne(a, b);
    ck_assert_uint_eq(strlen(a), AIGW_ID_SIZE - 1);
    ck_assert_uint_eq(strspn(a, "0123456789abcdef-"), AIGW_ID_SIZE - 1);
    ck_assert_int_eq(a[14], '4');
    ck_assert_ptr_nonnull(strchr("89ab", a[19]));
}

END_TEST

static Suite *
client_cut_suite(void)
{
    Suite *suite = suite_create("client_cut");
    TCase *tc = tcase_create("cuts");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 30);
    tcase_add_loop_test(tc, a_blocking_call_survives_a_cut_anywhere, 0,
                        STREAM_BYTES);
    tcase_add_loop_test(tc, a_submitted_call_survives_a_cut_anywhere, 0,
                        STREAM_BYTES / STRIDE);
    tcase_add_loop_test(tc, a_call_that_is_resumed_by_hand_survives_a_cut, 0,
                        STREAM_BYTES / STRIDE);
    tcase_add_test(tc, a_call_survives_cuts_as_long_as_it_comes_forward);
    tcase_add_test(tc, a_call_that_the_daemon_forgot_ends_with_what_came);
    tcase_add_loop_test(tc, a_caller_that_does_not_come_back_is_not_kept, 0, 2);
    tcase_add_test(tc, a_daemon_that_does_not_come_back_ends_the_call);
    tcase_add_test(tc, freeing_a_client_stops_what_nobody_can_come_back_for);
    tcase_add_test(tc, made_up_ids_are_uuids);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(client_cut_suite());
}
