/*
 * target_settle.c - what an attempt that went on or ended says about its
 * target: to the breaker, the gates, the averages and the figures.
 */
#include "app/target.h"

#include "app/target_internal.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

enum {
    SLOW_CALL_P50_FACTOR = 4, /* Slow is also relative to what is usual. */
    US_PER_MS = 1000,
};

/* Slow is what takes longer than the limit and than four times the median of
 * the last five minutes. */
static bool
is_slow(const struct target *t, int64_t ttft_us, int64_t now_ms)
{
    int64_t limit_us = t->settings.slow_call_ms * US_PER_MS;
    struct hist recent;

    if (ttft_us <= limit_us)
        return false;
    hist_windows_read(&t->ttft, SPAN_5M, now_ms, &recent);
    return ttft_us > SLOW_CALL_P50_FACTOR * hist_quantile_us(&recent, 0.5);
}

static enum breaker_outcome
success_of(const struct target *t, int64_t ttft_us, int64_t now_ms)
{
    return is_slow(t, ttft_us, now_ms) ? BREAKER_OK_SLOW : BREAKER_OK;
}

void
target_content(struct target_lease *lease, int64_t ttft_us, int64_t now_ms)
{
    struct target *t = lease->target;

    target_vote(t, &lease->permit, success_of(t, ttft_us, now_ms), NULL,
                now_ms);
    concurrency_succeeded(&t->concurrency, &lease->place);
    hist_windows_record(&t->ttft, ttft_us, now_ms);
    figures_heard(&t->figures, ttft_us);
    ewma_sample(&t->first_content, (double)ttft_us / US_PER_MS, now_ms);
    health_live(&t->health, true, now_ms);
}

static enum breaker_outcome
vote_of(const struct target *t, const struct target_result *r, int64_t now_ms)
{
    switch (outcome_row(r->verdict.outcome)->vote) {
    case OUTCOME_VOTE_SUCCESS:
        /* Without a stream there is no time to first token: the latency then
         * depends on the length of the answer and proves no slowness. */
        return r->has_ttft ? success_of(t, r->ttft_us, now_ms) : BREAKER_OK;
    case OUTCOME_VOTE_FAIL:
        return BREAKER_FAIL;
    case OUTCOME_VOTE_LOCAL_FAIL:
        return BREAKER_FAIL_CONNECT;
    case OUTCOME_VOTE_NEUTRAL:
    case OUTCOME_VOTE_IGNORE:
        return BREAKER_IGNORE;
    }
    return BREAKER_IGNORE;
}

/* How soon the first content came, target_content() has noted. */
static void
note_delay(struct target *t, const struct target_result *r,
           enum breaker_outcome vote, int64_t now_ms)
{
    struct ewma *delay = r->streamed ? &t->first_content : &t->whole_answer;
    double latency_ms = (double)r->latency_us / US_PER_MS;

    if (vote == BREAKER_FAIL || vote == BREAKER_FAIL_CONNECT) {
        ewma_failure(&t->first_content, now_ms);
        ewma_failure(&t->whole_answer, now_ms);
        return;
    }
    if (r->has_ttft)
        return;
    if (vote == BREAKER_OK)
        ewma_sample(delay, latency_ms, now_ms);
    else
        ewma_at_least(delay, latency_ms, now_ms);
}

/* What the answer says of the key.  True: it is refused for good. */
static bool
judge_key(const struct target *t, struct target_lease *lease,
          const struct target_result *r)
{
    enum outcome outcome = r->verdict.outcome;

    if (outcome_row(outcome)->vote == OUTCOME_VOTE_SUCCESS)
        provider_key_accepted(t->provider, lease->key, lease->key_version);
    if (outcome == OUTCOME_AUTH_LOCK)
        lease->renewed =
            provider_key_refused(t->provider, lease->key, lease->key_version);
    return outcome == OUTCOME_AUTH_LOCK && !lease->renewed;
}

static void
latch(struct target *t, struct target_lease *lease,
      const struct target_result *r, int64_t now_ms)
{
    struct gate *gate = &t->gates[lease->key];

    if (judge_key(t, lease, r))
        gate_latch(gate, GATE_LATCH_AUTH, lease->ticket, -1, now_ms);
    else if (r->verdict.outcome == OUTCOME_QUOTA_LOCK)
        gate_latch(gate, GATE_LATCH_QUOTA, lease->ticket, r->retry_after_ms,
                   now_ms);
    else if (r->verdict.outcome == OUTCOME_MODEL_GONE)
        gate_latch(gate, GATE_LATCH_MODEL, lease->ticket, -1, now_ms);
    else if (outcome_row(r->verdict.outcome)->vote == OUTCOME_VOTE_SUCCESS)
        gate_succeeded(gate, lease->ticket);
    target_note_gates(t, r->cause, r->cause ? NULL : "a call succeeded",
                      now_ms);
}

