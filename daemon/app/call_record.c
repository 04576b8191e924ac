#include "app/call_record.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

void
call_record_attempt(const struct call_attempt *a,
                    struct call_record_attempt *ret)
{
    *ret = (struct call_record_attempt){
        .outcome = a->outcome,
        .http_status = a->http_status,
        .sent = a->sent,
        .is_hedge = a->is_hedge,
        .started_ms = a->started_ms,
        .latency_us = a->latency_us,
        .ttft_us = a->has_ttft ? a->ttft_us : -1,
        .cost_nanousd = a->cost_nanousd,
    };
    (void)snprintf(ret->target, sizeof(ret->target), "%s", a->target->name);
}

void
call_record_note(const struct call_note *n, struct call_record_note *ret)
{
    *ret = (struct call_record_note){
        .what = n->what,
        .reason = n->reason,
        .at_ms = n->at_ms,
    };
    if (n->target)
        (void)snprintf(ret->target, sizeof(ret->target), "%s", n->target->name);
}

void
call_record_deinit(struct call_record *r)
{
    free(r->attempts);
    free(r->notes);
    *r = (struct call_record){0};
}

static void
take_timeline(struct call_record *r, const struct call *c)
{
    r->attempts = mem_new_array(c->n_log, sizeof(*r->attempts));
    for (; r->n_attempts < c->n_log; r->n_attempts++)
        call_record_attempt(&c->log[r->n_attempts],
                            &r->attempts[r->n_attempts]);
    r->notes = mem_new_array(c->n_notes, sizeof(*r->notes));
    for (; r->n_notes < c->n_notes; r->n_notes++)
        call_record_note(&c->notes[r->n_notes], &r->notes[r->n_notes]);
}

void
call_record_take(struct call_record *r, const struct call *c,
                 int64_t duration_ms)
{
    const struct call_attempt *final = call_final_attempt(c);

    call_record_deinit(r);
    *r = (struct call_record){
        .uid = c->client.uid,
        .started_ms = c->started_wall_ms,
        .duration_ms = duration_ms,
        .tokens = c->settlement.completion_tokens,
        .cost_nanousd = c->total_cost_nanousd,
    };
    (void)snprintf(r->id, sizeof(r->id), "%s", c->params.id);
    (void)snprintf(r->client, sizeof(r->client), "%s", c->client.name);
    (void)snprintf(r->route, sizeof(r->route), "%s", c->route_name);
    (void)snprintf(r->tags, sizeof(r->tags), "%s", c->params.tags);
    (void)snprintf(r->error_code, sizeof(r->error_code), "%s",
                   c->error_code ? c->error_code : "");
    if (final)
        (void)snprintf(r->target, sizeof(r->target), "%s", final->target->name);
    take_timeline(r, c);
}
