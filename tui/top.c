#include "tui/top.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/clock.h"
#include "text/mem.h"
#include "tui/draw.h"
#include "tui/dump.h"
#include "tui/record.h"
#include "tui/settings.h"
#include "tui/signals.h"
#include "tui/source.h"
#include "tui/term.h"

enum {
    FRAME_MS = 50, /* At most 20 pictures a second. */
    MAX_KEYS = 256 /* Before the feed gets its turn. */
};

struct top {
    const struct options *options;
    struct terminal *term;
    struct canvas canvas;
    struct source source;
    struct ui ui;
    int signals;
    char settings_path[PATH_MAX]; /* "": there is no home. */
    bool changed;                 /* The model has. */
    bool dirty;                   /* Something is to be drawn. */
    bool repaint;                 /* Everything is. */
    bool more_keys;               /* Some are left for the next turn. */
    bool record_failed;           /* And that has been told. */
    bool over;
    double now_ms; /* One for each turn of the loop. */
    double drawn_ms;
    double tick_ms; /* When the clock shows another second. */
};

static void say(struct top *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct top *t, const char *format, ...)
{
    char message[UI_MAX_MESSAGE];
    va_list list;

    va_start(list, format);
    (void)vsnprintf(message, sizeof(message), format, list);
    va_end(list);
    ui_say(&t->ui, message, t->now_ms);
    t->dirty = true;
}

/* What the feed calls back. */

static void
on_changed(void *ctx)
{
    struct top *t = ctx;

    t->changed = true;
}

static void
on_answered(void *ctx, int code, const struct aigw_value *result,
            const char *text)
{
    struct top *t = ctx;

    ui_answered(&t->ui, code, result, text, t->now_ms);
    t->dirty = true;
}

static void
on_ended(void *ctx)
{
    say(ctx, "The recording is over.");
}

/* What the operator orders. */

static void
want(struct top *t)
{
    struct feed_wants wants = ui_wants(&t->ui);

    feed_want(t->source.feed, &wants, t->now_ms);
}

static void
act(struct top *t)
{
    if (!feed_act(t->source.feed, t->ui.action.method, t->ui.action.params))
        on_answered(t, AIGW_ERR_CONNECT, NULL,
                    t->ui.replay ? "this is a recording"
                                 : "there is no connection");
}

static void
save_settings(struct top *t)
{
    int status;

    if (!t->settings_path[0]) {
        say(t, "No settings were written: HOME is not set.");
        return;
    }
    status = settings_save(t->settings_path, &t->ui);
    if (status == 0)
        say(t, "Settings are in %s.", t->settings_path);
    else
        say(t, "%s: %s", t->settings_path, strerror(-status));
}

static void
save_dump(struct top *t)
{
    char name[64];
    int status = dump_save(&t->source.model, &t->canvas, t->now_ms,
                           clock_epoch_ms(), name);

    if (status == 0)
        say(t, "Written to ./%s.", name);
    else
        say(t, "./%s: %s", name, strerror(-status));
}

static void
suspend(struct top *t)
{
    term_suspend(t->term);
    t->repaint = true;
}

static void
carry_out(struct top *t, const struct ui_order *order)
{
    if (order->kind != UI_NOTHING)
        t->dirty = true;
    switch (order->kind) {
    case UI_NOTHING:
    case UI_DRAW:
        break;
    case UI_QUIT:
        t->over = true;
        break;
    case UI_WANT:
        want(t);
        break;
    case UI_ACT:
        act(t);
        break;
    case UI_POLL:
        feed_poll_now(t->source.feed, t->now_ms);
        t->repaint = true;
        break;
    case UI_SAVE:
        save_settings(t);
        break;
    case UI_DUMP:
        save_dump(t);
        break;
    case UI_SEEK:
        (void)feed_seek(t->source.feed, order->seek_s, ui_speed(&t->ui),
                        t->now_ms);
        break;
    case UI_MOUSE_SET:
        term_set_mouse(t->term, t->ui.mouse);
        break;
    case UI_SUSPEND:
        suspend(t);
        break;
    }
}

static void
take_keys(struct top *t)
{
    int n = 0;

    for (; n < MAX_KEYS && !t->over; n++) {
        struct input input = term_read(t->term);
        struct ui_order order;

        if (input.key == INPUT_NONE)
            break;
        order = ui_input(&t->ui, &t->source.model, &input, t->canvas.rows,
                         t->canvas.cols, t->now_ms);
        carry_out(t, &order);
    }
    t->more_keys = n == MAX_KEYS;
}

/* The canvas is as large as the terminal, and what is selected is in view. */
static void
fit(struct top *t)
{
    int rows, cols;

    term_size(t->term, &rows, &cols);
    if (rows != t->canvas.rows || cols != t->canvas.cols)
        canvas_resize(&t->canvas, rows, cols);
    t->changed = true;
    t->dirty = true;
}

static void
take_signals(struct top *t)
{
    for (int signum = signals_read(t->signals); signum != 0;
         signum = signals_read(t->signals)) {
        switch (signum) {
        case SIGWINCH:
            (void)term_resize(t->term);
            break;
        case SIGTSTP:
            suspend(t);
            break;
        case SIGCONT:
            term_resume(t->term);
            t->repaint = true;
            break;
        default:
            t->over = true;
        }
        fit(t);
    }
}