/* Learns how many bytes a token of this model has, from exact counts. */
static void
learn_token_size(struct target *t, const struct target_result *r)
{
    enum {
        SLOWNESS = 8,       /* One sample moves the estimate by an eighth. */
        ENOUGH_TOKENS = 16, /* Fewer say little. */
        LEAST_MILLI = 1000, /* One byte a token, */
        MOST_MILLI = 16000, /* sixteen bytes a token. */
    };
    const struct settlement *s = &r->settlement;
    int64_t sample;

    /* Reasoning need not have been shown. */
    if (s->kind != SETTLE_EXACT || s->completion_tokens < ENOUGH_TOKENS
        || s->reasoning_tokens > 0 || r->content_bytes == 0)
        return;
    sample = (int64_t)r->content_bytes * 1000 / s->completion_tokens;
    if (sample < LEAST_MILLI)
        sample = LEAST_MILLI;
    if (sample > MOST_MILLI)
        sample = MOST_MILLI;
    t->bytes_per_token_milli += (sample - t->bytes_per_token_milli) / SLOWNESS;
}

static enum figures_end
end_of(enum outcome outcome)
{
    switch (outcome_row(outcome)->vote) {
    case OUTCOME_VOTE_SUCCESS:
        return FIGURES_SUCCESS;
    case OUTCOME_VOTE_IGNORE:
        return FIGURES_CANCELLED;
    case OUTCOME_VOTE_FAIL:
    case OUTCOME_VOTE_LOCAL_FAIL:
    case OUTCOME_VOTE_NEUTRAL:
        break;
    }
    return FIGURES_ERROR;
}

static void
count(struct target *t, const struct target_result *r, int64_t now_ms)
{
    enum outcome outcome = r->verdict.outcome;
    const struct settlement *s = &r->settlement;
    struct figures_entry entry = {
        .end = end_of(outcome),
        .latency_us = r->latency_us,
        .rate_limited = outcome == OUTCOME_RATE,
        .timed_out = r->timed_out,
        .prompt_tokens = s->prompt_tokens,
        .completion_tokens = s->completion_tokens,
        .cost_nanousd = s->cost_nanousd,
    };

    t->totals.by_outcome[outcome]++;
    t->totals.sends += r->sent;
    figures_enter(&t->figures, &entry, now_ms, clock_wall_ms());
    if (entry.end == FIGURES_SUCCESS) {
        t->totals.unknown_finishes += r->unknown_finish;
        hist_windows_record(&t->latency, r->latency_us, now_ms);
    }
}

static void
warn_of_unknown_finish(const struct target *t, const struct target_result *r)
{
    if (r->unknown_finish)
        log_line(LOG_WARN, "answer without a finish reason",
                 LOG_STR("target", t->name));
}

/* What a caller cancelled or got wrong is no failure of the target. */
static void
remember_error(struct target *t, const struct target_result *r)
{
    enum outcome outcome = r->verdict.outcome;

    if (!r->cause || outcome == OUTCOME_CLIENT
        || outcome_row(outcome)->vote == OUTCOME_VOTE_IGNORE)
        return;
    (void)utf8_sanitise(r->cause, strlen(r->cause), t->last_error,
                        sizeof(t->last_error));
    t->last_error_ms = clock_wall_ms();
    (void)snprintf(t->last_error_id, sizeof(t->last_error_id), "%s",
                   r->provider_request_id ? r->provider_request_id : "");
}

/* What an answer of the target usually takes to begin. */
static int64_t
usual_ms(const struct target *t, int64_t now_ms)
{
    struct hist recent;

    hist_windows_read(&t->ttft, SPAN_5M, now_ms, &recent);
    return hist_quantile_us(&recent, 0.5) / US_PER_MS;
}

/* Its place is free, and its estimate makes way for what it has used. */
static void
settle_limits(struct target *t, struct target_lease *lease,
              const struct target_result *r, int64_t now_ms)
{
    const struct settlement *s = &r->settlement;
    enum outcome outcome = r->verdict.outcome;

    if (outcome_row(outcome)->vote == OUTCOME_VOTE_SUCCESS)
        concurrency_succeeded(&t->concurrency, &lease->place);
    else if (outcome == OUTCOME_OVERLOAD || outcome == OUTCOME_RATE)
        concurrency_overloaded(&t->concurrency, &lease->place,
                               usual_ms(t, now_ms), now_ms);
    concurrency_end(&t->concurrency, &lease->place);
    if (r->sent)
        rates_correct(&t->rates, lease->est_tokens,
                      s->prompt_tokens + s->completion_tokens, now_ms);
    else
        rates_undo(&t->rates, lease->est_tokens, now_ms);
}

void
target_settle(struct target_lease *lease, const struct target_result *r,
              int64_t now_ms)
{
    struct target *t = lease->target;
    enum breaker_outcome vote = vote_of(t, r, now_ms);
    bool failed = vote == BREAKER_FAIL || vote == BREAKER_FAIL_CONNECT;

    settle_limits(t, lease, r, now_ms);
    budget_attempt_end(&t->budget);
    remember_error(t, r);
    warn_of_unknown_finish(t, r);
    target_vote(t, &lease->permit, vote, failed ? r->cause : NULL, now_ms);
    latch(t, lease, r, now_ms);
    note_delay(t, r, vote, now_ms);
    if (vote != BREAKER_IGNORE)
        health_live(&t->health, !failed, now_ms);
    count(t, r, now_ms);
    learn_token_size(t, r);
    lease->shut =
        gate_check(&t->gates[lease->key], 0, now_ms).reason != GATE_PASS;
    lease->target = NULL;
    target_unref(t);
}
