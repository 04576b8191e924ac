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

/* With `more` settings; NULL: nothing is kept on disk. */
static void
start(const char *more)
{
    g = (struct gateway){
        .n_mocks = 1,
        .keeps_state = more != NULL,
        .more = more,
    };
    test_provider_start(&g.mocks[0], "--token-interval-ms", "25", NULL);
    gateway_start(&g);
}

/* The daemon ends by force and is started anew. */
static void
start_again(void)
{
    peer_close(g.peer);
    process_kill(&g.daemon.process);
    (void)test_daemon_wait(&g.daemon);
    test_daemon_spawn(&g.daemon, NULL);
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
}

static void
stop(void)
{
    gateway_stop(&g);
}

static uint32_t
ask(struct peer *p, const char *id, const char *prompt)
{
    return peer_send(p, "generate",
                     "[{'prompt': '%s', 'stream': true, 'request_id': '%s'}]",
                     prompt, id);
}

static uint32_t
resume(struct peer *p, const char *id, int64_t from_seq)
{
    return peer_send(p, "session.resume",
                     "[{'request_id': '%s', 'from_seq': %d}]", id,
                     (int)from_seq);
}

static void
expect_text(const char *text, const char *prompt, unsigned n_tokens)
{
    char *want = mock_answer_text(prompt, n_tokens);

    ck_assert_str_eq(text, want);
    free(want);
}

/* A whole answer, streamed from its first delta on. */
static void
expect_whole(const struct tale *t, const char *prompt, unsigned n_tokens)
{
    ck_assert_msg(t->code == 0, "error %d: %s", t->code, t->error);
    ck_assert(value_bool(t->result, "success"));
    expect_text(value_str(t->result, "content"), prompt, n_tokens);
    ck_assert_int_eq(t->first, 1);
    expect_text(t->text, prompt, n_tokens);
}

/* Two results are the same, to the last byte of their content. */
static void
expect_same(const struct tale *a, const struct tale *b)
{
    ck_assert(json_equal(a->result, b->result));
    ck_assert_str_eq(a->text, b->text);
    ck_assert_int_eq(a->last, b->last);
    ck_assert_uint_eq(a->n_events, b->n_events);
}

START_TEST(f57_the_same_request_twice_at_once_is_sent_once)
{
    struct peer *other;
    struct tale a, b;
    uint32_t first, second;

    start("");
    other = peer_connect(g.daemon.socket);
    first = ask(g.peer, "twice", SLOW);
    second = ask(other, "twice", SLOW);
    tale_hear(&a, g.peer, first);
    tale_hear(&b, other, second);
    ck_assert(a.taken_over);
    ck_assert(!b.taken_over);
    expect_whole(&b, SLOW, 40);
    ck_assert(json_equal(a.result, b.result));
    ck_assert_str_eq(value_str(b.result, "request_id"), "twice");
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&a);
    tale_end(&b);
    peer_close(other);
    stop();
}

END_TEST

START_TEST(f57_the_same_request_after_a_restart_has_the_same_answer)
{
    struct tale a, b, c;

    start("");
    tale_hear(&a, g.peer, ask(g.peer, "again", "hello"));
    expect_whole(&a, "hello", N_TOKENS);
    tale_hear(&b, g.peer, ask(g.peer, "again", "hello"));
    expect_same(&a, &b);
    start_again();
    tale_hear(&c, g.peer, ask(g.peer, "again", "hello"));
    expect_same(&a, &c);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&a);
    tale_end(&b);
    tale_end(&c);
    stop();
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

    start("");
    msgid = ask(g.peer, "name", SLOW);
    free(tale_begin(g.peer, 1));
    (void)peer_error(g.peer, -32005, "generate",
                     "[{'prompt': 'other', 'request_id': 'name'}]");
    tale_hear(&t, g.peer, msgid);
    tale_end(&t);

    tale_hear(&t, g.peer, ask(g.peer, "name2", "hello"));
    tale_end(&t);
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(*OTHERS); i++)
        (void)peer_error(g.peer, -32005, "generate",
                         "[{%s, 'request_id': 'name2'}]", OTHERS[i]);
    (void)peer_error(g.peer, -32005, "chat",
                     "[{'model': 'default', 'messages': [{'role': 'user',"
                     " 'content': 'hello'}]}, {'request_id': 'name2'}]");
    start_again();
    (void)peer_error(g.peer, -32005, "generate",
                     "[{'prompt': 'other', 'request_id': 'name2'}]");
    ck_assert_int_eq(gateway_sends(&g, 0), 2);
    stop();
}

END_TEST

