/*
 * check_durable.c - calls that have a name: who comes back to one finds it,
 * whether it runs, has ended, or was cut off with its daemon (F56, F57, F63).
 */
#include "mock/mock_answer.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"
#include "tale.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    N_TOKENS = 20,
};

/* A call that takes a second, and what it is to say. */
#define SLOW "slow #tokens=40"

static struct gateway g;

START_TEST(f57_the_same_request_twice_at_once_is_sent_once)
{
    struct peer *other;
    struct tale a, b;
    uint32_t first, second;

    gateway_start_slow(&g, "");
    other = peer_connect(g.daemon.socket);
    first = tale_ask(g.peer, "twice", SLOW);
    second = tale_ask(other, "twice", SLOW);
    tale_hear(&a, g.peer, first);
    tale_hear(&b, other, second);
    ck_assert(a.taken_over);
    ck_assert(!b.taken_over);
    tale_expect_whole(&b, SLOW, 40);
    ck_assert(json_equal(a.result, b.result));
    ck_assert_str_eq(value_str(b.result, "request_id"), "twice");
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&a);
    tale_end(&b);
    peer_close(other);
    gateway_stop(&g);
}

END_TEST

START_TEST(f57_the_same_request_after_a_restart_has_the_same_answer)
{
    struct tale a, b, c;

    gateway_start_slow(&g, "");
    tale_hear(&a, g.peer, tale_ask(g.peer, "again", "hello"));
    tale_expect_whole(&a, "hello", N_TOKENS);
    tale_hear(&b, g.peer, tale_ask(g.peer, "again", "hello"));
    tale_expect_same(&a, &b);
    gateway_start_again(&g);
    tale_hear(&c, g.peer, tale_ask(g.peer, "again", "hello"));
    tale_expect_same(&a, &c);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&a);
    tale_end(&b);
    tale_end(&c);
    gateway_stop(&g);
}

END_TEST

/* Each differs from the first in something that bears on the answer. */
static const char *const OTHERS[] = {
    "'prompt': 'other'",
    "'prompt': 'hello', 'temperature': 0.1",
    "'prompt': 'hello', 'max_tokens': 7",
    "'prompt': 'hello', 'system_message': 'other'",
    "'prompt': 'hello', 'route': 'a/m'",
    "'prompt': 'hello', 'tier': 'standard'",
    "'prompt': 'hello', 'max_cost_usd': 1",
    "'prompt': 'hello', 'session_id': 's'",
};

START_TEST(f57_another_request_of_the_same_name_is_a_conflict)
{
    struct tale t;
    uint32_t msgid;

    gateway_start_slow(&g, "");
    msgid = tale_ask(g.peer, "name", SLOW);
    free(tale_begin(g.peer, 1));
    (void)peer_error(g.peer, -32005, "generate",
                     "[{'prompt': 'other', 'request_id': 'name'}]");
    tale_hear(&t, g.peer, msgid);
    tale_end(&t);

    tale_hear(&t, g.peer, tale_ask(g.peer, "name2", "hello"));
    tale_end(&t);
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(*OTHERS); i++)
        (void)peer_error(g.peer, -32005, "generate",
                         "[{%s, 'request_id': 'name2'}]", OTHERS[i]);
    (void)peer_error(g.peer, -32005, "chat",
                     "[{'model': 'default', 'messages': [{'role': 'user',"
                     " 'content': 'hello'}]}, {'request_id': 'name2'}]");
    gateway_start_again(&g);
    (void)peer_error(g.peer, -32005, "generate",
                     "[{'prompt': 'other', 'request_id': 'name2'}]");
    ck_assert_int_eq(gateway_sends(&g, 0), 2);
    gateway_stop(&g);
}

END_TEST

