/*
 * cmd_status.c - the daemon in two lines, and in one line again and again.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/fit.h"
#include "ctl/flat.h"
#include "ctl/follow.h"
#include "ctl/snapshot.h"
#include "text/format.h"
#include "text/mem.h"
#include "text/read.h"
#include "text/sanitize.h"
#include "text/state.h"

/* The limit of a day for everybody; NAN if there is none. */
static double
daily_limit(const struct aigw_value *snapshot)
{
    const struct aigw_value *budgets = aigw_value_get(snapshot, "budgets");

    for (size_t i = 0; i < aigw_value_size(budgets); i++) {
        const struct aigw_value *budget = aigw_value_at(budgets, i);

        if (strcmp(aigw_get_str(budget, "scope", ""), "all") == 0
            && strcmp(aigw_get_str(budget, "period", ""), "day") == 0)
            return read_number(budget, "limit_usd");
    }
    return (double)NAN;
}

static void
write_cost(const struct aigw_value *snapshot, FILE *out)
{
    double spent = read_number(snapshot, "totals.cost_today_usd");
    double limit = daily_limit(snapshot);

    if (isnan(spent))
        return;
    (void)fprintf(out, "   $%s", format_money(spent).s);
    if (!isnan(limit))
        (void)fprintf(out, " of $%s", format_money(limit).s);
    (void)fputs(" today", out);
}

/* Leaves out what has no samples. */
static void
write_figures(const struct aigw_value *snapshot, FILE *out)
{
    const struct aigw_value *window = aigw_value_get(snapshot, "window");
    const struct aigw_value *ttft = aigw_value_get(window, "ttft_ms");
    double error_rate = read_number(window, "error_rate");

    (void)fprintf(out, "%s req/s   %s in flight",
                  format_rate(read_number(window, "rps")).s,
                  format_count(read_number(snapshot, "totals.in_flight")).s);
    if (!isnan(error_rate))
        (void)fprintf(out, "   %s%% errors", format_percent(error_rate).s);
    if (aigw_value_type(ttft) == AIGW_TYPE_MAP)
        (void)fprintf(out, "   TTFT p50 %s p95 %s p99 %s",
                      format_latency_unit(read_number(ttft, "p50")).s,
                      format_latency_unit(read_number(ttft, "p95")).s,
                      format_latency_unit(read_number(ttft, "p99")).s);
    write_cost(snapshot, out);
    (void)fputc('\n', out);
}

static void
write_status(const struct aigw_value *snapshot, FILE *out)
{
    (void)fputs("aigwd ", out);
    sanitize_line(aigw_get_str(snapshot, "server.version", "?"), out);
    (void)fprintf(out, "  up %s  ",
                  format_span(read_number(snapshot, "server.uptime_s")).s);
    state_write_summary(snapshot, out);
    (void)fputc('\n', out);
    write_figures(snapshot, out);
}

int
cmd_status(struct ctl *ctl, struct args *args)
{
    struct aigw_value *snapshot = NULL;
    int exit_code = snapshot_get(ctl, args, NULL, &snapshot);

    if (exit_code != EXIT_OK)
        return exit_code;
    if (!ctl_print_result(ctl, snapshot))
        write_status(snapshot, stdout);
    exit_code = snapshot_exit_code(snapshot);
    aigw_value_free(snapshot);
    return exit_code;
}

struct watch {
    const struct ctl *ctl;
    int64_t lines_left; /* Negative: no end. */
};

static void
print_moment(const struct aigw_value *snapshot)
{
    struct mem_text text;
    char *line;

    mem_text_begin(&text);
    (void)fprintf(text.stream, "%s  ",
                  format_clock(read_number(snapshot, "time_ms")).s);
    state_write_summary(snapshot, text.stream);
    (void)fputs("   ", text.stream);
    write_figures(snapshot, text.stream);
    line = mem_text_end(&text);
    fit_write(line, fit_columns(stdout), stdout);
    free(line);
}

static bool
on_snapshot(void *ctx, const struct aigw_value *snapshot)
{
    struct watch *watch = ctx;

    if (ctl_is_machine(watch->ctl))
        flat_print_json(snapshot, stdout);
    else
        print_moment(snapshot);
    if (watch->lines_left > 0)
        watch->lines_left--;
    return watch->lines_left != 0;
}

int
cmd_watch(struct ctl *ctl, struct args *args)
{
    struct watch watch = {.ctl = ctl, .lines_left = -1};
    struct follow follow = {.method = "watch",
                            .notification = "status",
                            .item = on_snapshot,
                            .ctx = &watch};
    double interval_s = 1;
    int exit_code;

    if (args_number(args, "interval", 0.1, 3600, &interval_s) != 0
        || args_int(args, "count", 1, INT64_MAX, &watch.lines_left) != 0)
        return ctl_usage(ctl, "%s", args->error);
    follow.params = aigw_value_map();
    exit_code = snapshot_add_window(ctl, args, follow.params);
    aigw_value_set_int(follow.params, "interval_ms",
                       (int64_t)(interval_s * 1000));
    if (exit_code == EXIT_OK)
        exit_code = follow_run(ctl, &follow);
    aigw_value_free(follow.params);
    return exit_code;
}
