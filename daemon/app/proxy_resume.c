/*
 * proxy_resume.c - an answer that broke off goes on.
 *
 * What another attempt says is held back at the seam until it is clear where
 * it joins what was handed on already (core/seam); from there on it is content
 * like any other.  A restart holds nothing back: the caller forgets the old
 * text when the first of the new comes.
 */
#include "app/proxy_internal.h"

#include <stdlib.h>

static bool
is_continuable(const struct call *c)
{
    return !c->mixed && continuation_is_prose(c->params.chat);
}

enum request_resume
proxy_may_resume(const struct call *c, const struct attempt_result *r)
{
    if (r->verdict.outcome == OUTCOME_LOCAL || c->broken_answer
        || c->on_break == CALL_BREAK_ERROR || !call_streams(c))
        return REQUEST_RESUME_NEVER;
    if (c->on_break == CALL_BREAK_CONTINUE && !is_continuable(c))
        return REQUEST_RESUME_NEVER;
    if (r->facts && r->facts->error.present)
        return REQUEST_RESUME_OTHERS;
    return r->timed_out ? REQUEST_RESUME_SAME_LAST : REQUEST_RESUME_SAME_FIRST;
}

void
proxy_broke(struct call *c)
{
    c->broke_at = c->n_log - 1;
    proxy_add_candidates(c);
}

static enum continuation_mode
mode_of(const struct target *t)
{
    switch (t->settings.continuation) {
    case CONFIG_CONTINUE_PREFILL:
        return CONTINUATION_PREFILL;
    case CONFIG_CONTINUE_PREFIX:
        return CONTINUATION_PREFIX;
    case CONFIG_CONTINUE_USER_TURN:
        return CONTINUATION_USER_TURN;
    case CONFIG_CONTINUE_NONE:
        return CONTINUATION_NONE;
    }
    return CONTINUATION_NONE;
}

bool
proxy_resume_request(struct call *c, const struct target *t,
                     struct chat_request **ret_chat)
{
    struct json_slice said = assemble_content(c->answer);
    enum continuation_mode mode = mode_of(t);

    *ret_chat = NULL;
    if (c->on_break == CALL_BREAK_RESTART)
        return true;
    if (!c->seam)
        c->seam = calloc(1, sizeof(*c->seam));
    if (!c->seam
        || continuation_request(c->params.chat,
                                &(struct continuation){
                                    .mode = mode,
                                    .said = said,
                                    .said_tokens = price_estimate_tokens(
                                        said.size, t->bytes_per_token_milli),
                                    .max_tokens = t->settings.max_tokens,
                                },
                                ret_chat))
        return false;
    c->mode = mode;
    seam_init(c->seam, said, continuation_unseen(mode, said));
    return true;
}

void
proxy_forget_seam(struct call *c)
{
    free(c->seam);
    c->seam = NULL;
}

static bool
hand_on_text(struct call *c, struct json_slice text)
{
    return text.size == 0
           || proxy_hand_on(c, &(struct dialect_event){
                                   .kind = DIALECT_DELTA,
                                   .text = text.text,
                                   .size = text.size,
                                   .plain = true,
                               });
}

static void
tell_seam(struct call *c)
{
    proxy_tell(c,
               &(struct call_event){
                   .kind = CALL_EVENT_SEAM,
                   .from = c->speaker->name,
                   .to = c->lead.asked->name,
                   .mode = continuation_mode_name(c->mode),
                   .at_seq = c->seq,
                   .at_byte = (int64_t)assemble_content(c->answer).size,
               },
               c->lead.asked);
}

/* The first content behind the seam.  What the machine holds, in `pass`, is
 * there until it is freed. */
static bool
cross(struct call *c, const struct seam_pass *pass)
{
    struct seam *seam = c->seam;
    bool more;

    c->seam = NULL;
    tell_seam(c);
    proxy_feed(c, &(struct request_event){.kind = REQUEST_EV_CONTENT});
    more = hand_on_text(c, pass->held);
    if (!hand_on_text(c, pass->fresh))
        more = false;
    free(seam);
    return more;
}

/* What it says is no continuation of what was said. */
static void
give_up_attempt(struct call *c)
{
    proxy_abort_attempts(c, "what it said did not fit the answer so far");
    proxy_feed(c, &(struct request_event){
                      .kind = REQUEST_EV_FAILED,
                      .outcome = OUTCOME_CANCELLED,
                      .resume = REQUEST_RESUME_OTHERS,
                  });
}

static bool
act_on(struct call *c, enum seam_verdict verdict, const struct seam_pass *pass)
{
    if (verdict == SEAM_DIVERGED) {
        give_up_attempt(c);
        return true;
    }
    if (pass->held.size > 0 || pass->fresh.size > 0)
        return cross(c, pass);
    proxy_arm(c);
    return true;
}

static bool
start_over(struct call *c, const struct dialect_event *ev)
{
    proxy_tell(c,
               &(struct call_event){
                   .kind = CALL_EVENT_RESET,
                   .from = c->speaker->name,
                   .to = c->lead.asked->name,
               },
               c->lead.asked);
    assemble_reset(c->answer);
    load_hold(&c->app->load, &c->held_bytes, proxy_request_bytes(&c->params));
    c->mixed = false;
    proxy_feed(c, &(struct request_event){.kind = REQUEST_EV_CONTENT});
    return proxy_hand_on(c, ev);
}

/* A model that has tools may go on by calling one: all text before that has
 * come.  Other things beside text, such as reasoning, are about the
 * continuation and no part of the answer. */
static bool
calls_tools(const struct dialect_event *ev)
{
    return !ev->plain && json_find(ev->delta, "tool_calls").text;
}

static bool
pass_tools(struct call *c, const struct dialect_event *ev)
{
    struct seam_pass pass;
    enum seam_verdict verdict = seam_finish(c->seam, true, &pass);

    if (verdict == SEAM_DIVERGED)
        return act_on(c, verdict, &pass);
    (void)cross(c, &pass);
    return proxy_hand_on(c, ev);
}

bool
proxy_resume_delta(struct call *c, const struct dialect_event *ev)
{
    struct seam_pass pass;
    enum seam_verdict verdict;

    if (c->on_break == CALL_BREAK_RESTART)
        return start_over(c, ev);
    if (calls_tools(ev))
        return pass_tools(c, ev);
    if (ev->size == 0)
        return true;
    verdict = seam_feed(c->seam, (struct json_slice){ev->text, ev->size},
                        call_now_ms(c), &pass);
    return act_on(c, verdict, &pass);
}

void
proxy_resume_finish(struct call *c)
{
    struct seam_pass pass;
    enum seam_verdict verdict;

    if (!c->seam)
        return;
    verdict = seam_finish(c->seam, true, &pass);
    (void)act_on(c, verdict, &pass);
}

bool
proxy_resume_end(struct call *c, bool whole)
{
    struct seam_pass pass;
    enum seam_verdict verdict;

    if (!c->seam)
        return true;
    verdict = seam_finish(c->seam, whole, &pass);
    if (pass.held.size > 0 || pass.fresh.size > 0)
        (void)cross(c, &pass);
    proxy_forget_seam(c);
    return verdict != SEAM_DIVERGED;
}

int64_t
proxy_resume_wakeup(const struct call *c)
{
    return c->seam ? seam_wakeup(c->seam) : INT64_MAX;
}

void
proxy_resume_timer(struct call *c)
{
    struct seam_pass pass;
    enum seam_verdict verdict = seam_timer(c->seam, call_now_ms(c), &pass);

    (void)act_on(c, verdict, &pass);
}
