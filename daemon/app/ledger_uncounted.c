/*
 * ledger_uncounted.c - attempts of which nobody knows what they have cost: since
 * the daemon was killed meanwhile, or the provider did not count them to the
 * end; until an operator has seen the bill.
 */
#include "app/ledger_internal.h"
#include "base/mem.h"

enum {
    MAX_ROWS = 1000,
    MAX_BYTES = 1024 * 1024,
};

/* In the order of struct ledger_uncounted. */
static const char SELECT[] =
    "SELECT id, request_id, target, client, uid, route, tags, settled,"
    " cost_nanousd, started_ms FROM attempts WHERE " LEDGER_UNCOUNTED
    " AND (?1 OR uid = ?2) AND (?3 IS NULL OR request_id = ?3)"
    " AND (?4 = 0 OR id = ?4) AND (?6 OR settled = 'unknown')"
    " ORDER BY id DESC LIMIT ?5";

int
ledger_uncounted_find(struct ledger *l, struct db_read *read,
                      const struct ledger_uncounted_query *query)
{
    struct db_value values[] = {
        db_int(query->everybody),   db_int(query->uid),
        db_text(query->request_id), db_int(query->row),
        db_int((int64_t)MAX_ROWS),  db_int(query->estimated),
    };

    read->max_rows = MAX_ROWS;
    read->max_bytes = MAX_BYTES;
    return db_read(l->storage.db, read, SELECT, values, array_count(values));
}

void
ledger_uncounted_row(const struct db_rows *rows, int i,
                     struct ledger_uncounted *ret)
{
    int column = 0;

    ret->row = db_rows_int(rows, i, column++);
    ret->request_id = db_rows_text(rows, i, column++);
    ret->target = db_rows_text(rows, i, column++);
    ret->client = db_rows_text(rows, i, column++);
    ret->uid = (uid_t)db_rows_int(rows, i, column++);
    ret->route = db_rows_text(rows, i, column++);
    ret->tags = db_rows_text(rows, i, column++);
    ret->settled = db_rows_text(rows, i, column++);
    ret->cost_nanousd = db_rows_int(rows, i, column++);
    ret->started_ms = db_rows_int(rows, i, column++);
}

int
ledger_reconcile(struct ledger *l, struct db_sync *sync, int64_t row,
                 int64_t cost_nanousd)
{
    struct db_value values[] = {
        db_int(row),
        db_int(ledger_bounded(cost_nanousd)),
    };

    return db_write_sync(l->storage.db, sync,
                         "UPDATE attempts SET settled = 'reconciled',"
                         " cost_nanousd = ?2 WHERE id = ?1"
                         " AND " LEDGER_UNCOUNTED,
                         values, array_count(values));
}
