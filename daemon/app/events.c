#include "app/events.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

struct events {
    events_listener_fn listener;
    void *ctx;
    int64_t next_seq;
    struct event ring[EVENTS_RING];
};

static const char *
kind_name(enum event_kind kind)
{
    switch (kind) {
    case EVENT_BREAKER:
        return "breaker";
    case EVENT_HEALTH:
        return "health";
    case EVENT_REQUEST:
        return "request";
    case EVENT_GATE:
        return "gate";
    case EVENT_CREDENTIAL:
        return "credential";
    case EVENT_BUDGET:
        return "budget";
    case EVENT_CONFIG:
        return "config";
    case EVENT_DRILL:
        return "drill";
    case EVENT_SERVER:
        return "server";
    }
    return "?";
}

static const char *
or_null(const char *text)
{
    return *text ? text : NULL;
}

static void
copy(char *to, size_t size, const char *from)
{
    (void)utf8_sanitise(from ? from : "", from ? strlen(from) : 0, to, size);
}

struct events *
events_new(events_listener_fn listener, void *ctx)
{
    struct events *e = mem_new(sizeof(*e));

    e->listener = listener;
    e->ctx = ctx;
    e->next_seq = 1;
    return e;
}

void
events_free(struct events *e)
{
    free(e);
}

static bool
is_warning(enum event_kind kind)
{
    return kind == EVENT_BREAKER || kind == EVENT_GATE || kind == EVENT_DRILL;
}

static void
log_event(const struct event *ev)
{
    /* Finished calls have a line of their own, with their figures. */
    if (ev->kind == EVENT_REQUEST)
        return;
    log_line(is_warning(ev->kind) ? LOG_WARN : LOG_INFO, kind_name(ev->kind),
             LOG_STR("target", or_null(ev->target)),
             LOG_STR("from", or_null(ev->from)), LOG_STR("to", or_null(ev->to)),
             LOG_STR("reason", or_null(ev->reason)),
             LOG_STR("request_id", or_null(ev->request_id)));
}

void
events_add(struct events *e, enum event_kind kind,
           const struct event_text *text)
{
    struct event *ev = &e->ring[e->next_seq % EVENTS_RING];

    ev->seq = e->next_seq++;
    ev->time_ms = clock_wall_ms();
    ev->kind = kind;
    ev->uid = text->uid;
    copy(ev->target, sizeof(ev->target), text->target);
    copy(ev->from, sizeof(ev->from), text->from);
    copy(ev->to, sizeof(ev->to), text->to);
    copy(ev->reason, sizeof(ev->reason), text->reason);
    copy(ev->request_id, sizeof(ev->request_id), text->request_id);
    log_event(ev);
    e->listener(e->ctx, ev);
}

int64_t
events_next_seq(const struct events *e)
{
    return e->next_seq;
}

const struct event *
events_get(const struct events *e, int64_t seq)
{
    if (seq < 1 || seq >= e->next_seq || seq < e->next_seq - EVENTS_RING)
        return NULL;
    return &e->ring[seq % EVENTS_RING];
}

bool
event_is_for(const struct event *event, uid_t uid, bool admin)
{
    return event->kind != EVENT_REQUEST || admin || event->uid == uid;
}

void
events_pack(struct pack *p, const struct event *event)
{
    pack_map_begin(p);
    pack_kv_int(p, "seq", event->seq);
    pack_kv_int(p, "time_ms", event->time_ms);
    pack_kv_str(p, "kind", kind_name(event->kind));
    pack_kv_str(p, "target", or_null(event->target));
    pack_kv_str(p, "from", or_null(event->from));
    pack_kv_str(p, "to", or_null(event->to));
    pack_kv_str(p, "reason", or_null(event->reason));
    if (*event->request_id)
        pack_kv_str(p, "request_id", event->request_id);
    pack_map_end(p);
}
