#include "app/budgets_internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t
budgets_now_ms(struct budgets *b)
{
    int64_t now_ms = clock_wall_ms();

    if (now_ms > b->clock_ms)
        b->clock_ms = now_ms;
    return b->clock_ms;
}

bool
budget_line_refuses(const struct budget_line *line)
{
    return line->set.on_exceeded != CONFIG_EXCEEDED_ALERT;
}

bool
budget_line_is_unverified(const struct budget_line *line)
{
    const struct ledger *ledger = line->owner->app->ledger;
    int64_t number;

    if (line->gap_ms == 0 || !budget_line_refuses(line))
        return false;
    number = account_period_at(line->set.period, budgets_now_ms(line->owner));
    return line->gap_ms >= account_period_start_ms(line->set.period, number)
           && !ledger_gap_is_accepted(ledger, line->set.name);
}

static void
apply_to(const struct budget_line *line, struct budget_account *a)
{
    a->account.limit_nanousd = line->set.limit_nanousd;
    a->account.soft = line->set.soft;
    a->account.refuses = budget_line_refuses(line);
}

static void
apply_settings(struct budget_line *line)
{
    for (struct budget_account *a = line->accounts; a; a = a->hh.next)
        apply_to(line, a);
}

/* One that is as new, and can make room; names come from callers. */
static struct budget_account *
find_unused(struct budget_line *line, int64_t now_ms)
{
    for (struct budget_account *a = line->accounts; a; a = a->hh.next) {
        account_tick(&a->account, now_ms);
        if (a->account.settled_nanousd == 0 && a->n_holds == 0)
            return a;
    }
    return NULL;
}

/* A place for another account: a new one, or one that is not needed.  NULL:
 * there are too many. */
static struct budget_account *
make_room(struct budget_line *line, int64_t now_ms)
{
    struct budget_account *a;

    if (HASH_COUNT(line->accounts) < BUDGETS_MAX_KEYS)
        return mem_new(sizeof(*a));
    a = find_unused(line, now_ms);
    if (a) {
        HASH_DELETE(hh, line->accounts, a);
        *a = (struct budget_account){0};
    }
    return a;
}

struct budget_account *
budget_line_account(struct budget_line *line, const char *key)
{
    int64_t now_ms = budgets_now_ms(line->owner);
    struct budget_account *a;

    HASH_FIND_STR(line->accounts, key, a);
    if (a)
        return a;
    a = make_room(line, now_ms);
    if (!a)
        return NULL;
    account_init(&a->account, line->set.period, 0, now_ms);
    (void)snprintf(a->key, sizeof(a->key), "%s", key);
    HASH_ADD_STR(line->accounts, key, a);
    apply_to(line, a);
    return a;
}

void
budget_line_unref(struct budget_line *line)
{
    struct budget_account *a, *next;

    if (--line->refs > 0)
        return;
    db_read_cancel(&line->read);
    HASH_ITER (hh, line->accounts, a, next) {
        HASH_DELETE(hh, line->accounts, a);
        free(a);
    }
    free(line->set.name);
    free(line->set.match);
    free(line);
}

bool
budget_line_concerns(const struct budget_line *line, const char *key)
{
    return !line->set.match || strcmp(line->set.match, key) == 0;
}

/* Probes are nobody's, although the ledger has the daemon as their user. */
static int64_t
cost_of(const struct budget_line *line, const struct ledger_sums *sums)
{
    if (line->set.scope == CONFIG_SCOPE_ALL)
        return sums->cost_nanousd;
    return sums->cost_nanousd - sums->parts[LEDGER_PROBE].cost_nanousd;
}

static void
count_spent(struct budget_line *line, const struct ledger_sums *sums,
            const char *key)
{
    struct budget_account *a = budget_line_account(line, key);
    int64_t cost_nanousd = cost_of(line, sums);

    if (!a)
        return;
    a->account.settled_nanousd += cost_nanousd;
    a->unverified_nanousd = sums->unverified_nanousd < cost_nanousd
                                ? sums->unverified_nanousd
                                : cost_nanousd;
    a->unverified_number = a->account.number;
    budget_tell(line, a);
}

static void
take_news(struct budget_line *line)
{
    for (struct budget_account *a = line->accounts; a; a = a->hh.next) {
        account_correct(&a->account, budgets_now_ms(line->owner), 0,
                        a->news_nanousd);
        a->news_nanousd = 0;
    }
}

/* The first row is the whole, which a budget of all is about. */
static void
on_spent(void *ctx, int status, const struct db_rows *rows)
{
    struct budget_line *line = ctx;
    struct ledger_sums sums;

    line->reading = false;
    if (line->owner->starting)
        loop_stop(line->owner->app->loop);
    if (status)
        return;
    line->known = true;
    for (int i = 0; i < db_rows_count(rows); i++) {
        ledger_row(rows, i, &sums);
        if (line->set.scope == CONFIG_SCOPE_ALL && i == 0)
            count_spent(line, &sums, "");
        if (line->set.scope != CONFIG_SCOPE_ALL && i > 0 && sums.key
            && budget_line_concerns(line, sums.key))
            count_spent(line, &sums, sums.key);
    }
    take_news(line);
}

