/*
 * check_client_core_end.c - the conversation with the daemon, without a socket:
 * calls that are cancelled, lost or given up.
 */
#include "support/client_core.h"
#include "support/suite.h"

START_TEST(a_call_that_was_not_begun_is_cancelled_without_a_trace)
{
    uint32_t a = submit("generate");

    core_cancel(&core, calls_find(&core.calls, a));
    ck_assert_uint_eq(write_everything(), 0);
    ck_assert_uint_eq(core.queued_bytes, 0);
    ck_assert_uint_eq(core.calls.n, 0);
}

END_TEST

START_TEST(a_call_that_was_sent_is_cancelled_at_the_daemon)
{
    char data[256];
    uint32_t a = submit("generate");
    size_t size;

    write_everything();
    core_cancel(&core, calls_find(&core.calls, a));
    size = write_out(data, sizeof(data));
    ck_assert_uint_eq(read_request(data, size, "cancel", a + 1), size);
    wire_response(&wire, a, "{\"success\":false}");
    wire_response(&wire, a + 1, "{\"cancelled\":true}");
    feed_wire();
    expect_nothing();
    ck_assert_uint_eq(core.calls.n, 0);
}

END_TEST

START_TEST(a_call_cancelled_in_the_middle_is_written_to_its_end)
{
    char data[512];
    uint32_t a = submit("generate");
    uint32_t b = submit("status");
    size_t size = write_out(data, 5);
    size_t n;

    core_cancel(&core, calls_find(&core.calls, a));
    while (write_out(data + size, 1) == 1)
        size++;
    n = read_request(data, size, "generate", a);
    n += read_request(data + n, size - n, "status", b);
    n += read_request(data + n, size - n, "cancel", 0);
    ck_assert_uint_eq(n, size);
    ck_assert_uint_eq(core.queued_bytes, 0);
}

END_TEST

struct loss {
    const char *method;
    size_t written; /* Bytes; SIZE_MAX: all. */
    bool no_resend;
    int reason;
    int code; /* 0: sent again. */
};

static const struct loss losses[] = {
    {"status", 0, false, AIGW_ECLOSED, 0},
    {"status", 1, false, AIGW_ECLOSED, 0},
    {"status", SIZE_MAX, false, AIGW_ECLOSED, 0},
    {"status", SIZE_MAX, false, AIGW_EIO, 0},
    {"status", SIZE_MAX, true, AIGW_ECLOSED, AIGW_ECLOSED},
    {"status", 0, true, AIGW_ECLOSED, 0},
    {"status", SIZE_MAX, false, AIGW_ETOOBIG, AIGW_ETOOBIG},
    {"status", SIZE_MAX, false, AIGW_EMALFORMED, AIGW_EMALFORMED},
    {"explain", SIZE_MAX, false, AIGW_ECLOSED, 0},
    {"generate", 0, false, AIGW_ECLOSED, 0},
    {"generate", 1, false, AIGW_ECLOSED, AIGW_ECLOSED},
    {"generate", SIZE_MAX, false, AIGW_ECLOSED, AIGW_ECLOSED},
    {"chat", SIZE_MAX, false, AIGW_ECLOSED, AIGW_ECLOSED},
    {"target.set", SIZE_MAX, false, AIGW_ECLOSED, AIGW_ECLOSED},
    {"config.reload", SIZE_MAX, false, AIGW_ECLOSED, AIGW_ECLOSED},
};

START_TEST(a_lost_call_is_sent_again_only_if_that_is_safe)
{
    const struct loss *loss = &losses[_i];
    char data[256];
    uint32_t a;
    size_t size;

    core.no_resend = loss->no_resend;
    a = submit(loss->method);
    if (loss->written == SIZE_MAX)
        write_everything();
    else
        write_out(data, loss->written);
    core_disconnected(&core, loss->reason, 1000);
    if (loss->code == 0) {
        ck_assert_ptr_null(core_take_ended(&core));
        size = write_out(data, sizeof(data));
        ck_assert_uint_eq(read_request(data, size, loss->method, a), size);
    } else {
        expect_ended(a, loss->code);
        ck_assert_uint_eq(write_everything(), 0);
    }
    ck_assert_uint_eq(core.queued_bytes, 0);
}

END_TEST

START_TEST(a_call_on_which_every_connection_dies_is_given_up)
{
    uint32_t a = submit("status");

    for (int i = 0; i < CORE_LOSSES_MAX - 1; i++) {
        write_everything();
        core_disconnected(&core, AIGW_ECLOSED, 0);
        ck_assert_ptr_null(core_take_ended(&core));
    }
    write_everything();
    core_disconnected(&core, AIGW_ECLOSED, 0);
    expect_ended(a, AIGW_ECLOSED);
}

