/*
 * batch_data.c - `--json` and `--csv`, for programs: nothing but data on
 * stdout, what there is to say on stderr.
 */
#include <stdlib.h>

#include "text/csv.h"
#include "tui/batch_form.h"

static void
write_line(const struct aigw_value *value, FILE *out)
{
    char *json = aigw_value_to_json(value, AIGW_JSON_COMPACT);

    (void)fprintf(out, "%s\n", json ? json : "null");
    free(json);
}

static void
write_snapshot(struct batch_page *page)
{
    write_line(page->model->snapshot, page->out);
}

/* As the errors of aigw-ctl are written. */
static void
write_error(struct batch_page *page)
{
    struct aigw_value *error = aigw_value_map();
    struct aigw_value *document = aigw_value_map();

    aigw_value_set_int(error, "code", AIGW_ERR_CLOSED);
    aigw_value_set_str(error, "name", aigw_code_name(AIGW_ERR_CLOSED));
    aigw_value_set_str(error, "message", batch_loss_reason(page->model));
    aigw_value_set_double(error, "time_ms", page->wall_ms);
    aigw_value_set(document, "error", error);
    write_line(document, page->err);
    aigw_value_free(document);
}

const struct batch_form batch_json = {.sample = write_snapshot,
                                      .lost = write_error};

static const char *const paths[] = {"name",
                                    "state",
                                    "reason",
                                    "since_ms",
                                    "retry_at_ms",
                                    "weight",
                                    "rps",
                                    "in_flight",
                                    "limit",
                                    "error_rate",
                                    "rate_limited_rate",
                                    "timeout_rate",
                                    "latency_ms.p50",
                                    "latency_ms.p90",
                                    "latency_ms.p95",
                                    "latency_ms.p99",
                                    "latency_ms.max",
                                    "ttft_ms.p50",
                                    "ttft_ms.p95",
                                    "ttft_ms.p99",
                                    "requests",
                                    "successes",
                                    "error_count",
                                    "trips",
                                    "prompt_tokens",
                                    "completion_tokens",
                                    "cost_today_usd",
                                    "cost_per_hour_usd"};

static const size_t n_paths = sizeof(paths) / sizeof(paths[0]);

static void
write_targets(struct batch_page *page)
{
    const struct aigw_value *targets = model_list(page->model, "targets");
    const struct aigw_value *time_ms =
        aigw_value_get(page->model->snapshot, "time_ms");

    if (page->n_looks == 0)
        csv_print_titles("time_ms", paths, n_paths, page->out);
    for (size_t i = 0; i < aigw_value_size(targets); i++) {
        struct aigw_value *row = aigw_value_copy(aigw_value_at(targets, i));

        aigw_value_set(row, "time_ms", aigw_value_copy(time_ms));
        csv_print_row(row, "time_ms", paths, n_paths, page->out);
        aigw_value_free(row);
    }
}

static void
write_loss(struct batch_page *page)
{
    (void)fprintf(page->err, "aigw-top: %s, trying again\n",
                  batch_loss_reason(page->model));
}

const struct batch_form batch_csv = {.sample = write_targets,
                                     .lost = write_loss};
