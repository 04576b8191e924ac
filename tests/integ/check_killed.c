/*
 * check_killed.c - the daemon is killed under streaming load, again and again.
 *
 * What a caller had received for a while is there after the next start, no
 * call is sent upstream a second time by itself, and many stored calls do not
 * delay a start.  A few kills as one of the tests; 200 of them and 10,000
 * stored calls with AIGW_TEST_LONG=1.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "mock_answer.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CALLS = 16,
    TOKENS = 60,
    TOKEN_MS = 10,
    DURABLE_MS = 200, /* What is older than that must have been kept. */
    STORED_AT_ONCE = 64,
    START_MS = 1000 * GATEWAY_SLOWNESS,
};

static struct gateway g = {.keeps_state = true, .n_mocks = 1};
static struct rng rng;
static unsigned n_prompts;
static int64_t slowest_start_ms;

/* One stream, as its caller sees it. */
struct heard {
    char prompt[32];
    char id[32];
    uint32_t msgid;
    size_t size;               /* Bytes received, */
    size_t n;                  /* in so many deltas: */
    int64_t at_ms[TOKENS + 1]; /* when each came, */
    size_t sizes[TOKENS + 1];  /* and the bytes until then. */
    bool answered;
};

static bool
is_long(void)
{
    return getenv("AIGW_TEST_LONG") != NULL;
}

static void
begin(struct heard *h, unsigned round, unsigned call)
{
    *h = (struct heard){0};
    (void)snprintf(h->prompt, sizeof(h->prompt), "kill %u %u", round, call);
    (void)snprintf(h->id, sizeof(h->id), "id-%u-%u", round, call);
    h->msgid = peer_send(g.peer, "generate",
                         "[{'prompt': '%s', 'request_id': '%s',"
                         " 'stream': true}]",
                         h->prompt, h->id);
    n_prompts++;
}

static struct heard *
find(struct heard *all, json_int_t msgid)
{
    for (size_t i = 0; i < CALLS; i++)
        if ((json_int_t)all[i].msgid == msgid)
            return &all[i];
    ck_abort_msg("a message of no call");
    return NULL;
}

static void
take_delta(struct heard *all, const json_t *params)
{
    struct heard *h = find(all, value_int(params, "0"));

    ck_assert_int_eq(value_int(params, "1"), (int64_t)h->n + 1);
    h->size += strlen(value_str(params, "2.content"));
    h->at_ms[h->n] = process_now_ms();
    h->sizes[h->n++] = h->size;
}

static void
listen_until(struct heard *all, int64_t until_ms)
{
    while (process_now_ms() < until_ms) {
        const json_t *message = peer_message(g.peer, 5);

        if (!message)
            continue;
        if (value_int(message, "0") == 1)
            find(all, value_int(message, "1"))->answered = true;
        else if (strcmp(value_str(message, "1"), "call.delta") == 0)
            take_delta(all, value_find(message, "2"));
    }
}

static void
restart(void)
{
    int64_t begun_ms = process_now_ms();
    int64_t took_ms;

    test_daemon_spawn(&g.daemon, NULL);
    test_daemon_await(&g.daemon);
    took_ms = process_now_ms() - begun_ms;
    ck_assert_int_lt(took_ms, START_MS);
    if (took_ms > slowest_start_ms)
        slowest_start_ms = took_ms;
    g.peer = peer_connect(g.daemon.socket);
}

static void
kill_daemon(void)
{
    process_signal(&g.daemon.process, SIGKILL);
    ck_assert_int_eq(test_daemon_wait(&g.daemon), -SIGKILL);
    peer_close(g.peer);
}

/* The text that is kept of the answer; NULL: the call is not known. */
static const char *
kept_text(const struct heard *h)
{
    struct peer_reply reply =
        peer_call(g.peer, "session.get", "[{'request_id': '%s'}]", h->id);
    const json_t *messages;
    const json_t *last;

    if (reply.code) {
        ck_assert_int_eq(reply.code, -32004);
        return NULL;
    }
    messages = value_find(reply.result, "messages");
    last = json_array_get(messages, json_array_size(messages) - 1);
    if (strcmp(value_str(last, "role"), "assistant") != 0)
        return "";
    ck_assert(h->answered <= value_bool(last, "complete"));
    return value_str(last, "content");
}

