/*
 * detail_request.c - the pane of a request: its attempts on a line of time,
 * and what its caller was told.
 *
 *     openai/gpt-4.1      overload 529    +0ms     -   310  ===
 *     anthropic/sonnet-4  running       +400ms   402  1.2s     ..|||||||||
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/cut.h"
#include "tui/pane.h"
#include "tui/panel.h"
#include "tui/request.h"

enum {
    TARGET_COLS = 20,
    OUTCOME_COLS = 16,
    SHORT_OUTCOME_COLS = 13,
    TIME_COLS = 7,
    GAP = 2,
    MIN_BAR_COLS = 8
};

/* The columns of the attempts that there is room for. */
struct columns {
    int target;
    bool took;   /* How long it took. */
    int outcome; /* 0: none. */
    bool times;  /* When it began, and when its answer did. */
    int bar;     /* 0: none. */
};

static struct columns
columns_for(int cols)
{
    struct columns columns = {.target = TARGET_COLS - 1,
                              .took = true,
                              .outcome = OUTCOME_COLS,
                              .times = true};
    int used = TARGET_COLS + OUTCOME_COLS + 3 * TIME_COLS;

    if (cols < used + GAP + MIN_BAR_COLS) {
        columns.times = false;
        columns.outcome = SHORT_OUTCOME_COLS;
        used = TARGET_COLS + SHORT_OUTCOME_COLS + TIME_COLS;
    }
    if (cols < used) {
        columns.outcome = 0;
        used = TARGET_COLS + TIME_COLS;
    }
    if (cols < used) {
        columns.took = false;
        columns.target = cols;
        return columns;
    }
    if (cols >= used + GAP + MIN_BAR_COLS)
        columns.bar = cols - used - GAP;
    return columns;
}

/* The time that the bars are drawn over. */
struct span {
    double from_ms;
    double to_ms;
};

/* When an attempt ended, or how far it has come. */
static double
end_of(const struct scene *s, const struct aigw_value *attempt)
{
    double ended_ms = read_number(attempt, "ended_ms");

    return isnan(ended_ms) ? model_daemon_ms(s->model, s->now_ms) : ended_ms;
}

static struct span
span_of(const struct scene *s, const struct aigw_value *request)
{
    const struct aigw_value *log = aigw_value_get(request, "attempt_log");
    struct span span = {.from_ms = read_number(request, "started_ms")};

    span.to_ms = span.from_ms + request_age_ms(s, request);
    for (size_t i = 0; i < aigw_value_size(log); i++)
        span.to_ms = fmax(span.to_ms, end_of(s, aigw_value_at(log, i)));
    return span;
}

/* The cell of `cols` in which `at_ms` is. */
static int
cell_of(const struct span *span, double at_ms, int cols)
{
    double share = (at_ms - span->from_ms) / (span->to_ms - span->from_ms);

    if (!(share > 0))
        return 0;
    return share >= 1 ? cols - 1 : (int)(share * cols);
}

/* `.` while nothing came, `|` while the answer did; at least one cell. */
static void
draw_bar(struct canvas *c, struct area line, const struct scene *s,
         const struct aigw_value *attempt, const struct span *span)
{
    double first_ms = read_number(attempt, "first_content_ms");
    int from = cell_of(span, read_number(attempt, "started_ms"), line.cols);
    int first =
        isnan(first_ms) ? line.cols : cell_of(span, first_ms, line.cols);
    int to = cell_of(span, end_of(s, attempt), line.cols);

    for (int i = from; i <= to; i++)
        (void)canvas_put(c, line.row, line.col + i, 1, STYLE_PLAIN,
                         i < first ? "." : "|");
}

static enum style
attempt_style(const char *outcome)
{
    if (outcome[0] == '\0' || strcmp(outcome, "success") == 0)
        return STYLE_PLAIN;
    return strcmp(outcome, "cancelled") == 0 ? STYLE_DIM : STYLE_BAD;
}

/* "overload 529", "running", "running, hedge". */
static void
tell_outcome(const struct aigw_value *attempt, struct line *out)
{
    double status = read_number(attempt, "http_status");

    line_add(out, "%.60s", aigw_get_str(attempt, "outcome", "running"));
    if (!isnan(status) && status != 200)
        line_add(out, " %.0f", status);
    if (aigw_get_bool(attempt, "hedge", false))
        line_add(out, " hedge");
}

static int
put_time(struct canvas *c, struct area line, int col, const char *text)
{
    (void)canvas_put_right(c, line.row, line.col + col, TIME_COLS, STYLE_PLAIN,
                           text);
    return col + TIME_COLS;
}

/* "+400": after the request had come. */
static struct text
offset(const struct scene *s, double ms)
{
    struct text text = {"-"};

    if (ms < 1)
        return (struct text){"+0"};
    if (!isnan(ms))
        (void)snprintf(text.s, sizeof(text.s), "+%.20s",
                       scene_latency(s, ms).s);
    return text;
}