/* What the feed has brought. */
static void
take_changes(struct top *t)
{
    const char *failure =
        t->source.record ? record_error(t->source.record) : NULL;

    if (t->changed
        && ui_refresh(&t->ui, &t->source.model, t->canvas.rows, t->canvas.cols,
                      t->now_ms))
        want(t);
    t->dirty |= t->changed;
    t->changed = false;
    if (failure && !t->record_failed)
        say(t, "Nothing more is recorded: %s", failure);
    t->record_failed = failure != NULL;
}

static void
draw_frame(struct top *t)
{
    double wall_ms = clock_epoch_ms();

    draw(&t->canvas, &t->source.model, &t->ui, t->now_ms, wall_ms);
    if (!term_show(t->term, &t->canvas, t->repaint))
        return;
    t->drawn_ms = t->now_ms;
    t->tick_ms = t->now_ms + 1000 - fmod(wall_ms, 1000);
    t->dirty = false;
    t->repaint = false;
}

/* Until when there is nothing to do, if nothing comes. */
static int
timeout_ms(const struct top *t)
{
    double due_ms = fmin(feed_due_ms(t->source.feed, t->now_ms), t->tick_ms);
    double left_ms;

    if (t->more_keys || t->changed)
        return 0;
    if (t->dirty)
        due_ms = fmin(due_ms, t->drawn_ms + FRAME_MS);
    /* A terminal that takes nothing is waited for, not asked again. */
    if (term_is_behind(t->term))
        due_ms = feed_due_ms(t->source.feed, t->now_ms);
    left_ms = ceil(due_ms - t->now_ms);
    if (left_ms <= 0)
        return 0;
    return left_ms < INT_MAX ? (int)left_ms : -1;
}

static void
wait_for_something(struct top *t)
{
    struct pollfd fds[] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = t->signals, .events = POLLIN},
        {.fd = feed_fd(t->source.feed), .events = feed_events(t->source.feed)},
        {.fd = term_is_behind(t->term) ? term_fd(t->term) : -1,
         .events = POLLOUT}};

    (void)poll(fds, sizeof(fds) / sizeof(*fds), timeout_ms(t));
    t->now_ms = clock_now_ms();
    if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        t->over = true; /* The terminal is gone. */
}

static void
loop(struct top *t)
{
    fit(t);
    want(t);
    while (!t->over) {
        take_keys(t);
        feed_dispatch(t->source.feed, t->now_ms);
        take_changes(t);
        term_flush(t->term);
        t->dirty |= t->now_ms >= t->tick_ms;
        if (t->dirty && !t->over && !term_is_behind(t->term)
            && t->now_ms >= t->drawn_ms + FRAME_MS)
            draw_frame(t);
        wait_for_something(t);
        take_signals(t);
    }
}

/* The settings, and over them the command line. */
static void
set_up_ui(struct top *t)
{
    const struct options *options = t->options;
    struct mem_text complaints;
    char *text;

    ui_init(&t->ui);
    mem_text_begin(&complaints);
    if (settings_path(t->settings_path) == 0)
        settings_load(t->settings_path, &t->ui, complaints.stream);
    text = mem_text_end(&complaints);
    (void)fputs(text, stderr);
    if (text[0])
        say(t, "%.*s", (int)strcspn(text, "\n"), text);
    free(text);
    if (options->interval_ms > 0)
        t->ui.interval_ms = options->interval_ms;
    if (options->window_s > 0)
        t->ui.window_s = options->window_s;
    t->ui.readonly = options->readonly;
    t->ui.ascii = options->ascii;
    t->ui.replay = options_show_recording(options);
    t->ui.speed = options->speed;
}

static int
open_source(struct top *t)
{
    if (source_open(&t->source, t->options, t->ui.interval_ms, t->now_ms) != 0)
        return -1;
    t->source.feed->ctx = t;
    t->source.feed->changed = on_changed;
    t->source.feed->answered = on_answered;
    t->source.feed->ended = on_ended;
    return 0;
}

static int
open_terminal(struct top *t)
{
    char error[160];

    t->signals = signals_open();
    t->term = term_new(
        &(struct term_options){.mono = t->options->mono, .mouse = t->ui.mouse},
        error);
    if (!t->term)
        (void)fprintf(stderr, "aigw-top: %s.\n", error);
    return t->term ? 0 : -1;
}

static void
tear_down(struct top *t)
{
    term_free(t->term);
    /* They stay blocked: a terminal that goes away has more than one way to
     * tell, and none of them is to cut this off. */
    if (t->signals >= 0)
        (void)close(t->signals);
    source_close(&t->source);
    ui_deinit(&t->ui);
    canvas_deinit(&t->canvas);
}

int
top_run(const struct options *options)
{
    struct top *t = mem_alloc(1, sizeof(*t));
    int exit_code = OPTIONS_EXIT_FAILED;

    t->options = options;
    t->signals = -1;
    t->now_ms = clock_now_ms();
    t->drawn_ms = -(double)INFINITY;
    t->tick_ms = t->now_ms;
    canvas_init(&t->canvas, options->ascii);
    set_up_ui(t);
    if (open_source(t) == 0 && open_terminal(t) == 0) {
        loop(t);
        exit_code = OPTIONS_EXIT_OK;
    }
    tear_down(t);
    free(t);
    return exit_code;
}
