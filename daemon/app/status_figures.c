/*
 * status_figures.c - times, rates, distributions and money, as every part of
 * the snapshot shows them.
 */
#include "app/status.h"

#include "base/clock.h"
#include "base/mem.h"

#include <math.h>

static const double US_PER_MS = 1000;
static const double MS_PER_HOUR = 3600e3;
static const int64_t LEAST_COVERED_MS = 1000;

struct status_moment
status_moment(const struct app *app, enum span span)
{
    return (struct status_moment){
        .now_ms = loop_now_ms(app->loop),
        .offset_ms = clock_wall_ms() - clock_mono_ms(),
        .span = span,
    };
}

void
status_pack_time(struct pack *p, const char *key, const struct status_moment *m,
                 int64_t at_ms)
{
    if (at_ms == INT64_MIN || at_ms == INT64_MAX)
        pack_kv_nil(p, key);
    else
        pack_kv_int(p, key, at_ms + m->offset_ms);
}

int64_t
status_read_tally(const struct status_moment *m, const struct tally *tally,
                  struct tally_sums *ret_sums)
{
    int64_t covered_ms = tally_read(tally, m->span, m->now_ms, ret_sums);

    return covered_ms < LEAST_COVERED_MS ? LEAST_COVERED_MS : covered_ms;
}

double
status_ratio(double part, int64_t whole)
{
    return whole > 0 ? part / (double)whole : (double)NAN;
}

void
status_pack_usd(struct pack *p, const char *key, int64_t nanousd)
{
    pack_kv_double(p, key, price_to_usd(nanousd));
}

void
status_pack_quantiles(struct pack *p, const char *key, const struct hist *hist)
{
    static const struct {
        const char *key;
        double q;
    } QUANTILES[] = {
        {"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"max", 1},
    };

    pack_key(p, key);
    if (hist->count == 0) {
        pack_nil(p);
        return;
    }
    pack_map_begin(p);
    pack_kv_int(p, "count", (int64_t)hist->count);
    pack_kv_double(p, "avg", (double)hist_mean_us(hist) / US_PER_MS);
    for (size_t i = 0; i < array_count(QUANTILES); i++)
        pack_kv_double(p, QUANTILES[i].key,
                       (double)hist_quantile_us(hist, QUANTILES[i].q)
                           / US_PER_MS);
    pack_map_end(p);
}

void
status_pack_trend(struct pack *p, const char *key, const struct trend *trend,
                  int64_t now_ms)
{
    double rates[TREND_SLOTS];

    trend_read(trend, now_ms, rates);
    pack_key(p, key);
    pack_array_begin(p);
    for (size_t i = 0; i < TREND_SLOTS; i++)
        pack_double(p, rates[i]);
    pack_array_end(p);
}

void
status_pack_sums(struct pack *p, const struct status_moment *m,
                 const struct figures *f)
{
    double latency_ms = (double)f->latency_sum_us / US_PER_MS;

    pack_kv_int(p, "requests", f->requests);
    pack_kv_int(p, "successes", f->successes);
    pack_kv_int(p, "error_count", f->errors);
    pack_kv_double(p, "avg_latency_ms", status_ratio(latency_ms, f->successes));
    pack_kv_int(p, "prompt_tokens", f->prompt_tokens);
    pack_kv_int(p, "completion_tokens", f->completion_tokens);
    status_pack_usd(p, "cost_usd", f->cost_nanousd);
    pack_kv_int(p, "cost_nanousd", f->cost_nanousd);
    status_pack_usd(p, "cost_today_usd",
                    figures_cost_today(f, m->now_ms + m->offset_ms));
}

int64_t
status_pack_rates(struct pack *p, const struct status_moment *m,
                  const struct figures *f, struct tally_sums *ret_sums)
{
    int64_t covered_ms = status_read_tally(m, &f->tally, ret_sums);
    double cost_usd = price_to_usd(ret_sums->cost_nanousd);

    pack_kv_double(p, "rps",
                   status_ratio((double)ret_sums->requests * 1000, covered_ms));
    pack_kv_double(p, "error_rate",
                   status_ratio((double)ret_sums->errors, ret_sums->requests));
    pack_kv_double(p, "cost_per_hour_usd",
                   status_ratio(cost_usd * MS_PER_HOUR, covered_ms));
    return covered_ms;
}
