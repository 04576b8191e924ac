/*
 * proxy_internal.h - what the files of the proxy share.
 */
#ifndef AIGW_APP_PROXY_INTERNAL_H
#define AIGW_APP_PROXY_INTERNAL_H

#include "app/app.h"

/* proxy_plan.c: finds the route and puts its members in order, as of now.
 * Takes a reference on each target. */
int proxy_plan(struct call *c, struct aigw_err *err);

/* Describes the members again, as of now, and says when the first of them may
 * be eligible; INT64_MAX: not known. */
int64_t proxy_retry_at(struct call *c);

/* Tokens that an attempt at `t` takes out of the provider's buckets,
 * estimated. */
int64_t proxy_gate_tokens(const struct call *c, const struct target *t);

/* The most that an attempt at `t` may cost; -1: not known. */
int64_t proxy_reserve_nanousd(const struct call *c, const struct target *t);

/* Puts members that are eligible by now behind the candidates. */
void proxy_add_candidates(struct call *c);

/* The member that may be tried early, as a candidate of c->request, or -1. */
int proxy_last_resort(struct call *c);

/* proxy_leave.c: asks everybody who has a say.  True with leave to start an
 * attempt, for which c->charged tells whether the budgets paid. */
bool proxy_get_leave(struct call *c, struct target *t,
                     struct target_lease *ret_lease,
                     enum request_refusal *ret_refusal);

/* proxy_error.c: the public code of a call that has ended; NULL: it succeeded.
 */
const char *proxy_error_code(const struct call *c);

enum {
    PROXY_ERROR_SIZE = 1024
};

/* Every attempt in its order, then the targets that were not asked and why: the
 * root cause is usually the first or the last of them.  With `words`, in the
 * providers' own, which may quote the prompt: for the caller alone. */
void proxy_explain_failure(const struct call *c, bool words,
                           char ret_text[PROXY_ERROR_SIZE]);

/* The least that the call may cost at a target which `max_cost_usd` excluded;
 * -1: there is none, or it has no price. */
int64_t proxy_needed_nanousd(const struct call *c);

/* proxy_answer.c: tells the caller how the call ended, and books it. */
void proxy_answer(struct call *c);

/* proxy_start.c */
void proxy_free(struct call *c);

/* The memory that the request itself takes, and its body as it is made and as
 * it is sent. */
size_t proxy_request_bytes(const struct call_params *p);

/* proxy_resume.c: whether the answer whose attempt ended in `r` may be
 * completed, and by whom. */
enum request_resume proxy_may_resume(const struct call *c,
                                     const struct attempt_result *r);

/* The answer broke off for the first time: targets that became eligible since
 * the call began are candidates too. */
void proxy_broke(struct call *c);

/* Makes what an attempt at `t` that completes the answer is to send: NULL for
 * the caller's own request.  False: it cannot be asked. */
bool proxy_resume_request(struct call *c, const struct target *t,
                          struct chat_request **ret_chat);

/* Content, the last finish reason, the end of such an attempt.  False from the
 * first: pause.  False from the last: it was no completion. */
bool proxy_resume_delta(struct call *c, const struct dialect_event *ev);
void proxy_resume_finish(struct call *c);
bool proxy_resume_end(struct call *c, bool whole);

/* What was held back goes unheard. */
void proxy_forget_seam(struct call *c);

/* When proxy_resume_timer() wants to be called; INT64_MAX: never. */
int64_t proxy_resume_wakeup(const struct call *c);
void proxy_resume_timer(struct call *c);

/* proxy.c: gives the caller a piece of the answer.  False: pause. */
bool proxy_hand_on(struct call *c, const struct dialect_event *ev);

/* Sets the timer for whatever comes next. */
void proxy_arm(struct call *c);

/* Ends the attempt that runs, for a reason that goes into its record. */
void proxy_abort_attempt(struct call *c, const char *why);

/* proxy.c: tells the request machine what has happened, and carries out what it
 * orders.  The other two are the callbacks of the call's timer and task. */
void proxy_feed(struct call *c, const struct request_event *ev);
void proxy_on_timer(void *ctx);
void proxy_on_finish(void *ctx);

#endif
