/*
 * feed_replay.c - the feed from a recording.
 *
 * The recording has a clock of its own, which runs `speed` times as fast as
 * ours.  What it says up to there is put into the model as if a daemon had
 * sent it; after a jump the model is made anew from what came before, as far
 * back as anything on the screen can show.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/clock.h"
#include "text/mem.h"
#include "tui/demo.h"
#include "tui/feed.h"
#include "tui/recording.h"

/* How long it is played before the operator has a say again. */
static const double TURN_MS = 100;

struct replay {
    struct feed feed; /* First: the callers know that alone. */
    struct recording recording;
    bool loops; /* Begins anew at its end: the demonstration. */
    bool started;
    bool ended;
    bool moved;        /* The model is of where it was before. */
    bool behind;       /* There was more to play than time for it. */
    size_t next;       /* The first entry that was not played. */
    double period_ms;  /* Between its snapshots; INFINITY: there is one. */
    struct link heard; /* How fresh they were, by its own clock. */
    double speed;
    double at_ms;     /* Where the recording's clock was */
    double anchor_ms; /* at this moment of ours. */
    bool changed;
};

static struct replay *
replay_of(struct feed *f)
{
    return (struct replay *)(void *)f;
}

static const struct replay *
const_replay_of(const struct feed *f)
{
    return (const struct replay *)(const void *)f;
}

static double
end_ms(const struct replay *r)
{
    size_t n = r->recording.n_entries;

    return n > 0 ? r->recording.entries[n - 1].at_ms : 0;
}

static double
clock_at(const struct replay *r, double now_ms)
{
    return fmin(r->at_ms + (now_ms - r->anchor_ms) * r->speed, end_ms(r));
}

/* Where it is as far as anybody has seen. */
static double
place_at(const struct replay *r, double now_ms)
{
    if (r->behind)
        return r->next > 0 ? r->recording.entries[r->next - 1].at_ms : 0;
    return clock_at(r, now_ms);
}

static void
set_clock(struct replay *r, double at_ms, double now_ms)
{
    r->at_ms = fmin(fmax(at_ms, 0), end_ms(r));
    r->anchor_ms = now_ms;
}

/* Between its snapshots. */
static double
period_of(const struct replay *r)
{
    const struct recording *rec = &r->recording;
    size_t snapshots = 0;

    for (size_t i = 0; i < rec->n_entries; i++)
        snapshots += rec->entries[i].kind == RECORDING_SNAPSHOT;
    return snapshots > 1 ? end_ms(r) / (double)(snapshots - 1)
                         : (double)INFINITY;
}

/* What was silent then is silent now, however fast it is played. */
static void
pass_time(struct replay *r, double now_ms)
{
    struct link *link = &r->feed.model->link;

    link_tick(&r->heard, clock_at(r, now_ms));
    if (r->heard.state != LINK_STALE || link->state != LINK_LIVE)
        return;
    link->state = LINK_STALE;
    r->changed = true;
}

static void
lose(struct replay *r, const char *reason, double now_ms)
{
    struct link *link = &r->feed.model->link;

    link_lost(link, reason, now_ms);
    link_retrying(link, now_ms);
}

static void
put(struct replay *r, enum recording_kind kind, struct aigw_value *data,
    double now_ms)
{
    struct model *m = r->feed.model;

    switch (kind) {
    case RECORDING_SNAPSHOT:
        model_take_snapshot(m, data, now_ms);
        return;
    case RECORDING_EVENT:
        model_take_event(m, data);
        return;
    case RECORDING_REQUESTS:
        model_take_requests(m, data);
        return;
    case RECORDING_COST_TARGET:
        model_take_cost(m, COST_BY_TARGET, data);
        return;
    case RECORDING_COST_ROUTE:
        model_take_cost(m, COST_BY_ROUTE, data);
        return;
    case RECORDING_COST_CLIENT:
        model_take_cost(m, COST_BY_CLIENT, data);
        return;
    case RECORDING_LOST:
        lose(r, aigw_get_str(data, "reason", ""), now_ms);
        break;
    case RECORDING_KINDS:
        break;
    }
    aigw_value_free(data);
}

