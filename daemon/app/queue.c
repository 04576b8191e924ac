#include "app/queue.h"

#include "app/proxy_internal.h"
#include "base/mem.h"

#include <stdlib.h>

enum {
    LOOK_MS = 250,             /* Not everything that frees a target tells. */
    SHED_EVENTS_MS = 60 * 1000 /* One event in so long. */
};

struct queue {
    struct app *app;
    struct fair_queue line;
    struct loop_task task;
    struct timer *timer;
    uint64_t round;       /* Of looking. */
    uint64_t sweep;       /* In which every call is looked at, */
    int64_t sweep_ms;     /* and when it began. */
    int64_t shed_told_ms; /* INT64_MIN: never. */
};

static void look_for_all(void *ctx);

struct queue *
queue_new(struct app *app)
{
    struct queue *q = mem_new(sizeof(*q));

    q->app = app;
    q->task = (struct loop_task){.fn = look_for_all, .ctx = q};
    q->shed_told_ms = INT64_MIN;
    fair_queue_init(&q->line);
    q->timer = timer_new(app->loop, look_for_all, q);
    if (q->timer)
        return q;
    free(q);
    return NULL;
}

void
queue_free(struct queue *q)
{
    if (!q)
        return;
    loop_undefer(q->app->loop, &q->task);
    timer_free(q->timer);
    free(q);
}

void
queue_kick(struct queue *q)
{
    if (q->line.length > 0)
        loop_defer(q->app->loop, &q->task);
}

/* The members that the call waits for. */
static void
set_waits(struct call *c, uint32_t waits_for)
{
    uint32_t changed = c->waits_for ^ waits_for;

    for (size_t i = 0; i < c->n_targets; i++)
        if (changed >> i & 1)
            c->targets[i]->line.waiting += waits_for >> i & 1 ? 1 : -1;
    c->waits_for = waits_for;
}

void
queue_leave(struct queue *q, struct call *c)
{
    if (!c->place.client)
        return;
    fair_queue_remove(&q->line, &c->place);
    set_waits(c, 0);
    c->state = CALL_WAITING;
}

static void
shed(struct call *c, const char *why, struct request_event *ret_ev)
{
    c->shed_why = why;
    *ret_ev = (struct request_event){.kind = REQUEST_EV_SHED};
}

static const char *
words_of(enum fair_verdict verdict)
{
    switch (verdict) {
    case FAIR_FULL:
        return "the queue is full";
    case FAIR_CLIENT_FULL:
        return "the client has too many calls in the queue";
    case FAIR_BYTES_FULL:
        return "the calls in the queue are too large";
    case FAIR_TOO_LATE:
        return "its turn would come too late";
    case FAIR_ADMITTED:
        break;
    }
    return "";
}

/* Until then a call may wait: an answer has to be possible afterwards. */
static int64_t
patience_until(const struct call *c)
{
    int64_t until_ms = call_now_ms(c) + c->app->config->queue.max_wait_ms;
    int64_t latest_ms =
        c->request.params.deadline_ms - proxy_usual_ms(c, c->targets[0], 0.5);

    return until_ms < latest_ms ? until_ms : latest_ms;
}

static struct fair_terms
terms_of(const struct call *c)
{
    return (struct fair_terms){
        .max = (size_t)c->app->config->queue.max,
        .patience_ms = c->request.params.deadline_ms - call_now_ms(c)
                       - proxy_usual_ms(c, c->targets[0], 0.5),
    };
}

/* The owner of an entry that had to go for another one. */
static void
evict(struct fair_entry *entry)
{
    struct call *c;
    struct request_event ev;

    if (!entry)
        return;
    c = container_of(entry, struct call, place);
    set_waits(c, 0);
    c->state = CALL_WAITING;
    shed(c, "calls of a higher priority went first", &ev);
    proxy_feed(c, &ev);
}

/* Even what is empty is a call. */
static int64_t
cost_of(const struct call *c)
{
    int64_t tokens = proxy_gate_tokens(c, c->targets[0]);

    if (tokens < 1)
        return 1;
    return tokens < FAIR_QUANTUM ? tokens : FAIR_QUANTUM;
}

static void
line_up(struct queue *q, struct call *c, int64_t until_ms,
        struct request_event *ret_ev)
{
    struct fair_terms terms = terms_of(c);
    int64_t now_ms = call_now_ms(c);
    struct fair_entry *evicted;
    enum fair_verdict verdict;

    c->place.priority = c->params.priority;
    c->place.cost = cost_of(c);
    c->place.bytes = c->held_bytes;
    verdict = fair_queue_push(
        &q->line,
        client_limits_line(q->app->client_limits, &c->stay, &c->client, now_ms),
        &c->place, &terms, now_ms, &evicted);
    if (verdict != FAIR_ADMITTED) {
        shed(c, words_of(verdict), ret_ev);
        return;
    }
    c->state = CALL_QUEUED;
    *ret_ev = (struct request_event){
        .kind = REQUEST_EV_QUEUED,
        .until_ms = until_ms,
    };
    evict(evicted);
}

/* Sets `ret_ev` if it is the call's turn, or if there is nothing to wait for;
 * otherwise says when to look again. */
static bool
judge(struct queue *q, struct call *c, uint64_t round, int64_t until_ms,
      struct request_event *ret_ev, int64_t *ret_look_ms)
{
    struct proxy_prospect prospect;

