/*
 * panel_identity.c - the first row: who is looked at, and how fresh that is.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/cut.h"
#include "tui/flow.h"
#include "tui/panel.h"

enum {
    SHORT_COLS = 80, /* In less: the name of the socket, no seconds. */
    LONG_COLS = 120,
    CLOCK_COLS = 30, /* In less there is no clock. */
    PATH_SHARE = 4   /* The part of the row that a path may take. */
};

static struct text
status_word(const struct scene *s)
{
    struct text text = link_word(&s->model->link, s->now_ms);

    if (s->ui->paused)
        (void)strcpy(text.s, "PAUSED");
    else if (s->ui->replay && !isinf(s->model->link.period_ms))
        (void)snprintf(text.s, sizeof(text.s), "REPLAY x%g", s->ui->speed);
    return text;
}

static enum style
status_style(const struct scene *s)
{
    if (s->ui->paused)
        return STYLE_ADMIN;
    switch (s->model->link.state) {
    case LINK_LIVE:
        return STYLE_GOOD;
    case LINK_STALE:
    case LINK_CONNECTING:
        return STYLE_HALF;
    case LINK_WAITING:
        break;
    }
    return s->model->link.has_data ? STYLE_HALF : STYLE_BAD;
}

/* The status and the clock at the right end.  Returns the columns that are
 * left of them. */
static int
draw_status(struct canvas *c, struct area area, const struct scene *s)
{
    struct text clock = format_clock(s->wall_ms);
    struct text word = status_word(s);
    int margin = area.cols >= SHORT_COLS ? 2 : 1;
    int end = area.cols - 1;

    if (area.cols < SHORT_COLS)
        clock.s[strlen("00:00")] = '\0';
    if (area.cols >= CLOCK_COLS) {
        end -= (int)strlen(clock.s);
        (void)canvas_put(c, area.row, area.col + end, (int)strlen(clock.s),
                         STYLE_PLAIN, clock.s);
        end -= margin;
    }
    if ((int)strlen(word.s) > end)
        word.s[strcspn(word.s, ",")] = '\0';
    end -= (int)strlen(word.s);
    if (end < 0)
        end = 0;
    (void)canvas_put(c, area.row, area.col + end, area.cols - end,
                     status_style(s), word.s);
    return end > margin ? end - margin : 0;
}

static const char *
file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static const char *
version_of(const struct model *m)
{
    return m->version[0] ? m->version
                         : aigw_get_str(m->snapshot, "server.version", "");
}

static void
put_short(struct flow *f, const struct scene *s)
{
    f->gap = 1;
    (void)flow_put(f, STYLE_STRONG, "aigw-top");
    (void)flow_put(f, STYLE_PLAIN, "%s", file_name(s->model->socket_path));
}

static void
put_version(struct flow *f, const struct scene *s, bool wide)
{
    const char *version = version_of(s->model);

    f->gap = wide ? 3 : 2;
    if (version[0])
        (void)flow_put(f, STYLE_PLAIN, wide ? "aigwd %s" : "v%s", version);
    f->gap = 2;
}

static void
put_pid(struct flow *f, const struct aigw_value *snapshot)
{
    double pid = read_number(snapshot, "server.pid");

    (void)flow_put(f, STYLE_PLAIN, "pid %s", format_count(pid).s);
}

static void
put_config(struct flow *f, const struct scene *s, bool wide)
{
    const struct aigw_value *snapshot = s->model->snapshot;
    double started_ms = read_number(snapshot, "server.started_ms");
    double reloaded_ms = read_number(snapshot, "server.reloaded_ms");
    double now_ms = model_daemon_ms(s->model, s->now_ms);
    struct text generation =
        format_count(read_number(snapshot, "server.config_generation"));

    if (wide && reloaded_ms > started_ms) {
        f->gap = 3;
        (void)flow_put(f, STYLE_PLAIN, "cfg %s (reloaded %s ago)", generation.s,
                       format_span((now_ms - reloaded_ms) / 1000).s);
    } else {
        (void)flow_put(f, STYLE_PLAIN, "cfg %s", generation.s);
    }
}

static void
put_long(struct flow *f, const struct scene *s, int cols)
{
    const struct aigw_value *snapshot = s->model->snapshot;
    double uptime_s = read_number(snapshot, "server.uptime_s");
    bool wide = cols >= LONG_COLS;

    (void)flow_put(f, STYLE_STRONG, "aigw-top");
    (void)flow_put(
        f, STYLE_PLAIN, "%s",
        cut_middle(f->c, s->model->socket_path, cols / PATH_SHARE).s);
    put_version(f, s, wide);
    if (!snapshot)
        return;
    if (wide)
        put_pid(f, snapshot);
    if (!link_is_fresh(&s->model->link))
        return;
    (void)flow_put(f, STYLE_PLAIN, "up %s",
                   wide ? format_long_span(uptime_s).s
                        : format_span(uptime_s).s);
    put_config(f, s, wide);
}

void
panel_identity(struct canvas *c, struct area area, const struct scene *s)
{
    struct area left = area;
    struct flow flow;

    left.cols = draw_status(c, area, s);
    flow = flow_at(c, left, 0, 1);
    if (area.cols < SHORT_COLS)
        put_short(&flow, s);
    else
        put_long(&flow, s, area.cols);
}
