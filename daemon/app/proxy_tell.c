/*
 * proxy_tell.c - what happens to a call: told to its caller, and noted.
 */
#include "app/proxy_internal.h"

#include "app/call_pack.h"
#include "base/clock.h"

void
proxy_note(struct call *c, const char *what, const struct target *t,
           const char *reason)
{
    if (c->n_notes == CALL_MAX_NOTES)
        return;
    c->notes[c->n_notes++] = (struct call_note){
        .at_ms = clock_wall_ms(),
        .what = what,
        .reason = reason,
        .target = t,
    };
}

void
proxy_tell(struct call *c, const struct call_event *ev, const struct target *t)
{
    proxy_note(c, call_event_name(ev->kind), t, ev->reason);
    if (c->ops && c->ops->event)
        c->ops->event(c->ctx, c->seq, ev);
}
