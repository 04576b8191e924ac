/*
 * check_client_core_resume.c - the conversation with the daemon, without a socket:
 * coming back to calls that the daemon keeps (F56, F57).
 */
#include "support/client_core.h"
#include "support/suite.h"

static const char named[] = "{\"prompt\":\"x\",\"request_id\":\"r-1\"}";

static void
setup_keeping(void)
{
    setup();
    core.keeps_calls = true;
}

static void
expect_delta(uint32_t msgid, uint64_t seq, const char *text)
{
    struct core_event event = next();

    ck_assert_int_eq(event.type, CORE_DELTA);
    ck_assert_uint_eq(event.call->id, msgid);
    ck_assert_uint_eq(event.seq, seq);
    ck_assert_str_eq(aigw_get_str(&event.value, "content", "?"), text);
    core_event_free(&event);
}

/* Reads the only request that is to be written: its first parameter. */
static struct aigw_value *
written_params(const char *method, uint32_t msgid)
{
    struct aigw_value *params = aigw_value_new_nil();
    char data[512];
    size_t size = write_out(data, sizeof(data));
    struct rpc_message m;

    ck_assert_uint_eq(read_request(data, size, method, msgid), size);
    ck_assert_int_eq(rpc_parse(data, size, &m), 0);
    ck_assert_uint_eq(m.params.via.array.size, 1);
    ck_assert_int_eq(value_unpack(&m.params.via.array.ptr[0], params), 0);
    rpc_message_free(&m);
    return params;
}

static void
expect_resume(uint32_t msgid, int64_t from_seq)
{
    struct aigw_value *params = written_params("session.resume", msgid);

    ck_assert_str_eq(aigw_get_str(params, "request_id", "?"), "r-1");
    ck_assert_int_eq(aigw_get_int(params, "from_seq", -1), from_seq);
    aigw_value_free(params);
}

static void
expect_sent_again(uint32_t msgid)
{
    struct aigw_value *params = written_params("generate", msgid);

    ck_assert_str_eq(aigw_get_str(params, "request_id", "?"), "r-1");
    aigw_value_free(params);
}

/* A call of which the piece "one " has come, before its connection was lost. */
static uint32_t
lose_begun_call(void)
{
    uint32_t a = submit_params("generate", named);

    write_everything();
    put_delta(a, 1, "one ");
    feed_wire();
    expect_delta(a, 1, "one ");
    core_disconnected(&core, AIGW_ECLOSED, 1000);
    ck_assert_ptr_null(core_take_ended(&core));
    return a;
}

START_TEST(a_stream_goes_on_behind_its_last_piece)
{
    uint32_t a = lose_begun_call();

    expect_resume(a, 2);
    put_delta(a, 2, "two");
    wire_response(&wire, a, "7");
    feed_wire();
    expect_delta(a, 2, "two");
    expect_answer(a, 7);
    ck_assert_uint_eq(core.queued_bytes, 0);
    ck_assert_uint_eq(core.calls.n, 0);
}

END_TEST

START_TEST(a_call_without_a_piece_is_sent_again_under_its_name)
{
    uint32_t a = submit_params("generate", named);

    write_everything();
    core_disconnected(&core, AIGW_ECLOSED, 1000);
    expect_sent_again(a);
    put_delta(a, 1, "one");
    feed_wire();
    expect_delta(a, 1, "one");
    ck_assert_uint_eq(core.queued_bytes, 0);
}

END_TEST

START_TEST(every_loss_asks_for_what_is_missing_then)
{
    uint32_t a = lose_begun_call();

    for (int seq = 2; seq < 20; seq++) {
        expect_resume(a, seq);
        put_delta(a, seq, "more");
        feed_wire();
        expect_delta(a, (uint64_t)seq, "more");
        core_disconnected(&core, AIGW_ECLOSED, 1000);
    }
    ck_assert_ptr_null(core_take_ended(&core));
}

END_TEST

START_TEST(a_stream_that_comes_no_further_is_given_up)
{
    uint32_t a = lose_begun_call();

    for (int i = 1; i < CORE_LOSSES_MAX; i++) {
        ck_assert_ptr_null(core_take_ended(&core));
        expect_resume(a, 2);
        core_disconnected(&core, AIGW_ECLOSED, 1000);
    }
    expect_ended(a, AIGW_ECLOSED);
    ck_assert_uint_eq(core.queued_bytes, 0);
}

END_TEST

START_TEST(a_connection_that_was_never_made_is_no_loss)
{
    uint32_t a = lose_begun_call();

    for (int i = 0; i < 2 * CORE_LOSSES_MAX; i++)
        core_disconnected(&core, AIGW_ECONNECT, INT64_MIN);
    ck_assert_ptr_null(core_take_ended(&core));
    expect_resume(a, 2);
}

END_TEST

