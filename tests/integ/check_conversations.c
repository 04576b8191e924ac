/*
 * check_conversations.c - what was said earlier goes along, whoever answers:
 * also what was cut off, and not more than there is room for.
 */
#include "mock/mock_answer.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"
#include "tale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    N_TURNS = 6,
    N_TOKENS = 20,
    MAX_MESSAGES = 64,
    BIG = 100 * 1024,
    N_SESSIONS = 4096,
    AT_ONCE = 100,
};

static struct gateway g;

static void
start(size_t n_mocks, const char *more)
{
    g = (struct gateway){
        .n_mocks = n_mocks,
        .keeps_state = more != NULL,
        .more = more,
        .more_of_a = " timeouts = { headers_ms = 15000; };",
    };
    for (size_t i = 0; i < n_mocks; i++)
        test_provider_start(&g.mocks[i], "--token-interval-ms", "5", NULL);
    gateway_start(&g);
}

static void
stop(void)
{
    gateway_stop(&g);
}

/* Says something in conversation "s" at the target, without a stream. */
static const json_t *
say(const char *target, const char *prompt)
{
    return peer_result(g.peer, "generate",
                       "[{'prompt': '%s', 'session_id': 's', 'route': '%s'}]",
                       prompt, target);
}

/* The same, streamed, under a name of its own. */
static uint32_t
ask_in(struct peer *p, const char *session, const char *id, const char *prompt)
{
    return peer_send(p, "generate",
                     "[{'prompt': '%s', 'stream': true, 'session_id': '%s',"
                     " 'request_id': '%s'}]",
                     prompt, session, id);
}

/* The messages that the provider was last sent; the caller's. */
static json_t *
last_messages(size_t mock)
{
    json_t *stats = test_provider_stats(&g.mocks[mock]);
    json_t *body = json_loads(value_str(stats, "last.body"), 0, NULL);
    json_t *messages = json_incref(json_object_get(body, "messages"));

    ck_assert_ptr_nonnull(messages);
    json_decref(body);
    json_decref(stats);
    return messages;
}

static const char *
content_of(const json_t *messages, size_t i)
{
    return json_string_value(
        json_object_get(json_array_get(messages, i), "content"));
}

static void
expect_message(const json_t *messages, size_t i, const char *role,
               const char *content)
{
    const json_t *message = json_array_get(messages, i);

    ck_assert_str_eq(json_string_value(json_object_get(message, "role")), role);
    ck_assert_str_eq(content_of(messages, i), content);
}

START_TEST(six_turns_at_changing_providers_lose_nothing)
{
    static const char *const TARGETS[] = {"a/m", "b/m", "c/m"};
    char prompt[32], *answers[N_TURNS];

    start(3, "");
    for (size_t turn = 0; turn < N_TURNS; turn++) {
        json_t *messages;

        (void)snprintf(prompt, sizeof(prompt), "question %zu", turn);
        answers[turn] = mock_answer_text(prompt, N_TOKENS);
        if (turn == 3)
            gateway_start_again(&g);
        ck_assert_str_eq(value_str(say(TARGETS[turn % 3], prompt), "content"),
                         answers[turn]);
        messages = last_messages(turn % 3);
        ck_assert_uint_eq(json_array_size(messages), 2 + 2 * turn);
        expect_message(messages, 0, "system",
                       "You are a helpful AI assistant.");
        for (size_t k = 0; k <= turn; k++) {
            (void)snprintf(prompt, sizeof(prompt), "question %zu", k);
            expect_message(messages, 1 + 2 * k, "user", prompt);
            if (k < turn)
                expect_message(messages, 2 + 2 * k, "assistant", answers[k]);
        }
        json_decref(messages);
    }
    for (size_t turn = 0; turn < N_TURNS; turn++) {
        ck_assert_int_eq(gateway_sends(&g, turn % 3), 2);
        free(answers[turn]);
    }
    stop();
}

END_TEST