END_TEST

START_TEST(half_a_message_does_not_survive_its_connection)
{
    uint32_t a = submit("status");

    write_everything();
    wire_response(&wire, a, "\"long enough\"");
    feed(wire.data, 5);
    expect_nothing();
    core_disconnected(&core, AIGW_ECLOSED, 0);
    write_everything();
    bytes_clear(&wire);
    wire_response(&wire, a, "1");
    feed_wire();
    expect_answer(a, 1);
}

END_TEST

START_TEST(patience_and_deadlines_end_calls)
{
    uint32_t a = submit("generate");
    uint32_t b;

    ck_assert_int_eq(core_deadline(&core), 1000);
    core_expire(&core, 999, false);
    ck_assert_ptr_null(core_take_ended(&core));
    core_expire(&core, 1000, false);
    expect_ended(a, AIGW_ECONNECT);
    ck_assert_int_eq(core_deadline(&core), INT64_MAX);

    b = submit("generate");
    write_everything();
    core_expire(&core, 8999, true);
    ck_assert_ptr_null(core_take_ended(&core));
    ck_assert_int_eq(core_deadline(&core), 9000);
    core_expire(&core, 9000, true);
    expect_ended(b, AIGW_ETIMEDOUT);
    ck_assert_uint_gt(write_everything(), 0);
}

END_TEST

static uint32_t
next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(*state >> 33);
}

static void
answer_some_call(uint32_t random)
{
    const struct call *call = TAILQ_FIRST(&core.calls.live);

    while (call && random-- % 4 != 0)
        call = TAILQ_NEXT(call, link);
    if (!call)
        return;
    wire_response(&wire, (uint32_t)call->id, "1");
    feed_wire();
}

static int
take_endings(void)
{
    struct core_event event;
    struct call *call;
    int n = 0;

    while (core_next(&core, &event) == 0) {
        n += event.type == CORE_ANSWER;
        core_event_free(&event);
    }
    while ((call = core_take_ended(&core))) {
        call_free(call);
        n++;
    }
    return n;
}

/* Every call that is not cancelled ends exactly once, and no byte stays
 * counted, whatever the order of things. */
START_TEST(random_events_end_every_call_once)
{
    static const char *const methods[] = {"status", "generate", "probe"};
    uint64_t seed = (uint64_t)_i + 1;
    char data[64];
    int n_open = 0;

    for (int i = 0; i < 2000; i++) {
        uint32_t random = next_random(&seed);
        struct call *first = TAILQ_FIRST(&core.calls.live);

        switch (random % 7) {
        case 0:
        case 1:
            submit(methods[random / 7 % 3]);
            n_open++;
            break;
        case 2:
        case 3:
            write_out(data, random / 7 % sizeof(data));
            break;
        case 4:
            answer_some_call(random / 7);
            break;
        case 5:
            if (first && !first->internal && random % 3 == 0) {
                core_cancel(&core, first);
                n_open--;
            }
            break;
        default:
            if (random % 5 == 0)
                core_disconnected(&core, AIGW_ECLOSED, 0);
            break;
        }
        n_open -= take_endings();
    }
    core_end_all(&core, AIGW_ECANCELLED);
    n_open -= take_endings();
    ck_assert_int_eq(n_open, 0);
    ck_assert_uint_eq(core.calls.n, 0);
}

END_TEST

static Suite *
core_end_suite(void)
{
    Suite *suite = suite_create("client_core_end");
    TCase *tc = tcase_create("ending");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_call_that_was_not_begun_is_cancelled_without_a_trace);
    tcase_add_test(tc, a_call_that_was_sent_is_cancelled_at_the_daemon);
    tcase_add_test(tc, a_call_cancelled_in_the_middle_is_written_to_its_end);
    tcase_add_loop_test(tc, a_lost_call_is_sent_again_only_if_that_is_safe, 0,
                        sizeof(losses) / sizeof(losses[0]));
    tcase_add_test(tc, a_call_on_which_every_connection_dies_is_given_up);
    tcase_add_test(tc, half_a_message_does_not_survive_its_connection);
    tcase_add_test(tc, patience_and_deadlines_end_calls);
    tcase_add_loop_test(tc, random_events_end_every_call_once, 0, 50);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(core_end_suite());
}
