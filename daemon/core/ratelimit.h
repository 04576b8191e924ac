/*
 * ratelimit.h - what the headers of a response say about rate limits.
 *
 * The owner feeds every response header, in any order, then asks once for the
 * result.  Understood are retry-after-ms, x-ms-retry-after-ms, retry-after,
 * x-should-retry, date, and the reset headers of the dialects:
 * x-ratelimit-{limit,remaining,reset}-{requests,tokens} (OpenAI and its
 * followers, Azure with plain seconds), anthropic-ratelimit-{requests,tokens,
 * input-tokens,output-tokens}-{limit,remaining,reset}, and Mistral's
 * x-ratelimit-{limit,remaining}-{req-10-second,tokens-minute}.  How times are
 * written is when.h's business.  Anything else, and any value that makes no
 * sense, is ignored.
 */
#ifndef AIGW_CORE_RATELIMIT_H
#define AIGW_CORE_RATELIMIT_H

#include "core/when.h"

#include <stddef.h>
#include <stdint.h>

/* Advice of the provider: x-should-retry. */
enum ratelimit_advice {
    RATELIMIT_UNSAID,
    RATELIMIT_DO_NOT_RETRY,
    RATELIMIT_DO_RETRY
};

/* One bucket of the provider; -1 for what was not said. */
struct ratelimit_bucket {
    int64_t limit;
    int64_t remaining;
    int64_t reset_ms; /* From now, 0 to WHEN_MAX_WAIT_MS. */
};

/* The result. */
struct ratelimit {
    int64_t retry_after_ms; /* 0 to WHEN_MAX_WAIT_MS, or -1: not said. */
    enum ratelimit_advice advice;
    struct ratelimit_bucket requests;
    struct ratelimit_bucket tokens; /* The tightest of all kinds of token. */
};

/* The headers so far. */
enum ratelimit_after {
    RATELIMIT_AFTER_MS,
    RATELIMIT_AFTER_X_MS,
    RATELIMIT_AFTER_PLAIN,
    RATELIMIT_AFTERS
};

enum ratelimit_kind {
    RATELIMIT_REQUESTS,
    RATELIMIT_TOKENS,
    RATELIMIT_INPUT_TOKENS,
    RATELIMIT_OUTPUT_TOKENS,
    RATELIMIT_KINDS
};

struct ratelimit_parser {
    struct when after[RATELIMIT_AFTERS];
    struct when date;
    enum ratelimit_advice advice;

    struct ratelimit_seen {
        int64_t limit;     /* -1: not seen. */
        int64_t remaining; /* -1: not seen. */
        struct when reset;
    } seen[RATELIMIT_KINDS];
};

void ratelimit_init(struct ratelimit_parser *p);

/* Takes one header; names are compared without regard to case, and neither
 * string needs a NUL.  Of a repeated header the first valid one counts. */
void ratelimit_header(struct ratelimit_parser *p, const char *name,
                      size_t name_len, const char *value, size_t value_len);

/* Computes the result at local wall time `wall_now_ms`.  Dates are compared
 * with the response's own Date header if it had one, so a skewed clock on
 * either side does not matter. */
void ratelimit_finish(const struct ratelimit_parser *p, int64_t wall_now_ms,
                      struct ratelimit *ret_result);

/* A result of which nothing was said. */
struct ratelimit ratelimit_nothing(void);

/* How long the provider asks to be left alone, given the status of the
 * response, or -1: for 429 the retry-after family, else the reset of the
 * exhausted buckets (of all, if none is known to be); for 5xx the retry-after
 * family alone; for anything else nothing, since some providers send
 * retry-after with every answer. */
int64_t ratelimit_wait_ms(const struct ratelimit *r, int http_status);

#endif
