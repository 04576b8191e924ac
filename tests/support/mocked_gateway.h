/*
 * mocked_gateway.h - the real daemon in front of providers played by
 * aigw-mock, of which the first one is to fail.
 *
 * The providers are called a, b and c; each has one model, so the targets are
 * a/m, b/m and c/m and the default route has them in this order.  Failures are
 * injected into the first one: its time-outs are short.  Nobody probes.
 *
 *     struct gateway g = {.more_of_a = "..."};
 *
 *     gateway_start(&g);
 *     test_provider_fault(&g.mocks[0], "kind=status,status=503");
 *     result = gateway_ask(&g, "hello", "");
 *     gateway_expect_answer(&g, result, "hello");
 *     gateway_stop(&g);
 */
#ifndef AIGW_TESTS_MOCKED_GATEWAY_H
#define AIGW_TESTS_MOCKED_GATEWAY_H

#include "support/daemon.h"
#include "support/provider.h"
#include "support/sanitizer.h"

enum {
    GATEWAY_MAX_MOCKS = 3,
    GATEWAY_TOKENS = 20, /* Of an answer. */

    /* The time-outs of provider a. */
    GATEWAY_DNS_MS = 300,
    GATEWAY_CONNECT_MS = 300,
    GATEWAY_HEADERS_MS = 250,
    GATEWAY_FIRST_EVENT_MS = 250,
    GATEWAY_FIRST_TOKEN_MS = 400,
    GATEWAY_STALL_MS = 250,
    GATEWAY_CONTENT_STALL_MS = 400,
    GATEWAY_ANSWER_MS = 300,

    /* How late a timer may fire. */
    GATEWAY_LATE_MS = 50,

    /* How much longer the daemon may work at a time when it is instrumented. */
    GATEWAY_SLOWNESS = SANITIZED ? 5 : 1,
};

struct gateway {
    /* Set before gateway_start(), all optional. */
    size_t n_mocks;          /* Default: 2. */
    const char *url_of_a;    /* Instead of its mock's. */
    const char *more_of_a;   /* Settings of the provider. */
    const char *more_of_all; /* Settings of each provider. */
    const char *model_of_a;  /* Settings of its model, the price too. */
    const char *more_of_models[GATEWAY_MAX_MOCKS]; /* Of each one's model. */
    const char *more;                              /* Settings at the top. */
    bool keeps_state; /* In its folder; otherwise in memory alone. */

    struct test_daemon daemon;
    struct test_provider mocks[GATEWAY_MAX_MOCKS];
    struct peer *peer;
    char *streamed;  /* The text of the deltas of the last answer. */
    size_t n_deltas; /* Of these. */
};

/* Starts the mocks that the test has not started itself, the daemon, and
 * connects to it. */
void gateway_start(struct gateway *g);

/* Starts one with a single mock that takes 25 ms for a token, and `more`
 * settings at the top; NULL: none, and nothing is kept on disk. */
void gateway_start_slow(struct gateway *g, const char *more);

/* The same without the daemon: only its configuration is written. */
void gateway_prepare(struct gateway *g);
void gateway_stop(struct gateway *g);

/* Has the daemon read what `more` says by now, and the other settings. */
void gateway_reload(struct gateway *g);

/* Ends the daemon by force and starts it anew, in the same folder. */
void gateway_start_again(struct gateway *g);

/* Calls `generate`; `more` are further params, such as ", 'stream': true".
 * Takes in the deltas and asserts that their numbers have no gap. */
const json_t *gateway_ask(struct gateway *g, const char *prompt,
                          const char *more);

/* The same in two halves. */
uint32_t gateway_send(struct gateway *g, const char *prompt, const char *more);
const json_t *gateway_await(struct gateway *g, uint32_t msgid);

/* Asserts that the result is the mock's right answer to the prompt, whole;
 * the deltas too if there were any. */
void gateway_expect_answer(const struct gateway *g, const json_t *result,
                           const char *prompt);

/* Asserts that the call failed with this code. */
void gateway_expect_failure(const json_t *result, const char *error_code);

/* Asserts that the call failed as a broken stream after exactly the first
 * `n_tokens` tokens of the right answer. */
void gateway_expect_broken(const struct gateway *g, const json_t *result,
                           const char *prompt, unsigned n_tokens);

/* How often the provider had the whole of a chat request. */
int64_t gateway_sends(const struct gateway *g, size_t mock);

/* The target in `status`, with its details. */
const json_t *gateway_target(struct gateway *g, const char *name);

/* The longest turn of the daemon's loop of late. */
double gateway_loop_lag_ms(struct gateway *g);

/* Asserts that there was an event with this target and these ends. */
void gateway_expect_event(struct gateway *g, const char *kind,
                          const char *target, const char *from, const char *to);

#endif
