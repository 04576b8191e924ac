/*
 * view_budgets.c - what may be spent, and the whole of what was, below the
 * table of costs.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/figures.h"
#include "tui/flow.h"
#include "tui/panel.h"

enum {
    TABLE_ROWS = 4, /* What the table keeps in any case. */
    NAME_COLS = 18,
    METER_COLS = 20,
    NARROW_METER_COLS = 10,
    NARROW_COLS = 60
};

static const double DAY_MS = 24 * 3600 * 1000.0;

static const char *const ways[COST_BY_N] = {[COST_BY_TARGET] = "target",
                                            [COST_BY_ROUTE] = "route",
                                            [COST_BY_CLIENT] = "client"};

/* The rows below the table: the sum, and the budgets. */
static int
rows_below(const struct scene *s, int rows)
{
    int wanted = 1 + (int)aigw_value_size(model_list(s->model, "budgets"));
    int room = rows / 2 > TABLE_ROWS ? rows / 2 : rows - TABLE_ROWS;

    if (wanted > room)
        wanted = room;
    return wanted < 0 ? 0 : wanted;
}

struct area
view_table_area(const struct scene *s, struct area view)
{
    if (s->ui->view == UI_COST)
        view.rows -= rows_below(s, view.rows);
    return view;
}

/* The row between them: everything, whatever it was spent on. */
static void
draw_sum(struct canvas *c, struct area line, const struct scene *s)
{
    const struct aigw_value *report = s->model->costs[s->ui->cost_by];
    const struct aigw_value *now = s->model->snapshot;
    struct flow flow = flow_at(c, line, 0, 1);

    (void)flow_put(&flow, STYLE_STRONG, "By %s (b)", ways[s->ui->cost_by]);
    (void)flow_put(&flow, STYLE_PLAIN, "today %s",
                   format_cost(read_number(report, "total.cost_usd")).s);
    (void)flow_put(&flow, STYLE_PLAIN, "%s/h",
                   format_cost(figures_cost_per_hour(now)).s);
    (void)flow_put(&flow, STYLE_PLAIN, "at this rate %s a day",
                   format_cost(read_number(report, "projected_day_usd")).s);
    (void)flow_put(&flow, STYLE_PLAIN, "%s a month",
                   format_cost(read_number(report, "projected_month_usd")).s);
}

static enum style
budget_style(const struct aigw_value *budget)
{
    const char *state = aigw_get_str(budget, "state", "");

    if (strcmp(state, "exceeded") == 0)
        return STYLE_BAD;
    return strcmp(state, "soft") == 0 ? STYLE_HALF : STYLE_PLAIN;
}

/* "21:40", or "in 3d04h" where that would not tell which day. */
static struct text
moment(double at_ms, double now_ms)
{
    struct text text = format_clock(at_ms);

    if (at_ms - now_ms >= DAY_MS)
        (void)snprintf(text.s, sizeof(text.s), "in %.20s",
                       format_span((at_ms - now_ms) / 1000).s);
    else
        text.s[strlen("21:40")] = '\0';
    return text;
}

/* What is to be known of a budget: that it is spent, and until when; or when
 * it will be. */
static void
tell_forecast(const struct scene *s, const struct aigw_value *budget,
              char ret_text[64])
{
    double now_ms = model_daemon_ms(s->model, s->now_ms);
    double reached_ms = read_number(budget, "exhausted_at_ms");
    double resets_ms = read_number(budget, "resets_at_ms");

    ret_text[0] = '\0';
    if (strcmp(aigw_get_str(budget, "state", ""), "exceeded") == 0)
        (void)snprintf(ret_text, 64, "LIMIT REACHED%s%.20s",
                       isnan(resets_ms) ? "" : ", until ",
                       isnan(resets_ms) ? "" : moment(resets_ms, now_ms).s);
    else if (!isnan(reached_ms))
        (void)snprintf(ret_text, 64, "limit reached %s%.20s",
                       reached_ms - now_ms >= DAY_MS ? "" : "at ",
                       moment(reached_ms, now_ms).s);
}

/* The bar: `|` spent, `+` reserved, `:` where the soft limit is. */
static struct glyphs
budget_meter(const struct aigw_value *budget, int cols)
{
    double limit = read_number(budget, "limit_usd");
    double spent = read_number(budget, "spent_usd") / limit;
    double used = spent + read_number(budget, "reserved_usd") / limit;
    double soft = read_number(budget, "soft");
    struct glyphs meter = glyph_meter(isnan(used) ? spent : used, cols, NULL);
    struct glyphs solid = glyph_meter(spent, cols, NULL);
    int mark = 1 + (int)(soft * (cols - 2));

    for (size_t i = 0; meter.s[i]; i++) {
        if (meter.s[i] == '|' && solid.s[i] != '|')
            meter.s[i] = '+';
    }
    if (soft > 0 && soft < 1 && mark < cols - 1 && meter.s[mark] == ' ')
        meter.s[mark] = ':';
    return meter;
}

static void
put_amounts(struct flow *flow, const struct aigw_value *budget)
{
    double reserved = read_number(budget, "reserved_usd");

    (void)flow_put(flow, STYLE_PLAIN, "%s of %s",
                   format_cost(read_number(budget, "spent_usd")).s,
                   format_cost(read_number(budget, "limit_usd")).s);
    if (reserved > 0)
        (void)flow_put(flow, STYLE_PLAIN, "+%s reserved",
                       format_cost(reserved).s);
    (void)flow_put(flow, STYLE_DIM, "per %.20s, then %.20s",
                   aigw_get_str(budget, "period", "-"),
                   aigw_get_str(budget, "on_exceeded", "-"));
}

static void
draw_budget(struct canvas *c, struct area line, const struct scene *s,
            const struct aigw_value *budget)
{
    bool narrow = line.cols < NARROW_COLS;
    int name_cols = narrow ? line.cols / 3 : NAME_COLS;
    double used =
        read_number(budget, "spent_usd") / read_number(budget, "limit_usd");
    struct flow flow = flow_at(c, line, 0, name_cols + 2);
    char text[64];

    (void)canvas_printf(c, line.row, line.col + 1, name_cols, STYLE_PLAIN,
                        "%s %s", aigw_get_str(budget, "name", "-"),
                        aigw_get_str(budget, "key", ""));
    (void)flow_put(
        &flow, budget_style(budget), "%s%4.0f%%",
        budget_meter(budget, narrow ? NARROW_METER_COLS : METER_COLS).s,
        isfinite(used) ? used * 100 : 0);
    tell_forecast(s, budget, text);
    if (text[0])
        (void)flow_put(&flow, budget_style(budget), "%s", text);
    put_amounts(&flow, budget);
}

void
view_draw_cost(struct canvas *c, struct area area, const struct scene *s,
               const struct table_rows *rows)
{
    const struct aigw_value *budgets = model_list(s->model, "budgets");
    struct area top = view_table_area(s, area);
    struct area line = {area.row + top.rows, area.col, 1, area.cols};
    int below = area.rows - top.rows;

    table_draw(&view_cost, s, rows, c, top);
    if (below > 0)
        draw_sum(c, line, s);
    for (int i = 1; i < below; i++) {
        line.row++;
        draw_budget(c, line, s, aigw_value_at(budgets, (size_t)i - 1));
    }
}