START_TEST(conversations_do_not_mix)
{
    json_t *messages;

    start(1, "");
    (void)say("a/m", "first");
    (void)peer_result(g.peer, "generate",
                      "[{'prompt': 'second', 'session_id': 'other'}]");
    messages = last_messages(0);
    ck_assert_uint_eq(json_array_size(messages), 2);
    json_decref(messages);
    stop();
}

END_TEST

/* Cuts the answer short: the call is cancelled, or the daemon is killed. */
static void
interrupt(bool by_force)
{
    uint32_t msgid = peer_send(
        g.peer, "generate",
        "[{'prompt': 'tell #tokens=200', 'session_id': 's', 'stream': true}]");
    struct tale t;

    free(tale_begin(g.peer, 10));
    if (by_force) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
        gateway_start_again(&g);
        return;
    }
    (void)peer_result(g.peer, "cancel", "[{'msgid': %u}]", msgid);
    tale_hear(&t, g.peer, msgid);
    gateway_expect_failure(t.result, "cancelled");
    tale_end(&t);
}

START_TEST(an_interrupted_answer_is_completed_by_the_next_call)
{
    static const char ASKED[] =
        "\". Complete it first, continuing exactly where it ended, then answer"
        " this:\n\nand now?";
    const json_t *got;
    json_t *messages;
    const char *partial, *text;
    char *whole = mock_answer_text("tell #tokens=200", 200);

    start(2, "");
    interrupt(_i == 1);
    got = peer_result(g.peer, "session.list", "[]");
    ck_assert_str_eq(value_str(got, "sessions.0.state"), "interrupted");
    got = peer_result(g.peer, "session.get", "[{'session_id': 's'}]");
    ck_assert_uint_eq(value_count(got, "messages"), 2);
    partial = value_str(got, "messages.1.content");
    ck_assert(!value_bool(got, "messages.1.complete"));
    ck_assert_int_eq(strncmp(whole, partial, strlen(partial)), 0);

    (void)say("b/m", "and now?");
    messages = last_messages(1);
    ck_assert_uint_eq(json_array_size(messages), 4);
    expect_message(messages, 1, "user", "tell #tokens=200");
    expect_message(messages, 2, "assistant", partial);
    text = content_of(messages, 3);
    ck_assert_int_eq(
        strncmp(text, "Your previous response was interrupted and ended with",
                50),
        0);
    ck_assert_str_eq(text + strlen(text) - strlen(ASKED), ASKED);
    text += strlen(text) - strlen(ASKED) - 20;
    ck_assert_int_eq(strncmp(text, partial + strlen(partial) - 20, 20), 0);
    json_decref(messages);

    /* What is kept is what the caller said. */
    got = peer_result(g.peer, "session.get", "[{'session_id': 's'}]");
    ck_assert_uint_eq(value_count(got, "messages"), 4);
    ck_assert_str_eq(value_str(got, "messages.2.content"), "and now?");
    ck_assert(value_bool(got, "messages.3.complete"));
    got = peer_result(g.peer, "session.list", "[]");
    ck_assert_str_eq(value_str(got, "sessions.0.state"), "idle");
    ck_assert_int_eq(value_int(got, "sessions.0.turns"), 2);
    free(whole);
    stop();
}

END_TEST

START_TEST(a_call_that_said_nothing_leaves_no_turn)
{
    json_t *messages;

    start(1, "");
    (void)test_provider_fault(&g.mocks[0], "kind=status,status=400");
    gateway_expect_failure(say("a/m", "wrong"), "invalid_request");
    test_provider_heal(&g.mocks[0]);
    (void)say("a/m", "right");
    messages = last_messages(0);
    ck_assert_uint_eq(json_array_size(messages), 2);
    json_decref(messages);
    stop();
}

END_TEST

