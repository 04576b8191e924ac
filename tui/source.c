#include "tui/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text/clock.h"
#include "tui/record.h"

static int
open_feed(struct source *s, const struct options *options, double now_ms)
{
    char error[160] = "out of memory";

    if (options_show_recording(options))
        s->feed = feed_replay_new(options->replay_path, &s->model, error);
    else
        s->feed = feed_live_new(options->socket_path, &s->model);
    if (!s->feed)
        (void)fprintf(stderr, "aigw-top: %s\n", error);
    else
        (void)feed_seek(s->feed, 0, options->speed, now_ms);
    return s->feed ? 0 : -1;
}

static int
open_record(struct source *s, const char *path, double now_ms)
{
    if (!path)
        return 0;
    s->record =
        record_new(path, s->model.socket_path, clock_epoch_ms(), now_ms);
    s->feed->record = s->record;
    if (!s->record)
        (void)fprintf(stderr, "aigw-top: cannot record to %s: %s\n", path,
                      strerror(errno));
    return s->record ? 0 : -1;
}

int
source_open(struct source *s, const struct options *options, double period_ms,
            double now_ms)
{
    *s = (struct source){.feed = NULL};
    model_init(&s->model, options->socket_path ? options->socket_path : "",
               period_ms, now_ms);
    if (open_feed(s, options, now_ms) != 0)
        return -1;
    return open_record(s, options->record_path, now_ms);
}

void
source_close(struct source *s)
{
    feed_free(s->feed);
    record_free(s->record);
    model_deinit(&s->model);
}
