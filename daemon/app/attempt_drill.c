#include "app/attempt_drill.h"

#include "app/attempt_internal.h"
#include "app/drills.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* An error that every dialect can read. */
static const char ERROR_BODY[] =
    "{\"type\":\"error\",\"error\":{\"type\":\"drill\","
    "\"message\":\"A drill answers in the provider's place.\"}}";

enum {
    STATUS_OK = 200,
    STATUS_UNAUTHORIZED = 401,
};

static void
play_done(struct attempt *a, enum http_failure failure, const char *text)
{
    struct http_result result = {.failure = failure};

    (void)snprintf(result.text, sizeof(result.text), "%s", text);
    attempt_http_ops.done(a, &result);
}

static void
play_head(struct attempt *a, int http_status)
{
    int64_t retry_after_s = a->drill.fault.retry_after_s;
    bool error = http_status >= 300;
    char seconds[24];
    struct http_header headers[] = {
        {"content-type",
         a->streamed && !error ? "text/event-stream" : "application/json"},
        {"retry-after", seconds},
    };

    (void)snprintf(seconds, sizeof(seconds), "%lld", (long long)retry_after_s);
    attempt_http_ops.head(a, http_status, headers,
                          error && retry_after_s >= 0 ? 2 : 1);
    /* The attempt may be gone when the body has been read: what is played
     * after it is a task of its own, which goes with it. */
    loop_defer(a->loop, &a->drill.play);
    if (error)
        (void)attempt_http_ops.body(a, ERROR_BODY, sizeof(ERROR_BODY) - 1);
}

static int
invented_status(const struct drill_fault *fault)
{
    if (fault->kind == DRILL_AUTH)
        return STATUS_UNAUTHORIZED;
    return fault->kind == DRILL_EMPTY ? STATUS_OK : (int)fault->status;
}

static void
on_play(void *ctx)
{
    struct attempt *a = ctx;

    if (a->drill.fault.kind == DRILL_CONNECT) {
        play_done(a, HTTP_FAILURE_CONNECT, "connection refused by a drill");
    } else if (a->drill.head_played) {
        play_done(a, HTTP_FAILURE_NONE, "");
    } else {
        a->drill.head_played = true;
        play_head(a, invented_status(&a->drill.fault));
    }
}

void
attempt_drill_init(struct attempt *a, const struct attempt_options *o)
{
    struct attempt_drill *d = &a->drill;

    d->play = (struct loop_task){.fn = on_play, .ctx = a};
    d->start_at_ms = INT64_MAX;
    if (o->drills)
        (void)drills_pick(o->drills, o->lease->target->name, o->no_drill,
                          loop_now_ms(o->loop), &d->fault);
}

void
attempt_drill_deinit(struct attempt *a)
{
    struct attempt_drill *d = &a->drill;

    loop_undefer(a->loop, &d->play);
    if (d->held)
        dialect_http_deinit(d->held);
    free(d->held);
    d->held = NULL;
}

/* The wait is the provider's slowness: it has everything but does not
 * answer. */
static void
hold(struct attempt *a, struct dialect_http *built)
{
    int64_t now_ms = loop_now_ms(a->loop);

    a->drill.held = mem_new(sizeof(*built));
    *a->drill.held = *built;
    *built = (struct dialect_http){0};
    a->drill.start_at_ms = now_ms + a->drill.fault.ms;
    phase_init(&a->clock, &a->lease.target->settings.limits, a->streamed, 0,
               now_ms);
    phase_connected(&a->clock, now_ms);
}

bool
attempt_drill_takes_start(struct attempt *a, struct dialect_http *built)
{
    enum drill_kind kind = a->drill.fault.kind;

    if (drill_is_invented(kind))
        loop_defer(a->loop, &a->drill.play);
    else if (kind == DRILL_LATENCY)
        hold(a, built);
    else
        return false;
    return true;
}

bool
attempt_drill_waits(const struct attempt *a)
{
    return a->drill.held != NULL;
}

bool
attempt_drill_sends(struct attempt *a, int64_t now_ms)
{
    struct attempt_drill *d = &a->drill;
    int status;

    if (now_ms < d->start_at_ms)
        return false;
    d->start_at_ms = INT64_MAX;
    status = attempt_send(a, d->held);
    attempt_drill_deinit(a);
    if (status)
        attempt_end(a, &(struct attempt_ending){
                           .transport = OUTCOME_TRANSPORT_LOCAL,
                           .text = aigw_status_text(status),
                       });
    else
        attempt_arm(a);
    return true;
}

/* Half of what is announced; without that, all until the first piece shows
 * how large it is. */
void
attempt_drill_head(struct attempt *a, const struct http_header *headers,
                   size_t n)
{
    a->drill.body_left = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(headers[i].name, "content-length") == 0)
            a->drill.body_left = strtoul(headers[i].value, NULL, 10) / 2;
}

size_t
attempt_drill_admit(struct attempt *a, size_t size)
{
    struct attempt_drill *d = &a->drill;

    if (a->streamed || !drill_breaks_answer(d->fault.kind))
        return size;
    if (d->body_left == SIZE_MAX)
        d->body_left = size / 2;
    d->broke = size > d->body_left;
    if (d->broke)
        size = d->body_left;
    d->body_left -= size;
    return size;
}

bool
attempt_drill_stops_event(struct attempt *a)
{
    struct attempt_drill *d = &a->drill;

    if (a->streamed && drill_breaks_answer(d->fault.kind)
        && d->n_deltas >= d->fault.after_tokens)
        d->broke = true;
    return d->broke;
}

bool
attempt_drill_ends(struct attempt *a)
{
    struct attempt_ending ending = {.text = "connection reset by a drill"};

    if (!a->drill.broke)
        return false;
    attempt_drop_transfer(a);
    if (a->drill.fault.kind == DRILL_STALL) {
        if (a->paused)
            phase_pause(&a->clock, loop_now_ms(a->loop));
        attempt_arm(a);
        return true;
    }
    ending.transport = OUTCOME_TRANSPORT_BROKEN;
    if (a->drill.fault.kind == DRILL_MALFORMED) {
        ending.transport = OUTCOME_TRANSPORT_COMPLETE;
        ending.text = "the answer made no sense, by a drill";
    }
    attempt_end(a, &ending);
    return true;
}
