/*
 * check_client_core.c - the conversation with the daemon, without a socket.
 */
#include "client/core.h"
#include "proto/status.h"
#include "support/client_wire.h"
#include "support/suite.h"

#include <stdio.h>

static struct core core;
static struct bytes wire;

static void
setup(void)
{
    core_init(&core, 0, 0);
    bytes_init(&wire, 1 << 24);
}

static void
teardown(void)
{
    core_deinit(&core);
    bytes_deinit(&wire);
}

static const struct aigw_handlers nothing = {.struct_size =
                                                 sizeof(struct aigw_handlers)};

static uint32_t
submit(const char *method)
{
    struct core_request request = {
        .method = method,
        .handlers = &nothing,
        .patience_ms = 1000,
        .deadline_ms = 9000,
    };
    uint64_t id = 0;

    ck_assert_int_eq(core_submit(&core, &request, &id), 0);
    return (uint32_t)id;
}

/* Takes up to `max` bytes that are to be written; returns how many. */
static size_t
write_out(char *data, size_t max)
{
    struct iovec parts[4];
    size_t n = core_gather(&core, parts, 4);
    size_t size = 0;

    for (size_t i = 0; i < n; i++) {
        size_t left = max - size;
        size_t part = parts[i].iov_len < left ? parts[i].iov_len : left;

        memcpy(data + size, parts[i].iov_base, part);
        size += part;
    }
    core_written(&core, size);
    return size;
}

static size_t
write_everything(void)
{
    char data[4096];
    size_t total = 0;
    size_t n;

    do {
        n = write_out(data, sizeof(data));
        total += n;
    } while (n > 0);
    return total;
}

/* Reads one request out of `data` and returns what it takes up. */
static size_t
read_request(const char *data, size_t size, const char *method, uint32_t msgid)
{
    struct frame_limits limits = {
        .bytes = 1 << 20, .depth = 32, .elements = 1000};
    struct rpc_message m;
    struct frame frame;
    size_t frame_size = 0;

    frame_init(&frame, &limits);
    ck_assert_int_eq(frame_scan(&frame, data, size, &frame_size), 0);
    ck_assert_int_eq(rpc_parse(data, frame_size, &m), 0);
    ck_assert_int_eq(m.type, RPC_REQUEST);
    ck_assert_uint_eq(m.method_size, strlen(method));
    ck_assert_mem_eq(m.method, method, m.method_size);
    if (msgid > 0)
        ck_assert_uint_eq(m.msgid, msgid);
    rpc_message_free(&m);
    return frame_size;
}

static void
feed(const char *data, size_t size)
{
    char *space = core_space(&core);

    ck_assert_ptr_nonnull(space);
    memcpy(space, data, size);
    core_received(&core, size);
}

static void
feed_wire(void)
{
    feed(wire.data, wire.size);
    bytes_clear(&wire);
}

static struct core_event
next(void)
{
    struct core_event event;

    ck_assert_int_eq(core_next(&core, &event), 0);
    return event;
}

static void
expect_nothing(void)
{
    struct core_event event;

    ck_assert_int_eq(core_next(&core, &event), AIGW_EAGAIN);
}

static void
expect_answer(uint32_t msgid, int64_t value)
{
    struct core_event event = next();

    ck_assert_int_eq(event.type, CORE_ANSWER);
    ck_assert_int_eq(event.code, 0);
    ck_assert_uint_eq(event.call->id, msgid);
    ck_assert_int_eq(aigw_value_int(&event.value, -1), value);
    core_event_free(&event);
}

static void
expect_ended(uint32_t msgid, int code)
{
    struct call *call = core_take_ended(&core);

    ck_assert_ptr_nonnull(call);
    ck_assert_uint_eq(call->id, msgid);
    ck_assert_int_eq(call->code, code);
    call_free(call);
}

START_TEST(answers_may_come_in_any_order)
{
    uint32_t a = submit("status");
    uint32_t b = submit("status");
    uint32_t c = submit("status");

    write_everything();
    wire_response(&wire, c, "3");
    wire_response(&wire, a, "1");
    wire_response(&wire, b, "2");
    feed_wire();
    expect_answer(c, 3);
    expect_answer(a, 1);
    expect_answer(b, 2);
    expect_nothing();
    ck_assert_uint_eq(core.calls.n, 0);
}

END_TEST

START_TEST(an_answer_to_nothing_is_ignored)
{
    uint32_t a = submit("status");

    write_everything();
    wire_response(&wire, a + 1, "9");
    wire_response(&wire, a + (1u << 20), "9");
    wire_response(&wire, a, "1");
    wire_response(&wire, a, "2");
    feed_wire();
    expect_answer(a, 1);
    expect_nothing();
}

END_TEST

START_TEST(an_answer_to_what_was_not_asked_yet_is_ignored)
{
    uint32_t a = submit("status");

    wire_response(&wire, a, "1");
    feed_wire();
    expect_nothing();
    ck_assert_uint_eq(core.calls.n, 1);
}

