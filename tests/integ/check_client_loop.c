/*
 * check_client_loop.c - libaigw against a scripted daemon: calls in an event
 * loop, and what callbacks may do.
 */
#include "support/client_fixture.h"
#include "support/suite.h"

#include <poll.h>

static void
run_until(const int *n, int wanted)
{
    while (*n < wanted) {
        struct pollfd p = {.fd = aigw_fd(client),
                           .events = aigw_events(client)};

        ck_assert_int_ge(poll(&p, 1, aigw_timeout_ms(client)), 0);
        ck_assert_int_eq(aigw_dispatch(client), 0);
    }
}

START_TEST(many_calls_are_in_flight_and_answered_in_any_order)
{
    enum {
        N = 100
    };
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_value *now = aigw_value_array();

    (void)aigw_value_append_str(now, "now");
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(
            aigw_submit(client, "reverse", i < N - 1 ? NULL : now, &h, NULL),
            0);
    ck_assert_uint_eq(aigw_in_flight(client), N);
    ck_assert_int_eq(story.n_done, 0);
    run_until(&story.n_done, N);
    ck_assert_int_eq(story.code, 0);
    ck_assert_uint_eq(aigw_in_flight(client), 0);
    aigw_value_free(now);
}

END_TEST

START_TEST(a_submitted_call_can_be_forgotten)
{
    struct story story = {.seq = 0};
    struct story other = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_handlers g = handlers_for(&other);
    uint64_t id = 0;

    ck_assert_int_eq(aigw_connect(client), 0);
    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, &id), 0);
    ck_assert_int_eq(aigw_dispatch(client), 0);
    aigw_call_cancel(client, id);
    aigw_call_cancel(client, id);
    aigw_call_cancel(client, 12345);
    ck_assert_int_eq(aigw_submit(client, "echo", NULL, &g, NULL), 0);
    run_until(&other.n_done, 1);
    ck_assert_int_eq(story.n_done, 0);
    ck_assert(scripted_server_saw_cancels(server, 1));
}

END_TEST

START_TEST(freeing_ends_the_calls_in_flight)
{
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);

    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, NULL), 0);
    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, NULL), 0);
    ck_assert_int_eq(aigw_dispatch(client), 0);
    aigw_free(client);
    client = NULL;
    ck_assert_int_eq(story.n_done, 2);
    ck_assert_int_eq(story.code, AIGW_ERR_CANCELLED);
}

END_TEST

static void
free_on_delta(void *ctx, const struct aigw_delta *delta)
{
    int *n = ctx;

    (void)delta;
    (*n)++;
    aigw_free(client);
}

START_TEST(a_callback_may_free_the_client_of_a_blocking_call)
{
    struct aigw_handlers h;
    struct aigw_value *result;
    int n = 0;

    aigw_handlers_init(&h);
    h.ctx = &n;
    h.delta = free_on_delta;
    ck_assert_int_eq(generate("one two three", &h, &result),
                     AIGW_ERR_CANCELLED);
    ck_assert_ptr_null(result);
    ck_assert_int_eq(n, 1);
    client = NULL;
}

END_TEST

static void
free_on_done(void *ctx, int code, const struct aigw_value *result,
             const char *text)
{
    int *n = ctx;

    (void)result;
    (void)text;
    if ((*n)++ == 0) {
        ck_assert_int_eq(code, 0);
        aigw_free(client);
        ck_assert_int_eq(aigw_submit(client, "echo", NULL, NULL, NULL),
                         AIGW_ERR_CLOSED);
    } else {
        ck_assert_int_eq(code, AIGW_ERR_CANCELLED);
    }
}

START_TEST(a_callback_may_free_the_client_of_a_loop)
{
    struct aigw_handlers h;
    int n = 0;
    int code = 0;

    aigw_handlers_init(&h);
    h.ctx = &n;
    h.done = free_on_done;
    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, NULL), 0);
    ck_assert_int_eq(aigw_submit(client, "echo", NULL, &h, NULL), 0);
    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, NULL), 0);
    while (code == 0) {
        struct pollfd p = {.fd = aigw_fd(client), .events = POLLIN};

        (void)poll(&p, 1, aigw_timeout_ms(client));
        code = aigw_dispatch(client);
    }
    ck_assert_int_eq(code, AIGW_ERR_CANCELLED);
    ck_assert_int_eq(n, 3);
    client = NULL;
}