START_TEST(a_conversation_has_one_call_at_a_time)
{
    const json_t *got;
    struct tale t;
    uint32_t msgid;

    start(1, "");
    msgid = peer_send(g.peer, "generate",
                      "[{'prompt': 'long #tokens=200', 'session_id': 's',"
                      " 'stream': true, 'request_id': 'r'}]");
    free(tale_begin(g.peer, 2));
    (void)peer_error(g.peer, -32005, "generate",
                     "[{'prompt': 'x', 'session_id': 's'}]");
    (void)peer_error(g.peer, -32005, "session.delete", "[{'session_id': 's'}]");
    got = peer_result(g.peer, "session.list", "[]");
    ck_assert_str_eq(value_str(got, "sessions.0.state"), "running");
    got = peer_result(g.peer, "session.get", "[{'session_id': 's'}]");
    ck_assert_uint_eq(value_count(got, "messages"), 2);
    ck_assert(!value_bool(got, "messages.1.complete"));
    (void)peer_result(g.peer, "cancel", "[{'request_id': 'r'}]");
    tale_hear(&t, g.peer, msgid);
    tale_end(&t);
    (void)say("a/m", "x");
    stop();
}

END_TEST

/* Nothing of the conversation is needed to tell an answer again. */
START_TEST(an_ended_call_is_told_again_while_another_one_runs)
{
    struct tale t, again;
    struct peer *other;

    start(1, "");
    tale_hear(&t, g.peer, ask_in(g.peer, "s", "first", "hello"));
    other = peer_connect(g.daemon.socket);
    (void)ask_in(other, "s", "second", "long #tokens=1000");
    free(tale_begin(other, 2));
    tale_hear(&again, g.peer, ask_in(g.peer, "s", "first", "hello"));
    ck_assert_int_eq(again.code, 0);
    tale_expect_same(&again, &t);
    (void)peer_error(g.peer, -32005, "generate",
                     "[{'prompt': 'x', 'session_id': 's', 'request_id': 'z'}]");
    ck_assert_int_eq(gateway_sends(&g, 0), 2);
    peer_close(other);
    tale_end(&again);
    tale_end(&t);
    stop();
}

END_TEST

START_TEST(tool_calls_are_part_of_the_conversation)
{
    json_t *messages;
    const json_t *got;

    start(1, "");
    (void)peer_result(
        g.peer, "chat",
        "[{'model': 'a/m', 'messages': [{'role': 'user', 'content': '#tool'}],"
        " 'tools': [{'type': 'function', 'function': {'name': 'f'}}],"
        " 'stream': %s}, {'session_id': 's'}]",
        _i == 1 ? "true" : "false");
    (void)peer_result(g.peer, "chat",
                      "[{'model': 'a/m', 'messages': [{'role': 'system',"
                      " 'content': 'S'}, {'role': 'tool', 'content': '42',"
                      " 'tool_call_id': 'c'}]}, {'session_id': 's'}]");
    messages = last_messages(0);
    ck_assert_uint_eq(json_array_size(messages), 4);
    expect_message(messages, 0, "system", "S");
    expect_message(messages, 1, "user", "#tool");
    ck_assert_str_eq(
        value_str(json_array_get(messages, 2), "tool_calls.0.function.name"),
        "f");
    expect_message(messages, 3, "tool", "42");
    json_decref(messages);
    got = peer_result(g.peer, "session.get", "[{'session_id': 's'}]");
    ck_assert_uint_eq(value_count(got, "messages"), 4);
    stop();
}

END_TEST

START_TEST(only_the_last_turns_go_along)
{
    json_t *messages;
    char prompt[32];

    start(1, "");
    for (int i = 0; i < MAX_MESSAGES / 2 + 5; i++) {
        (void)snprintf(prompt, sizeof(prompt), "q%d #tokens=1", i);
        (void)say("a/m", prompt);
    }
    messages = last_messages(0);
    ck_assert_uint_eq(json_array_size(messages), 2 + MAX_MESSAGES);
    expect_message(messages, 0, "system", "You are a helpful AI assistant.");
    expect_message(messages, 1, "user", "q4 #tokens=1");
    json_decref(messages);
    stop();
}

END_TEST

