#include "app/ledger.h"

#include "app/app.h"
#include "app/ledger_internal.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

enum {
    GROUP_MS = 100,
    GROUP_BYTES = 1024 * 1024, /* Of those that nobody waits for. */
    QUEUE_BYTES = 32 * 1024 * 1024,
    KEEP_ROWS = 2000000,
    KEEP_DAYS = 30,
    STARTING_ROWS = 1000,
    STARTING_BYTES = 256 * 1024,

    /* Every so many rows that are entered, up to twice as many are dropped. */
    TIDY_ROWS = 1024,
};

static const int64_t DAY_MS = INT64_C(24) * 3600 * 1000;

/* A provider that bills more than a million dollars for one attempt has not
 * been found; sums of such rows must not overflow. */
static const int64_t MAX_COST_NANOUSD = INT64_C(1000000000000000);

#define COUNTS                                                                 \
    " requests INTEGER NOT NULL,"                                              \
    " asks INTEGER NOT NULL,"                                                  \
    " attempts INTEGER NOT NULL,"                                              \
    " prompt_tokens INTEGER NOT NULL,"                                         \
    " completion_tokens INTEGER NOT NULL,"                                     \
    " cached_tokens INTEGER NOT NULL,"                                         \
    " cache_write_tokens INTEGER NOT NULL,"                                    \
    " reasoning_tokens INTEGER NOT NULL,"                                      \
    " cost_nanousd INTEGER NOT NULL,"                                          \
    " estimated_nanousd INTEGER NOT NULL,"

static const char *const MIGRATIONS[] = {
    "CREATE TABLE attempts ("
    " id INTEGER PRIMARY KEY,"
    " request_id TEXT NOT NULL,"
    " attempt INTEGER NOT NULL,"
    " kind TEXT NOT NULL,"
    " opens INTEGER NOT NULL," /* The first of its request, */
    " asks INTEGER NOT NULL,"  /* of its request at this target. */
    " target TEXT NOT NULL,"
    " uid INTEGER NOT NULL,"
    " client TEXT NOT NULL,"
    " route TEXT NOT NULL,"
    " tags TEXT NOT NULL," /* With commas between them. */
    " prompt_tokens INTEGER NOT NULL,"
    " completion_tokens INTEGER NOT NULL,"
    " cached_tokens INTEGER NOT NULL,"
    " cache_write_tokens INTEGER NOT NULL,"
    " reasoning_tokens INTEGER NOT NULL,"
    " cost_nanousd INTEGER NOT NULL,"
    " settled TEXT NOT NULL," /* exact, estimated, partial, zero */
    " started_ms INTEGER NOT NULL,"
    " ended_ms INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX attempts_once"
    " ON attempts (request_id, attempt, started_ms, uid, client, target);"
    "CREATE INDEX attempts_by_start ON attempts (started_ms);"
    "CREATE TABLE sums ("
    " at_ms INTEGER NOT NULL," /* When what is summed up began. */
    " target TEXT NOT NULL,"
    " uid INTEGER NOT NULL,"
    " client TEXT NOT NULL,"
    " route TEXT NOT NULL,"
    " tags TEXT NOT NULL,"
    " kind TEXT NOT NULL," COUNTS " PRIMARY KEY (at_ms, " LEDGER_NAMES "))"
    " WITHOUT ROWID;"
    "CREATE VIEW spent AS SELECT started_ms AS at_ms, " LEDGER_NAMES
    ", opens AS requests, asks, 1 AS attempts, " LEDGER_TOKENS
    ", CASE settled WHEN 'exact' THEN 0 ELSE cost_nanousd END"
    " AS estimated_nanousd FROM attempts UNION ALL"
    " SELECT at_ms, " LEDGER_NAMES ", requests, asks, attempts, " LEDGER_TOKENS
    ", estimated_nanousd FROM sums;",

    /* settled: also reserved (it runs), unknown (its daemon died). */
    "ALTER TABLE attempts ADD COLUMN reserved_nanousd INTEGER NOT NULL"
    " DEFAULT 0;"
    "CREATE INDEX attempts_open ON attempts (settled)"
    " WHERE settled = 'reserved';",

    /* Files that lie aside, and the budgets that do without them. */
    ("CREATE TABLE gaps (what TEXT PRIMARY KEY, at_ms INTEGER NOT NULL);"
     "CREATE TABLE accepted (budget TEXT PRIMARY KEY, at_ms INTEGER NOT"
     " NULL);"),

    /* settled: also reconciled, with the bill. */
    ("ALTER TABLE sums ADD COLUMN unverified_nanousd INTEGER NOT NULL"
     " DEFAULT 0;"
     "CREATE INDEX attempts_unknown ON attempts (request_id)"
     " WHERE settled = 'unknown';"
     "DROP VIEW spent;"
     "CREATE VIEW spent AS SELECT started_ms AS at_ms, " LEDGER_NAMES
     ", opens AS requests, asks, 1 AS attempts, " LEDGER_TOKENS
     "," LEDGER_DOUBTS " FROM attempts UNION ALL"
     " SELECT at_ms, " LEDGER_NAMES ", requests, asks, attempts, " LEDGER_TOKENS
     ", estimated_nanousd, unverified_nanousd FROM sums;"),

    ("DROP INDEX attempts_unknown;"
     "CREATE INDEX attempts_uncounted ON attempts (id)"
     " WHERE " LEDGER_UNCOUNTED ";"),
};