/* What cannot be read is a loss of what it would have told. */
static void
tell_damage(struct replay *r, int line, double now_ms)
{
    char reason[60];

    (void)snprintf(reason, sizeof(reason), "line %d of it is damaged", line);
    lose(r, reason, now_ms);
}

static void
play(struct replay *r, size_t entry, double now_ms)
{
    const struct recording_entry *e = &r->recording.entries[entry];
    struct aigw_value *data = recording_read(&r->recording, entry);

    if (data)
        put(r, e->kind, data, now_ms);
    else
        tell_damage(r, e->line, now_ms);
    if (data && e->kind == RECORDING_SNAPSHOT)
        link_snapshot(&r->heard, e->at_ms);
    r->changed = true;
}

/* Where the last `n` events, or snapshots, before `end` begin. */
static size_t
reach_back(const struct recording *rec, size_t end, bool events, size_t n)
{
    size_t i = end;

    while (i > 0 && n > 0) {
        enum recording_kind kind = rec->entries[--i].kind;

        if (events ? kind == RECORDING_EVENT : kind == RECORDING_SNAPSHOT)
            n--;
    }
    return i;
}

/* The model as it was at the recording's `at_ms`. */
static void
rebuild(struct replay *r, double now_ms)
{
    const struct recording *rec = &r->recording;
    size_t stop = recording_find(rec, r->at_ms);
    size_t events = reach_back(rec, stop, true, MODEL_MAX_EVENTS);
    size_t others = reach_back(rec, stop, false, MODEL_HISTORY);

    model_rewind(r->feed.model, now_ms);
    link_init(&r->heard, r->period_ms, 0);
    for (size_t i = events < others ? events : others; i < stop; i++)
        if (i >= (rec->entries[i].kind == RECORDING_EVENT ? events : others))
            play(r, i, now_ms);
    r->next = stop;
    r->ended = false;
    r->moved = false;
    r->changed = true;
}

/* The recording runs on at `speed` from where it is, and what is shown is as
 * old as it was there, however long it stood still. */
static void
set_speed(struct replay *r, double speed, double now_ms)
{
    struct model *m = r->feed.model;
    bool runs = speed > 0 && !r->ended;
    double age_ms = r->at_ms - r->heard.snapshot_ms;

    r->speed = speed;
    m->clock_speed = runs ? speed : 0;
    m->link.snapshot_ms = now_ms - age_ms / (runs ? speed : 1);
    pass_time(r, now_ms);
    link_set_period(&m->link, runs ? r->period_ms / speed : (double)INFINITY,
                    now_ms);
}

static void
tell_change(struct replay *r)
{
    if (r->changed && r->feed.changed)
        r->feed.changed(r->feed.ctx);
    r->changed = false;
}

/* The recording's clock stands until somebody looks. */
static void
start(struct replay *r, double now_ms)
{
    if (r->started)
        return;
    r->started = true;
    set_clock(r, 0, now_ms);
    set_speed(r, r->speed, now_ms);
}

/* A recording has what was wanted when it was made. */
static void
replay_want(struct feed *f, const struct feed_wants *wants, double now_ms)
{
    (void)wants;
    start(replay_of(f), now_ms);
}

static void
replay_poll_now(struct feed *f, double now_ms)
{
    (void)f;
    (void)now_ms;
}

static bool
replay_act(struct feed *f, const char *method, const struct aigw_value *params)
{
    (void)f;
    (void)method;
    (void)params;
    return false;
}

static bool
replay_seek(struct feed *f, double by_s, double speed, double now_ms)
{
    struct replay *r = replay_of(f);

    start(r, now_ms);
    set_clock(r, place_at(r, now_ms) + by_s * 1000, now_ms);
    r->behind = false;
    if (by_s == 0 && !r->moved)
        set_speed(r, speed, now_ms);
    r->moved |= by_s != 0;
    r->speed = speed;
    tell_change(r);
    return true;
}

static int
replay_fd(const struct feed *f)
{
    (void)f;
    return -1;
}

static short
replay_events(const struct feed *f)
{
    (void)f;
    return 0;
}

