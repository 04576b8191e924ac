/*
 * cmd_latency.c - percentiles of the targets, and the histogram of one.
 */
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/snapshot.h"
#include "ctl/table.h"
#include "ctl/view.h"
#include "text/mem.h"

enum {
    BAR_CELLS = 40
};

#define QUANTILES(measure)                                                     \
    {.title = "COUNT", .path = measure ".count", .number = format_count},      \
        {.title = "AVG", .path = measure ".avg", .number = format_latency},    \
        {.title = "P50", .path = measure ".p50", .number = format_latency},    \
        {.title = "P90", .path = measure ".p90", .number = format_latency},    \
        {.title = "P95", .path = measure ".p95", .number = format_latency},    \
        {.title = "P99", .path = measure ".p99", .number = format_latency},    \
    {                                                                          \
        .title = "MAX", .path = measure ".max", .number = format_latency       \
    }

static const struct view_column latency_columns[] = {
    {.title = "WHOLE ANSWER", .path = "name"}, QUANTILES("latency_ms")};

static const struct view_column ttft_columns[] = {
    {.title = "FIRST TOKEN", .path = "name"}, QUANTILES("ttft_ms")};

static const struct view latency_view = {
    .columns = latency_columns,
    .n_columns = sizeof(latency_columns) / sizeof(*latency_columns),
    .path = "targets",
    .empty = "No targets are configured."};

static const struct view ttft_view = {.columns = ttft_columns,
                                      .n_columns = sizeof(ttft_columns)
                                                   / sizeof(*ttft_columns),
                                      .path = "targets",
                                      .empty = "No targets are configured."};

/* The label of bucket `i`: up to its bound; the last one holds the rest. */
static struct text
bucket_label(const struct aigw_value *buckets, size_t i)
{
    struct text label;
    double le_ms =
        aigw_value_double(aigw_value_at(aigw_value_at(buckets, i), 0), 0);

    if (i + 1 < aigw_value_size(buckets))
        (void)snprintf(label.s, sizeof(label.s), "up to %.24s",
                       format_latency_unit(le_ms).s);
    else
        (void)snprintf(label.s, sizeof(label.s), "longer");
    return label;
}

static void
print_histogram(const struct aigw_value *buckets, FILE *out)
{
    static const struct table_column columns[] = {
        {"FIRST TOKEN", false}, {"", false}, {"COUNT", true}, {"SHARE%", true}};
    struct table table;
    double total = 0;

    for (size_t i = 0; i < aigw_value_size(buckets); i++)
        total +=
            aigw_value_double(aigw_value_at(aigw_value_at(buckets, i), 1), 0);
    if (total <= 0)
        return;
    table_init(&table, columns, sizeof(columns) / sizeof(*columns));
    for (size_t i = 0; i < aigw_value_size(buckets); i++) {
        double n =
            aigw_value_double(aigw_value_at(aigw_value_at(buckets, i), 1), 0);

        table_add(&table, bucket_label(buckets, i).s);
        table_add(&table, format_bar(n / total, BAR_CELLS).s);
        table_add(&table, format_count(n).s);
        table_add(&table, format_percent(n / total).s);
    }
    (void)fputc('\n', out);
    table_print(&table, out);
    table_deinit(&table);
}

int
cmd_latency(struct ctl *ctl, struct args *args)
{
    const char *name = args_operand(args, 0);
    struct aigw_value *snapshot = NULL;
    int exit_code = snapshot_get(ctl, args, name, &snapshot);

    if (exit_code != EXIT_OK)
        return exit_code;
    if (name && !snapshot_keep_target(snapshot, name)) {
        aigw_value_free(snapshot);
        return ctl_fail(ctl, AIGW_ERR_NOT_FOUND, "no such target");
    }
    view_print(ctl, &latency_view, snapshot, stdout);
    if (ctl->format == CTL_TABLE) {
        (void)putchar('\n');
        view_print(ctl, &ttft_view, snapshot, stdout);
        print_histogram(aigw_value_path(snapshot, "targets.0.ttft_hist"),
                        stdout);
    }
    aigw_value_free(snapshot);
    return EXIT_OK;
}
