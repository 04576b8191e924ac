/*
 * attempt.h - one physical attempt: one request to one target.
 *
 * Joins a transfer (io/http), the dialect that reads it, the clock of its
 * phases and the lease of its target.  It judges how the attempt ended and
 * settles with the target; what that means for the call is the proxy's
 * business.
 *
 * Asynchronous contract: if attempt_start() fails, no callback comes and the
 * lease is the caller's still.  Otherwise exactly one `done`, never from
 * inside attempt_start(); none of any kind after attempt_cancel().  After
 * `done` returns the attempt is gone.
 */
#ifndef AIGW_APP_ATTEMPT_H
#define AIGW_APP_ATTEMPT_H

#include "app/target.h"
#include "core/dialect.h"
#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attempt;
struct drills;

/* Valid for the duration of the callback. */
struct attempt_result {
    struct outcome_verdict verdict;
    const struct dialect_facts *facts; /* NULL when nothing was read. */
    struct settlement settlement;
    int http_status;
    bool sent;
    bool timed_out; /* One of our own limits ended it. */
    bool has_ttft;
    int64_t ttft_us;
    int64_t latency_us;
    enum ratelimit_advice advice;
    int64_t retry_after_ms; /* As told; -1: not. */
    bool key_renewed;  /* The key was refused; there is another, or soon. */
    bool key_shut;     /* The key may not be used for now. */
    const char *error; /* For the caller; "" on success. */
    const char *cause; /* For everybody (core/cause.h), or "". */
    const char *provider_request_id; /* "" when there is none. */
    struct json_slice response;      /* Unstreamed: the answer as it came. */
    size_t content_bytes;            /* Of content received. */
};

struct attempt_ops {
    /* Content.  `first` with the first of the attempt.  Returns true to go on,
     * false to pause until attempt_resume(). */
    bool (*delta)(void *ctx, const struct dialect_event *event, bool first);
    /* FINISH of some choice. */
    void (*finish)(void *ctx, const struct dialect_event *event);
    void (*done)(void *ctx, const struct attempt_result *result);
};

struct attempt_options {
    struct loop *loop;
    struct target_lease *lease;        /* Taken over on success. */
    const struct chat_request *chat;   /* One of the two; borrowed while */
    const struct embed_request *embed; /* attempt_start() runs. */
    bool streamed;
    int64_t usual_max_tokens; /* Asked for without a limit; 0: none is. */
    bool resumes; /* It goes on with an answer that may be all there already. */
    size_t response_max_bytes;
    int64_t reserved_nanousd; /* Set aside for it; below 1: nothing is. */
    struct drills *drills;    /* That may hit it; NULL: none may. */
    bool no_drill;            /* The caller opted out of them. */
};

/* AIGW_EBUSY if the key of the lease is not there. */
int attempt_start(const struct attempt_options *options,
                  const struct attempt_ops *ops, void *ctx,
                  struct attempt **ret_attempt);

/* Ends it: CANCELLED is settled with the target, and `ret_result` (may be
 * NULL) gets a copy of the figures without texts.  NULL is harmless. */
void attempt_cancel(struct attempt *a, struct attempt_result *ret_result);

void attempt_resume(struct attempt *a);

/* When the attempt began: wall clock, for the caller. */
int64_t attempt_started_ms(const struct attempt *a);

/* How soon its first content came; -1: not yet, or not in a stream. */
int64_t attempt_ttft_us(const struct attempt *a);

/* What it will cost at least, by what was received so far alone. */
int64_t attempt_cost_nanousd(const struct attempt *a);

/* Tokens received so far, estimated from the text. */
int64_t attempt_tokens(const struct attempt *a);

#endif
