/*
 * ledger_reserve.c - attempts that are entered before they are sent.
 */
#include "app/ledger_internal.h"

#include "base/mem.h"

/* Until it is settled, its number is that of its row: those of attempts are
 * known when they end. */
int
ledger_reserve(struct ledger *l, const struct ledger_attempt *a,
               int64_t nanousd, struct db_sync *sync, int64_t *ret_row)
{
    int64_t row = l->last_row + 1;
    struct db_value values[] = {
        db_int(row),
        db_text(a->request_id),
        db_text(ledger_kind_name(a->kind)),
        db_text(a->target),
        db_int(a->uid),
        db_text(a->client),
        db_text(a->route),
        db_text(a->tags),
        db_int(ledger_bounded(nanousd)),
        db_int(a->started_ms),
        db_int(a->opens),
    };
    int status = db_write_sync(
        l->storage.db, sync,
        "INSERT INTO attempts (id, request_id, attempt, kind, opens, asks,"
        " target, uid, client, route, tags, " LEDGER_TOKENS ", settled,"
        " reserved_nanousd, started_ms, ended_ms) VALUES (?1, ?2, -?1, ?3,"
        " ?11, 1, ?4, ?5, ?6, ?7, ?8, 0, 0, 0, 0, 0, ?9, 'reserved', ?9, ?10, ?10)",
        values, array_count(values));

    if (status)
        return status;
    l->last_row = row;
    *ret_row = row;
    return 0;
}

void
ledger_settle(struct ledger *l, int64_t row, const struct ledger_attempt *a)
{
    const struct settlement *s = a->settlement;
    struct db_value values[] = {
        db_int(row),
        db_int(a->number),
        db_text(ledger_kind_name(a->kind)),
        db_int(a->opens),
        db_int(a->asks),
        db_int(s->prompt_tokens),
        db_int(s->completion_tokens),
        db_int(s->cached_tokens),
        db_int(s->cache_write_tokens),
        db_int(s->reasoning_tokens),
        db_int(ledger_cost(s)),
        db_text(settle_kind_name(s->kind)),
        db_int(a->ended_ms),
    };

    ledger_entered(l,
                   db_write(l->storage.db,
                            "UPDATE attempts SET attempt = ?2, kind = ?3,"
                            " opens = ?4, asks = ?5, prompt_tokens = ?6,"
                            " completion_tokens = ?7, cached_tokens = ?8,"
                            " cache_write_tokens = ?9, reasoning_tokens = ?10,"
                            " cost_nanousd = ?11, settled = ?12, ended_ms = ?13"
                            " WHERE id = ?1 AND settled = 'reserved'",
                            values, array_count(values)));
}

void
ledger_forget(struct ledger *l, int64_t row)
{
    struct db_value value = db_int(row);

    (void)db_write(l->storage.db,
                   "DELETE FROM attempts WHERE id = ?1"
                   " AND settled = 'reserved'",
                   &value, 1);
}

void
ledger_sync_cancel(struct ledger *l, struct db_sync *sync)
{
    db_sync_cancel(l->storage.db, sync);
}
