#include "app/budgets_internal.h"

#include "base/clock.h"
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

int64_t
budgets_now_ms(struct budgets *b)
{
    int64_t now_ms = clock_wall_ms();

    if (now_ms > b->clock_ms)
        b->clock_ms = now_ms;
    return b->clock_ms;
}

static bool
refuses(const struct budget_line *line)
{
    return line->set.on_exceeded != CONFIG_EXCEEDED_ALERT;
}

static void
apply_to(const struct budget_line *line, struct budget_account *a)
{
    a->account.limit_nanousd = line->set.limit_nanousd;
    a->account.soft = line->set.soft;
    a->account.refuses = refuses(line);
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

/* NULL: there are too many of them. */
static struct budget_account *
find_account(struct budget_line *line, const char *key)
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

static void
line_unref(struct budget_line *line)
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

static bool
concerns(const struct budget_line *line, const char *key)
{
    return !line->set.match || strcmp(line->set.match, key) == 0;
}

static void
count_spent(struct budget_line *line, const struct ledger_sums *sums,
            const char *key)
{
    struct budget_account *a = find_account(line, key);

    if (!a)
        return;
    a->account.settled_nanousd += sums->cost_nanousd;
    budget_tell(line, a);
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
            && concerns(line, sums.key))
            count_spent(line, &sums, sums.key);
    }
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

static void
read_spent(struct budget_line *line)
{
    int64_t now_ms = budgets_now_ms(line->owner);
    int64_t number = account_period_at(line->set.period, now_ms);

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
    line->set = *set;
    line->set.name = mem_strdup(set->name);
    line->set.match = set->match ? mem_strdup(set->match) : NULL;
    if (set->match || set->scope == CONFIG_SCOPE_ALL)
        (void)find_account(line, set->match ? set->match : "");
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
        line_unref(b->lines[i]);
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
    drop_lines(b);
    free(b);
}

void
budgets_tick(struct budgets *b)
{
    int64_t now_ms = budgets_now_ms(b);

    for (size_t i = 0; i < b->n_lines; i++) {
        struct budget_line *line = b->lines[i];

        if (!line->known && !line->reading)
            read_spent(line);
        for (struct budget_account *a = line->accounts; a; a = a->hh.next) {
            account_tick(&a->account, now_ms);
            budget_tell(line, a);
        }
    }
}

/* Calls `fn` for each account of a payer; a NULL account is one too many.
 * Ends with the first that returns false. */
typedef bool (*visit_fn)(void *ctx, struct budget_line *line,
                         struct budget_account *account);

static bool
visit_key(struct budget_line *line, const char *key, visit_fn fn, void *ctx)
{
    return !concerns(line, key) || fn(ctx, line, find_account(line, key));
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
    return line->known
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
    if (!refuses(line))
        return true;
    if (left < 0 || !can_grant(line))
        left = 0;
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

    if (a && refuses(line)
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
    h->strict |= refuses(line);
    a->n_holds++;
    line->refs++;
}

static bool
look_for_accounts(void *ctx, struct budget_line *line, struct budget_account *a)
{
    struct gathering *g = ctx;

    if (refuses(line) && (!a || !can_grant(line) || g->hold->nanousd < 0)) {
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
        line_unref(hold->lines[i]);
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
        apply_settings(line);
        return 0;
    }
    return AIGW_ENOTFOUND;
}