START_TEST(how_the_answer_is_wanted_makes_no_other_request)
{
    const json_t *result;
    struct tale t;

    gateway_start_slow(&g, "");
    tale_hear(&t, g.peer, tale_ask(g.peer, "same", "hello"));
    result = peer_result(g.peer, "generate",
                         "[{'prompt': 'hello', 'request_id': 'same',"
                         " 'deadline_ms': 5000, 'on_disconnect': 'finish',"
                         " 'on_break': 'error'}]");
    ck_assert(json_equal(result, t.result));
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_call_that_died_with_its_daemon_is_told_as_interrupted)
{
    const json_t *messages;
    struct tale t, u;
    char *heard;
    char *whole = mock_answer_text(SLOW, 40);

    gateway_start_slow(&g, "");
    (void)tale_ask(g.peer, "dead", SLOW);
    heard = tale_begin(g.peer, 10);
    (void)nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    gateway_start_again(&g);

    messages = peer_result(g.peer, "session.get", "[{'request_id': 'dead'}]");
    ck_assert_str_eq(value_str(messages, "messages.0.role"), "user");
    ck_assert_str_eq(value_str(messages, "messages.0.content"), SLOW);
    ck_assert_str_eq(value_str(messages, "messages.1.role"), "assistant");
    ck_assert(!value_bool(messages, "messages.1.complete"));
    ck_assert_int_eq(strncmp(value_str(messages, "messages.1.content"), heard,
                             strlen(heard)),
                     0);

    tale_hear(&t, g.peer, tale_ask(g.peer, "dead", SLOW));
    gateway_expect_failure(t.result, "interrupted");
    ck_assert_int_eq(t.first, 1);
    ck_assert_int_ge(t.last, 10);
    ck_assert_str_eq(t.text, value_str(t.result, "partial"));
    ck_assert_int_eq(strncmp(t.text, heard, strlen(heard)), 0);
    ck_assert_int_eq(strncmp(whole, t.text, strlen(t.text)), 0);
    gateway_start_again(&g);
    tale_hear(&u, g.peer, tale_resume(g.peer, "dead", 1));
    tale_expect_same(&t, &u);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    tale_end(&u);
    free(heard);
    free(whole);
    gateway_stop(&g);
}

END_TEST

START_TEST(a_call_is_cancelled_by_its_name_and_stays_so)
{
    struct tale t, u;
    uint32_t msgid;

    gateway_start_slow(&g, "");
    msgid = tale_ask(g.peer, "c", SLOW);
    free(tale_begin(g.peer, 3));
    ck_assert(value_bool(peer_result(g.peer, "cancel", "[{'request_id': 'c'}]"),
                         "cancelled"));
    tale_hear(&t, g.peer, msgid);
    gateway_expect_failure(t.result, "cancelled");
    ck_assert(!value_bool(
        peer_result(g.peer, "cancel", "[{'request_id': 'c'}]"), "cancelled"));
    gateway_start_again(&g);
    tale_hear(&u, g.peer, tale_ask(g.peer, "c", SLOW));
    ck_assert(json_equal(t.result, u.result));
    tale_end(&t);
    tale_end(&u);
    gateway_stop(&g);
}

END_TEST

static const char BODY[] =
    "{'model': 'default', 'messages': [{'role': 'user', 'content': 'hello'}]}";

START_TEST(chat_and_embed_are_attached_to_in_the_form_they_had)
{
    static const char TEXT[] =
        "{\\\"messages\\\":[{\\\"role\\\":\\\"user\\\",\\\"content\\\":\\\"hello\\\"}]}";
    const json_t *a, *b, *c, *d, *e;

    gateway_start_slow(&g, "");
    a = peer_result(g.peer, "chat", "[%s, {'request_id': 'm'}]", BODY);
    b = peer_result(g.peer, "chat", "['%s', {'request_id': 't'}]", TEXT);
    e = peer_result(g.peer, "embed",
                    "[{'model': 'a/m', 'input': 'x'}, {'request_id': 'e'}]");
    ck_assert(json_is_object(value_at(a, "response")));
    ck_assert(json_is_string(value_at(b, "response")));
    gateway_start_again(&g);
    c = peer_result(g.peer, "chat", "[%s, {'request_id': 'm'}]", BODY);
    d = peer_result(g.peer, "chat", "['%s', {'request_id': 't'}]", TEXT);
    ck_assert(json_is_object(value_at(c, "response")));
    ck_assert(json_is_string(value_at(d, "response")));
    ck_assert(json_is_object(value_at(
        peer_result(g.peer, "embed",
                    "[{'model': 'a/m', 'input': 'x'}, {'request_id': 'e'}]"),
        "response")));
    (void)e;
    ck_assert_int_eq(gateway_sends(&g, 0), 2);
    gateway_stop(&g);
}