const char *
ledger_kind_name(enum ledger_kind kind)
{
    static const char *const TEXTS[] = {
#define X(name, text) text,
        LEDGER_KIND_MAP(X)
#undef X
    };

    return TEXTS[kind];
}

int64_t
ledger_bounded(int64_t cost_nanousd)
{
    return cost_nanousd < MAX_COST_NANOUSD ? cost_nanousd : MAX_COST_NANOUSD;
}

int64_t
ledger_cost(const struct settlement *s)
{
    return ledger_bounded(s->cost_nanousd);
}

static void
on_started(void *ctx, int status, const struct db_rows *rows)
{
    struct ledger *l = ctx;

    l->start_status = status;
    if (status)
        return;
    l->last_row = db_rows_int(rows, 0, 0);
    l->last_start_ms = db_rows_int(rows, 0, 1);
    l->gap_ms = db_rows_int(rows, 0, 2);
}

static void
on_started_gap(void *ctx, int status, const struct db_rows *rows)
{
    struct ledger *l = ctx;

    if (status)
        l->start_status = status;
    else
        ledger_gap_read(l, rows);
    l->started = true;
    loop_stop(l->storage.app->loop);
}

static struct db_read
starting_read(struct ledger *l,
              void (*done)(void *ctx, int status, const struct db_rows *rows))
{
    return (struct db_read){
        .done = done,
        .ctx = l,
        .max_rows = STARTING_ROWS,
        .max_bytes = STARTING_BYTES,
    };
}

/* Before anybody can ask: nothing else runs on the loop yet. */
static int
take_stock(struct ledger *l)
{
    struct db *db = l->storage.db;
    int status;

    l->started = false;
    l->n_moved_aside = l->storage.n_moved_aside;
    l->starting = starting_read(l, on_started);
    l->starting_gap = starting_read(l, on_started_gap);
    (void)db_write(db,
                   "UPDATE attempts SET settled = 'unknown',"
                   " ended_ms = started_ms WHERE settled = 'reserved'",
                   NULL, 0);
    ledger_gap_note(l);
    ledger_notes_open(l);
    status = db_read(db, &l->starting,
                     "SELECT max(id), max(started_ms),"
                     " (SELECT max(at_ms) FROM gaps) FROM attempts",
                     NULL, 0);
    if (status == 0)
        status = db_read(db, &l->starting_gap,
                         "SELECT budget FROM accepted WHERE at_ms >="
                         " (SELECT max(at_ms) FROM gaps)",
                         NULL, 0);
    if (status)
        return status;
    while (!l->started)
        loop_run(l->storage.app->loop);
    return l->start_status;
}

static const struct storage_options OPTIONS = {
    .name = "ledger",
    .what = "costs",
    .migrations = MIGRATIONS,
    .n_migrations = array_count(MIGRATIONS),
    .group_ms = GROUP_MS,
    .group_bytes = GROUP_BYTES,
    .queue_bytes = QUEUE_BYTES,
};

/* Without knowing what is in the file nothing can be added to it. */
static int
start(struct ledger *l)
{
    int status = storage_open(&l->storage, l->storage.app, &OPTIONS);

    if (status == 0 && take_stock(l)) {
        ledger_notes_close(l, false);
        status = storage_fall_back(&l->storage, &OPTIONS,
                                   db_state(l->storage.db)->error);
        if (status == 0)
            status = take_stock(l);
    }
    if (status == 0)
        ledger_gap_unmark(l);
    if (status == 0 && l->gap_ms > 0)
        log_text(LOG_WARN, "what was spent before is not known: see budgets");
    return status;
}

struct ledger *
ledger_new(struct app *app)
{
    struct ledger *l = mem_new(sizeof(*l));

    l->storage.app = app;
    if (start(l) == 0)
        return l;
    ledger_free(l);
    return NULL;
}

