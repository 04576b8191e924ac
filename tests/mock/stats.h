/*
 * stats.h - the mock's own books: what came, what it would charge.
 *
 * GET /__mock/stats shows them.  Counters of connections live with the
 * server; everything about requests is here.
 */
#ifndef AIGW_TESTS_MOCK_STATS_H
#define AIGW_TESTS_MOCK_STATS_H

#include "http_request.h"
#include "http_server.h"

#include <jansson.h>
#include <stdint.h>

enum {
    STATS_SENDS = 256, /* Times of sends that are remembered. */
    STATS_AUTHS = 64,
    STATS_STATUSES = 600,
    STATS_PROMPTS = 65536,
    STATS_PROMPT_SLOTS = 2 * STATS_PROMPTS
};

struct prompt_stats {
    char *prompt; /* NULL: the slot is free. */
    int64_t sends;
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t bill_nanousd;
};

struct auth_stats {
    char *value;
    int64_t sends;
};

struct stats {
    int64_t requests[5]; /* By enum fault_path; FAULT_PATH_ALL unused. */
    int64_t sends;
    int64_t responses[STATS_STATUSES];
    int64_t most_at_once; /* Chat requests that were answered together. */
    int64_t streams;
    int64_t aborted;
    int64_t billed;
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t bill_nanousd;
    int64_t sends_mono_ms[STATS_SENDS]; /* A ring; `sends` is its end. */
    int64_t last_abort_mono_ms;
    int64_t last_abort_tokens;
    struct bytes last; /* Method, path and header lines of a request. */
    struct bytes last_body;
    struct auth_stats auths[STATS_AUTHS];
    size_t n_auths;
    struct prompt_stats *prompts; /* STATS_PROMPT_SLOTS, open addressing. */
    size_t n_prompts;
};

struct stats_charge {
    int64_t prompt_tokens;
    int64_t completion_tokens;
    int64_t bill_nanousd;
};

void stats_init(struct stats *s);
void stats_deinit(struct stats *s);

/* Remembers the request as the last one. */
void stats_request(struct stats *s, const struct http_request *r);

/* A chat request came whole. */
void stats_send(struct stats *s, const char *prompt, const char *authorization);

/* So many chat requests are being answered. */
void stats_at_once(struct stats *s, int64_t n);

void stats_response(struct stats *s, int status);
void stats_charge(struct stats *s, const char *prompt,
                  const struct stats_charge *charge);
void stats_abort(struct stats *s, int64_t tokens);

/* Everything as JSON; the caller drops the reference. */
json_t *stats_json(const struct stats *s, const struct http_counters *http);

/* The part of one prompt. */
json_t *stats_prompt_json(const struct stats *s, const char *prompt);

#endif
