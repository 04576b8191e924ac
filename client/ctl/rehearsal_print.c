/*
 * rehearsal_print.c - a rehearsal's document for people.
 */
#include "ctl/rehearsal.h"

#include <inttypes.h>
#include <math.h>

#include "ctl/view.h"
#include "text/format.h"
#include "text/read.h"
#include "text/sanitize.h"

static const struct view_column step_columns[] = {
    {.title = "FAULT", .path = "fault"},
    {.title = "CALLS", .path = "calls", .number = format_count},
    {.title = "HIT", .path = "hits", .number = format_count},
    {.title = "CONT", .path = "continued", .number = format_count},
    {.title = "P50", .path = "failover_ms.p50", .number = format_latency},
    {.title = "P99", .path = "failover_ms.p99", .number = format_latency},
    {.title = "RETURN", .path = "return_ms.max", .number = format_latency},
    {.title = "RETRIES", .path = "retry_cost_usd", .number = format_cost},
    {.title = "LOST", .path = "lost", .number = format_count}};

static const struct view steps_view = {.columns = step_columns,
                                       .n_columns = sizeof(step_columns)
                                                    / sizeof(*step_columns),
                                       .path = "steps",
                                       .empty = "Nothing was rehearsed."};

static void
print_times(const char *title, const struct aigw_value *map, FILE *out)
{
    if (aigw_value_type(map) != AIGW_TYPE_MAP)
        (void)fprintf(out, "%-12s -\n", title);
    else
        (void)fprintf(out, "%-12s p50 %s  p99 %s\n", title,
                      format_latency_unit(read_number(map, "p50")).s,
                      format_latency_unit(read_number(map, "p99")).s);
}

static void
print_lost(const struct aigw_value *total, FILE *out)
{
    const struct aigw_value *errors = aigw_value_get(total, "errors");
    int64_t lost = aigw_get_int(total, "lost", 0);

    if (lost == 0) {
        (void)fputs("Lost         nothing\n", out);
        return;
    }
    (void)fprintf(out, "Lost         %" PRId64 " (", lost);
    for (size_t i = 0; i < aigw_value_size(errors); i++) {
        (void)fputs(i > 0 ? ", " : "", out);
        sanitize_line(aigw_value_key(errors, i), out);
        (void)fprintf(out, " %" PRId64,
                      aigw_value_int(aigw_value_at(errors, i), 0));
    }
    (void)fputs(")\n", out);
}

static void
print_total(const struct aigw_value *total, FILE *out)
{
    (void)fprintf(
        out,
        "\nCalls        %" PRId64 ", %" PRId64 " hit\n"
        "Completed    %" PRId64 ", %" PRId64 " by continuation, %" PRId64
        " by another attempt before any text\n",
        aigw_get_int(total, "calls", 0), aigw_get_int(total, "hits", 0),
        aigw_get_int(total, "completed", 0),
        aigw_get_int(total, "continued", 0),
        aigw_get_int(total, "failed_over", 0));
    print_times("Fail over", aigw_value_get(total, "failover_ms"), out);
    print_times("Return", aigw_value_get(total, "return_ms"), out);
    (void)fprintf(out, "Money        %s on retries and continuations, of %s\n",
                  format_cost(read_number(total, "retry_cost_usd")).s,
                  format_cost(read_number(total, "cost_usd")).s);
    print_lost(total, out);
}

void
rehearsal_print(const struct ctl *ctl, const struct aigw_value *document,
                FILE *out)
{
    view_print(ctl, &steps_view, document, out);
    if (ctl->format == CTL_TABLE)
        print_total(aigw_value_get(document, "total"), out);
}