void
ledger_free(struct ledger *l)
{
    if (!l)
        return;
    if (l->storage.db) {
        ledger_flush_sums(l);
        ledger_gap_watch(l);
    }
    ledger_notes_close(l, storage_close(&l->storage) == 0);
    ledger_gap_free(l);
    free(l);
}

const char *
ledger_state(const struct ledger *l)
{
    return storage_state(&l->storage);
}

const struct db_state *
ledger_db_state(const struct ledger *l)
{
    return db_state(l->storage.db);
}

int64_t
ledger_lost(const struct ledger *l)
{
    return l->n_lost;
}

/* The oldest rows that are too old or too many: ?1, ?2, at most ?3. */
#define RIPE                                                                   \
    "id IN (SELECT id FROM attempts WHERE (started_ms < ?1"                    \
    " OR id <= (SELECT max(id) FROM attempts) - ?2)"                           \
    " AND settled <> 'reserved' ORDER BY id LIMIT ?3)"

static const char ROLL_UP[] =
    "INSERT INTO sums SELECT started_ms / 86400000 * 86400000, " LEDGER_NAMES
    ", sum(opens), sum(asks), count(*), sum(prompt_tokens),"
    " sum(completion_tokens), sum(cached_tokens), sum(cache_write_tokens),"
    " sum(reasoning_tokens), sum(cost_nanousd),"
    " sum(estimated_nanousd), sum(unverified_nanousd)"
    " FROM (SELECT *," LEDGER_DOUBTS " FROM attempts WHERE " RIPE ")"
    " GROUP BY started_ms / 86400000, " LEDGER_NAMES LEDGER_ADD_UP;

/* Both statements are in one transaction and mean the same rows. */
static void
tidy(struct ledger *l)
{
    struct db_value values[] = {
        db_int(clock_wall_ms() - KEEP_DAYS * DAY_MS),
        db_int(KEEP_ROWS),
        db_int((int64_t)TIDY_ROWS * 2),
    };

    l->n_untidied = 0;
    (void)db_write(l->storage.db, ROLL_UP, values, array_count(values));
    (void)db_write(l->storage.db, "DELETE FROM attempts WHERE " RIPE, values,
                   array_count(values));
}

/* Said when it begins, since there may be thousands. */
static void
lose(struct ledger *l)
{
    if (l->n_lost++ == 0)
        log_text(LOG_ERROR, "costs are lost: too many wait to be stored");
}

void
ledger_entered(struct ledger *l, int status)
{
    if (status)
        lose(l);
    else if (++l->n_untidied >= TIDY_ROWS)
        tidy(l);
}

static void
add_row(struct ledger *l, const struct ledger_note *note,
        const struct ledger_attempt *a)
{
    const struct settlement *s = a->settlement;
    int64_t row = note->row > 0 ? note->row : ++l->last_row;
    int status;
    struct db_value values[] = {
        db_text(a->request_id),
        db_int(a->number),
        db_text(ledger_kind_name(a->kind)),
        db_int(a->opens),
        db_int(a->asks),
        db_text(a->target),
        db_int(a->uid),
        db_text(a->client),
        db_text(a->route),
        db_text(a->tags),
        db_int(s->prompt_tokens),
        db_int(s->completion_tokens),
        db_int(s->cached_tokens),
        db_int(s->cache_write_tokens),
        db_int(s->reasoning_tokens),
        db_int(ledger_cost(s)),
        db_text(settle_kind_name(s->kind)),
        db_int(a->started_ms),
        db_int(a->ended_ms),
        db_int(row),
    };

    status = db_write(l->storage.db,
                      "INSERT INTO attempts (request_id, attempt, kind, opens,"
                      " asks, target, uid, client, route, tags, " LEDGER_TOKENS
                      ", settled, started_ms, ended_ms, id) VALUES (?1, ?2, ?3,"
                      " ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
                      " ?16, ?17, ?18, ?19, ?20)",
                      values, array_count(values));
    if (status == 0)
        ledger_notes_queued(l, note);
    ledger_entered(l, status);
}

void
ledger_add(struct ledger *l, const struct ledger_note *note,
           const struct ledger_attempt *a)
{
    if (l->storage.path)
        add_row(l, note, a);
    else
        ledger_sum_up(l, a);
}

bool
ledger_is_durable(const struct ledger *l)
{
    return l->storage.path != NULL;
}

int64_t
ledger_last_start_ms(const struct ledger *l)
{
    return l->last_start_ms;
}
