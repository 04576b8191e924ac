/*
 * budgets_hold.c - whose budgets a call concerns, what they have left, and
 * what they hold of its attempts.
 */
#include "app/budgets_internal.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is held for one attempt. */
struct budgets_hold {
    size_t n;
    bool strict;
    int64_t nanousd;
    struct budget_line **lines;
    struct budget_account **accounts;
    struct account_hold *holds;
};

/* Calls `fn` for each account of a payer; a NULL account is one too many.
 * Ends with the first that returns false. */
typedef bool (*visit_fn)(void *ctx, struct budget_line *line,
                         struct budget_account *account);

static bool
visit_key(struct budget_line *line, const char *key, visit_fn fn, void *ctx)
{
    return !budget_line_concerns(line, key)
           || fn(ctx, line, budget_line_account(line, key));
}

/* A tag that a call has twice is one. */
static bool
is_first(const char *tags, const char *at, size_t size)
{
    while (tags < at) {
        size_t other = strcspn(tags, ",");

        if (other == size && strncmp(tags, at, size) == 0)
            return false;
        tags += other + 1;
    }
    return true;
}

static bool
visit_tags(struct budget_line *line, const char *tags, visit_fn fn, void *ctx)
{
    char key[BUDGETS_KEY_SIZE];
    const char *at = tags;

    while (*at) {
        size_t size = strcspn(at, ",");

        (void)snprintf(key, sizeof(key), "%.*s", (int)size, at);
        if (size > 0 && is_first(tags, at, size)
            && !visit_key(line, key, fn, ctx))
            return false;
        at += size + (at[size] == ',');
    }
    return true;
}

static bool
visit_line(struct budget_line *line, const struct budgets_payer *payer,
           visit_fn fn, void *ctx)
{
    char key[BUDGETS_KEY_SIZE];

    if (payer->nobody && line->set.scope != CONFIG_SCOPE_ALL)
        return true;
    switch (line->set.scope) {
    case CONFIG_SCOPE_ALL:
        return visit_key(line, "", fn, ctx);
    case CONFIG_SCOPE_CLIENT:
        if (!*payer->client)
            (void)snprintf(key, sizeof(key), "uid %u", (unsigned)payer->uid);
        return visit_key(line, *payer->client ? payer->client : key, fn, ctx);
    case CONFIG_SCOPE_ROUTE:
        return visit_key(line, payer->route, fn, ctx);
    case CONFIG_SCOPE_TAG:
        return visit_tags(line, payer->tags, fn, ctx);
    }
    return true;
}

static void
visit(struct budgets *b, const struct budgets_payer *payer, visit_fn fn,
      void *ctx)
{
    bool more = true;

    for (size_t i = 0; i < b->n_lines && more; i++)
        more = visit_line(b->lines[i], payer, fn, ctx);
}

/* False: what refuses grants nothing now, whatever is left. */
static bool
can_grant(const struct budget_line *line)
{
    return line->known && !budget_line_is_unverified(line)
           && strcmp(ledger_state(line->owner->app->ledger), "degraded") != 0;
}

static bool
look_for_room(void *ctx, struct budget_line *line, struct budget_account *a)
{
    struct budgets_room *room = ctx;
    int64_t left = 0, resets_at_ms = INT64_MAX;

    if (a) {
        account_tick(&a->account, budgets_now_ms(line->owner));
        left = account_left_nanousd(&a->account);
        resets_at_ms = account_resets_at_ms(&a->account);
        room->scarce |= line->set.on_exceeded == CONFIG_EXCEEDED_DOWNGRADE
                        && account_is_scarce(&a->account);
    }
    if (!budget_line_refuses(line))
        return true;
    if (left < 0 || !can_grant(line))
        left = 0;
    if (budget_line_is_unverified(line))
        room->unverified = line->set.name;
    if (!room->limited || left < room->left_nanousd) {
        room->left_nanousd = left;
        room->resets_at_ms = resets_at_ms;
    }
    room->limited = true;
    return true;
}

struct budgets_room
budgets_room(struct budgets *b, const struct budgets_payer *payer)
{
    struct budgets_room room = {.resets_at_ms = INT64_MAX};

    visit(b, payer, look_for_room, &room);
    return room;
}

static bool
tell_refuser(void *ctx, struct budget_line *line, struct budget_account *a)
{
    const int64_t *needed_nanousd = ctx;

    if (a && budget_line_refuses(line)
        && (!can_grant(line)
            || account_left_nanousd(&a->account) < *needed_nanousd))
        budget_tell_refusal(line, a, *needed_nanousd);
    return true;
}

void
budgets_note_refusal(struct budgets *b, const struct budgets_payer *payer,
                     int64_t needed_nanousd)
{
    visit(b, payer, tell_refuser, &needed_nanousd);
}

/* What is being gathered for a hold. */
struct gathering {
    struct budgets_hold *hold;
    bool refused;
};