END_TEST

struct error_form {
    const char *bytes;
    size_t size;
    int code;
    const char *text;
};

static const struct error_form error_forms[] = {
    {"\x94\x01\x01\x92\xd1\x82\xd4\xa2no\xc0", 12, -32044, "no"},
    {"\x94\x01\x01\xa2no\xc0", 7, AIGW_EINTERNAL, "no"},
    {"\x94\x01\x01\x92\x01\xa2no\xc0", 9, AIGW_EINTERNAL, "no"},
    {"\x94\x01\x01\x91\xd1\x82\xd4\xc0", 8, -32044, ""},
    {"\x94\x01\x01\xc3\xc0", 5, AIGW_EINTERNAL, ""},
};

START_TEST(errors_are_read_in_every_form)
{
    struct core_event event;

    ck_assert_uint_eq(submit("status"), 1);
    write_everything();
    feed(error_forms[_i].bytes, error_forms[_i].size);
    event = next();
    ck_assert_int_eq(event.type, CORE_ANSWER);
    ck_assert_int_eq(event.code, error_forms[_i].code);
    ck_assert_str_eq(aigw_value_str(&event.value, "?"), error_forms[_i].text);
    core_event_free(&event);
}

END_TEST

START_TEST(notifications_find_their_call)
{
    uint32_t a = submit("generate");
    char json[128];
    struct core_event event;

    write_everything();
    snprintf(json, sizeof(json), "[%u,1,{\"content\":\"hi\"}]", a);
    wire_notification(&wire, "call.delta", json);
    snprintf(json, sizeof(json), "[%u,1,{\"type\":\"seam\"}]", a);
    wire_notification(&wire, "call.event", json);
    wire_notification(&wire, "call.delta", "[77,1,{\"content\":\"no\"}]");
    wire_notification(&wire, "call.delta", "[\"x\",1,{}]");
    wire_notification(&wire, "call.delta", "[]");
    wire_notification(&wire, "status", "[{\"schema\":1}]");
    feed_wire();

    event = next();
    ck_assert_int_eq(event.type, CORE_DELTA);
    ck_assert_uint_eq(event.call->id, a);
    ck_assert_uint_eq(event.seq, 1);
    ck_assert_str_eq(aigw_get_str(&event.value, "content", "?"), "hi");
    core_event_free(&event);
    event = next();
    ck_assert_int_eq(event.type, CORE_EVENT);
    ck_assert_str_eq(aigw_get_str(&event.value, "type", "?"), "seam");
    core_event_free(&event);
    event = next();
    ck_assert_int_eq(event.type, CORE_NOTIFICATION);
    ck_assert_str_eq(event.method, "status");
    ck_assert_int_eq(aigw_get_int(&event.value, "0.schema", -1), 1);
    core_event_free(&event);
    expect_nothing();
}

END_TEST

/* A conversation whose bytes are the same however they are divided. */
static void
write_conversation(uint32_t a, uint32_t b)
{
    char json[128];

    snprintf(json, sizeof(json), "[%u,1,{\"content\":\"caf\xc3\xa9\"}]", b);
    wire_notification(&wire, "call.delta", json);
    wire_error(&wire, a, AIGW_ENOTFOUND, "no such route");
    wire_notification(&wire, "event", "[{\"kind\":\"breaker\"}]");
    wire_response(&wire, b, "{\"success\":true,\"attempts\":[{\"n\":1.5}]}");
}

START_TEST(every_message_may_come_byte_by_byte)
{
    static const enum core_event_type want[] = {CORE_DELTA, CORE_ANSWER,
                                                CORE_NOTIFICATION, CORE_ANSWER};

    uint32_t a = submit("chat");
    uint32_t b = submit("generate");
    size_t n_events = 0;

    write_everything();
    write_conversation(a, b);
    for (size_t i = 0; i < wire.size; i++) {
        struct core_event event;
        int status;

        feed(wire.data + i, 1);
        status = core_next(&core, &event);
        if (status == 0) {
            ck_assert_uint_lt(n_events, 4);
            ck_assert_int_eq(event.type, want[n_events++]);
            core_event_free(&event);
            expect_nothing();
        } else {
            ck_assert_int_eq(status, AIGW_EAGAIN);
        }
    }
    ck_assert_uint_eq(n_events, 4);
}

END_TEST

START_TEST(what_is_not_the_protocol_is_refused)
{
    static const char *const inputs[] = {"\xc1", "\x05", "\x91\x09"};
    struct core_event event;

    feed(inputs[_i], strlen(inputs[_i]));
    ck_assert_int_eq(core_next(&core, &event), AIGW_EMALFORMED);
}

END_TEST