static const json_t *
say_much(char letter, size_t size)
{
    char *text = malloc(size + 1);
    const json_t *result;

    ck_assert_ptr_nonnull(text);
    memset(text, letter, size);
    text[size] = '\0';
    result = say("a/m", text);
    free(text);
    return result;
}

START_TEST(only_so_many_bytes_go_along)
{
    json_t *messages;

    start(1, "");
    (void)say_much('x', BIG);
    (void)say_much('y', BIG);
    (void)say_much('z', BIG);
    (void)say("a/m", "short");
    messages = last_messages(0);
    ck_assert_uint_eq(json_array_size(messages), 6);
    ck_assert_int_eq(content_of(messages, 1)[0], 'y');
    ck_assert_int_eq(content_of(messages, 3)[0], 'z');
    json_decref(messages);

    /* What is larger than all that may go along is the end of it. */
    (void)say_much('w', (size_t)3 * BIG);
    (void)say("a/m", "alone");
    messages = last_messages(0);
    ck_assert_uint_eq(json_array_size(messages), 2);
    json_decref(messages);
    stop();
}

END_TEST

START_TEST(conversations_are_listed_shown_and_forgotten)
{
    const json_t *got;
    json_t *messages;

    start(1, "");
    (void)say("a/m", "first");
    (void)say("a/m", "second");
    got = peer_result(g.peer, "session.list", "[]");
    ck_assert_uint_eq(value_count(got, "sessions"), 1);
    value_has_shape(got, "sessions.0",
                    "session_id:s uid:i turns:i bytes:i updated_ms:i state:s");
    ck_assert_str_eq(value_str(got, "sessions.0.session_id"), "s");
    ck_assert_int_eq(value_int(got, "sessions.0.turns"), 2);
    ck_assert_int_gt(value_int(got, "sessions.0.bytes"), 100);
    ck_assert_str_eq(value_str(got, "sessions.0.state"), "idle");
    got = peer_result(g.peer, "session.get", "[{'session_id': 's'}]");
    ck_assert_uint_eq(value_count(got, "messages"), 4);
    value_has_shape(got, "messages.3", "role:s content:s complete:b");
    ck_assert_str_eq(value_str(got, "messages.2.content"), "second");

    (void)peer_result(g.peer, "session.delete", "[{'session_id': 's'}]");
    got = peer_result(g.peer, "session.list", "[]");
    ck_assert_uint_eq(value_count(got, "sessions"), 0);
    (void)peer_error(g.peer, -32004, "session.get", "[{'session_id': 's'}]");
    (void)say("a/m", "third");
    messages = last_messages(0);
    ck_assert_uint_eq(json_array_size(messages), 2);
    json_decref(messages);
    stop();
}

END_TEST

START_TEST(embeddings_have_no_conversation)
{
    start(1, "");
    (void)peer_error(g.peer, -32602, "embed",
                     "[{'model': 'a/m', 'input': 'x'}, {'session_id': 's'}]");
    stop();
}

END_TEST

START_TEST(the_oldest_go_when_there_is_no_room)
{
    const json_t *got;

    start(1, "session = { max_mb = 1; };");
    (void)peer_result(g.peer, "generate",
                      "[{'prompt': 'x', 'session_id': 'old'}]");
    for (int i = 0; i < 12; i++)
        (void)say_much((char)('a' + i), BIG);
    eventually(
        value_count(peer_result(g.peer, "session.list", "[]"), "sessions")
        == 1);
    got = peer_result(g.peer, "session.get", "[{'session_id': 's'}]");
    ck_assert_uint_ge(value_count(got, "messages"), 10);
    ck_assert_uint_lt(value_count(got, "messages"), 24);
    stop();
}

END_TEST