END_TEST

START_TEST(what_is_not_known_is_not_found)
{
    gateway_start_slow(&g, "");
    (void)peer_error(g.peer, -32004, "session.resume",
                     "[{'request_id': 'nobody'}]");
    (void)peer_error(g.peer, -32004, "session.get",
                     "[{'request_id': 'nobody'}]");
    (void)peer_error(g.peer, -32004, "session.get",
                     "[{'session_id': 'nobody'}]");
    (void)peer_error(g.peer, -32004, "session.delete",
                     "[{'session_id': 'nobody'}]");
    (void)peer_error(g.peer, -32602, "session.get", "[{}]");
    (void)peer_error(g.peer, -32602, "session.delete", "[{}]");
    (void)peer_error(g.peer, -32602, "session.resume",
                     "[{'request_id': 'x', 'from_seq': 0}]");
    gateway_stop(&g);
}

END_TEST

START_TEST(a_call_that_could_not_start_leaves_nothing)
{
    gateway_start_slow(&g, "");
    (void)peer_error(
        g.peer, -32004, "generate",
        "[{'prompt': 'x', 'route': 'nowhere', 'request_id': 'n'}]");
    (void)peer_error(g.peer, -32004, "session.get", "[{'request_id': 'n'}]");
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ", 'request_id': 'n'"),
                          "hello");
    gateway_stop(&g);
}

END_TEST

START_TEST(a_drained_daemon_keeps_what_there_was)
{
    struct tale t, u;
    uint32_t msgid;

    gateway_start_slow(&g, "drain_s = 1;");
    msgid = tale_ask(g.peer, "drained", "drained #tokens=1000");
    free(tale_begin(g.peer, 3));
    process_signal(&g.daemon.process, SIGTERM);
    tale_hear(&t, g.peer, msgid);
    gateway_expect_failure(t.result, "cancelled");
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    gateway_start_again(&g);
    tale_hear(&u, g.peer, tale_ask(g.peer, "drained", "drained #tokens=1000"));
    ck_assert(json_equal(t.result, u.result));
    ck_assert_str_eq(u.text, value_str(t.result, "partial"));
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    tale_end(&u);
    gateway_stop(&g);
}

END_TEST

static const char *
server_tells(const char *name)
{
    return json_string_value(json_object_get(
        json_object_get(peer_result(g.peer, "status", "[]"), "server"), name));
}

/* The ledger is in the same folder, and has its own time. */
static void
expect_state(const char *sessions, const char *server)
{
    ck_assert_str_eq(server_tells("sessions"), sessions);
    eventually(strcmp(server_tells("state"), server) == 0);
}

