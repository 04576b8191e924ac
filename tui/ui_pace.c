/*
 * ui_pace.c - how often there is news; and of a recording, from when, and how
 * fast it goes by.
 */
#include <stdio.h>

#include "tui/ui_parts.h"

static const double intervals_ms[] = {100,  200,   500,   1000, 2000,
                                      5000, 10000, 30000, 60000};

enum {
    N_INTERVALS = sizeof(intervals_ms) / sizeof(*intervals_ms)
};

static const double SPEED_MIN = 1.0 / 8;
static const double SPEED_MAX = 64;

enum ui_order_kind
ui_pace_pause(struct ui_at *at, int arg)
{
    (void)arg;
    at->ui->paused = !at->ui->paused;
    return at->ui->replay ? UI_SEEK : UI_DRAW;
}

/* The nearest step in the direction of `by`, from any interval. */
enum ui_order_kind
ui_pace_step(struct ui_at *at, int by)
{
    double interval_ms = at->ui->interval_ms;
    int i = by > 0 ? 0 : N_INTERVALS - 1;

    while (i >= 0 && i < N_INTERVALS
           && (by > 0 ? intervals_ms[i] <= interval_ms
                      : intervals_ms[i] >= interval_ms))
        i += by;
    if (i < 0 || i >= N_INTERVALS)
        return UI_NOTHING;
    at->ui->interval_ms = intervals_ms[i];
    return UI_DRAW;
}

enum ui_order_kind
ui_pace_seek(struct ui_at *at, int by_s)
{
    at->seek_s = by_s;
    return UI_SEEK;
}

enum ui_order_kind
ui_pace_speed(struct ui_at *at, int by)
{
    double speed = by > 0 ? at->ui->speed * 2 : at->ui->speed / 2;
    char message[UI_MAX_MESSAGE];

    if (speed < SPEED_MIN || speed > SPEED_MAX)
        return UI_NOTHING;
    at->ui->speed = speed;
    (void)snprintf(message, sizeof(message), "Speed %g.", speed);
    ui_say(at->ui, message, at->now_ms);
    return UI_SEEK;
}
