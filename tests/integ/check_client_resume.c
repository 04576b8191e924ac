/*
 * check_client_resume.c - libaigw with the real daemon, when connections are
 * cut and when the daemon dies (F56, F63 for calls).
 */
#include "integ/cutter.h"
#include "mock/mock_answer.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <aigw/aigw.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_TOKENS = 100,
    N_ASKS = 5,
    CUT_MIN_BYTES = 1000, /* More than a greeting. */
    CUT_MAX_BYTES = 6000, /* More than a greeting and an answer. */
    N_AT_ONCE = 8,
    KILLED_AT = 20 /* Pieces. */
};

static struct gateway g;
static struct aigw *client;

static struct aigw *
make_client(const char *socket)
{
    struct aigw_options options;

    aigw_options_init(&options);
    options.socket_path = socket;
    options.connect_timeout_ms = 20000;
    return aigw_new(&options);
}

static void
setup(void)
{
    memset(&g, 0, sizeof(g));
    g.keeps_state = true;
    test_provider_start(&g.mocks[0], "--token-interval-ms", "5", "--tokens",
                        "100", NULL);
    gateway_start(&g);
}

static void
teardown(void)
{
    aigw_free(client);
    gateway_stop(&g);
}

/* What the caller was told. */
struct story {
    char *text;
    size_t size;
    uint64_t seq;
    bool done;
};

static void
tell(struct story *story, const struct aigw_delta *delta)
{
    ck_assert_uint_eq(delta->seq, story->seq + 1);
    story->seq = delta->seq;
    story->text = realloc(story->text, story->size + delta->size + 1);
    ck_assert_ptr_nonnull(story->text);
    memcpy(story->text + story->size, delta->text, delta->size + 1);
    story->size += delta->size;
}

static void
on_delta(void *ctx, const struct aigw_delta *delta)
{
    tell(ctx, delta);
}

static int
ask(const char *prompt, struct aigw_handlers *handlers,
    struct aigw_value **ret_result)
{
    struct aigw_generate_params params;

    aigw_generate_params_init(&params);
    params.prompt = prompt;
    return aigw_generate(client, &params, handlers, ret_result);
}

static void
expect_whole_answer(const char *prompt)
{
    char *want = mock_answer_text(prompt, N_TOKENS);
    struct story story = {.text = NULL};
    struct aigw_handlers handlers;
    struct aigw_value *result;
    int code;

    aigw_handlers_init(&handlers);
    handlers.ctx = &story;
    handlers.delta = on_delta;
    code = ask(prompt, &handlers, &result);
    ck_assert_msg(code == 0, "%s", aigw_error_text(client));
    ck_assert_str_eq(story.text, want);
    ck_assert_str_eq(aigw_get_str(result, "content", "?"), want);
    aigw_value_free(result);
    free(story.text);
    free(want);
}

START_TEST(an_answer_is_whole_however_often_its_connection_is_cut)
{
    struct cutter *cutter;
    char path[128];

    snprintf(path, sizeof(path), "%s/cut.sock", g.daemon.folder);
    cutter = cutter_start(path, g.daemon.socket, (uint64_t)_i + 1,
                          CUT_MIN_BYTES, CUT_MAX_BYTES);
    client = make_client(path);
    for (int i = 0; i < N_ASKS; i++) {
        char prompt[32];

        snprintf(prompt, sizeof(prompt), "story %d of %d", i, _i);
        expect_whole_answer(prompt);
    }
    ck_assert_int_eq(gateway_sends(&g, 0), N_ASKS);
    ck_assert_int_eq(gateway_sends(&g, 1), 0);
    ck_assert_int_ge(cutter_stop(cutter), N_ASKS);
}

END_TEST

static void
on_done(void *ctx, int code, const struct aigw_value *result, const char *text)
{
    struct story *story = ctx;

    ck_assert_msg(code == 0, "%s", text);
    ck_assert_str_eq(aigw_get_str(result, "content", "?"), story->text);
    story->done = true;
}

static void
submit(const char *prompt, struct story *story)
{
    struct aigw_generate_params params;
    struct aigw_handlers handlers;

    aigw_handlers_init(&handlers);
    handlers.ctx = story;
    handlers.delta = on_delta;
    handlers.done = on_done;
    aigw_generate_params_init(&params);
    params.prompt = prompt;
    ck_assert_int_eq(aigw_submit_generate(client, &params, &handlers, NULL), 0);
}

START_TEST(many_answers_on_one_connection_survive_its_cuts)
{
    struct story stories[N_AT_ONCE] = {{.text = NULL}};
    struct cutter *cutter;
    char path[128];

    snprintf(path, sizeof(path), "%s/cut.sock", g.daemon.folder);
    cutter = cutter_start(path, g.daemon.socket, 7, N_AT_ONCE * CUT_MIN_BYTES,
                          N_AT_ONCE * CUT_MAX_BYTES / 2);
    client = make_client(path);
    for (int i = 0; i < N_AT_ONCE; i++)
        submit("one of many", &stories[i]);
    while (aigw_in_flight(client) > 0)
        ck_assert_int_eq(aigw_wait(client, 20000), 0);
    for (int i = 0; i < N_AT_ONCE; i++) {
        ck_assert_int_eq(stories[i].done, true);
        ck_assert_uint_eq(stories[i].seq, N_TOKENS);
        free(stories[i].text);
    }
    ck_assert_int_eq(gateway_sends(&g, 0), N_AT_ONCE);
    ck_assert_int_ge(cutter_stop(cutter), 1);
}

END_TEST

static void
kill_and_tell(void *ctx, const struct aigw_delta *delta)
{
    tell(ctx, delta);
    if (delta->seq != KILLED_AT)
        return;
    process_kill(&g.daemon.process);
    test_daemon_spawn(&g.daemon, NULL);
    test_daemon_await(&g.daemon);
}

/* The pieces of the last moment may have been told and not stored. */
START_TEST(an_answer_on_which_the_daemon_died_is_told_as_far_as_it_came)
{
    char *want = mock_answer_text("once", N_TOKENS);
    struct story story = {.text = NULL};
    struct aigw_handlers handlers;
    struct aigw_value *result;
    const char *partial;

    client = make_client(g.daemon.socket);
    aigw_handlers_init(&handlers);
    handlers.ctx = &story;
    handlers.delta = kill_and_tell;
    ck_assert_int_eq(ask("once", &handlers, &result), 0);
    ck_assert_int_eq(aigw_get_bool(result, "success", true), false);
    ck_assert_str_eq(aigw_get_str(result, "error_code", "?"), "interrupted");
    ck_assert_uint_ge(story.seq, KILLED_AT);
    ck_assert_int_eq(strncmp(want, story.text, story.size), 0);
    partial = aigw_get_str(result, "partial", "");
    ck_assert_int_eq(strncmp(want, partial, strlen(partial)), 0);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    aigw_value_free(result);
    free(story.text);
    free(want);
}

END_TEST

static Suite *
client_resume_suite(void)
{
    Suite *suite = suite_create("client_resume");
    TCase *tc = tcase_create("coming back");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(
        tc, an_answer_is_whole_however_often_its_connection_is_cut, 0, 3);
    tcase_add_test(tc, many_answers_on_one_connection_survive_its_cuts);
    tcase_add_test(
        tc, an_answer_on_which_the_daemon_died_is_told_as_far_as_it_came);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(client_resume_suite());
}