START_TEST(how_the_answer_is_wanted_makes_no_other_request)
{
    const json_t *result;
    struct tale t;

    start("");
    tale_hear(&t, g.peer, ask(g.peer, "same", "hello"));
    result = peer_result(g.peer, "generate",
                         "[{'prompt': 'hello', 'request_id': 'same',"
                         " 'deadline_ms': 5000, 'on_disconnect': 'finish',"
                         " 'on_break': 'error'}]");
    ck_assert(json_equal(result, t.result));
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    stop();
}

END_TEST

START_TEST(f56_a_caller_that_was_cut_off_resumes_at_the_next_byte)
{
    struct peer *leaver;
    char *before, *whole;
    struct tale t;

    start("");
    leaver = peer_connect(g.daemon.socket);
    (void)ask(leaver, "cut", SLOW);
    before = tale_begin(leaver, 7);
    peer_close(leaver);
    tale_hear(&t, g.peer, resume(g.peer, "cut", 8));
    ck_assert_int_eq(t.code, 0);
    ck_assert_int_eq(t.first, 8);
    whole = malloc(strlen(before) + strlen(t.text) + 1);
    (void)strcat(strcpy(whole, before), t.text);
    expect_text(whole, SLOW, 40);
    ck_assert_str_eq(value_str(t.result, "content"), whole);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    free(before);
    free(whole);
    tale_end(&t);
    stop();
}

END_TEST

/* From each delta on: what is left of the text, in the same deltas. */
static void
expect_resumed_everywhere(const struct tale *all)
{
    size_t skip = 0;

    for (int64_t seq = 1; seq <= all->last + 1; seq++) {
        struct tale t, next;

        tale_hear(&t, g.peer, resume(g.peer, "whole", seq));
        ck_assert_int_eq(t.code, 0);
        ck_assert(json_equal(t.result, all->result));
        ck_assert_str_eq(t.text, all->text + skip);
        ck_assert_int_eq(t.first, seq <= all->last ? seq : 0);
        tale_hear(&next, g.peer, resume(g.peer, "whole", seq + 1));
        skip += strlen(t.text) - strlen(next.text);
        tale_end(&t);
        tale_end(&next);
    }
    ck_assert_uint_eq(skip, strlen(all->text));
}

START_TEST(f56_an_ended_call_is_resumed_from_every_delta)
{
    struct tale t;

    start("");
    tale_hear(&t, g.peer, ask(g.peer, "whole", "hello"));
    expect_resumed_everywhere(&t);
    start_again();
    expect_resumed_everywhere(&t);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    stop();
}

END_TEST

START_TEST(a_call_that_died_with_its_daemon_is_told_as_interrupted)
{
    const json_t *messages;
    struct tale t, u;
    char *heard;
    char *whole = mock_answer_text(SLOW, 40);

    start("");
    (void)ask(g.peer, "dead", SLOW);
    heard = tale_begin(g.peer, 10);
    (void)nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    start_again();

    messages = peer_result(g.peer, "session.get", "[{'request_id': 'dead'}]");
    ck_assert_str_eq(value_str(messages, "messages.0.role"), "user");
    ck_assert_str_eq(value_str(messages, "messages.0.content"), SLOW);
    ck_assert_str_eq(value_str(messages, "messages.1.role"), "assistant");
    ck_assert(!value_bool(messages, "messages.1.complete"));
    ck_assert_int_eq(strncmp(value_str(messages, "messages.1.content"), heard,
                             strlen(heard)),
                     0);

    tale_hear(&t, g.peer, ask(g.peer, "dead", SLOW));
    gateway_expect_failure(t.result, "interrupted");
    ck_assert_int_eq(t.first, 1);
    ck_assert_int_ge(t.last, 10);
    ck_assert_str_eq(t.text, value_str(t.result, "partial"));
    ck_assert_int_eq(strncmp(t.text, heard, strlen(heard)), 0);
    ck_assert_int_eq(strncmp(whole, t.text, strlen(t.text)), 0);
    start_again();
    tale_hear(&u, g.peer, resume(g.peer, "dead", 1));
    expect_same(&t, &u);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    tale_end(&u);
    free(heard);
    free(whole);
    stop();
}

END_TEST

START_TEST(a_call_without_an_audience_is_cancelled_after_a_while)
{
    struct peer *leaver;
    struct tale t;

    start("stream = { detach_s = 1; };");
    leaver = peer_connect(g.daemon.socket);
    (void)ask(leaver, "left", "left #tokens=1000");
    free(tale_begin(leaver, 3));
    peer_close(leaver);
    eventually(test_provider_count(&g.mocks[0], "aborted") == 1);
    tale_hear(&t, g.peer, resume(g.peer, "left", 1));
    gateway_expect_failure(t.result, "cancelled");
    ck_assert_str_eq(t.text, value_str(t.result, "partial"));
    ck_assert_int_gt(t.last, 20);
    ck_assert_int_lt(t.last, 200);
    tale_end(&t);
    stop();
}

