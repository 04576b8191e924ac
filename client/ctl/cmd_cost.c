/*
 * cmd_cost.c - what was spent, and on what.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/view.h"
#include "text/clock.h"
#include "text/csv.h"
#include "text/read.h"
#include "text/sanitize.h"

static const struct view_column cost_columns[] = {
    {.path = "key"},
    {.title = "REQUESTS", .path = "requests", .number = format_count},
    {.title = "ATTEMPTS", .path = "attempts", .number = format_count},
    {.title = "IN", .path = "prompt_tokens", .number = format_short_count},
    {.title = "CACHED", .path = "cached_tokens", .number = format_short_count},
    {.title = "OUT", .path = "completion_tokens", .number = format_short_count},
    {.title = "COST", .path = "cost_usd", .number = format_cost},
    {.title = "SHARE%", .path = "share", .number = format_percent},
    {.title = "RETRIES", .path = "retries_usd", .number = format_cost},
    {.title = "CONTINUED", .path = "continuations_usd", .number = format_cost},
    {.title = "HEDGES", .path = "hedges_usd", .number = format_cost},
    {.title = "PROBES", .path = "probes_usd", .number = format_cost},
    {.title = "UNVERIFIED", .path = "unverified_usd", .number = format_cost}};

static const struct view_column unverified_columns[] = {
    {.title = "REQUEST", .path = "request_id"},
    {.title = "ROW", .path = "row", .number = format_count},
    {.title = "TARGET", .path = "target"},
    {.title = "CLIENT", .path = "client"},
    {.title = "ROUTE", .path = "route"},
    {.title = "TAGS", .path = "tags"},
    {.title = "SETTLED", .path = "settled"},
    {.title = "COUNTED AS", .path = "cost_usd", .number = format_cost}};

static const struct view unverified_view = {
    .columns = unverified_columns,
    .n_columns = sizeof(unverified_columns) / sizeof(*unverified_columns),
    .path = "rows",
    .empty = "No cost is unknown."};

enum {
    N_COLUMNS = sizeof(cost_columns) / sizeof(*cost_columns),
    WORD_MAX = 16,
    DAY_S = 24 * 3600
};

static const double MAX_USD = 1e6;

static const char *const ways[] = {"target", "route", "client", "day", "tag"};

/* The columns of a spreadsheet: the amounts exact, and no shares. */
static const char *const csv_paths[] = {
    "requests",         "attempts",           "prompt_tokens",
    "cached_tokens",    "cache_write_tokens", "completion_tokens",
    "reasoning_tokens", "cost_nanousd",       "cost_usd",
    "estimated_usd",    "retries_usd",        "continuations_usd",
    "hedges_usd",       "probes_usd",         "unverified_usd"};

static const char *
find_way(const char *word)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        if (strcmp(ways[i], word) == 0)
            return ways[i];
    }
    return NULL;
}

static void
print_csv(const struct aigw_value *result, const char *by)
{
    const struct aigw_value *rows = aigw_value_get(result, "rows");

    csv_print_titles(by, csv_paths, sizeof(csv_paths) / sizeof(*csv_paths),
                     stdout);
    for (size_t i = 0; i < aigw_value_size(rows); i++)
        csv_print_row(aigw_value_at(rows, i), "key", csv_paths,
                      sizeof(csv_paths) / sizeof(*csv_paths), stdout);
}

/* The first column is named after what its keys are. */
static void
print_table(const struct ctl *ctl, const struct aigw_value *result,
            const char *by)
{
    struct view_column columns[N_COLUMNS];
    char title[WORD_MAX] = "";
    struct view view = {.columns = columns,
                        .n_columns = N_COLUMNS,
                        .path = "rows",
                        .empty = "Nothing was spent."};

    memcpy(columns, cost_columns, sizeof(columns));
    for (size_t i = 0; i < WORD_MAX - 1 && by[i]; i++)
        title[i] = (char)toupper((unsigned char)by[i]);
    columns[0].title = title;
    view_print(ctl, &view, result, stdout);
}

static void
remark_total(const struct ctl *ctl, const struct aigw_value *result)
{
    double estimated = read_number(result, "total.estimated_usd");

    if (read_number(result, "total.attempts") <= 0)
        return;
    ctl_remark(ctl,
               "%s in all, %s of it estimated; %s a day, %s a month at"
               " this rate.",
               format_cost(read_number(result, "total.cost_usd")).s,
               format_cost(estimated).s,
               format_cost(read_number(result, "projected_day_usd")).s,
               format_cost(read_number(result, "projected_month_usd")).s);
}

static int
report(struct ctl *ctl, const char *by, int64_t seconds, bool csv)
{
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *result = NULL;
    int exit_code;

    aigw_value_set_str(params, "by", by);
    aigw_value_set_int(
        params, "since_ms",
        llround(fmax(0, clock_epoch_ms() - (double)seconds * 1000)));
    exit_code = ctl_call(ctl, "cost", params, &result);
    if (exit_code != EXIT_OK)
        return exit_code;
    if (csv)
        print_csv(result, by);
    else
        print_table(ctl, result, by);
    remark_total(ctl, result);
    aigw_value_free(result);
    return EXIT_OK;
}

static int
list_unverified(struct ctl *ctl, bool estimated)
{
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *result = NULL;
    int exit_code;

    aigw_value_set_bool(params, "estimated", estimated);
    exit_code = ctl_call(ctl, "cost.unverified", params, &result);
    if (exit_code == EXIT_OK)
        view_print(ctl, &unverified_view, result, stdout);
    aigw_value_free(result);
    return exit_code;
}

static int
reconcile(struct ctl *ctl, struct args *args, const char *name)
{
    struct aigw_value *params, *result = NULL;
    double usd = (double)NAN;
    int64_t row = 0;
    int exit_code;

    if (args_number(args, "usd", 0, MAX_USD, &usd)
        || args_int(args, "row", 1, INT64_MAX, &row))
        return ctl_usage(ctl, "%s", args->error);
    if (!name || isnan(usd) != args_has(args, "zero"))
        return ctl_usage(ctl, "\"cost reconcile\" needs an ID, and --usd or "
                              "--zero.");
    params = aigw_value_map();
    aigw_value_set_str(params, "request_id", name);
    if (row > 0)
        aigw_value_set_int(params, "row", row);
    aigw_value_set_double(params, "cost_usd", isnan(usd) ? 0 : usd);
    exit_code = ctl_call(ctl, "cost.reconcile", params, &result);
    if (exit_code == EXIT_OK && !ctl_print_result(ctl, result)
        && ctl_speaks(ctl)) {
        sanitize_line(name, stdout);
        (void)fputs(": reconciled.\n", stdout);
    }
    aigw_value_free(result);
    return exit_code;
}

int
cmd_cost(struct ctl *ctl, struct args *args)
{
    const char *by_text = args_value(args, "by");
    const char *since_text = args_value(args, "since");
    const char *by = find_way(by_text ? by_text : ways[0]);
    int64_t seconds = INT64_C(7) * DAY_S;

    if (args_operand(args, 0))
        return reconcile(ctl, args, args_operand(args, 1));
    if (args_has(args, "unverified") || args_has(args, "estimated"))
        return list_unverified(ctl, args_has(args, "estimated"));
    if (!by)
        return ctl_usage(
            ctl, "\"--by %s\": expected target, route, client, day or tag.",
            by_text);
    if (since_text && !format_parse_span(since_text, &seconds))
        return ctl_usage(ctl, "\"--since %s\": expected a time like 24h or 7d.",
                         since_text);
    return report(ctl, by, seconds, args_has(args, "csv"));
}
