#include "core/figures.h"

#include <string.h>

static const int64_t DAY_MS = 86400000;

void
figures_init(struct figures *f, int64_t now_ms)
{
    memset(f, 0, sizeof(*f));
    tally_init(&f->tally, now_ms);
    trend_init(&f->trend);
    trend_init(&f->errors_trend);
}

static void
add_money(struct figures *f, int64_t cost_nanousd, int64_t day)
{
    if (day > f->cost_day) {
        f->cost_day = day;
        f->cost_today_nanousd = 0;
    }
    f->cost_today_nanousd += cost_nanousd;
}

void
figures_enter(struct figures *f, const struct figures_entry *e, int64_t now_ms,
              int64_t wall_ms)
{
    bool error = e->end == FIGURES_ERROR;

    f->requests++;
    f->errors += error;
    f->prompt_tokens += e->prompt_tokens;
    f->completion_tokens += e->completion_tokens;
    f->cost_nanousd += e->cost_nanousd;
    add_money(f, e->cost_nanousd, wall_ms / DAY_MS);
    if (e->end == FIGURES_SUCCESS) {
        f->successes++;
        f->latency_sum_us += e->latency_us;
    }
    trend_add(&f->trend, now_ms);
    if (error)
        trend_add(&f->errors_trend, now_ms);
    tally_add(&f->tally,
              &(struct tally_sums){
                  .requests = 1,
                  .errors = error,
                  .rate_limited = e->rate_limited,
                  .timeouts = e->timed_out,
                  .retries = e->retries,
                  .prompt_tokens = e->prompt_tokens,
                  .completion_tokens = e->completion_tokens,
                  .cost_nanousd = e->cost_nanousd,
              },
              now_ms);
}

void
figures_heard(struct figures *f, int64_t ttft_us)
{
    f->ttft_count++;
    f->ttft_sum_us += ttft_us;
}

void
figures_spent_today(struct figures *f, int64_t cost_nanousd, int64_t wall_ms)
{
    add_money(f, cost_nanousd, wall_ms / DAY_MS);
}

/* Before the first cost of a day, the sum is still that of another one. */
int64_t
figures_cost_today(const struct figures *f, int64_t wall_ms)
{
    return f->cost_day == wall_ms / DAY_MS ? f->cost_today_nanousd : 0;
}

void
figures_merge(struct figures *into, const struct figures *from)
{
    into->requests += from->requests;
    into->successes += from->successes;
    into->errors += from->errors;
    into->latency_sum_us += from->latency_sum_us;
    into->ttft_count += from->ttft_count;
    into->ttft_sum_us += from->ttft_sum_us;
    into->prompt_tokens += from->prompt_tokens;
    into->completion_tokens += from->completion_tokens;
    into->cost_nanousd += from->cost_nanousd;
    if (from->cost_day >= into->cost_day)
        add_money(into, from->cost_today_nanousd, from->cost_day);
    tally_merge(&into->tally, &from->tally);
}
