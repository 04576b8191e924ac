/*
 * attempt_internal.h - what an attempt is, for the files that make it:
 *
 *     attempt.c            its course: transfer, parser, clock
 *     attempt_conclude.c   its end: the verdict and the settlement
 *     attempt_drill.c      failures that were ordered
 */
#ifndef AIGW_APP_ATTEMPT_INTERNAL_H
#define AIGW_APP_ATTEMPT_INTERNAL_H

#include "app/attempt.h"

#include "app/attempt_drill.h"
#include "core/cause.h"
#include "io/http.h"
#include "io/timer.h"

enum {
    ATTEMPT_REQUEST_ID_SIZE = 96,
    ATTEMPT_ERROR_SIZE = 320,
};

struct attempt {
    struct loop *loop;
    struct target_lease lease;
    const struct dialect *dialect;
    struct dialect_parser *parser;
    struct http *http; /* NULL once there is nothing left to cancel. */
    struct timer *timer;
    const struct attempt_ops *ops;
    void *ctx;
    struct phase_clock clock;
    int64_t linger_ms; /* Latest end of an answer that is whole already. */
    bool streamed;
    bool resumes;
    bool sent; /* Valid without `http`; before that, ask it. */
    bool committed;
    bool paused;
    bool stop;  /* Set inside the parser: nothing more is wanted. */
    bool busy;  /* The parser is at work: freeing waits for its return. */
    bool ended; /* Settled; only memory is left. */
    int64_t begun_ns;
    int64_t started_wall_ms;
    int64_t ttft_us; /* -1: no content yet. */
    size_t prompt_bytes;
    size_t content_bytes;
    size_t content_quarters; /* Of tokens (core/weigh.h), of a stream. */
    size_t response_max_bytes;
    int64_t reserved_nanousd;
    int http_status;
    struct ratelimit told;
    char provider_request_id[ATTEMPT_REQUEST_ID_SIZE];
    char error[ATTEMPT_ERROR_SIZE];
    char cause[CAUSE_SIZE];
    struct attempt_drill drill;
};

struct attempt_ending {
    enum outcome_transport transport;
    const char *text; /* Of the transport; "" when all went well. */
};

/* What the transfer calls. */
extern const struct http_ops attempt_http_ops;

int64_t attempt_elapsed_us(const struct attempt *a);

/* Arms the timer for whatever is due next. */
void attempt_arm(struct attempt *a);

/* Sends the request; `built` is not needed afterwards. */
int attempt_send(struct attempt *a, const struct dialect_http *built);

/* Drops the transfer, if there still is one.  It has to go before the parser
 * sees its end, which may call back to somebody who cancels the attempt. */
void attempt_drop_transfer(struct attempt *a);

/* Tells of the end; the attempt is gone afterwards. */
void attempt_end(struct attempt *a, const struct attempt_ending *e);

/* True if there is proof that the answer came to its end. */
bool attempt_is_whole(const struct attempt *a);

/* Fills `r` and settles with the target. */
void attempt_conclude(struct attempt *a, const struct attempt_ending *e,
                      struct attempt_result *r);

#endif