START_TEST(what_is_beyond_the_limits_is_refused)
{
    struct core_event event;

    feed("\xdd\x0f\xff\xff\xff\x01", 6);
    ck_assert_int_eq(core_next(&core, &event), AIGW_ETOOBIG);
}

END_TEST

START_TEST(hello_is_answered_before_anything_else_is_written)
{
    char data[256];
    uint32_t a = submit("status");
    struct core_event event;
    size_t size;

    ck_assert_int_eq(core_greet(&core, "me", NULL), 0);
    size = write_out(data, sizeof(data));
    ck_assert_uint_eq(read_request(data, size, "hello", 0), size);
    ck_assert_uint_eq(write_out(data, sizeof(data)), 0);
    wire_response(&wire, (uint32_t)core.greeting, "{\"protocol\":1}");
    feed_wire();
    event = next();
    ck_assert_int_eq(event.type, CORE_GREETING);
    core_event_free(&event);
    size = write_out(data, sizeof(data));
    ck_assert_uint_eq(read_request(data, size, "status", a), size);
}

END_TEST

START_TEST(requests_may_be_written_byte_by_byte)
{
    char data[512];
    uint32_t a = submit("status");
    uint32_t b = submit("requests");
    size_t size = 0;
    size_t n;

    while (write_out(data + size, 1) == 1)
        size++;
    n = read_request(data, size, "status", a);
    ck_assert_uint_eq(read_request(data + n, size - n, "requests", b),
                      size - n);
    ck_assert_uint_eq(core.queued_bytes, 0);
}

END_TEST

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

START_TEST(requests_that_make_no_sense_are_refused)
{
    struct aigw_value *text = aigw_value_new_str("x");
    struct core_request request = {.method = "status", .params = text};
    char name[RPC_METHOD_MAX + 2] = "";
    uint64_t id = 0;

    ck_assert_int_eq(core_submit(&core, &request, &id), AIGW_EINVAL);
    request.params = NULL;
    request.method = "";
    ck_assert_int_eq(core_submit(&core, &request, &id), AIGW_EINVAL);
    request.method = NULL;
    ck_assert_int_eq(core_submit(&core, &request, &id), AIGW_EINVAL);
    memset(name, 'x', RPC_METHOD_MAX + 1);
    request.method = name;
    ck_assert_int_eq(core_submit(&core, &request, &id), AIGW_EINVAL);
    ck_assert_uint_eq(core.calls.n, 0);
    aigw_value_free(text);
}

END_TEST

START_TEST(params_that_are_too_deep_are_refused)
{
    struct aigw_value *value = aigw_value_array();
    struct core_request request = {.method = "status"};
    uint64_t id = 0;

    for (int i = 1; i < FRAME_DEPTH_MAX; i++) {
        struct aigw_value *outer = aigw_value_array();

        (void)aigw_value_append(outer, value);
        value = outer;
    }
    request.params = value;
    ck_assert_int_eq(core_submit(&core, &request, &id), AIGW_ETOOBIG);
    ck_assert_uint_eq(core.calls.n, 0);
    ck_assert_uint_eq(core.queued_bytes, 0);
    aigw_value_free(value);
}

END_TEST

START_TEST(ids_stay_apart_while_old_calls_live)
{
    uint32_t old = submit("status");

    write_everything();
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t id = submit("status");

        ck_assert_uint_ne(id, old);
        write_everything();
        wire_response(&wire, id, "1");
        feed_wire();
        expect_answer(id, 1);
    }
    wire_response(&wire, old, "2");
    feed_wire();
    expect_answer(old, 2);
    ck_assert_uint_le(core.calls.n_slots, 16);
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
core_suite(void)
{
    Suite *suite = suite_create("client_core");
    TCase *tc = tcase_create("receiving");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, answers_may_come_in_any_order);
    tcase_add_test(tc, an_answer_to_nothing_is_ignored);
    tcase_add_test(tc, an_answer_to_what_was_not_asked_yet_is_ignored);
    tcase_add_loop_test(tc, errors_are_read_in_every_form, 0,
                        sizeof(error_forms) / sizeof(error_forms[0]));
    tcase_add_test(tc, notifications_find_their_call);
    tcase_add_test(tc, every_message_may_come_byte_by_byte);
    tcase_add_loop_test(tc, what_is_not_the_protocol_is_refused, 0, 3);
    tcase_add_test(tc, what_is_beyond_the_limits_is_refused);
    suite_add_tcase(suite, tc);

    tc = tcase_create("sending");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, hello_is_answered_before_anything_else_is_written);
    tcase_add_test(tc, requests_may_be_written_byte_by_byte);
    tcase_add_test(tc, requests_that_make_no_sense_are_refused);
    tcase_add_test(tc, params_that_are_too_deep_are_refused);
    tcase_add_test(tc, ids_stay_apart_while_old_calls_live);
    suite_add_tcase(suite, tc);

    tc = tcase_create("ending");
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
    return suite_main(core_suite());
}