static enum ledger_by
way_of(enum config_scope scope)
{
    switch (scope) {
    case CONFIG_SCOPE_ALL:
        break;
    case CONFIG_SCOPE_CLIENT:
        return LEDGER_BY_CLIENT;
    case CONFIG_SCOPE_ROUTE:
        return LEDGER_BY_ROUTE;
    case CONFIG_SCOPE_TAG:
        return LEDGER_BY_TAG;
    }
    return LEDGER_BY_TARGET;
}

/* What has been settled until now is in the answer. */
static void
read_spent(struct budget_line *line)
{
    int64_t now_ms = budgets_now_ms(line->owner);
    int64_t number = account_period_at(line->set.period, now_ms);

    for (struct budget_account *a = line->accounts; a; a = a->hh.next)
        a->account.settled_nanousd = a->news_nanousd = 0;
    line->gap_ms = ledger_gap_ms(line->owner->app->ledger);
    line->read = (struct db_read){.done = on_spent, .ctx = line};
    line->reading =
        ledger_report(
            line->owner->app->ledger, &line->read,
            &(struct ledger_query){
                .by = way_of(line->set.scope),
                .since_ms = account_period_start_ms(line->set.period, number),
                .until_ms = INT64_MAX,
                .everybody = true,
            })
        == 0;
}

/* The budget of the same name counts the same things. */
static struct budget_line *
find_same(const struct budgets *b, const struct config_budget *set)
{
    for (size_t i = 0; i < b->n_lines; i++) {
        const struct config_budget *old = &b->lines[i]->set;

        if (strcmp(old->name, set->name) == 0 && old->scope == set->scope
            && old->period == set->period
            && mem_same_text(old->match, set->match))
            return b->lines[i];
    }
    return NULL;
}

static struct budget_line *
line_new(struct budgets *b, const struct config_budget *set)
{
    struct budget_line *line = mem_new(sizeof(*line));

    line->owner = b;
    line->is_late = !b->starting;
    line->set = *set;
    line->set.name = mem_strdup(set->name);
    line->set.match = set->match ? mem_strdup(set->match) : NULL;
    if (set->match || set->scope == CONFIG_SCOPE_ALL)
        (void)budget_line_account(line, set->match ? set->match : "");
    read_spent(line);
    return line;
}

static struct budget_line *
take_line(struct budgets *b, const struct config_budget *set)
{
    struct budget_line *line = find_same(b, set);

    if (!line)
        line = line_new(b, set);
    line->refs++;
    line->set.limit_nanousd = set->limit_nanousd;
    line->set.on_exceeded = set->on_exceeded;
    line->set.soft = set->soft;
    apply_settings(line);
    return line;
}

static void
drop_lines(struct budgets *b)
{
    for (size_t i = 0; i < b->n_lines; i++)
        budget_line_unref(b->lines[i]);
    free(b->lines);
}

void
budgets_reconfigure(struct budgets *b)
{
    const struct config *config = b->app->config;
    struct budget_line **lines =
        mem_new_array(config->n_budgets + 1, sizeof(struct budget_line *));

    for (size_t i = 0; i < config->n_budgets; i++)
        lines[i] = take_line(b, &config->budgets[i]);
    drop_lines(b);
    b->lines = lines;
    b->n_lines = config->n_budgets;
}

struct budgets *
budgets_new(struct app *app)
{
    struct budgets *b = mem_new(sizeof(*b));

    b->app = app;
    b->clock_ms = ledger_last_start_ms(app->ledger);
    b->starting = true;
    budgets_reconfigure(b);
    for (size_t i = 0; i < b->n_lines; i++)
        while (b->lines[i]->reading)
            loop_run(app->loop);
    b->starting = false;
    return b;
}

void
budgets_free(struct budgets *b)
{
    if (!b)
        return;
    budgets_reconcile_free(b);
    drop_lines(b);
    free(b);
}

static void
tell_accounts(struct budget_line *line)
{
    int64_t now_ms = budgets_now_ms(line->owner);

    for (struct budget_account *a = line->accounts; a; a = a->hh.next) {
        account_tick(&a->account, now_ms);
        budget_tell(line, a);
    }
}

void
budgets_tick(struct budgets *b)
{
    ledger_gap_watch(b->app->ledger);
    for (size_t i = 0; i < b->n_lines; i++) {
        struct budget_line *line = b->lines[i];

        if (!line->known && !line->reading)
            read_spent(line);
        tell_accounts(line);
    }
}

int
budgets_set(struct budgets *b, const char *name,
            const struct budgets_change *change)
{
    for (size_t i = 0; i < b->n_lines; i++) {
        struct budget_line *line = b->lines[i];

        if (strcmp(line->set.name, name) != 0)
            continue;
        if (change->sets_limit)
            line->set.limit_nanousd = change->limit_nanousd;
        if (change->sets_exceeded)
            line->set.on_exceeded = change->on_exceeded;
        if (change->accepts_reset)
            ledger_gap_accept(b->app->ledger, name);
        apply_settings(line);
        tell_accounts(line);
        return 0;
    }
    return AIGW_ENOTFOUND;
}