END_TEST

static void
block_on_delta(void *ctx, const struct aigw_delta *delta)
{
    struct aigw_value *result;

    (void)ctx;
    (void)delta;
    ck_assert_int_eq(aigw_call(client, "echo", NULL, &result), AIGW_ERR_BUSY);
    ck_assert_int_eq(aigw_wait(client, 0), AIGW_ERR_BUSY);
    ck_assert_int_eq(aigw_dispatch(client), AIGW_ERR_BUSY);
}

START_TEST(a_callback_cannot_block)
{
    struct aigw_handlers h;
    struct aigw_value *result;

    aigw_handlers_init(&h);
    h.delta = block_on_delta;
    ck_assert_int_eq(generate("one", &h, &result), 0);
    ck_assert_int_eq(aigw_error(client), 0);
    aigw_value_free(result);
}

END_TEST

static void
on_status(void *ctx, const char *method, const struct aigw_value *params)
{
    int *sum = ctx;

    ck_assert_str_eq(method, "status");
    *sum += (int)aigw_get_int(params, "0.n", 0);
}

START_TEST(notifications_are_waited_for)
{
    int sum = 0;

    aigw_on_notification(client, on_status, &sum);
    aigw_value_free(call("watch", NULL));
    while (sum < 3)
        ck_assert_int_eq(aigw_wait(client, 5000), 0);
    ck_assert_int_eq(aigw_wait(client, 20), AIGW_ERR_TIMEDOUT);
    aigw_cancel(client);
    ck_assert_int_eq(aigw_wait(client, -1), AIGW_ERR_CANCELLED);
}

END_TEST

static void
on_state(void *ctx, enum aigw_state state, int code, const char *text)
{
    char *log = ctx;
    size_t n = strlen(log);

    ck_assert_int_eq(state == AIGW_STATE_WAITING, code != 0);
    ck_assert_int_eq(state == AIGW_STATE_WAITING, text[0] != '\0');
    if (n < 60)
        log[n] = "icuw"[state];
}

START_TEST(states_are_told)
{
    char log[64] = "";

    aigw_on_state(client, on_state, log);
    ck_assert_int_eq(aigw_get_state(client), AIGW_STATE_IDLE);
    aigw_start(client);
    while (aigw_get_state(client) != AIGW_STATE_UP)
        ck_assert_int_eq(aigw_wait(client, 5000), 0);
    ck_assert_str_eq(log, "cu");
    scripted_server_stop(server);
    while (aigw_get_state(client) == AIGW_STATE_UP)
        ck_assert_int_eq(aigw_wait(client, 5000), 0);
    server = scripted_server_start(path, false);
    while (aigw_get_state(client) != AIGW_STATE_UP)
        ck_assert_int_eq(aigw_wait(client, 5000), 0);
    ck_assert_int_eq(strncmp(log, "cuwc", 4), 0);
    ck_assert_int_eq(log[strlen(log) - 1], 'u');
}

END_TEST

static void
add_loops(TCase *tc)
{
    tcase_add_test(tc, many_calls_are_in_flight_and_answered_in_any_order);
    tcase_add_test(tc, a_submitted_call_can_be_forgotten);
    tcase_add_test(tc, freeing_ends_the_calls_in_flight);
    tcase_add_test(tc, a_callback_may_free_the_client_of_a_blocking_call);
    tcase_add_test(tc, a_callback_may_free_the_client_of_a_loop);
    tcase_add_test(tc, a_callback_cannot_block);
    tcase_add_test(tc, notifications_are_waited_for);
    tcase_add_test(tc, states_are_told);
}

static Suite *
client_loop_suite(void)
{
    Suite *suite = suite_create("client_loop");
    TCase *tc = tcase_create("loops and callbacks");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 30);
    add_loops(tc);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(client_loop_suite());
}