    c->looked = q->sweep;
    proxy_look(c, round, until_ms, &prospect);
    *ret_look_ms = prospect.look_ms;
    if (prospect.candidate >= 0) {
        *ret_ev = (struct request_event){
            .kind = REQUEST_EV_TURN,
            .candidate = prospect.candidate,
        };
        return true;
    }
    set_waits(c, prospect.waits_for);
    if (until_ms > call_now_ms(c) && prospect.waits_for != 0)
        return false;
    *ret_ev = (struct request_event){.kind = REQUEST_EV_HOPELESS};
    return true;
}

static bool
may_enter(struct call *c, int64_t *ret_at_ms)
{
    return client_limits_enter(c->app->client_limits, &c->stay, &c->client,
                               proxy_gate_tokens(c, c->targets[0]),
                               call_now_ms(c), ret_at_ms);
}

bool
queue_may_enter(struct call *c)
{
    int64_t unused_ms;

    return may_enter(c, &unused_ms);
}

/* A call that is over the limits of its client. */
static void
join_limited(struct queue *q, struct call *c, int64_t until_ms,
             struct request_event *ret_ev)
{
    int64_t at_ms = client_limits_retry_at(
        &c->stay, proxy_gate_tokens(c, c->targets[0]), call_now_ms(c));

    if (until_ms <= call_now_ms(c) || (at_ms != INT64_MAX && at_ms > until_ms))
        shed(c, "the client is over its limits", ret_ev);
    else
        line_up(q, c, until_ms, ret_ev);
}

void
queue_join(struct queue *q, struct call *c, struct request_event *ret_ev)
{
    int64_t until_ms = patience_until(c);
    int64_t unused_ms;

    if (c->stay.waiting)
        join_limited(q, c, until_ms, ret_ev);
    else if (!judge(q, c, 0, until_ms, ret_ev, &unused_ms))
        line_up(q, c, until_ms, ret_ev);
    if (!c->place.client)
        set_waits(c, 0);
    queue_kick(q);
}

/* True if every member that the call waits for was found taken in this round:
 * those in front of it wait for the same.  Whether there is more to wait for by
 * now is seen once in every sweep. */
static bool
is_behind(const struct queue *q, const struct call *c)
{
    if (c->looked != q->sweep)
        return false;
    for (size_t i = 0; i < c->n_targets; i++)
        if (c->waits_for >> i & 1 && c->targets[i]->line.looked != q->round)
            return false;
    return c->waits_for != 0;
}

/* True if the call is not in line any more. */
static bool
look_for(struct queue *q, struct call *c, int64_t *ret_look_ms)
{
    struct request_event ev;

    *ret_look_ms = INT64_MAX;
    if (!may_enter(c, ret_look_ms) || is_behind(q, c)
        || !judge(q, c, q->round, c->request.queue_until_ms, &ev, ret_look_ms))
        return false;
    if (ev.kind == REQUEST_EV_TURN)
        fair_queue_take(&q->line, &c->place, call_now_ms(c));
    else
        fair_queue_remove(&q->line, &c->place);
    set_waits(c, 0);
    c->state = CALL_WAITING;
    proxy_feed(c, &ev);
    return true;
}

static void
begin_round(struct queue *q, int64_t now_ms)
{
    q->round++;
    if (now_ms - q->sweep_ms < LOOK_MS)
        return;
    q->sweep++;
    q->sweep_ms = now_ms;
}

/* Whoever goes changes whose turn it is. */
static void
look_for_all(void *ctx)
{
    struct queue *q = ctx;
    int64_t now_ms = loop_now_ms(q->app->loop);
    int64_t next_ms = now_ms + LOOK_MS;
    struct fair_entry *e = fair_queue_first(&q->line);
    int64_t look_ms;

    begin_round(q, now_ms);
    while (e) {
        if (look_for(q, container_of(e, struct call, place), &look_ms)) {
            e = fair_queue_first(&q->line);
            continue;
        }
        if (look_ms < next_ms)
            next_ms = look_ms;
        e = fair_queue_next(&q->line, e);
    }
    timer_arm_at(q->timer, q->line.length > 0 ? next_ms : TIMER_NEVER);
}

void
queue_note_shed(struct queue *q, const char *why)
{
    int64_t now_ms = loop_now_ms(q->app->loop);

    q->app->load.refused++;
    if (q->shed_told_ms != INT64_MIN
        && now_ms - q->shed_told_ms < SHED_EVENTS_MS)
        return;
    q->shed_told_ms = now_ms;
    events_add(q->app->events, EVENT_SERVER,
               &(struct event_text){.to = "shedding", .reason = why});
}

int64_t
queue_wait_ms(const struct queue *q, const struct call *c)
{
    static const struct fair_client NOBODY;

    return fair_queue_wait_ms(&q->line, &NOBODY, c->params.priority,
                              call_now_ms(c));
}

size_t
queue_length(const struct queue *q)
{
    return q->line.length;
}

void
queue_pack(struct pack *p, const struct queue *q)
{
    int64_t oldest_ms = fair_queue_oldest_ms(&q->line);

    pack_map_begin(p);
    pack_kv_int(p, "length", (int64_t)q->line.length);
    pack_kv_int(p, "bytes", (int64_t)q->line.bytes);
    if (oldest_ms == INT64_MAX)
        pack_kv_nil(p, "oldest_ms");
    else
        pack_kv_int(p, "oldest_ms", loop_now_ms(q->app->loop) - oldest_ms);
    pack_kv_int(p, "max", q->app->config->queue.max);
    pack_map_end(p);
}
