#include "tui/batch.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/clock.h"
#include "text/mem.h"
#include "text/read.h"
#include "tui/batch_form.h"
#include "tui/record.h"
#include "tui/signals.h"
#include "tui/source.h"

static const double RECORDED_SLACK_MS = 50; /* Recorded periods vary. */

struct batch {
    const struct options *options;
    const struct batch_form *form;
    FILE *out;
    struct feed *feed;
    struct model *model;
    struct batch_page page;
    int signals;
    bool over;
    bool record_failed; /* And that has been told. */
    int exit_code;
    double now_ms; /* One for each turn of the loop. */
    double patience_ms;
    double period_ms;
    double missed_ms; /* When the next look finds nothing; INFINITY. */
    double seen_ms;   /* The time of the snapshot that was written last. */
    char seen_instance[64];
};

static void
end(struct batch *b, int exit_code)
{
    if (b->over)
        return;
    b->over = true;
    b->exit_code = exit_code;
}

/* Whoever reads may have gone, which is no failure. */
static void
put(struct batch *b, const char *text)
{
    errno = 0;
    if (fputs(text, b->out) >= 0 && fflush(b->out) == 0)
        return;
    if (errno == EPIPE) {
        end(b, OPTIONS_EXIT_OK);
        return;
    }
    (void)fprintf(b->page.err, "aigw-top: cannot write: %s\n", strerror(errno));
    end(b, OPTIONS_EXIT_FAILED);
}

/* As a whole, so that it is known why it could not be written. */
static void
write_by(struct batch *b, void (*write)(struct batch_page *page))
{
    struct mem_text text;
    char *whole;

    if (!write || b->over)
        return;
    mem_text_begin(&text);
    b->page.out = text.stream;
    write(&b->page);
    whole = mem_text_end(&text);
    b->page.out = NULL;
    put(b, whole);
    free(whole);
}

static void
count_look(struct batch *b, int exit_code)
{
    b->page.n_looks++;
    if (b->options->iterations > 0
        && b->page.n_looks >= (uint64_t)b->options->iterations)
        end(b, exit_code);
}

/* What time it is where the figures come from. */
static double
wall_ms(const struct batch *b, double now_ms)
{
    return options_show_recording(b->options)
               ? model_daemon_ms(b->model, now_ms)
               : clock_epoch_ms();
}

/* A recording has its own period, of which a longer --delay takes a part. */
static bool
is_wanted(const struct batch *b, double time_ms)
{
    double step_ms = time_ms - b->seen_ms;

    if (!options_show_recording(b->options) || b->options->interval_ms <= 0)
        return true;
    return !(step_ms >= 0)
           || step_ms >= b->options->interval_ms - RECORDED_SLACK_MS;
}

/* Writes the snapshot, if it is another one. */
static void
look(struct batch *b)
{
    const char *instance = b->model->instance_id;
    double time_ms = read_number(b->model->snapshot, "time_ms");

    if (!b->model->snapshot || !link_is_fresh(&b->model->link)
        || (time_ms == b->seen_ms && strcmp(instance, b->seen_instance) == 0)
        || !is_wanted(b, time_ms))
        return;
    b->page.now_ms = b->model->link.snapshot_ms;
    b->page.wall_ms = time_ms;
    write_by(b, b->form->sample);
    b->page.lost = false;
    b->missed_ms = (double)INFINITY;
    b->seen_ms = time_ms;
    (void)snprintf(b->seen_instance, sizeof(b->seen_instance), "%s", instance);
    count_look(b, OPTIONS_EXIT_OK);
}

/* Who is to write regularly and cannot begin says so and ends. */
static void
look_for_daemon(struct batch *b)
{
    const struct link *link = &b->model->link;

    if (link->state == LINK_WAITING)
        (void)fprintf(b->page.err, "aigw-top: %s. Is aigwd running?\n",
                      link->reason);
    else if (b->now_ms >= b->patience_ms)
        (void)fprintf(b->page.err, "aigw-top: aigwd does not answer.\n");
    else
        return;
    end(b, OPTIONS_EXIT_CONNECT);
}

