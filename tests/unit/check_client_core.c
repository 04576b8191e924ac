/*
 * check_client_core.c - the conversation with the daemon, without a socket:
 * what is received and what is sent.
 */
#include "support/client_core.h"
#include "support/suite.h"

#include <stdio.h>

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
    return suite;
}

int
main(void)
{
    return suite_main(core_suite());
}