static double
replay_due_ms(const struct feed *f, double now_ms)
{
    const struct replay *r = const_replay_of(f);
    double due_ms;

    if (r->moved)
        return now_ms;
    if (!r->started || r->speed <= 0 || r->ended)
        return (double)INFINITY;
    if (r->next == r->recording.n_entries)
        return now_ms;
    due_ms =
        fmin(r->recording.entries[r->next].at_ms,
             r->heard.state == LINK_LIVE ? link_next_ms(&r->heard, r->at_ms)
                                         : (double)INFINITY);
    return fmax(r->anchor_ms + (due_ms - r->at_ms) / r->speed, now_ms);
}

static void
end(struct replay *r, double now_ms)
{
    if (r->loops) {
        set_clock(r, 0, now_ms);
        rebuild(r, now_ms);
        set_speed(r, r->speed, now_ms);
        return;
    }
    r->ended = true;
    set_clock(r, end_ms(r), now_ms);
    set_speed(r, r->speed, now_ms);
    if (r->feed.ended)
        r->feed.ended(r->feed.ctx);
}

/* Several jumps in a row, as of a key that is held down, are one. */
static void
settle(struct replay *r, double now_ms)
{
    if (!r->moved)
        return;
    rebuild(r, now_ms);
    set_speed(r, r->speed, now_ms);
}

/* Plays what is due.  However fast that is to be, none is passed over, and
 * what is too much for one turn is left for the next. */
static void
play_on(struct replay *r, double now_ms)
{
    const struct recording *rec = &r->recording;
    size_t until = recording_find(rec, clock_at(r, now_ms));
    double give_up_ms = clock_now_ms() + TURN_MS;

    while (r->next < until && clock_now_ms() < give_up_ms) {
        enum recording_kind kind = rec->entries[r->next].kind;

        play(r, r->next++, now_ms);
        if (kind == RECORDING_SNAPSHOT || kind == RECORDING_LOST)
            tell_change(r);
    }
    r->behind = r->next < until;
}

static void
replay_dispatch(struct feed *f, double now_ms)
{
    struct replay *r = replay_of(f);

    settle(r, now_ms);
    if (r->started && r->speed > 0 && !r->ended) {
        play_on(r, now_ms);
        if (!r->behind)
            pass_time(r, now_ms);
        tell_change(r);
        if (r->next == r->recording.n_entries)
            end(r, now_ms);
    }
    tell_change(r);
}

static void
replay_free(struct feed *f)
{
    struct replay *r = replay_of(f);

    recording_close(&r->recording);
    free(r);
}

static const struct feed_ops replay_ops = {
    .want = replay_want,
    .poll_now = replay_poll_now,
    .act = replay_act,
    .seek = replay_seek,
    .fd = replay_fd,
    .events = replay_events,
    .due_ms = replay_due_ms,
    .dispatch = replay_dispatch,
    .free = replay_free,
};

/* Not a terminal or a pipe, in which there is no going back. */
static FILE *
open_file(const char *path, char ret_error[160])
{
    FILE *in = fopen(path, "re");

    if (in && fseek(in, 0, SEEK_SET) == 0)
        return in;
    (void)snprintf(ret_error, 160, "cannot read %.100s: %s", path,
                   strerror(errno));
    if (in)
        (void)fclose(in);
    return NULL;
}

struct feed *
feed_replay_new(const char *path, struct model *model, char ret_error[160])
{
    FILE *in = path ? open_file(path, ret_error) : demo_open();
    struct replay *r;

    if (!in)
        return NULL;
    r = mem_alloc(1, sizeof(*r));
    r->feed = (struct feed){.ops = &replay_ops, .model = model};
    r->loops = !path;
    if (recording_open(&r->recording, in, path ? path : "demo", ret_error)) {
        free(r);
        return NULL;
    }
    r->speed = 1;
    r->period_ms = period_of(r);
    link_init(&r->heard, r->period_ms, 0);
    (void)snprintf(model->socket_path, sizeof(model->socket_path), "%s",
                   r->recording.socket);
    return &r->feed;
}