/* Lets the daemon's clocks, the wall's and the other, jump by these spans. */
static void
start_with_clocks(const char *path)
{
    g = (struct gateway){
        .n_mocks = 1, .keeps_state = true, .more = "session = { ttl_h = 1; };"};
    gateway_prepare(&g);
    (void)setenv("SHIFTED_CLOCK", path, 1);
    (void)setenv("LD_PRELOAD", SHIFTED_CLOCK_PATH, 1);
    (void)setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
    test_daemon_spawn(&g.daemon, NULL);
    (void)unsetenv("LD_PRELOAD");
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
}

static void
shift_clocks(int fd, int64_t by_ms)
{
    int64_t by_ns = by_ms * 1000000;
    int64_t shifts[2] = {by_ns, by_ns};

    ck_assert_int_eq(pwrite(fd, shifts, sizeof(shifts), 0), sizeof(shifts));
}

START_TEST(what_nobody_asks_for_is_dropped_after_its_time)
{
    char path[] = "/tmp/aigw-clock-XXXXXX";
    int fd = mkstemp(path);

    shift_clocks(fd, 0);
    start_with_clocks(path);
    (void)say("a/m", "early");
    (void)peer_result(g.peer, "generate",
                      "[{'prompt': 'x', 'request_id': 'r'}]");
    (void)peer_result(g.peer, "generate",
                      "[{'prompt': 'x', 'session_id': 'alive'}]");
    shift_clocks(fd, 40 * 60000);
    (void)peer_result(g.peer, "generate",
                      "[{'prompt': 'y', 'session_id': 'alive'}]");
    shift_clocks(fd, 70 * 60000);
    eventually(peer_call(g.peer, "session.get", "[{'session_id': 's'}]").code
               == -32004);
    (void)peer_error(g.peer, -32004, "session.get", "[{'request_id': 'r'}]");
    ck_assert_uint_eq(value_count(peer_result(g.peer, "session.get",
                                              "[{'session_id': 'alive'}]"),
                                  "messages"),
                      4);
    stop();
    (void)close(fd);
    (void)unlink(path);
}

END_TEST

START_TEST(a_number_of_conversations_is_kept)
{
    uint32_t ids[AT_ONCE];
    int n = 0;

    start(1, NULL);
    while (n < N_SESSIONS + 11 * AT_ONCE) {
        for (int i = 0; i < AT_ONCE; i++)
            ids[i] = peer_send(g.peer, "generate",
                               "[{'prompt': 'x #tokens=1', 'session_id':"
                               " 's%d'}]",
                               n++);
        for (int i = 0; i < AT_ONCE; i++)
            ck_assert_int_eq(peer_wait(g.peer, ids[i]).code, 0);
    }
    eventually(peer_call(g.peer, "session.get", "[{'session_id': 's0'}]").code
               == -32004);
    ck_assert_uint_ge(
        value_count(peer_result(g.peer, "session.list", "[]"), "sessions"),
        N_SESSIONS);
    (void)peer_result(g.peer, "session.get", "[{'session_id': 's%d'}]", n - 1);
    stop();
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("conversations");
    TCase *tc = tcase_create("conversations");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, six_turns_at_changing_providers_lose_nothing);
    tcase_add_test(tc, conversations_do_not_mix);
    tcase_add_loop_test(tc, an_interrupted_answer_is_completed_by_the_next_call,
                        0, 2);
    tcase_add_test(tc, a_call_that_said_nothing_leaves_no_turn);
    tcase_add_test(tc, a_conversation_has_one_call_at_a_time);
    tcase_add_test(tc, an_ended_call_is_told_again_while_another_one_runs);
    tcase_add_loop_test(tc, tool_calls_are_part_of_the_conversation, 0, 2);
    tcase_add_test(tc, only_the_last_turns_go_along);
    tcase_add_test(tc, only_so_many_bytes_go_along);
    tcase_add_test(tc, conversations_are_listed_shown_and_forgotten);
    tcase_add_test(tc, embeddings_have_no_conversation);
    tcase_add_test(tc, the_oldest_go_when_there_is_no_room);
    tcase_add_test(tc, what_nobody_asks_for_is_dropped_after_its_time);
    tcase_add_test(tc, a_number_of_conversations_is_kept);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
