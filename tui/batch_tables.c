/*
 * batch_tables.c - `-b`: two lines and the table of targets.
 */
#include <math.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/batch_form.h"
#include "tui/figures.h"
#include "tui/table.h"

enum {
    PAGE_ROWS = CANVAS_MAX_ROWS - 1 /* Under the titles. */
};

/* "3 days, 4:12", "4:12", "12 min", as uptime(1) has it. */
static struct text
uptime_text(double uptime_s)
{
    struct text text = {"-"};
    long minutes, hours, days;

    if (isnan(uptime_s))
        return text;
    minutes = (long)(uptime_s / 60);
    hours = minutes / 60;
    days = hours / 24;
    if (days > 0)
        (void)snprintf(text.s, sizeof(text.s), "%ld day%s, %ld:%02ld", days,
                       days == 1 ? "" : "s", hours % 24, minutes % 60);
    else if (hours > 0)
        (void)snprintf(text.s, sizeof(text.s), "%ld:%02ld", hours,
                       minutes % 60);
    else
        (void)snprintf(text.s, sizeof(text.s), "%ld min", minutes);
    return text;
}

static void
write_rows(const struct batch_page *page, int first)
{
    for (int row = first; row < page->canvas.rows; row++) {
        canvas_write_row(&page->canvas, row, page->out);
        (void)fputc('\n', page->out);
    }
}

static void
write_head(struct batch_page *page)
{
    const struct aigw_value *snapshot = page->model->snapshot;
    const struct aigw_value *window = aigw_value_get(snapshot, "window");
    struct canvas *c = &page->canvas;

    canvas_resize(c, 2, page->cols);
    (void)canvas_printf(
        c, 0, 0, page->cols, STYLE_PLAIN, "aigw-top - %s up %s, %s clients, %s",
        format_clock(read_number(snapshot, "time_ms")).s,
        uptime_text(read_number(snapshot, "server.uptime_s")).s,
        format_count(read_number(snapshot, "totals.clients")).s,
        options_show_recording(page->options) ? "REPLAY" : "LIVE");
    (void)canvas_printf(
        c, 1, 0, page->cols, STYLE_PLAIN,
        "Requests: %s/s, %s in flight, %s errors, %s retries; "
        "cost %s $/h, %s $ today",
        format_rate(read_number(window, "rps")).s,
        format_count(read_number(snapshot, "totals.in_flight")).s,
        scene_percent(read_number(window, "error_rate")).s,
        scene_percent(read_number(window, "retry_rate")).s,
        format_money(figures_cost_per_hour(snapshot)).s,
        format_money(read_number(snapshot, "totals.cost_today_usd")).s);
    write_rows(page, 0);
}

/* The rows from `top` on, as many as a canvas has room for.  Nothing is
 * selected here, so the column of the mark stays outside. */
static int
write_part(struct batch_page *page, const struct table *t,
           const struct table_rows *rows, int top)
{
    struct scene scene = {.model = page->model,
                          .ui = &page->ui,
                          .now_ms = page->now_ms,
                          .wall_ms = page->wall_ms};
    struct ui_table *state = &page->ui.tables[UI_TARGETS];
    int n = (int)rows->n_rows - top;

    if (n > PAGE_ROWS)
        n = PAGE_ROWS;
    state->index = top;
    state->top = top;
    canvas_resize(&page->canvas, n > 0 ? n + 1 : 2, page->cols);
    table_draw(t, &scene, rows, &page->canvas,
               (struct area){.col = -1,
                             .rows = page->canvas.rows,
                             .cols = page->cols + 1});
    write_rows(page, top > 0 ? 1 : 0);
    return top + n;
}

static void
write_sample(struct batch_page *page)
{
    const struct table *t = table_of(UI_TARGETS);
    struct table_rows rows;
    int top = 0;

    if (page->n_looks > 0)
        (void)fputc('\n', page->out);
    write_head(page);
    table_collect(t, page->model, &page->ui, &rows);
    do
        top = write_part(page, t, &rows, top);
    while (top < (int)rows.n_rows);
}

static void
write_missed(struct batch_page *page)
{
    canvas_resize(&page->canvas, 1, page->cols);
    (void)canvas_printf(&page->canvas, 0, 0, page->cols, STYLE_PLAIN,
                        "aigw-top - %s %s: %s", format_clock(page->wall_ms).s,
                        link_word(&page->model->link, page->now_ms).s,
                        batch_loss_reason(page->model));
    (void)fputc('\n', page->out);
    write_rows(page, 0);
}

const struct batch_form batch_tables = {.sample = write_sample,
                                        .missed = write_missed};