END_TEST

START_TEST(on_disconnect_decides_what_becomes_of_a_call)
{
    static const char *const MODES[] = {"cancel", "finish"};
    struct peer *leaver;
    struct tale t;

    start("stream = { detach_s = 0; };");
    leaver = peer_connect(g.daemon.socket);
    (void)peer_send(leaver, "generate",
                    "[{'prompt': '" SLOW "', 'stream': true,"
                    " 'request_id': 'd', 'on_disconnect': '%s'}]",
                    MODES[_i]);
    free(tale_begin(leaver, 3));
    peer_close(leaver);
    if (_i == 0)
        eventually(test_provider_count(&g.mocks[0], "aborted") == 1);
    tale_hear(&t, g.peer, resume(g.peer, "d", 1));
    if (_i == 0)
        gateway_expect_failure(t.result, "cancelled");
    else
        expect_whole(&t, SLOW, 40);
    tale_end(&t);
    stop();
}

END_TEST

START_TEST(a_call_is_cancelled_by_its_name_and_stays_so)
{
    struct tale t, u;
    uint32_t msgid;

    start("");
    msgid = ask(g.peer, "c", SLOW);
    free(tale_begin(g.peer, 3));
    ck_assert(value_bool(peer_result(g.peer, "cancel", "[{'request_id': 'c'}]"),
                         "cancelled"));
    tale_hear(&t, g.peer, msgid);
    gateway_expect_failure(t.result, "cancelled");
    ck_assert(!value_bool(
        peer_result(g.peer, "cancel", "[{'request_id': 'c'}]"), "cancelled"));
    start_again();
    tale_hear(&u, g.peer, ask(g.peer, "c", SLOW));
    ck_assert(json_equal(t.result, u.result));
    tale_end(&t);
    tale_end(&u);
    stop();
}

END_TEST

START_TEST(a_call_that_is_not_streamed_can_be_followed)
{
    const json_t *result;
    struct tale t;

    start("");
    result = peer_result(g.peer, "generate",
                         "[{'prompt': 'hello', 'request_id': 'u'}]");
    tale_hear(&t, g.peer, ask(g.peer, "u", "hello"));
    ck_assert(json_equal(result, t.result));
    ck_assert_int_eq(t.last, 1);
    expect_whole(&t, "hello", N_TOKENS);
    tale_end(&t);
    stop();
}

END_TEST

static const char BODY[] =
    "{'model': 'default', 'messages': [{'role': 'user', 'content': 'hello'}]}";

START_TEST(chat_and_embed_are_attached_to_in_the_form_they_had)
{
    static const char TEXT[] =
        "{\\\"messages\\\":[{\\\"role\\\":\\\"user\\\",\\\"content\\\":\\\"hello\\\"}]}";
    const json_t *a, *b, *c, *d, *e;

    start("");
    a = peer_result(g.peer, "chat", "[%s, {'request_id': 'm'}]", BODY);
    b = peer_result(g.peer, "chat", "['%s', {'request_id': 't'}]", TEXT);
    e = peer_result(g.peer, "embed",
                    "[{'model': 'a/m', 'input': 'x'}, {'request_id': 'e'}]");
    ck_assert(json_is_object(value_at(a, "response")));
    ck_assert(json_is_string(value_at(b, "response")));
    start_again();
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
    stop();
}

END_TEST

START_TEST(what_is_not_known_is_not_found)
{
    start("");
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
    stop();
}

END_TEST

START_TEST(a_call_that_could_not_start_leaves_nothing)
{
    start("");
    (void)peer_error(
        g.peer, -32004, "generate",
        "[{'prompt': 'x', 'route': 'nowhere', 'request_id': 'n'}]");
    (void)peer_error(g.peer, -32004, "session.get", "[{'request_id': 'n'}]");
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ", 'request_id': 'n'"),
                          "hello");
    stop();
}

END_TEST

