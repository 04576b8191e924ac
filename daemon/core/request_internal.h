/*
 * request_internal.h - what the files of core/request share:
 *
 *     request.c          the walk to the first content
 *     request_hedge.c    a second attempt beside the first
 *     request_resume.c   the walk that completes a broken answer
 */
#ifndef AIGW_CORE_REQUEST_INTERNAL_H
#define AIGW_CORE_REQUEST_INTERNAL_H

#include "core/request.h"

/* Ends the call; returns `orders` and the order to finish. */
unsigned request_finish(struct request *r, enum request_result result,
                        unsigned orders);

/* Starts an attempt on `candidate`, now or by way of WAIT. */
unsigned request_start_at(struct request *r, int candidate, int64_t at_ms,
                          int64_t now_ms);

/* The candidate that failed with `ev`: may it be asked again, and when? */
void request_plan_retry(struct request *r, const struct request_event *ev,
                        int64_t now_ms, struct rng *rng);

/* The candidate that failed with `ev` did so for a cause that may not hold for
 * others: nobody else is asked any more. */
void request_divert(struct request *r, const struct request_event *ev);

/* A target may be tried for the first time. */
bool request_has_room(const struct request *r);

/* The answer broke off after content had been handed on. */
unsigned request_broke(struct request *r, const struct request_event *ev,
                       int64_t now_ms);

/* An attempt to complete it failed before it had anything to hand on, or was
 * refused. */
unsigned request_resume_failed(struct request *r,
                               const struct request_event *ev, int64_t now_ms);
unsigned request_resume_refused(struct request *r, int64_t now_ms);

/* The first attempt is slow: orders the hedge if some other provider may be
 * asked. */
unsigned request_hedge(struct request *r);

/* What happens to either of two attempts in flight. */
unsigned request_hedge_step(struct request *r, const struct request_event *ev,
                            int64_t now_ms, struct rng *rng);

#endif
