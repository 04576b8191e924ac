/*
 * metrics_target.c - the figures of the targets for Prometheus.
 */
#include "app/metrics.h"

#include "base/mem.h"

#include <math.h>
#include <string.h>

static double
healthy(const struct target *t, int64_t now_ms)
{
    return target_is_healthy(t, now_ms);
}

static double
limit(const struct target *t, int64_t now_ms)
{
    (void)now_ms;
    return (double)concurrency_limit(&t->concurrency);
}

static double
in_flight(const struct target *t, int64_t now_ms)
{
    (void)now_ms;
    return (double)t->concurrency.in_flight;
}

static double
sends(const struct target *t, int64_t now_ms)
{
    (void)now_ms;
    return (double)t->totals.sends;
}

static double
trips(const struct target *t, int64_t now_ms)
{
    (void)now_ms;
    return (double)t->breaker.trips;
}

static double
unknown_finishes(const struct target *t, int64_t now_ms)
{
    (void)now_ms;
    return (double)t->totals.unknown_finishes;
}

static double
cost(const struct target *t, int64_t now_ms)
{
    (void)now_ms;
    return price_to_usd(t->figures.cost_nanousd);
}

static double
probe_ok(const struct target *t, int64_t now_ms)
{
    (void)now_ms;
    return t->last_probe.known ? t->last_probe.ok : (double)NAN;
}

/* Families with one sample for each target. */
static const struct {
    struct metrics_family family;
    double (*value)(const struct target *t, int64_t now_ms);
} FIGURES[] = {
    {{"aigw_target_healthy", "gauge", "Whether calls are welcome there."},
     healthy},
    {{"aigw_target_in_flight", "gauge", "Attempts that are running."},
     in_flight},
    {{"aigw_target_limit", "gauge", "Attempts that may run at once."}, limit},
    {{"aigw_target_sends_total", "counter", "Requests that left the daemon."},
     sends},
    {{"aigw_target_breaker_trips_total", "counter",
      "Times that the breaker opened by itself."},
     trips},
    {{"aigw_target_unknown_finishes_total", "counter",
      "Answers that ended without a finish reason."},
     unknown_finishes},
    {{"aigw_target_cost_usd_total", "counter",
      "Money spent there, in US dollars."},
     cost},
    {{"aigw_target_probe_success", "gauge",
      "Whether the last health probe succeeded."},
     probe_ok},
};

static void
write_figures(struct metrics_text *m, const struct upstreams *u, int64_t now_ms)
{
    for (size_t i = 0; i < array_count(FIGURES); i++) {
        metrics_text_begin(m, &FIGURES[i].family);
        for (size_t j = 0; j < u->n_targets; j++)
            metrics_text_put(m, FIGURES[i].family.name,
                             METRICS_LABELS({"target", u->targets[j]->name}),
                             FIGURES[i].value(u->targets[j], now_ms));
    }
}

/* One sample for each state that there is, 1 for the one it is in. */
static void
write_states(struct metrics_text *m, const struct upstreams *u, int64_t now_ms)
{
    static const struct metrics_family STATE = {
        "aigw_target_state", "gauge", "1 for the state that the target is in."};
    static const char *const STATES[] = {"disabled", "draining", "forced_open",
                                         "latched",  "open",     "half_open",
                                         "closed"};

    metrics_text_begin(m, &STATE);
    for (size_t i = 0; i < u->n_targets; i++) {
        const char *is = target_state_name(u->targets[i], now_ms);

        for (size_t j = 0; j < array_count(STATES); j++)
            metrics_text_put(m, STATE.name,
                             METRICS_LABELS({"target", u->targets[i]->name},
                                            {"state", STATES[j]}),
                             strcmp(STATES[j], is) == 0);
    }
}