static void
gather(struct budgets_hold *h, struct budget_line *line,
       struct budget_account *a)
{
    h->lines = mem_grow(h->lines, h->n + 1, sizeof(struct budget_line *));
    h->accounts =
        mem_grow(h->accounts, h->n + 1, sizeof(struct budget_account *));
    h->holds = mem_grow(h->holds, h->n + 1, sizeof(*h->holds));
    h->lines[h->n] = line;
    h->accounts[h->n] = a;
    h->holds[h->n++] = (struct account_hold){.account = &a->account};
    h->strict |= budget_line_refuses(line);
    a->n_holds++;
    line->refs++;
}

static bool
look_for_accounts(void *ctx, struct budget_line *line, struct budget_account *a)
{
    struct gathering *g = ctx;

    if (budget_line_refuses(line)
        && (!a || !can_grant(line) || g->hold->nanousd < 0)) {
        g->refused = true;
        return false;
    }
    if (a)
        gather(g->hold, line, a);
    return true;
}

static void
hold_free(struct budgets_hold *hold)
{
    for (size_t i = 0; i < hold->n; i++) {
        hold->accounts[i]->n_holds--;
        budget_line_unref(hold->lines[i]);
    }
    free(hold->lines);
    free(hold->accounts);
    free(hold->holds);
    free(hold);
}

bool
budgets_hold(struct budgets *b, const struct budgets_payer *payer,
             int64_t nanousd, struct budgets_hold **ret_hold)
{
    struct gathering g = {.hold = mem_new(sizeof(*g.hold))};
    bool granted;

    *ret_hold = NULL;
    g.hold->nanousd = nanousd;
    visit(b, payer, look_for_accounts, &g);
    granted =
        !g.refused
        && account_reserve(g.hold->holds, g.hold->n, nanousd < 0 ? 0 : nanousd,
                           budgets_now_ms(b), NULL);
    if (granted && g.hold->n > 0)
        *ret_hold = g.hold;
    else
        hold_free(g.hold);
    return granted;
}

/* An attempt that began before some of the budgets came. */
struct latecomers {
    const struct budgets_hold *hold;
    const struct budgets_correction *correction;
};

static bool
holds_of(const struct budgets_hold *hold, const struct budget_line *line)
{
    for (size_t i = 0; hold && i < hold->n; i++)
        if (hold->lines[i] == line)
            return true;
    return false;
}

static bool
is_of_period(const struct budget_account *a, int64_t at_ms)
{
    return account_period_at(a->account.period, at_ms) == a->account.number;
}

static bool
catch_up(void *ctx, struct budget_line *line, struct budget_account *a)
{
    const struct latecomers *late = ctx;
    const struct budgets_correction *correction = late->correction;

    if (!a || !line->is_late || holds_of(late->hold, line)
        || (!line->known && !line->reading))
        return true;
    if (!line->known && is_of_period(a, correction->started_ms)) {
        a->news_nanousd += correction->to_nanousd - correction->from_nanousd;
        return true;
    }
    account_correct(&a->account, correction->started_ms,
                    correction->from_nanousd, correction->to_nanousd);
    budget_tell(line, a);
    return true;
}

void
budgets_catch_up(struct budgets *b, const struct budgets_hold *hold,
                 const struct budgets_correction *correction)
{
    struct budgets_correction copy = *correction;
    struct latecomers late = {.hold = hold, .correction = &copy};

    visit(b, &copy.payer, catch_up, &late);
}

static bool
correct(void *ctx, struct budget_line *line, struct budget_account *a)
{
    const struct budgets_correction *correction = ctx;

    if (!a || !line->known)
        return true;
    account_correct(&a->account, correction->started_ms,
                    correction->from_nanousd, correction->to_nanousd);
    if (correction->verifies
        && account_period_at(line->set.period, correction->started_ms)
               == a->unverified_number)
        a->unverified_nanousd -= correction->from_nanousd;
    if (a->unverified_nanousd < 0)
        a->unverified_nanousd = 0;
    budget_tell(line, a);
    return true;
}

void
budgets_correct(struct budgets *b, const struct budgets_correction *correction)
{
    struct budgets_correction copy = *correction;

    visit(b, &copy.payer, correct, &copy);
}

bool
budgets_hold_is_strict(const struct budgets_hold *hold)
{
    return hold->strict;
}

int64_t
budgets_hold_nanousd(const struct budgets_hold *hold)
{
    return hold->nanousd < 0 ? 0 : hold->nanousd;
}

void
budgets_settle(struct budgets *b, struct budgets_hold *hold,
               int64_t cost_nanousd)
{
    if (!hold)
        return;
    account_settle(hold->holds, hold->n, cost_nanousd, budgets_now_ms(b));
    for (size_t i = 0; i < hold->n; i++)
        budget_tell(hold->lines[i], hold->accounts[i]);
    hold_free(hold);
}
