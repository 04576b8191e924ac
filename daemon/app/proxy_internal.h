/*
 * proxy_internal.h - what the files of the proxy share.
 */
#ifndef AIGW_APP_PROXY_INTERNAL_H
#define AIGW_APP_PROXY_INTERNAL_H

#include "app/app.h"
#include "app/budgets.h"

struct db_sync;

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

/* True if nothing that the call demands, nor its own state, stands against
 * `t`. */
bool proxy_would_take(const struct call *c, const struct target *t);

/* Whom a call in the queue may ask, or what it waits for. */
struct proxy_prospect {
    int candidate;      /* Of the request: it is free; -1: none is. */
    uint32_t waits_for; /* Members that may be free in time, as a set. */
    int64_t look_ms;    /* When time alone frees one, as far as is known. */
};

/* Looks at the members as of now, for a call that waits until then at most.  In
 * a round of looking for those who wait, what was found taken stays so for all
 * that follow; without one (0), whatever others wait for is taken. */
void proxy_look(struct call *c, uint64_t round, int64_t until_ms,
                struct proxy_prospect *ret_prospect);

/* Puts members that may complete an answer by now behind the candidates: those
 * that are eligible, then those that are only at their limits. */
void proxy_add_candidates(struct call *c);

/* The member that may be tried early, as a candidate of c->request, or -1. */
int proxy_last_resort(struct call *c);

/* proxy_leave.c: asks everybody who has a say. */
struct proxy_leave {
    struct target_lease lease;
    bool charged;               /* The retry budgets paid, */
    int64_t held_nanousd;       /* and so much money is held. */
    struct budgets_hold *money; /* What the budgets hold; NULL: nothing. */
};

bool proxy_get_leave(struct call *c, struct target *t,
                     struct proxy_leave *ret_leave,
                     enum request_refusal *ret_refusal);

/* The same for a hedge, which needs more than a retry does. */
bool proxy_get_leave_to_hedge(struct call *c, struct target *t,
                              struct proxy_leave *ret_leave);

/* What an attempt at `t` usually takes until it is clear that it answers: the
 * quantile, from 0 to 1, of the last five minutes. */
int64_t proxy_usual_ms(const struct call *c, const struct target *t,
                       double quantile);

/* proxy_leg.c: one attempt in the books of its call.  Starts it with `chat`,
 * which it takes over, or the caller's own request if that is NULL; at once or
 * after what it must wait for.  On failure the lease is settled and the
 * attempt is in the record as one that ended LOCAL. */
int proxy_leg_start(struct call *c, struct call_leg *leg,
                    struct proxy_leave *leave, struct chat_request *chat,
                    const struct attempt_ops *ops);

/* The later part of it, when the ledger has it; or it is never sent, and what
 * was paid for it is given back. */
int proxy_leg_go(struct call *c, struct call_leg *leg,
                 struct target_lease *lease, struct chat_request *chat,
                 const struct attempt_ops *ops);
void proxy_leg_undo(struct call *c, struct call_leg *leg);

/* The last part of it: on failure the lease is the caller's still, and
 * nothing has been noted. */
int proxy_leg_begin(struct call *c, struct call_leg *leg,
                    struct target_lease *lease, const struct chat_request *chat,
                    const struct attempt_ops *ops);

/* proxy_pledge.c: puts the attempt off until its row in the ledger is durable.
 * Takes over `chat` and the lease unless it fails. */
int proxy_pledge(struct call *c, struct call_leg *leg,
                 const struct target_lease *lease, struct chat_request *chat,
                 const struct attempt_ops *ops);
void proxy_pledge_abort(struct call *c, struct call_leg *leg);

/* proxy_money.c: what the budgets of such a call allow. */
struct budgets_room proxy_room(struct app *app, const struct call_params *p,
                               const char *route_name);

/* The most that an attempt may cost, by its caller, who has spent so much on
 * others, and its budgets; -1: any. */
int64_t proxy_max_nanousd(const struct call_params *p, int64_t spent_nanousd,
                          const struct budgets_room *room);

/* Whether the attempt must not cost more than was set aside for it. */
bool proxy_is_bounded(const struct call *c, const struct call_leg *leg);

/* Ends the call if the answer that streams costs far more than that. */
void proxy_guard(struct call *c);

/* The longest answer that an attempt at `t` may give. */
int64_t proxy_most_tokens(const struct call_params *p, const struct target *t);

/* The call failed for want of so much. */
void proxy_note_refusal(const struct call *c, int64_t needed_nanousd);

/* Holds what an attempt at `t` may cost; see budgets_hold(). */
bool proxy_hold(struct call *c, const struct target *t,
                struct budgets_hold **ret_hold);

/* The attempt has cost so much: what was held for it is settled.  Before the
 * ledger learns of it. */
void proxy_settle(struct call *c, struct call_leg *leg, int64_t started_ms,
                  int64_t cost_nanousd);

/* True from the start to the end, waiting included. */
bool proxy_leg_is_busy(const struct call_leg *leg);

