/*
 * probe_paid.c - the smallest possible call, as the trial of an open breaker
 * that no call has tried for long.
 *
 * It holds a permit and is settled like any attempt: the breaker has its
 * vote, and what it costs appears in the figures and in the ledger.
 */
#include "app/probe.h"

#include "app/ledger.h"
#include "base/clock.h"

#include <string.h>
#include <unistd.h>

enum {
    MAX_ANSWER_BYTES = 256 * 1024
};

static const char PROMPT[] = "ping";

/* The money is counted for the day in any case. */
static void
account(struct probe *probe, int64_t cost_nanousd)
{
    struct target *t = probe->target;
    int64_t now_ms = loop_now_ms(probe->app->loop);
    struct health_scene scene = probe_scene(t, now_ms);

    if (t->health.probing == HEALTH_PROBE_CHAT)
        health_paid_done(&t->health, cost_nanousd, &scene, now_ms, t->rng);
}

static bool
on_delta(void *ctx, const struct dialect_event *event, bool first)
{
    (void)ctx;
    (void)event;
    (void)first;
    return true;
}

static void
on_finish(void *ctx, const struct dialect_event *event)
{
    (void)ctx;
    (void)event;
}

/* Nobody's call, so it is the daemon's own. */
static void
enter(struct probe *probe, const struct attempt_result *result,
      int64_t started_ms)
{
    if (!result->sent)
        return;
    ledger_add(probe->app->ledger, &(struct ledger_note){0},
               &(struct ledger_attempt){
                   .request_id = "",
                   .number = 1,
                   .kind = LEDGER_PROBE,
                   .target = probe->target->name,
                   .client = "",
                   .uid = geteuid(),
                   .route = "",
                   .tags = "",
                   .settlement = &result->settlement,
                   .started_ms = started_ms,
                   .ended_ms = clock_wall_ms(),
               });
}

static void
on_done(void *ctx, const struct attempt_result *result)
{
    struct probe *probe = ctx;

    account(probe, result->settlement.cost_nanousd);
    enter(probe, result, attempt_started_ms(probe->attempt));
    probe_end(probe, &(struct probe_outcome){
                         .ok = outcome_row(result->verdict.outcome)->vote
                               == OUTCOME_VOTE_SUCCESS,
                         .latency_ms = result->latency_us / 1000,
                         .error = result->cause,
                     });
}

static const struct attempt_ops ATTEMPT_OPS = {
    .delta = on_delta,
    .finish = on_finish,
    .done = on_done,
};

static int
send_call(struct probe *probe, const struct chat_request *chat)
{
    int64_t now_ms = loop_now_ms(probe->app->loop);
    struct target_lease lease;
    int status;

    if (!target_admit(probe->target, false, 0, now_ms, &lease))
        return AIGW_EBUSY;
    status = attempt_start(
        &(struct attempt_options){
            .loop = probe->app->loop,
            .lease = &lease,
            .chat = chat,
            .response_max_bytes = MAX_ANSWER_BYTES,
        },
        &ATTEMPT_OPS, probe, &probe->attempt);
    if (status)
        target_release(&lease, now_ms);
    return status;
}

void
probe_paid_cancel(struct probe *probe)
{
    struct attempt_result result;
    int64_t started_ms;

    if (!probe->attempt)
        return;
    started_ms = attempt_started_ms(probe->attempt);
    attempt_cancel(probe->attempt, &result);
    enter(probe, &result, started_ms);
}

int
probe_paid_start(struct probe *probe)
{
    struct target *t = probe->target;
    struct chat_request *chat;
    int status = chat_from_prompt(
        &(struct chat_prompt){
            .prompt = PROMPT,
            .prompt_size = strlen(PROMPT),
            .max_tokens = 1,
        },
        &chat, NULL);

    if (status == 0) {
        status = send_call(probe, chat);
        chat_free(chat);
    }
    if (status == 0)
        return 0;
    account(probe, 0);
    probe->target = NULL;
    target_unref(t);
    return status;
}
