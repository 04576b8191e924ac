/*
 * budgets_tell.c - what operators learn of budgets.
 */
#include "app/budgets_internal.h"

#include "app/config_schema.h"
#include "app/status.h"

#include <stdio.h>

enum {
    REFUSALS_MS = 60000, /* Between two events of refusals. */
    REASON_SIZE = 160,
};

const char *
budget_state_name(enum budget_state state)
{
    switch (state) {
    case BUDGET_OPEN:
        return "open";
    case BUDGET_SOFT:
        return "soft";
    case BUDGET_EXCEEDED:
        return "exceeded";
    case BUDGET_UNVERIFIED:
        return "unverified";
    }
    return "?";
}

/* What is held comes and goes; only what is spent is news. */
enum budget_state
budget_state_of(const struct budget_line *line, const struct budget_account *a)
{
    struct account spent = a->account;

    if (budget_line_is_unverified(line))
        return BUDGET_UNVERIFIED;
    spent.held_nanousd = 0;
    if (account_left_nanousd(&spent) <= 0)
        return BUDGET_EXCEEDED;
    return account_is_scarce(&spent) ? BUDGET_SOFT : BUDGET_OPEN;
}

static void
add_event(const struct budget_line *line, const struct budget_account *a,
          const char *from, const char *to, int64_t needed_nanousd)
{
    char reason[REASON_SIZE];
    int size = snprintf(reason, sizeof(reason), "%s%s%s: $%.4f of $%.2f",
                        line->set.name, *a->key ? " of " : "", a->key,
                        price_to_usd(a->account.settled_nanousd),
                        price_to_usd(a->account.limit_nanousd));

    if (needed_nanousd > 0 && size > 0 && size < REASON_SIZE)
        (void)snprintf(reason + size, sizeof(reason) - (size_t)size,
                       ", $%.4f needed", price_to_usd(needed_nanousd));
    events_add(line->owner->app->events, EVENT_BUDGET,
               &(struct event_text){.from = from, .to = to, .reason = reason});
}

void
budget_tell(struct budget_line *line, struct budget_account *a)
{
    enum budget_state state = budget_state_of(line, a);

    if (state == a->told)
        return;
    add_event(line, a, budget_state_name(a->told), budget_state_name(state), 0);
    a->told = state;
}

void
budget_tell_refusal(struct budget_line *line, struct budget_account *a,
                    int64_t needed_nanousd)
{
    int64_t now_ms = loop_now_ms(line->owner->app->loop);

    if (a->refused_ms > 0 && now_ms - a->refused_ms < REFUSALS_MS)
        return;
    a->refused_ms = now_ms;
    add_event(line, a, budget_state_name(budget_state_of(line, a)), "refused",
              needed_nanousd);
}

static void
pack_time(struct pack *p, const char *key, int64_t at_ms)
{
    if (at_ms == INT64_MAX)
        pack_kv_nil(p, key);
    else
        pack_kv_int(p, key, at_ms);
}

static void
pack_account(struct pack *p, struct budget_line *line, struct budget_account *a)
{
    const struct config_budget *set = &line->set;
    int64_t now_ms = budgets_now_ms(line->owner);

    account_tick(&a->account, now_ms);
    pack_map_begin(p);
    pack_kv_str(p, "name", set->name);
    pack_kv_text(p, "key", a->key);
    pack_kv_str(p, "scope", config_schema_scopes[set->scope]);
    pack_kv_str(p, "period", config_schema_periods[set->period]);
    pack_kv_str(p, "on_exceeded", config_schema_exceeded[set->on_exceeded]);
    pack_kv_str(p, "state", budget_state_name(budget_state_of(line, a)));
    status_pack_usd(p, "limit_usd", a->account.limit_nanousd);
    status_pack_usd(p, "spent_usd", a->account.settled_nanousd);
    status_pack_usd(
        p, "unverified_usd",
        a->unverified_number == a->account.number ? a->unverified_nanousd : 0);
    status_pack_usd(p, "reserved_usd", a->account.held_nanousd);
    pack_kv_double(p, "soft", a->account.soft);
    pack_time(p, "resets_at_ms", account_resets_at_ms(&a->account));
    pack_time(p, "exhausted_at_ms",
              account_exhausted_at_ms(&a->account, now_ms));
    pack_map_end(p);
}

void
budgets_pack(struct pack *p, struct budgets *b, int max)
{
    pack_array_begin(p);
    for (size_t i = 0; i < b->n_lines; i++)
        for (struct budget_account *a = b->lines[i]->accounts; a && max > 0;
             a = a->hh.next, max--)
            pack_account(p, b->lines[i], a);
    pack_array_end(p);
}
