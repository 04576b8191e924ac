/*
 * view_cost.c - the columns of what was spent: on targets, on routes or by
 * clients.
 *
 * What was spent comes from the ledger; what is spent per hour now from the
 * snapshot, in which the row of the same name is looked up.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/panel.h"

static const char *const lists[COST_BY_N] = {[COST_BY_TARGET] = "targets",
                                             [COST_BY_ROUTE] = "routes",
                                             [COST_BY_CLIENT] = "clients"};

static const struct aigw_value *
report_of(const struct table_show *at)
{
    return at->scene->model->costs[at->scene->ui->cost_by];
}

static void
show_name(const struct table_show *at, struct table_cell *ret_cell)
{
    (void)snprintf(ret_cell->s, sizeof(ret_cell->s), "%s",
                   aigw_get_str(at->row, "key", "(none)"));
}

static void
show_tokens(const struct table_show *at, struct table_cell *ret_cell)
{
    double tokens = read_number(at->row, at->column->path);

    (void)snprintf(ret_cell->s, sizeof(ret_cell->s), "%s",
                   format_short_count(tokens).s);
}

static double
hourly_usd(const struct model *m, const struct ui *ui,
           const struct aigw_value *row)
{
    const struct aigw_value *now =
        model_find(m, lists[ui->cost_by], aigw_get_str(row, "key", ""));

    return read_number(now, "cost_per_hour_usd");
}

static void
show_hourly(const struct table_show *at, struct table_cell *ret_cell)
{
    double usd = hourly_usd(at->scene->model, at->scene->ui, at->row);

    (void)snprintf(ret_cell->s, sizeof(ret_cell->s), "%s", format_money(usd).s);
}

/* The part of a projection that this row has in what was spent. */
static struct text
projected(const struct table_show *at, const char *path)
{
    double share = read_number(at->row, "share");

    return format_money(read_number(report_of(at), path) * share);
}

static void
show_day(const struct table_show *at, struct table_cell *ret_cell)
{
    (void)snprintf(ret_cell->s, sizeof(ret_cell->s), "%s",
                   projected(at, "projected_day_usd").s);
}

static void
show_month(const struct table_show *at, struct table_cell *ret_cell)
{
    (void)snprintf(ret_cell->s, sizeof(ret_cell->s), "%s",
                   projected(at, "projected_month_usd").s);
}

static const struct table_column columns[] = {
    {.title = "NAME",
     .rank = 0,
     .cols = 20,
     .least = 9,
     .ascending = true,
     .show = show_name,
     .path = "key",
     .key = 'A'},
    {.title = "TODAY$",
     .rank = 1,
     .cols = 8,
     .right = true,
     .show = table_show_money,
     .path = "cost_usd",
     .key = 'C'},
    {.title = "SHARE%",
     .rank = 2,
     .cols = 6,
     .right = true,
     .show = table_show_percent,
     .path = "share"},
    {.title = "$/h",
     .rank = 3,
     .cols = 6,
     .right = true,
     .show = show_hourly,
     .number = hourly_usd},
    {.title = "REQUESTS",
     .rank = 4,
     .cols = 8,
     .right = true,
     .show = table_show_count,
     .path = "requests",
     .key = 'L'},
    {.title = "IN",
     .rank = 7,
     .cols = 6,
     .right = true,
     .show = show_tokens,
     .path = "prompt_tokens"},
    {.title = "OUT",
     .rank = 8,
     .cols = 6,
     .right = true,
     .show = show_tokens,
     .path = "completion_tokens"},
    {.title = "$/DAY",
     .rank = 5,
     .cols = 8,
     .right = true,
     .show = show_day,
     .path = "share"},
    {.title = "$/MONTH",
     .rank = 6,
     .cols = 8,
     .right = true,
     .show = show_month,
     .path = "share"},
    {.title = "RETRIES$",
     .rank = 9,
     .cols = 8,
     .right = true,
     .show = table_show_money,
     .path = "retries_usd"},
    {.title = "HEDGES$",
     .rank = 10,
     .cols = 8,
     .right = true,
     .show = table_show_money,
     .path = "hedges_usd"},
    {.title = "ESTIMATED$",
     .rank = 11,
     .cols = 10,
     .right = true,
     .show = table_show_money,
     .path = "estimated_usd"},
};

static const struct aigw_value *
list(const struct model *m, const struct ui *ui)
{
    return aigw_value_get(m->costs[ui->cost_by], "rows");
}

static bool
is_idle(const struct aigw_value *row)
{
    return !(read_number(row, "cost_usd") > 0);
}

const struct table view_cost = {
    .columns = columns,
    .n_columns = sizeof(columns) / sizeof(columns[0]),
    .list = list,
    .name_path = "key",
    .thing = "row",
    .is_idle = is_idle,
    .empty = "Nothing was spent today.",
};