static void
look_at_link(struct batch *b)
{
    if (b->over)
        return;
    if (!b->model->link.has_data) {
        if (!options_show_recording(b->options))
            look_for_daemon(b);
        return;
    }
    if (link_is_fresh(&b->model->link))
        return;
    b->page.now_ms = b->now_ms;
    b->page.wall_ms = wall_ms(b, b->now_ms);
    if (!b->page.lost) {
        write_by(b, b->form->lost);
        b->page.lost = true;
        b->missed_ms = b->now_ms;
    }
    if (b->now_ms < b->missed_ms)
        return;
    write_by(b, b->form->missed);
    b->missed_ms += b->period_ms;
    count_look(b, OPTIONS_EXIT_CONNECT);
}

static void
on_changed(void *ctx)
{
    struct batch *b = ctx;

    if (b->over)
        return;
    b->page.now_ms = b->now_ms;
    b->page.wall_ms = wall_ms(b, b->now_ms);
    write_by(b, b->form->news);
    look(b);
    look_at_link(b);
}

static void
on_ended(void *ctx)
{
    end(ctx, OPTIONS_EXIT_OK);
}

static void
look_at_record(struct batch *b)
{
    const struct record *record = b->feed->record;
    const char *failure = record ? record_error(record) : NULL;

    if (failure && !b->record_failed)
        (void)fprintf(b->page.err, "aigw-top: nothing more is recorded: %s\n",
                      failure);
    b->record_failed = failure != NULL;
}

static void
take_signals(struct batch *b)
{
    for (int signum = signals_read(b->signals); signum != 0;
         signum = signals_read(b->signals)) {
        switch (signum) {
        case SIGTSTP:
            signals_stop();
            break;
        case SIGINT:
            end(b, BATCH_EXIT_INTERRUPTED);
            break;
        case SIGTERM:
        case SIGHUP:
        case SIGQUIT:
            end(b, b->page.lost ? OPTIONS_EXIT_CONNECT : OPTIONS_EXIT_OK);
            break;
        default:
            break; /* Of no interest without a terminal. */
        }
    }
}

static void
wait_for_something(struct batch *b)
{
    struct pollfd fds[] = {
        {.fd = b->signals, .events = POLLIN},
        {.fd = feed_fd(b->feed), .events = feed_events(b->feed)}};
    double due_ms = fmin(feed_due_ms(b->feed, b->now_ms), b->missed_ms);
    double left_ms;

    if (!b->model->link.has_data)
        due_ms = fmin(due_ms, b->patience_ms);
    left_ms = fmax(ceil(due_ms - b->now_ms), 0);
    (void)poll(fds, sizeof(fds) / sizeof(*fds),
               left_ms < INT_MAX ? (int)left_ms : -1);
    b->now_ms = clock_now_ms();
}

static void
loop(struct batch *b)
{
    while (!b->over) {
        feed_dispatch(b->feed, b->now_ms);
        look_at_link(b);
        look_at_record(b);
        if (b->over)
            return;
        wait_for_something(b);
        take_signals(b);
    }
}

static void
begin(struct batch *b)
{
    const struct options *options = b->options;
    int window_s = options->window_s > 0 ? options->window_s : 60;

    b->feed->ctx = b;
    b->feed->changed = on_changed;
    b->feed->ended = on_ended;
    b->page.ui.window_s = window_s;
    feed_want(
        b->feed,
        &(struct feed_wants){.interval_ms = b->period_ms, .window_s = window_s},
        b->now_ms);
}

int
batch_follow(const struct options *options, struct feed *feed,
             struct model *model, FILE *out, FILE *err)
{
    double now_ms = clock_now_ms();
    struct batch b = {.options = options,
                      .form = batch_form_of(options->format),
                      .out = out,
                      .feed = feed,
                      .model = model,
                      .now_ms = now_ms,
                      .patience_ms = now_ms + BATCH_PATIENCE_MS,
                      .period_ms = options->interval_ms > 0
                                       ? options->interval_ms
                                       : BATCH_PERIOD_MS,
                      .missed_ms = (double)INFINITY,
                      .seen_ms = nan("")};

    batch_page_init(&b.page, options, model, err);
    b.signals = signals_open();
    begin(&b);
    loop(&b);
    signals_close(b.signals);
    batch_page_deinit(&b.page);
    return b.exit_code;
}

int
batch_run(const struct options *options)
{
    struct source source;
    double period_ms =
        options->interval_ms > 0 ? options->interval_ms : BATCH_PERIOD_MS;
    int exit_code = OPTIONS_EXIT_FAILED;

    if (source_open(&source, options, period_ms, clock_now_ms()) == 0)
        exit_code =
            batch_follow(options, source.feed, &source.model, stdout, stderr);
    source_close(&source);
    return exit_code;
}
