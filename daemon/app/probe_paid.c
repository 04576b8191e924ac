/*
 * probe_paid.c - the smallest possible call, as the trial of an open breaker
 * that no call has tried for long.
 *
 * It holds a permit and is settled like any attempt: the breaker has its
 * vote, and what it costs appears in the figures, in the ledger and in the
 * budgets of all calls.
 */
#include "app/probe.h"

#include "app/app.h"
#include "app/budgets.h"
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

/* Nobody's call, so it is the daemon's own, and of no budget but those of all. */
static struct budgets_payer
payer(void)
{
    return (struct budgets_payer){.client = "",
                                  .uid = geteuid(),
                                  .route = "",
                                  .tags = "",
                                  .nobody = true};
}

static struct ledger_attempt
row_of(const struct probe *probe, const struct settlement *settlement,
       int64_t started_ms)
{
    return (struct ledger_attempt){
        .request_id = "",
        .number = 1,
        .kind = LEDGER_PROBE,
        .target = probe->target->name,
        .client = "",
        .uid = geteuid(),
        .route = "",
        .tags = "",
        .settlement = settlement,
        .started_ms = started_ms,
        .ended_ms = clock_wall_ms(),
    };
}

static void
settle_money(struct probe *probe, int64_t started_ms, int64_t cost_nanousd)
{
    struct budgets *budgets = probe->app->budgets;

    budgets_catch_up(
        budgets, probe->money,
        &(struct budgets_correction){
            .payer = payer(),
            .started_ms = started_ms,
            .from_nanousd =
                probe->row > 0 ? budgets_hold_nanousd(probe->money) : 0,
            .to_nanousd = cost_nanousd,
        });
    budgets_settle(budgets, probe->money, cost_nanousd);
    probe->money = NULL;
}

/* It was not sent. */
static void
give_back(struct probe *probe)
{
    struct ledger *ledger = probe->app->ledger;

    settle_money(probe, budgets_now_ms(probe->app->budgets), 0);
    if (probe->row > 0)
        ledger_forget(ledger, probe->row);
    probe->row = 0;
    ledger_unnote(ledger, &probe->note);
    probe->note = (struct ledger_note){0};
}

static void
enter(struct probe *probe, const struct attempt_result *result,
      int64_t started_ms)
{
    const struct ledger_attempt a =
        row_of(probe, &result->settlement, started_ms);

    if (!result->sent) {
        give_back(probe);
        return;
    }
    settle_money(probe, started_ms, result->settlement.cost_nanousd);
    if (probe->row > 0)
        ledger_settle(probe->app->ledger, probe->row, &a);
    else
        ledger_add(probe->app->ledger, &probe->note, &a);
    probe->row = 0;
    probe->note = (struct ledger_note){0};
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
    int64_t nanousd = probe_scene(probe->target, now_ms).paid_cost_nanousd;
    struct ledger_attempt a = row_of(probe, NULL, clock_wall_ms());
    struct target_lease lease;
    int status;

    if (!target_admit(probe->target, TARGET_CLAIM_NONE, 0, now_ms, &lease))
        return AIGW_EBUSY;
    if (probe->row == 0)
        ledger_note(probe->app->ledger, &a, nanousd, &probe->note);
    status = attempt_start(
        &(struct attempt_options){
            .loop = probe->app->loop,
            .lease = &lease,
            .chat = chat,
            .response_max_bytes = MAX_ANSWER_BYTES,
            .reserved_nanousd = nanousd,
        },
        &ATTEMPT_OPS, probe, &probe->attempt);
    if (status)
        target_release(&lease, now_ms);
    return status;
}

static int
begin(struct probe *probe)
{
    struct chat_request *chat;
    int status = chat_from_prompt(
        &(struct chat_prompt){
            .prompt = PROMPT,
            .prompt_size = strlen(PROMPT),
            .max_tokens = 1,
        },
        &chat, NULL);

    if (status)
        return status;
    status = send_call(probe, chat);
    chat_free(chat);
    return status;
}

static void
on_durable(void *ctx, int status)
{
    struct probe *probe = ctx;

    if (status == 0)
        status = begin(probe);
    if (status == 0)
        return;
    give_back(probe);
    account(probe, 0);
    probe_end(probe, &(struct probe_outcome){
                         .error = aigw_status_text(status),
                     });
}

/* Budgets that refuse want it in the ledger before it is sent. */
static int
pay(struct probe *probe)
{
    struct app *app = probe->app;
    int64_t nanousd =
        probe_scene(probe->target, loop_now_ms(app->loop)).paid_cost_nanousd;
    struct budgets_payer nobody = payer();
    struct ledger_attempt a = row_of(probe, NULL, budgets_now_ms(app->budgets));

    if (!budgets_hold(app->budgets, &nobody, nanousd, &probe->money))
        return AIGW_EBUSY;
    if (!probe->money || !budgets_hold_is_strict(probe->money)
        || !ledger_is_durable(app->ledger))
        return begin(probe);
    probe->sync = (struct db_sync){.done = on_durable, .ctx = probe};
    return ledger_reserve(app->ledger, &a, nanousd, &probe->sync, &probe->row);
}

void
probe_paid_cancel(struct probe *probe)
{
    struct attempt_result result;
    int64_t started_ms;

    ledger_sync_cancel(probe->app->ledger, &probe->sync);
    if (!probe->attempt) {
        give_back(probe);
        return;
    }
    started_ms = attempt_started_ms(probe->attempt);
    attempt_cancel(probe->attempt, &result);
    enter(probe, &result, started_ms);
}

int
probe_paid_start(struct probe *probe)
{
    struct target *t = probe->target;
    int status = pay(probe);

    if (status == 0)
        return 0;
    give_back(probe);
    account(probe, 0);
    probe->target = NULL;
    target_unref(t);
    return status;
}