static void
write_breakers(struct metrics_text *m, const struct upstreams *u,
               int64_t now_ms)
{
    static const struct metrics_family BREAKER = {
        "aigw_target_breaker_state", "gauge",
        "1 for the state that the breaker is in."};

    metrics_text_begin(m, &BREAKER);
    for (size_t i = 0; i < u->n_targets; i++) {
        enum breaker_state is =
            breaker_state_at(&u->targets[i]->breaker, now_ms);

        for (unsigned s = BREAKER_CLOSED; s <= BREAKER_OFF; s++)
            metrics_text_put(
                m, BREAKER.name,
                METRICS_LABELS(
                    {"target", u->targets[i]->name},
                    {"state", breaker_state_name((enum breaker_state)s)}),
                s == (unsigned)is);
    }
}

static void
write_outcomes(struct metrics_text *m, const struct upstreams *u)
{
    static const struct metrics_family ATTEMPTS = {
        "aigw_target_attempts_total", "counter",
        "Attempts that ended, by how they did."};

    metrics_text_begin(m, &ATTEMPTS);
    for (size_t i = 0; i < u->n_targets; i++)
        for (unsigned o = 0; o < OUTCOME_N; o++)
            metrics_text_put(
                m, ATTEMPTS.name,
                METRICS_LABELS({"target", u->targets[i]->name},
                               {"outcome", outcome_name((enum outcome)o)}),
                (double)u->targets[i]->totals.by_outcome[o]);
}

static void
write_tokens(struct metrics_text *m, const struct upstreams *u)
{
    static const struct metrics_family TOKENS = {
        "aigw_target_tokens_total", "counter", "Tokens that were used."};

    metrics_text_begin(m, &TOKENS);
    for (size_t i = 0; i < u->n_targets; i++) {
        const struct target *t = u->targets[i];

        metrics_text_put(
            m, TOKENS.name,
            METRICS_LABELS({"target", t->name}, {"kind", "prompt"}),
            (double)t->figures.prompt_tokens);
        metrics_text_put(
            m, TOKENS.name,
            METRICS_LABELS({"target", t->name}, {"kind", "completion"}),
            (double)t->figures.completion_tokens);
    }
}

static void
write_ttft(struct metrics_text *m, const struct upstreams *u, int64_t now_ms)
{
    static const struct metrics_family TTFT = {
        "aigw_target_ttft_seconds", "summary",
        "To the first token, of streamed attempts; quantiles of 5 minutes."};

    metrics_text_begin(m, &TTFT);
    for (size_t i = 0; i < u->n_targets; i++) {
        const struct target *t = u->targets[i];
        struct hist recent;

        hist_windows_read(&t->ttft, SPAN_5M, now_ms, &recent);
        metrics_text_put_summary(m, &(struct metrics_summary){
                                        .name = TTFT.name,
                                        .labels = {{"target", t->name}},
                                        .recent = &recent,
                                        .sum_us = t->figures.ttft_sum_us,
                                        .count = t->figures.ttft_count,
                                    });
    }
}

static void
write_latency(struct metrics_text *m, const struct upstreams *u, int64_t now_ms)
{
    static const struct metrics_family LATENCY = {
        "aigw_target_latency_seconds", "summary",
        "To the last token, of successful attempts; quantiles of 5 minutes."};

    metrics_text_begin(m, &LATENCY);
    for (size_t i = 0; i < u->n_targets; i++) {
        const struct target *t = u->targets[i];
        struct hist recent;

        hist_windows_read(&t->latency, SPAN_5M, now_ms, &recent);
        metrics_text_put_summary(m, &(struct metrics_summary){
                                        .name = LATENCY.name,
                                        .labels = {{"target", t->name}},
                                        .recent = &recent,
                                        .sum_us = t->figures.latency_sum_us,
                                        .count = t->figures.successes,
                                    });
    }
}

void
metrics_write_targets(struct metrics_text *m, const struct upstreams *u,
                      int64_t now_ms)
{
    write_figures(m, u, now_ms);
    write_states(m, u, now_ms);
    write_breakers(m, u, now_ms);
    write_outcomes(m, u);
    write_tokens(m, u);
    write_ttft(m, u, now_ms);
    write_latency(m, u, now_ms);
}