START_TEST(a_piece_that_was_here_before_is_dropped)
{
    uint32_t a = lose_begun_call();
    struct core_event event;

    write_everything();
    put_delta(a, 1, "one ");
    put_event(a, 0, "attempt");
    put_event(a, 1, "reset");
    put_delta(a, 2, "two");
    feed_wire();
    event = next();
    ck_assert_int_eq(event.type, CORE_EVENT);
    ck_assert_str_eq(aigw_get_str(&event.value, "type", "?"), "reset");
    core_event_free(&event);
    expect_delta(a, 2, "two");
    expect_nothing();
}

END_TEST

START_TEST(a_missing_piece_is_asked_for_once)
{
    uint32_t a = lose_begun_call();
    struct core_event event;

    for (int i = 0; i < 2; i++) {
        ck_assert_ptr_null(core_take_ended(&core));
        expect_resume(a, 2);
        put_delta(a, 3, "three");
        feed_wire();
        ck_assert_int_eq(core_next(&core, &event), AIGW_EMALFORMED);
        core_disconnected(&core, AIGW_EMALFORMED, 1000);
    }
    expect_ended(a, AIGW_EMALFORMED);
}

END_TEST

START_TEST(pieces_before_their_request_was_written_are_ignored)
{
    char data[8];
    uint32_t a = lose_begun_call();

    ck_assert_uint_eq(write_out(data, sizeof(data)), sizeof(data));
    put_delta(a, 2, "early");
    feed_wire();
    expect_nothing();
    core_disconnected(&core, AIGW_ECLOSED, 1000);
    expect_resume(a, 2);
}

END_TEST

struct refusal {
    int code;
    int want;
    const char *text;
};

static const struct refusal refusals[] = {
    {AIGW_ENOTFOUND, AIGW_ECLOSED, "is gone (why)"},
    {AIGW_ENOMETHOD, AIGW_ECLOSED, "is gone (why)"},
    {AIGW_EOVERLOADED, AIGW_EOVERLOADED, "why"},
    {AIGW_EDRAINING, AIGW_EDRAINING, "why"},
};

START_TEST(a_call_whose_rest_is_gone_ends_and_says_so)
{
    const struct refusal *refusal = &refusals[_i];
    uint32_t a = lose_begun_call();
    struct core_event event;

    expect_resume(a, 2);
    wire_error(&wire, a, refusal->code, "why");
    feed_wire();
    event = next();
    ck_assert_int_eq(event.type, CORE_ANSWER);
    ck_assert_int_eq(event.code, refusal->want);
    ck_assert_ptr_nonnull(
        strstr(aigw_value_str(&event.value, ""), refusal->text));
    core_event_free(&event);
    ck_assert_uint_eq(core.calls.n, 0);
}

END_TEST

/* A resume of the caller's own is a call like any other. */
START_TEST(the_caller_may_resume_as_well)
{
    uint32_t a = submit_params("session.resume",
                               "[{\"request_id\":\"r-1\",\"from_seq\":5}]");
    uint32_t b =
        submit_params("session.resume", "{\"request_id\":\"unknown\"}");
    struct core_event event;

    write_everything();
    wire_error(&wire, b, AIGW_ENOTFOUND, "no such call");
    put_delta(a, 5, "five");
    feed_wire();
    event = next();
    ck_assert_int_eq(event.code, AIGW_ENOTFOUND);
    core_event_free(&event);
    expect_delta(a, 5, "five");
    core_disconnected(&core, AIGW_EIO, 1000);
    expect_resume(a, 6);
}

END_TEST

struct keeping {
    const char *method;
    const char *params;
    bool keeps_calls;
    bool no_resend;
    int reason;
    int code; /* 0: kept. */
};

static const struct keeping keepings[] = {
    {"generate", named, true, false, AIGW_ECLOSED, 0},
    {"generate", named, true, false, AIGW_EIO, 0},
    {"generate", named, true, false, AIGW_EMALFORMED, 0},
    {"generate", named, true, false, AIGW_ETOOBIG, AIGW_ETOOBIG},
    {"generate", named, true, true, AIGW_ECLOSED, AIGW_ECLOSED},
    {"generate", named, false, false, AIGW_ECLOSED, AIGW_ECLOSED},
    {"generate", "{\"prompt\":\"x\"}", true, false, AIGW_ECLOSED, AIGW_ECLOSED},
    {"generate", "{\"request_id\":7}", true, false, AIGW_ECLOSED, AIGW_ECLOSED},
    {"generate", "[{\"request_id\":\"a\"}]", true, false, AIGW_ECLOSED, 0},
    {"chat", "[\"{}\",{\"request_id\":\"a\"}]", true, false, AIGW_ECLOSED, 0},
    {"chat", "[{\"request_id\":\"a\"}]", true, false, AIGW_ECLOSED,
     AIGW_ECLOSED},
    {"session.resume", named, true, false, AIGW_ECLOSED, 0},
    {"embed", named, true, false, AIGW_ECLOSED, AIGW_ECLOSED},
    {"target.set", named, true, false, AIGW_ECLOSED, AIGW_ECLOSED},
};