static void
expect_kept(const struct heard *h, int64_t killed_ms)
{
    char *whole = mock_answer_text(h->prompt, TOKENS);
    const char *kept = kept_text(h);
    size_t size = kept ? strlen(kept) : 0;
    size_t due = 0;

    for (size_t i = 0; i < h->n; i++)
        if (h->at_ms[i] <= killed_ms - DURABLE_MS)
            due = h->sizes[i];
    ck_assert_msg(size >= due, "%s: %zu of %zu bytes kept", h->id, size, due);
    ck_assert_msg(size <= strlen(whole)
                      && memcmp(whole, kept ? kept : "", size) == 0,
                  "%s: kept something else", h->id);
    free(whole);
}

/* Asking again attaches to what there is: it is not sent once more. */
static void
expect_no_new_call(const struct heard *h)
{
    const json_t *result =
        peer_result(g.peer, "generate",
                    "[{'prompt': '%s', 'request_id': '%s'}]", h->prompt, h->id);

    ck_assert(h->answered <= value_bool(result, "success"));
    if (!value_bool(result, "success"))
        ck_assert_str_eq(value_str(result, "error_code"), "interrupted");
}

static void
play_round(unsigned round)
{
    struct heard all[CALLS];
    int64_t killed_ms;

    for (unsigned i = 0; i < CALLS; i++)
        begin(&all[i], round, i);
    listen_until(all, process_now_ms() + rng_upto(&rng, 900));
    killed_ms = process_now_ms();
    kill_daemon();
    restart();
    for (unsigned i = 0; i < CALLS; i++)
        expect_kept(&all[i], killed_ms);
    for (unsigned i = 0; i < CALLS; i += 5)
        if (kept_text(&all[i]))
            expect_no_new_call(&all[i]);
}

/* Fills the store with finished calls. */
static void
store_calls(unsigned n)
{
    uint32_t ids[STORED_AT_ONCE];

    for (unsigned i = 0; i < n; i++) {
        if (i >= STORED_AT_ONCE)
            ck_assert(value_bool(
                peer_wait(g.peer, ids[i % STORED_AT_ONCE]).result, "success"));
        ids[i % STORED_AT_ONCE] =
            peer_send(g.peer, "generate",
                      "[{'prompt': 'stored %u #tokens=1', 'request_id': "
                      "'stored-%u'}]",
                      i, i);
        n_prompts++;
    }
    for (unsigned i = 0; i < STORED_AT_ONCE && i < n; i++)
        ck_assert(value_bool(peer_wait(g.peer, ids[i]).result, "success"));
}

START_TEST(f63_what_was_heard_survives_a_kill)
{
    unsigned rounds = is_long() ? 200 : 6;
    unsigned stored = is_long() ? 10000 : 300;
    char tokens[16];
    char interval[16];

    (void)snprintf(tokens, sizeof(tokens), "%d", TOKENS);
    (void)snprintf(interval, sizeof(interval), "%d", TOKEN_MS);
    rng_init(&rng, 63);
    test_provider_start(&g.mocks[0], "--tokens", tokens, "--token-interval-ms",
                        interval, NULL);
    gateway_start(&g);
    store_calls(stored);
    for (unsigned round = 0; round < rounds; round++)
        play_round(round);
    ck_assert_int_le(gateway_sends(&g, 0), n_prompts);
    ck_assert_int_eq(gateway_sends(&g, 0),
                     test_provider_count(&g.mocks[0], "prompts"));
    printf("%u kills, %u calls, %u stored before: nothing lost, %lld sends of "
           "%lld prompts, slowest start %lld ms\n",
           rounds, rounds * CALLS, stored, (long long)gateway_sends(&g, 0),
           (long long)test_provider_count(&g.mocks[0], "prompts"),
           (long long)slowest_start_ms);
    gateway_stop(&g);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("killed");
    TCase *tc = tcase_create("killed");

    tcase_set_timeout(tc, 900);
    tcase_add_test(tc, f63_what_was_heard_survives_a_kill);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
