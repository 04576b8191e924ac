#include "ctl/rehearsal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/format.h"
#include "text/mem.h"

static const double NANOUSD_PER_USD = 1e9;

void
rehearsal_call_begin(struct rehearsal_call *call)
{
    call->size = 0;
    call->spoke_ms = nan("");
    call->seam_ms = nan("");
    call->continued = false;
}

void
rehearsal_call_deinit(struct rehearsal_call *call)
{
    free(call->text);
    *call = (struct rehearsal_call){0};
}

static void
append(struct rehearsal_call *call, const char *text, size_t size)
{
    if (call->size + size > call->capacity) {
        call->capacity = (call->size + size) * 2;
        call->text = mem_resize(call->text, call->capacity, 1);
    }
    if (size > 0)
        memcpy(call->text + call->size, text, size);
    call->size += size;
}

void
rehearsal_call_delta(struct rehearsal_call *call, struct rehearsal *sums,
                     const struct aigw_delta *delta, double now_ms)
{
    append(call, delta->text, delta->size);
    if (!isnan(call->seam_ms))
        sample_add(&sums->failover_ms, now_ms - call->seam_ms);
    call->seam_ms = nan("");
    call->spoke_ms = now_ms;
}

void
rehearsal_call_event(struct rehearsal_call *call,
                     const struct aigw_value *event)
{
    const char *type = aigw_get_str(event, "type", "");
    bool reset = strcmp(type, "reset") == 0;

    if (reset)
        call->size = 0;
    if (!reset && strcmp(type, "seam") != 0)
        return;
    call->seam_ms = call->spoke_ms;
    call->continued = true;
}

/* Nothing is missing: it says why it ended, and its text is what was
 * streamed. */
static bool
is_whole(const struct rehearsal_call *call, const struct aigw_value *result)
{
    const struct aigw_value *content = aigw_value_get(result, "content");
    const char *finish = aigw_get_str(result, "finish_reason", "unknown");

    if (strcmp(finish, "unknown") == 0
        || aigw_value_size(content) != call->size)
        return false;
    return call->size == 0
           || memcmp(aigw_value_str(content, ""), call->text, call->size) == 0;
}

static void
add_lost(struct rehearsal *sums, const char *why)
{
    sums->lost++;
    if (!sums->errors)
        sums->errors = aigw_value_map();
    aigw_value_set_int(sums->errors, why,
                       aigw_value_int(aigw_value_get(sums->errors, why), 0)
                           + 1);
}

/* From the start of each attempt to that of the next.  Where the reader had
 * text already, the wait at the seam counts instead. */
static void
add_attempts(struct rehearsal *sums, const struct aigw_value *attempts)
{
    const struct aigw_value *last = NULL;

    for (size_t i = 0; i < aigw_value_size(attempts); i++) {
        const struct aigw_value *attempt = aigw_value_at(attempts, i);
        int64_t cost = aigw_get_int(attempt, "cost_nanousd", 0);

        sums->cost_nanousd += cost;
        sums->retry_nanousd += i > 0 ? cost : 0;
        if (last
            && strcmp(aigw_get_str(last, "outcome", ""), "stream_broken") != 0)
            sample_add(&sums->failover_ms,
                       aigw_get_double(attempt, "started_ms", 0)
                           - aigw_get_double(last, "started_ms", 0));
        last = attempt;
    }
}

void
rehearsal_call_end(struct rehearsal_call *call, struct rehearsal *sums,
                   int code, const struct aigw_value *result)
{
    const struct aigw_value *attempts = aigw_value_get(result, "attempts");

    sums->calls++;
    if (code != 0) {
        add_lost(sums, aigw_code_name(code));
        return;
    }
    add_attempts(sums, attempts);
    if (!aigw_get_bool(result, "success", false)) {
        add_lost(sums, aigw_get_str(result, "error_code", "unknown"));
    } else if (!is_whole(call, result)) {
        add_lost(sums, "not_whole");
    } else {
        sums->completed++;
        sums->continued += call->continued;
        sums->failed_over += !call->continued && aigw_value_size(attempts) > 1;
    }
}

double
rehearsal_asked_ms(const struct aigw_value *result, const char *target,
                   double since_ms)
{
    const struct aigw_value *attempts = aigw_value_get(result, "attempts");

    for (size_t i = 0; i < aigw_value_size(attempts); i++) {
        const struct aigw_value *attempt = aigw_value_at(attempts, i);
        double started_ms = aigw_get_double(attempt, "started_ms", 0);

        if (started_ms >= since_ms
            && strcmp(aigw_get_str(attempt, "target", ""), target) == 0)
            return started_ms;
    }
    return nan("");
}

static void
add_sample(struct sample *to, const struct sample *from)
{
    for (size_t i = 0; i < from->n_values; i++)
        sample_add(to, from->values[i]);
}

void
rehearsal_add(struct rehearsal *all, const struct rehearsal *step)
{
    all->calls += step->calls;
    all->completed += step->completed;
    all->continued += step->continued;
    all->failed_over += step->failed_over;
    all->lost += step->lost;
    all->hits += step->hits;
    all->cost_nanousd += step->cost_nanousd;
    all->retry_nanousd += step->retry_nanousd;
    add_sample(&all->failover_ms, &step->failover_ms);
    add_sample(&all->return_ms, &step->return_ms);
    if (step->errors && !all->errors)
        all->errors = aigw_value_map();
    for (size_t i = 0; i < aigw_value_size(step->errors); i++) {
        const char *key = aigw_value_key(step->errors, i);
        int64_t n = aigw_value_int(aigw_value_at(step->errors, i), 0);

        n += aigw_value_int(aigw_value_get(all->errors, key), 0);
        aigw_value_set_int(all->errors, key, n);
    }
}

void
rehearsal_deinit(struct rehearsal *sums)
{
    sample_deinit(&sums->failover_ms);
    sample_deinit(&sums->return_ms);
    aigw_value_free(sums->errors);
    *sums = (struct rehearsal){0};
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
    aigw_value_set_double(map, "p50",
                          format_round(sample_percentile(sample, 50), 3));
    aigw_value_set_double(map, "p99",
                          format_round(sample_percentile(sample, 99), 3));
    aigw_value_set_double(map, "max",
                          format_round(sample_percentile(sample, 100), 3));
    return map;
}

static void
set_money(struct aigw_value *map, const char *key, int64_t nanousd)
{
    aigw_value_set_double(map, key,
                          format_round((double)nanousd / NANOUSD_PER_USD, 9));
}

void
rehearsal_describe(struct rehearsal *sums, struct aigw_value *map)
{
    aigw_value_set_int(map, "calls", sums->calls);
    aigw_value_set_int(map, "hits", sums->hits);
    aigw_value_set_int(map, "completed", sums->completed);
    aigw_value_set_int(map, "continued", sums->continued);
    aigw_value_set_int(map, "failed_over", sums->failed_over);
    aigw_value_set_int(map, "lost", sums->lost);
    aigw_value_set(map, "errors",
                   sums->errors ? aigw_value_copy(sums->errors)
                                : aigw_value_map());
    aigw_value_set(map, "failover_ms", quantiles(&sums->failover_ms));
    aigw_value_set(map, "return_ms", quantiles(&sums->return_ms));
    set_money(map, "cost_usd", sums->cost_nanousd);
    aigw_value_set_int(map, "cost_nanousd", sums->cost_nanousd);
    set_money(map, "retry_cost_usd", sums->retry_nanousd);
    aigw_value_set_int(map, "retry_cost_nanousd", sums->retry_nanousd);
}