/* It has ended: the record, the budgets, the sums. */
void proxy_leg_ended(struct call *c, struct call_leg *leg,
                     const struct attempt_result *r);

/* Ends it, if it runs, for a reason that goes into the record. */
void proxy_leg_abort(struct call *c, struct call_leg *leg, const char *why);

/* proxy_wait.c: whether an attempt with this lease has to wait, and the wait,
 * which takes over both the lease and `chat`.  It ends with an attempt that
 * begins, or with ops->done() for one that could not. */
bool proxy_must_wait(const struct target_lease *lease);
void proxy_wait(struct call *c, struct call_leg *leg,
                const struct target_lease *lease, struct chat_request *chat,
                const struct attempt_ops *ops);

/* Wall clock. */
int64_t proxy_wait_started_ms(const struct proxy_wait *w);

/* Forgets what is left of a wait whose lease has been settled; settles it with
 * what the record is to say. */
void proxy_wait_end(struct call_leg *leg);
void proxy_wait_abort(struct call_leg *leg, struct attempt_result *ret_result);

/* proxy_ledger.c: enters the attempt that is the last one of the log, and
 * settles with its budgets. */
void proxy_enter(struct call *c, struct call_leg *leg,
                 const struct settlement *settlement);

/* Notes an attempt that is about to be sent and has no row; and the opposite. */
void proxy_enter_note(struct call *c, struct call_leg *leg);
void proxy_drop_note(struct call *c, struct call_leg *leg);

/* Enters an attempt before it is sent; see ledger_reserve(). */
int proxy_enter_early(struct call *c, struct call_leg *leg,
                      struct db_sync *sync);

/* proxy_hedge.c: after how long an attempt of this call is hedged; 0: never. */
int64_t proxy_hedge_ms(const struct call *c, const struct target *first);

/* Starts the hedge that was ordered; false: it was refused. */
bool proxy_start_hedge(struct call *c);

/* The hedge, if there is one, is the call's only attempt from now on. */
void proxy_promote_hedge(struct call *c);

/* proxy_error.c: the public code of a call that has ended; NULL: it succeeded.
 */
const char *proxy_error_code(const struct call *c);

/* Why a call that nobody was asked for did not stay in the queue. */
const char *proxy_shed_reason(const struct call *c);

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

/* proxy_tell.c: tells the caller, if it is there, and notes for `requests` what
 * happened; `t` is a target of the call, or NULL.  The other one only notes:
 * `what` and `reason` stay. */
void proxy_tell(struct call *c, const struct call_event *ev,
                const struct target *t);
void proxy_note(struct call *c, const char *what, const struct target *t,
                const char *reason);

/* proxy_count.c: the call has begun, and has ended. */
void proxy_count_start(struct call *c);
void proxy_count_end(struct call *c, int64_t latency_us);

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

/* proxy.c: takes a piece of an answer into what the response will hold.  False
 * if it did not fit. */
bool proxy_keep(struct call *c, struct assemble *answer,
                const struct dialect_event *ev);

/* Gives the caller a piece of the answer.  False: pause. */
bool proxy_hand_on(struct call *c, const struct dialect_event *ev);

/* Sets the timer for whatever comes next. */
void proxy_arm(struct call *c);

/* Ends what runs, for a reason that goes into the record. */
void proxy_abort_attempts(struct call *c, const char *why);

/* The callbacks of the attempt that leads. */
bool proxy_on_delta(void *ctx, const struct dialect_event *ev, bool first);
void proxy_on_finish_reason(void *ctx, const struct dialect_event *ev);
void proxy_on_done(void *ctx, const struct attempt_result *r);

/* What the request must hear of an attempt at `t` that failed. */
struct request_event proxy_failure(struct call *c, const struct call_leg *leg,
                                   const struct attempt_result *r);

/* Takes in what the answer is beside its text. */
void proxy_keep_answer(struct call *c, const struct attempt_result *r);

/* proxy_cause.c: true for an answer which only says that the provider's policy
 * refuses to give one, where somebody else may be asked for it. */
bool proxy_is_refused(struct call *c, const struct call_leg *leg,
                      const struct attempt_result *r);

/* Adds to the failure of an attempt who may be asked instead, for its cause. */
void proxy_divert(struct call *c, const struct call_leg *leg,
                  const struct attempt_result *r, struct request_event *ev);

/* Nobody had another answer: what was kept is the call's.  And what was kept is
 * forgotten, if there is any. */
void proxy_fall_back(struct call *c);
void proxy_forget_kept(struct call *c);

/* An attempt brought the whole answer. */
void proxy_succeed(struct call *c, const struct attempt_result *r,
                   bool by_hedge);

/* proxy.c: tells the request machine what has happened, and carries out what it
 * orders.  The other two are the callbacks of the call's timer and task. */
void proxy_feed(struct call *c, const struct request_event *ev);
void proxy_on_timer(void *ctx);
void proxy_on_finish(void *ctx);

#endif