/* The folder becomes a file, and what was open in it is gone. */
START_TEST(f62_storage_that_fails_costs_no_answer)
{
    char folder[96], moved[112];
    struct tale t;
    FILE *file;

    gateway_start_slow(&g, "");
    tale_hear(&t, g.peer, tale_ask(g.peer, "one", "hello"));
    tale_end(&t);
    (void)snprintf(folder, sizeof(folder), "%s/aigw", g.daemon.folder);
    (void)snprintf(moved, sizeof(moved), "%s.moved", folder);
    ck_assert_int_eq(rename(folder, moved), 0);
    file = fopen(folder, "we");
    ck_assert_ptr_nonnull(file);
    (void)fclose(file);

    tale_hear(&t, g.peer, tale_ask(g.peer, "two", "hello"));
    tale_expect_whole(&t, "hello", N_TOKENS);
    tale_end(&t);
    eventually(test_daemon_logged(&g.daemon, "to=degraded"));
    expect_state("degraded", "degraded");
    tale_hear(&t, g.peer, tale_ask(g.peer, "three", "hello"));
    tale_expect_whole(&t, "hello", N_TOKENS);
    tale_end(&t);
    (void)peer_error(g.peer, -32603, "generate",
                     "[{'prompt': 'x', 'session_id': 's'}]");

    ck_assert_int_eq(unlink(folder), 0);
    ck_assert_int_eq(rename(moved, folder), 0);
    eventually(test_daemon_logged(&g.daemon, "to=working"));
    expect_state("ok", "ready");
    gateway_start_again(&g);
    for (int i = 0; i < 3; i++) {
        static const char *const NAMES[] = {"one", "two", "three"};

        tale_hear(&t, g.peer, tale_ask(g.peer, NAMES[i], "hello"));
        tale_expect_whole(&t, "hello", N_TOKENS);
        tale_end(&t);
    }
    ck_assert_int_eq(gateway_sends(&g, 0), 3);
    gateway_stop(&g);
}

END_TEST

static const struct keeping {
    const char *config;
    bool after_restart;
    bool prompts;
} KEEPINGS[] = {
    {"session = { persist = \"all\"; };", true, true},
    {"session = { persist = \"answers\"; };", true, false},
    {"session = { persist = \"none\"; };", false, true},
    {NULL, false, true},
};

START_TEST(what_is_kept_is_configured)
{
    const struct keeping *k = &KEEPINGS[_i];
    const json_t *got;
    struct tale t;

    gateway_start_slow(&g, k->config);
    tale_hear(&t, g.peer, tale_ask(g.peer, "k", "hello"));
    tale_end(&t);
    got = peer_result(g.peer, "session.get", "[{'request_id': 'k'}]");
    ck_assert_uint_eq(value_count(got, "messages"), k->prompts ? 2 : 1);
    if (!k->prompts)
        (void)peer_error(g.peer, -32602, "generate",
                         "[{'prompt': 'x', 'session_id': 's'}]");
    tale_hear(&t, g.peer, tale_ask(g.peer, "k", "hello"));
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    gateway_start_again(&g);
    tale_hear(&t, g.peer, tale_ask(g.peer, "k", "hello"));
    tale_expect_whole(&t, "hello", N_TOKENS);
    ck_assert_int_eq(gateway_sends(&g, 0), k->after_restart ? 1 : 2);
    tale_end(&t);
    gateway_stop(&g);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("durable");
    TCase *tc = tcase_create("durable");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, f57_the_same_request_twice_at_once_is_sent_once);
    tcase_add_test(tc,
                   f57_the_same_request_after_a_restart_has_the_same_answer);
    tcase_add_test(tc, f57_another_request_of_the_same_name_is_a_conflict);
    tcase_add_test(tc, how_the_answer_is_wanted_makes_no_other_request);
    tcase_add_test(tc, a_call_that_died_with_its_daemon_is_told_as_interrupted);
    tcase_add_test(tc, a_call_is_cancelled_by_its_name_and_stays_so);
    tcase_add_test(tc, chat_and_embed_are_attached_to_in_the_form_they_had);
    tcase_add_test(tc, what_is_not_known_is_not_found);
    tcase_add_test(tc, a_call_that_could_not_start_leaves_nothing);
    tcase_add_test(tc, a_drained_daemon_keeps_what_there_was);
    tcase_add_test(tc, f62_storage_that_fails_costs_no_answer);
    tcase_add_loop_test(tc, what_is_kept_is_configured, 0,
                        sizeof(KEEPINGS) / sizeof(*KEEPINGS));
    suite_add_tcase(s, tc);
    return suite_main(s);
}