START_TEST(followers_of_one_call_are_limited)
{
    struct peer *many[17];
    uint32_t ids[17];
    struct tale t;

    start("");
    for (int i = 0; i < 17; i++) {
        many[i] = peer_connect(g.daemon.socket);
        ids[i] = ask(many[i], "crowd", SLOW);
        if (i < 16)
            (void)peer_result(many[i], "hello", "[{}]");
    }
    tale_hear(&t, many[16], ids[16]);
    ck_assert_int_eq(t.code, -32001);
    tale_end(&t);
    for (int i = 0; i < 16; i++) {
        tale_hear(&t, many[i], ids[i]);
        ck_assert(t.taken_over == (i < 15));
        if (i == 15)
            expect_whole(&t, SLOW, 40);
        tale_end(&t);
    }
    for (int i = 0; i < 17; i++)
        peer_close(many[i]);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    stop();
}

END_TEST

START_TEST(a_drained_daemon_keeps_what_there_was)
{
    struct tale t, u;
    uint32_t msgid;

    start("drain_s = 1;");
    msgid = ask(g.peer, "drained", "drained #tokens=1000");
    free(tale_begin(g.peer, 3));
    process_signal(&g.daemon.process, SIGTERM);
    tale_hear(&t, g.peer, msgid);
    gateway_expect_failure(t.result, "cancelled");
    ck_assert_int_eq(test_daemon_wait(&g.daemon), 0);
    start_again();
    tale_hear(&u, g.peer, ask(g.peer, "drained", "drained #tokens=1000"));
    ck_assert(json_equal(t.result, u.result));
    ck_assert_str_eq(u.text, value_str(t.result, "partial"));
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    tale_end(&u);
    stop();
}

END_TEST

/* A long answer, as fast as it can be had. */
static void
start_fast(const char *more)
{
    g = (struct gateway){
        .n_mocks = 1,
        .keeps_state = true,
        .more = more,
        .more_of_a = " timeouts = { stall_ms = 20000; };",
        .model_of_a = "max_tokens = 1000000;",
    };
    gateway_start(&g);
}

#define LONG "long #tokens=90000"

static uint32_t
ask_long(struct peer *p)
{
    return peer_send(p, "generate",
                     "[{'prompt': '" LONG "', 'stream': true,"
                     " 'max_tokens': 200000, 'request_id': 'long'}]");
}

START_TEST(f56_what_is_not_held_any_more_is_told_by_its_number)
{
    struct tale t, u;
    const char *number;
    int64_t first;

    start_fast("");
    tale_hear(&t, g.peer, ask_long(g.peer));
    expect_whole(&t, LONG, 90000);
    for (int i = 0; i < 2; i++) {
        tale_hear(&u, g.peer, resume(g.peer, "long", 1));
        ck_assert_int_eq(u.code, -32004);
        number = strrchr(u.error, ' ');
        ck_assert_ptr_nonnull(number);
        first = atoll(number);
        ck_assert_int_gt(first, 1);
        tale_end(&u);
        tale_hear(&u, g.peer, resume(g.peer, "long", first - 1));
        ck_assert_int_eq(u.code, -32004);
        tale_end(&u);
        tale_hear(&u, g.peer, resume(g.peer, "long", first));
        ck_assert_int_eq(u.code, 0);
        ck_assert_int_eq(u.first, first);
        ck_assert_int_eq(u.last, t.last);
        ck_assert_str_eq(u.text, t.text + strlen(t.text) - strlen(u.text));
        ck_assert(json_equal(u.result, t.result));
        tale_end(&u);
        if (i == 0)
            start_again();
    }
    tale_end(&t);
    stop();
}

END_TEST

START_TEST(f58_a_follower_that_does_not_read_holds_the_provider_up)
{
    struct peer *mute;
    int64_t sent_bytes;
    struct tale t;

    start_fast("");
    mute = peer_connect(g.daemon.socket);
    (void)ask_long(mute);
    do {
        sent_bytes = test_provider_count(&g.mocks[0], "bytes_sent");
        (void)nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    } while (test_provider_count(&g.mocks[0], "bytes_sent") != sent_bytes
             || sent_bytes == 0);

    /* Another connection takes the call over, and everything flows. */
    tale_hear(&t, g.peer, ask_long(g.peer));
    expect_whole(&t, LONG, 90000);
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    peer_close(mute);
    stop();
}

END_TEST

START_TEST(a_follower_that_reads_late_is_told_everything)
{
    struct peer *late;
    struct tale t;
    uint32_t msgid;

    start_fast("");
    late = peer_connect(g.daemon.socket);
    msgid = peer_send(late, "generate",
                      "[{'prompt': 'late #tokens=60000', 'stream': true,"
                      " 'max_tokens': 200000, 'request_id': 'late'}]");
    (void)nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    tale_hear(&t, late, msgid);
    expect_whole(&t, "late #tokens=60000", 60000);
    tale_end(&t);
    tale_hear(&t, late, resume(late, "late", 50000));
    ck_assert_int_eq(t.first, 50000);
    ck_assert_int_eq(t.last, 60000);
    tale_end(&t);
    peer_close(late);
    stop();
}