START_TEST(a_call_is_kept_only_where_the_daemon_does)
{
    const struct keeping *k = &keepings[_i];
    uint32_t a;

    core.keeps_calls = k->keeps_calls;
    core.no_resend = k->no_resend;
    a = submit_params(k->method, k->params);
    write_everything();
    core_disconnected(&core, k->reason, 1000);
    if (k->code == 0) {
        ck_assert_ptr_null(core_take_ended(&core));
        ck_assert_uint_gt(write_everything(), 0);
    } else {
        expect_ended(a, k->code);
        ck_assert_uint_eq(write_everything(), 0);
    }
    ck_assert_uint_eq(core.queued_bytes, 0);
}

END_TEST

static const struct {
    const char *greeting;
    bool keeps_calls;
} greetings[] = {
    {"{\"methods\":[\"status\",\"session.resume\"]}", true},
    {"{\"methods\":[\"status\",7]}", false},
    {"{\"methods\":\"session.resume\"}", false},
    {"7", false},
};

START_TEST(the_greeting_tells_whether_the_daemon_keeps_calls)
{
    struct core_event event;

    core.keeps_calls = !greetings[_i].keeps_calls;
    ck_assert_int_eq(core_greet(&core, NULL, NULL), 0);
    write_everything();
    wire_response(&wire, (uint32_t)core.greeting, greetings[_i].greeting);
    feed_wire();
    event = next();
    ck_assert_int_eq(event.type, CORE_GREETING);
    ck_assert_int_eq(core.keeps_calls, greetings[_i].keeps_calls);
    core_event_free(&event);
}

END_TEST

START_TEST(a_lost_call_is_cancelled_by_its_name)
{
    uint32_t a = lose_begun_call();
    struct aigw_value *params;

    core_cancel(&core, calls_find(&core.calls, a));
    params = written_params("cancel", 0);
    ck_assert_str_eq(aigw_get_str(params, "request_id", "?"), "r-1");
    aigw_value_free(params);
    ck_assert_uint_eq(core.queued_bytes, 0);
}

END_TEST

START_TEST(a_resumed_call_is_cancelled_by_its_msgid)
{
    uint32_t a = lose_begun_call();
    struct aigw_value *params;

    expect_resume(a, 2);
    core_cancel(&core, calls_find(&core.calls, a));
    params = written_params("cancel", 0);
    ck_assert_int_eq(aigw_get_int(params, "msgid", -1), a);
    aigw_value_free(params);
}

END_TEST

START_TEST(only_calls_with_a_name_of_ours_are_stopped)
{
    struct aigw_value *params;
    uint32_t a = submit_params("generate", "{\"request_id\":\"ours-1\"}");

    (void)submit_params("generate", named);
    (void)submit("generate");
    write_everything();
    (void)submit_params("generate", "{\"request_id\":\"ours-2\"}");
    core_cancel(&core, calls_find(&core.calls, a + 3));
    core_stop(&core, "ours-", 5);
    params = written_params("cancel", 0);
    ck_assert_int_eq(aigw_get_int(params, "msgid", -1), a);
    aigw_value_free(params);
}

END_TEST

static void
add_resuming(TCase *tc)
{
    tcase_add_test(tc, a_stream_goes_on_behind_its_last_piece);
    tcase_add_test(tc, a_call_without_a_piece_is_sent_again_under_its_name);
    tcase_add_test(tc, every_loss_asks_for_what_is_missing_then);
    tcase_add_test(tc, a_stream_that_comes_no_further_is_given_up);
    tcase_add_test(tc, a_connection_that_was_never_made_is_no_loss);
    tcase_add_test(tc, a_piece_that_was_here_before_is_dropped);
    tcase_add_test(tc, a_missing_piece_is_asked_for_once);
    tcase_add_test(tc, pieces_before_their_request_was_written_are_ignored);
    tcase_add_loop_test(tc, a_call_whose_rest_is_gone_ends_and_says_so, 0,
                        sizeof(refusals) / sizeof(refusals[0]));
    tcase_add_test(tc, the_caller_may_resume_as_well);
    tcase_add_loop_test(tc, a_call_is_kept_only_where_the_daemon_does, 0,
                        sizeof(keepings) / sizeof(keepings[0]));
    tcase_add_loop_test(tc, the_greeting_tells_whether_the_daemon_keeps_calls,
                        0, sizeof(greetings) / sizeof(greetings[0]));
    tcase_add_test(tc, a_lost_call_is_cancelled_by_its_name);
    tcase_add_test(tc, a_resumed_call_is_cancelled_by_its_msgid);
    tcase_add_test(tc, only_calls_with_a_name_of_ours_are_stopped);
}

static Suite *
resume_suite(void)
{
    Suite *suite = suite_create("client_core_resume");
    TCase *tc = tcase_create("resuming");

    tcase_add_checked_fixture(tc, setup_keeping, teardown);
    add_resuming(tc);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(resume_suite());
}