static void
draw_attempt(struct canvas *c, struct area line, const struct scene *s,
             const struct aigw_value *attempt, const struct span *span)
{
    struct columns columns = columns_for(line.cols);
    double started_ms = read_number(attempt, "started_ms");
    double first_ms = read_number(attempt, "first_content_ms");
    double took_ms = end_of(s, attempt) - started_ms;
    const char *name = aigw_get_str(attempt, "target", "-");
    enum style style = attempt_style(aigw_get_str(attempt, "outcome", ""));
    struct line outcome = {.used = 0};
    int col = TARGET_COLS + columns.outcome;

    (void)canvas_put(c, line.row, line.col, columns.target, style,
                     cut_middle(c, name, columns.target).s);
    tell_outcome(attempt, &outcome);
    (void)canvas_put(c, line.row, line.col + TARGET_COLS, columns.outcome - 1,
                     style, outcome.s);
    if (columns.times) {
        col = put_time(c, line, col, offset(s, started_ms - span->from_ms).s);
        col = put_time(c, line, col, scene_latency(s, first_ms - started_ms).s);
    }
    if (columns.took)
        col = put_time(c, line, col, scene_latency(s, took_ms).s);
    line.col += col + GAP;
    line.cols = columns.bar;
    if (columns.bar > 0)
        draw_bar(c, line, s, attempt, span);
}

static int
draw_attempts(struct canvas *c, struct area inside, int row,
              const struct scene *s, const struct aigw_value *request)
{
    const struct aigw_value *log = aigw_value_get(request, "attempt_log");
    struct span span = span_of(s, request);

    for (size_t i = 0; i < aigw_value_size(log) && row < inside.rows; i++) {
        struct area line = {inside.row + row, inside.col, 1, inside.cols};

        draw_attempt(c, line, s, aigw_value_at(log, i), &span);
        row++;
    }
    return row;
}

static void
draw_events(struct canvas *c, struct area inside, int row,
            const struct scene *s, const struct aigw_value *request)
{
    const struct aigw_value *events = aigw_value_get(request, "events");
    double from_ms = read_number(request, "started_ms");

    for (size_t i = 0; i < aigw_value_size(events) && row < inside.rows; i++) {
        const struct aigw_value *event = aigw_value_at(events, i);
        double at_ms = read_number(event, "time_ms") - from_ms;

        (void)canvas_printf(
            c, inside.row + row++, inside.col, inside.cols, STYLE_DIM,
            "+%s  %s  %s  %s", scene_latency_unit(s, at_ms).s,
            aigw_get_str(event, "type", "-"), aigw_get_str(event, "target", ""),
            aigw_get_str(event, "reason", ""));
    }
}

static int
draw_facts(struct canvas *c, struct area inside, const struct scene *s,
           const struct aigw_value *request)
{
    const char *error = aigw_get_str(request, "error_code", "");
    const char *tags = aigw_get_str(request, "tags", "");
    struct flow flow = pane_label(c, inside, 0, request_word(request));
    char client[UI_MAX_NAME];

    request_client(request, client, sizeof(client));
    if (error[0])
        (void)flow_put(&flow, STYLE_BAD, "%s", error);
    (void)flow_put(&flow, STYLE_PLAIN, "%s",
                   scene_latency_unit(s, request_age_ms(s, request)).s);
    (void)flow_put(&flow, STYLE_PLAIN, "%s tokens",
                   format_count(read_number(request, "tokens")).s);
    (void)flow_put(&flow, STYLE_PLAIN, "%s",
                   format_cost(read_number(request, "cost_usd")).s);
    (void)flow_put(&flow, STYLE_PLAIN, "client %s", client);
    (void)flow_put(&flow, STYLE_PLAIN, "route %s",
                   aigw_get_str(request, "route", "-"));
    if (tags[0])
        (void)flow_put(&flow, STYLE_PLAIN, "tags %s", tags);
    return pane_next_row(&flow);
}

/* Returns the row below. */
static int
draw_titles(struct canvas *c, struct area inside, int row)
{
    struct columns columns = columns_for(inside.cols);
    struct line titles = {.used = 0};

    if (row >= inside.rows || columns.outcome == 0)
        return row;
    line_add(&titles, "%-*s%-*s", TARGET_COLS, "TARGET", columns.outcome,
             "OUTCOME");
    if (columns.times)
        line_add(&titles, "%*s%*s", TIME_COLS, "START", TIME_COLS, "TTFT");
    line_add(&titles, "%*s", TIME_COLS, "TIME");
    (void)canvas_put(c, inside.row + row, inside.col, inside.cols, STYLE_HEAD,
                     titles.s);
    return row + 1;
}

void
detail_request(struct canvas *c, struct area area, const struct scene *s,
               const struct aigw_value *row)
{
    struct area inside =
        pane_frame(c, area, aigw_get_str(row, "request_id", "-"));
    int next = draw_facts(c, inside, s, row);

    next = draw_titles(c, inside, next);
    next = draw_attempts(c, inside, next, s, row);
    draw_events(c, inside, next, s, row);
}
