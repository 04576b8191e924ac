/*
 * ledger_report.c - the questions asked of the ledger.
 */
#include "app/ledger_internal.h"

#include "base/mem.h"

enum {
    MAX_ROWS = 1000,
    MAX_BYTES = 1024 * 1024,
};

#define X(name, text)                                                          \
    ", coalesce(sum(attempts) FILTER (WHERE kind = '" text "'), 0),"           \
    " coalesce(sum(cost_nanousd) FILTER (WHERE kind = '" text "'), 0)"

/* In the order of struct ledger_sums, after the requests. */
#define SUMS                                                                   \
    " min(at_ms), sum(attempts), sum(prompt_tokens), sum(completion_tokens),"  \
    " sum(cached_tokens), sum(cache_write_tokens), sum(reasoning_tokens),"     \
    " sum(cost_nanousd) AS cost, sum(estimated_nanousd),"                      \
    " sum(unverified_nanousd)" LEDGER_KIND_MAP(X)

/* Not materialised: it would copy every row that is asked for. */
#define SELECTED                                                               \
    " s AS NOT MATERIALIZED (SELECT * FROM spent WHERE at_ms >= ?1"            \
    " AND at_ms < ?2 AND (?3 OR uid = ?4))"

/* The whole, then each key. */
#define THEN_EACH                                                              \
    " SELECT NULL, sum(requests)," SUMS " FROM s UNION ALL"                    \
    " SELECT * FROM (SELECT"
#define DEAREST_FIRST " GROUP BY key ORDER BY cost DESC, key LIMIT ?5)"
#define OLDEST_FIRST  " GROUP BY key ORDER BY key LIMIT ?5)"

static const char BY_TARGET[] =
    "WITH" SELECTED THEN_EACH " target AS key, sum(asks)," SUMS
    " FROM s" DEAREST_FIRST;

static const char BY_ROUTE[] =
    "WITH" SELECTED THEN_EACH " nullif(route, '') AS key, sum(requests)," SUMS
    " FROM s" DEAREST_FIRST;

static const char BY_CLIENT[] =
    "WITH" SELECTED THEN_EACH " CASE client WHEN '' THEN 'uid ' || uid"
    " ELSE client END AS key, sum(requests)," SUMS " FROM s" DEAREST_FIRST;

static const char BY_DAY[] =
    "WITH" SELECTED THEN_EACH " date(at_ms / 1000, 'unixepoch') AS key,"
    " sum(requests)," SUMS " FROM s" OLDEST_FIRST;

static const char BY_TAG[] =
    "WITH RECURSIVE" SELECTED ", words(tags, rest, word) AS ("
    "SELECT DISTINCT tags, tags || ',', NULL FROM s UNION ALL"
    " SELECT tags, substr(rest, instr(rest, ',') + 1),"
    " substr(rest, 1, instr(rest, ',') - 1) FROM words WHERE rest <> ''),"
    " tagged AS (SELECT DISTINCT tags, word FROM words"
    " WHERE word IS NOT NULL)" THEN_EACH " nullif(word, '') AS key,"
    " sum(requests)," SUMS " FROM s JOIN tagged USING (tags)" DEAREST_FIRST;

static const char *const REPORTS[] = {
    [LEDGER_BY_TARGET] = BY_TARGET, [LEDGER_BY_ROUTE] = BY_ROUTE,
    [LEDGER_BY_CLIENT] = BY_CLIENT, [LEDGER_BY_DAY] = BY_DAY,
    [LEDGER_BY_TAG] = BY_TAG,
};

int
ledger_report(struct ledger *l, struct db_read *read,
              const struct ledger_query *query)
{
    struct db_value values[] = {
        db_int(query->since_ms),  db_int(query->until_ms),
        db_int(query->everybody), db_int(query->uid),
        db_int(MAX_ROWS),
    };

    ledger_flush_sums(l);
    read->max_rows = MAX_ROWS + 1;
    read->max_bytes = MAX_BYTES;
    return db_read(l->storage.db, read, REPORTS[query->by], values,
                   array_count(values));
}

void
ledger_row(const struct db_rows *rows, int i, struct ledger_sums *ret)
{
    int column = 0;

    ret->key = db_rows_at(rows, i, column++).data;
    ret->requests = db_rows_int(rows, i, column++);
    ret->first_ms = db_rows_int(rows, i, column++);
    ret->attempts = db_rows_int(rows, i, column++);
    ret->prompt_tokens = db_rows_int(rows, i, column++);
    ret->completion_tokens = db_rows_int(rows, i, column++);
    ret->cached_tokens = db_rows_int(rows, i, column++);
    ret->cache_write_tokens = db_rows_int(rows, i, column++);
    ret->reasoning_tokens = db_rows_int(rows, i, column++);
    ret->cost_nanousd = db_rows_int(rows, i, column++);
    ret->estimated_nanousd = db_rows_int(rows, i, column++);
    ret->unverified_nanousd = db_rows_int(rows, i, column++);
    for (int kind = 0; kind < LEDGER_KIND_N; kind++) {
        ret->parts[kind].attempts = db_rows_int(rows, i, column++);
        ret->parts[kind].cost_nanousd = db_rows_int(rows, i, column++);
    }
}