END_TEST

/* The folder becomes a file, and what was open in it is gone. */
START_TEST(f62_storage_that_fails_costs_no_answer)
{
    char folder[96], moved[112];
    struct tale t;
    FILE *file;

    start("");
    tale_hear(&t, g.peer, ask(g.peer, "one", "hello"));
    tale_end(&t);
    (void)snprintf(folder, sizeof(folder), "%s/aigw", g.daemon.folder);
    (void)snprintf(moved, sizeof(moved), "%s.moved", folder);
    ck_assert_int_eq(rename(folder, moved), 0);
    file = fopen(folder, "we");
    ck_assert_ptr_nonnull(file);
    (void)fclose(file);

    tale_hear(&t, g.peer, ask(g.peer, "two", "hello"));
    expect_whole(&t, "hello", N_TOKENS);
    tale_end(&t);
    eventually(test_daemon_logged(&g.daemon, "to=degraded"));
    tale_hear(&t, g.peer, ask(g.peer, "three", "hello"));
    expect_whole(&t, "hello", N_TOKENS);
    tale_end(&t);
    (void)peer_error(g.peer, -32603, "generate",
                     "[{'prompt': 'x', 'session_id': 's'}]");

    ck_assert_int_eq(unlink(folder), 0);
    ck_assert_int_eq(rename(moved, folder), 0);
    eventually(test_daemon_logged(&g.daemon, "to=working"));
    start_again();
    for (int i = 0; i < 3; i++) {
        static const char *const NAMES[] = {"one", "two", "three"};

        tale_hear(&t, g.peer, ask(g.peer, NAMES[i], "hello"));
        expect_whole(&t, "hello", N_TOKENS);
        tale_end(&t);
    }
    ck_assert_int_eq(gateway_sends(&g, 0), 3);
    stop();
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

    start(k->config);
    tale_hear(&t, g.peer, ask(g.peer, "k", "hello"));
    tale_end(&t);
    got = peer_result(g.peer, "session.get", "[{'request_id': 'k'}]");
    ck_assert_uint_eq(value_count(got, "messages"), k->prompts ? 2 : 1);
    if (!k->prompts)
        (void)peer_error(g.peer, -32602, "generate",
                         "[{'prompt': 'x', 'session_id': 's'}]");
    tale_hear(&t, g.peer, ask(g.peer, "k", "hello"));
    ck_assert_int_eq(gateway_sends(&g, 0), 1);
    tale_end(&t);
    start_again();
    tale_hear(&t, g.peer, ask(g.peer, "k", "hello"));
    expect_whole(&t, "hello", N_TOKENS);
    ck_assert_int_eq(gateway_sends(&g, 0), k->after_restart ? 1 : 2);
    tale_end(&t);
    stop();
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
    tcase_add_test(tc, f56_a_caller_that_was_cut_off_resumes_at_the_next_byte);
    tcase_add_test(tc, f56_an_ended_call_is_resumed_from_every_delta);
    tcase_add_test(tc, a_call_that_died_with_its_daemon_is_told_as_interrupted);
    tcase_add_test(tc, a_call_without_an_audience_is_cancelled_after_a_while);
    tcase_add_loop_test(tc, on_disconnect_decides_what_becomes_of_a_call, 0, 2);
    tcase_add_test(tc, a_call_is_cancelled_by_its_name_and_stays_so);
    tcase_add_test(tc, a_call_that_is_not_streamed_can_be_followed);
    tcase_add_test(tc, chat_and_embed_are_attached_to_in_the_form_they_had);
    tcase_add_test(tc, what_is_not_known_is_not_found);
    tcase_add_test(tc, a_call_that_could_not_start_leaves_nothing);
    tcase_add_test(tc, followers_of_one_call_are_limited);
    tcase_add_test(tc, a_drained_daemon_keeps_what_there_was);
    tcase_add_test(tc, f56_what_is_not_held_any_more_is_told_by_its_number);
    tcase_add_test(tc, f58_a_follower_that_does_not_read_holds_the_provider_up);
    tcase_add_test(tc, a_follower_that_reads_late_is_told_everything);
    tcase_add_test(tc, f62_storage_that_fails_costs_no_answer);
    tcase_add_loop_test(tc, what_is_kept_is_configured, 0,
                        sizeof(KEEPINGS) / sizeof(*KEEPINGS));
    suite_add_tcase(s, tc);
    return suite_main(s);
}
