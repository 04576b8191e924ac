#include "ctl/tally.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "text/sanitize.h"

void
tally_deinit(struct tally *tally)
{
    sample_deinit(&tally->latency_ms);
    sample_deinit(&tally->ttft_ms);
}

static void
add_reason(struct tally *tally, const char *name)
{
    struct tally_reason *reason;

    for (size_t i = 0; i < tally->n_reasons; i++) {
        reason = &tally->reasons[i];
        if (strncmp(reason->name, name, sizeof(reason->name) - 1) == 0) {
            reason->count++;
            return;
        }
    }
    if (tally->n_reasons == TALLY_REASONS_MAX)
        name = "other";
    reason = &tally->reasons[tally->n_reasons];
    (void)snprintf(reason->name, sizeof(reason->name), "%s", name);
    reason->count++;
    if (tally->n_reasons < TALLY_REASONS_MAX)
        tally->n_reasons++;
}

static void
add_success(struct tally *tally, const struct aigw_value *result,
            double latency_ms, double ttft_ms)
{
    tally->successful++;
    tally->fallbacks += aigw_get_bool(result, "fallback", false);
    tally->prompt_tokens += aigw_get_int(result, "prompt_tokens", 0);
    tally->completion_tokens += aigw_get_int(result, "completion_tokens", 0);
    tally->cost_usd += aigw_get_double(result, "cost_usd", 0);
    sample_add(&tally->latency_ms, latency_ms);
    if (!isnan(ttft_ms))
        sample_add(&tally->ttft_ms, ttft_ms);
}

void
tally_add(struct tally *tally, int code, const struct aigw_value *result,
          double latency_ms, double ttft_ms)
{
    if (code == 0 && aigw_get_bool(result, "success", false)) {
        add_success(tally, result, latency_ms, ttft_ms);
        return;
    }
    tally->failed++;
    add_reason(tally, code != 0
                          ? aigw_code_name(code)
                          : aigw_get_str(result, "error_code", "unknown"));
}

/* null for no samples. */
static struct aigw_value *
quantiles(struct sample *sample)
{
    struct aigw_value *map;

    if (sample->n_values == 0)
        return aigw_value_new_nil();
    map = aigw_value_map();
    aigw_value_set_int(map, "count", (int64_t)sample->n_values);
    aigw_value_set_double(map, "avg", format_round(sample_mean(sample), 3));
    aigw_value_set_double(map, "p50",
                          format_round(sample_percentile(sample, 50), 3));
    aigw_value_set_double(map, "p95",
                          format_round(sample_percentile(sample, 95), 3));
    aigw_value_set_double(map, "p99",
                          format_round(sample_percentile(sample, 99), 3));
    aigw_value_set_double(map, "max",
                          format_round(sample_percentile(sample, 100), 3));
    return map;
}

static struct aigw_value *
reasons(const struct tally *tally)
{
    struct aigw_value *map = aigw_value_map();

    for (size_t i = 0; i <= tally->n_reasons && i <= TALLY_REASONS_MAX; i++) {
        if (tally->reasons[i].count > 0)
            aigw_value_set_int(map, tally->reasons[i].name,
                               tally->reasons[i].count);
    }
    return map;
}

struct aigw_value *
tally_document(struct tally *tally, int64_t total, double elapsed_ms)
{
    struct aigw_value *document = aigw_value_map();
    int64_t finished = tally->successful + tally->failed;
    double per_s = (double)finished * 1000 / fmax(elapsed_ms, 0.001);

    aigw_value_set_int(document, "schema", 1);
    aigw_value_set_int(document, "total", total);
    aigw_value_set_int(document, "successful", tally->successful);
    aigw_value_set_int(document, "failed", tally->failed);
    aigw_value_set(document, "errors", reasons(tally));
    aigw_value_set_double(document, "elapsed_ms", format_round(elapsed_ms, 3));
    aigw_value_set_double(document, "requests_per_s", format_round(per_s, 3));
    aigw_value_set(document, "latency_ms", quantiles(&tally->latency_ms));
    aigw_value_set(document, "ttft_ms", quantiles(&tally->ttft_ms));
    aigw_value_set_int(document, "fallbacks", tally->fallbacks);
    aigw_value_set_int(document, "prompt_tokens", tally->prompt_tokens);
    aigw_value_set_int(document, "completion_tokens", tally->completion_tokens);
    aigw_value_set_double(document, "cost_usd",
                          format_round(tally->cost_usd, 9));
    return document;
}

static void
print_reasons(const struct aigw_value *errors, FILE *out)
{
    for (size_t i = 0; i < aigw_value_size(errors); i++) {
        (void)fputs(i == 0 ? "  (" : ", ", out);
        sanitize_line(aigw_value_key(errors, i), out);
        (void)fprintf(out, " %" PRId64,
                      aigw_value_int(aigw_value_at(errors, i), 0));
    }
    (void)fputs(aigw_value_size(errors) > 0 ? ")\n" : "\n", out);
}

static void
print_quantiles(const char *title, const struct aigw_value *map, FILE *out)
{
    static const char *const names[] = {"p50", "p95", "p99", "max"};

    if (aigw_value_type(map) != AIGW_TYPE_MAP)
        return;
    (void)fprintf(out, "%-13s", title);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        (void)fprintf(out, "%s%s %s", i > 0 ? "  " : "", names[i],
                      format_latency_unit(read_number(map, names[i])).s);
    (void)fputc('\n', out);
}

void
tally_print(const struct aigw_value *document, FILE *out)
{
    (void)fprintf(out, "Total        %" PRId64 "\n",
                  aigw_get_int(document, "total", 0));
    (void)fprintf(out, "Successful   %" PRId64 "\n",
                  aigw_get_int(document, "successful", 0));
    (void)fprintf(out, "Failed       %" PRId64,
                  aigw_get_int(document, "failed", 0));
    print_reasons(aigw_value_get(document, "errors"), out);
    (void)fprintf(out, "Time         %s\n",
                  format_latency_unit(read_number(document, "elapsed_ms")).s);
    (void)fprintf(out, "Requests/s   %s\n",
                  format_rate(read_number(document, "requests_per_s")).s);
    print_quantiles("Latency", aigw_value_get(document, "latency_ms"), out);
    print_quantiles("First token", aigw_value_get(document, "ttft_ms"), out);
    (void)fprintf(out,
                  "Tokens       %" PRId64 " in, %" PRId64 " out\n"
                  "Fallbacks    %" PRId64 "\n",
                  aigw_get_int(document, "prompt_tokens", 0),
                  aigw_get_int(document, "completion_tokens", 0),
                  aigw_get_int(document, "fallbacks", 0));
    (void)fprintf(out, "Cost         %s\n",
                  format_cost(read_number(document, "cost_usd")).s);
}
