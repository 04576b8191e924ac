/*
 * methods_cost.c - cost.
 */
#include "app/ledger.h"
#include "app/methods.h"
#include "app/status.h"
#include "base/clock.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

static const int64_t HOUR_MS = INT64_C(3600) * 1000;
static const int64_t DAY_MS = INT64_C(24) * 3600 * 1000;

enum {
    USUAL_DAYS = 7,
    MONTH_DAYS = 30,
};

static const char *const BY[] = {
    [LEDGER_BY_TARGET] = "target", [LEDGER_BY_ROUTE] = "route",
    [LEDGER_BY_CLIENT] = "client", [LEDGER_BY_DAY] = "day",
    [LEDGER_BY_TAG] = "tag",
};

/* A question to the ledger, and who waits for the answer. */
struct cost_inquiry {
    struct rpc_call *rpc;
    struct db_read read;
    struct ledger_query query;
};

static void
on_abandon(void *owner)
{
    struct cost_inquiry *q = owner;

    db_read_cancel(&q->read);
    free(q);
}

static void
pack_part(struct pack *p, const char *attempts_key, const char *usd_key,
          const struct ledger_part *part)
{
    pack_kv_int(p, attempts_key, part->attempts);
    status_pack_usd(p, usd_key, part->cost_nanousd);
}

static void
pack_sums(struct pack *p, const struct ledger_sums *s)
{
    pack_kv_int(p, "requests", s->requests);
    pack_kv_int(p, "attempts", s->attempts);
    pack_kv_int(p, "prompt_tokens", s->prompt_tokens);
    pack_kv_int(p, "completion_tokens", s->completion_tokens);
    pack_kv_int(p, "cached_tokens", s->cached_tokens);
    pack_kv_int(p, "cache_write_tokens", s->cache_write_tokens);
    pack_kv_int(p, "reasoning_tokens", s->reasoning_tokens);
    status_pack_usd(p, "cost_usd", s->cost_nanousd);
    pack_kv_int(p, "cost_nanousd", s->cost_nanousd);
    status_pack_usd(p, "estimated_usd", s->estimated_nanousd);
    status_pack_usd(p, "unverified_usd", s->unverified_nanousd);
    pack_part(p, "retries", "retries_usd", &s->parts[LEDGER_RETRY]);
    pack_part(p, "continuations", "continuations_usd",
              &s->parts[LEDGER_CONTINUATION]);
    pack_part(p, "hedges", "hedges_usd", &s->parts[LEDGER_HEDGE]);
    pack_part(p, "probes", "probes_usd", &s->parts[LEDGER_PROBE]);
}

static void
pack_row(struct pack *p, const struct ledger_sums *row, int64_t whole_nanousd)
{
    pack_map_begin(p);
    pack_kv_str(p, "key", row->key);
    pack_sums(p, row);
    pack_kv_double(p, "share",
                   status_ratio((double)row->cost_nanousd, whole_nanousd));
    pack_map_end(p);
}

/* What was spent goes on being spent at the same rate.  An hour at least: one
 * call just after the first start is no forecast. */
static void
pack_projection(struct pack *p, const struct ledger_query *query,
                const struct ledger_sums *whole)
{
    int64_t now_ms = clock_wall_ms();
    int64_t until_ms = query->until_ms < now_ms ? query->until_ms : now_ms;
    int64_t since_ms =
        query->since_ms > whole->first_ms ? query->since_ms : whole->first_ms;
    int64_t covered_ms = until_ms - since_ms;
    double day_usd = (double)NAN;

    if (covered_ms < HOUR_MS)
        covered_ms = HOUR_MS;
    if (whole->attempts > 0)
        day_usd = price_to_usd(whole->cost_nanousd) * (double)DAY_MS
                  / (double)covered_ms;
    pack_kv_double(p, "projected_day_usd", day_usd);
    pack_kv_double(p, "projected_month_usd", day_usd * MONTH_DAYS);
}

static void
answer(struct cost_inquiry *q, const struct db_rows *rows)
{
    struct pack *p = rpc_call_begin(q->rpc);
    struct ledger_sums whole, row;

    ledger_row(rows, 0, &whole);
    pack_map_begin(p);
    pack_kv_str(p, "by", BY[q->query.by]);
    pack_kv_int(p, "since_ms", q->query.since_ms);
    pack_kv_int(p, "until_ms", q->query.until_ms);
    pack_key(p, "rows");
    pack_array_begin(p);
    for (int i = 1; i < db_rows_count(rows); i++) {
        ledger_row(rows, i, &row);
        pack_row(p, &row, whole.cost_nanousd);
    }
    pack_array_end(p);
    pack_key(p, "total");
    pack_map_begin(p);
    pack_sums(p, &whole);
    pack_map_end(p);
    pack_projection(p, &q->query, &whole);
    pack_map_end(p);
    rpc_call_end(q->rpc);
}

static void
on_rows(void *ctx, int status, const struct db_rows *rows)
{
    struct cost_inquiry *q = ctx;

    if (status)
        rpc_call_fail(q->rpc, AIGW_EINTERNAL, "the ledger cannot be read");
    else
        answer(q, rows);
    free(q);
}

static void
read_time(struct unpack *u, const char *key, int64_t *ret_ms)
{
    if (unpack_int(u, key, ret_ms) && *ret_ms < 0)
        unpack_refuse(u, key, "expected milliseconds since 1970");
}

static int
read_query(struct rpc_call *call, const msgpack_object *params,
           struct ledger_query *ret)
{
    const struct session_client *client = session_client(call->session);
    struct aigw_err err = {0};
    struct unpack u;
    size_t by = LEDGER_BY_TARGET;

    *ret = (struct ledger_query){
        .since_ms = -1,
        .until_ms = clock_wall_ms() + 1,
        .everybody = client->admin,
        .uid = client->uid,
    };
    methods_unpack(&u, params, &err);
    (void)unpack_choice(&u, "by", BY, array_count(BY), &by);
    read_time(&u, "since_ms", &ret->since_ms);
    read_time(&u, "until_ms", &ret->until_ms);
    if (unpack_finish(&u)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
        return AIGW_EPARAMS;
    }
    ret->by = (enum ledger_by)by;
    if (ret->since_ms < 0)
        ret->since_ms = ret->until_ms - USUAL_DAYS * DAY_MS;
    return 0;
}

void
methods_cost(struct app *app, struct rpc_call *call,
             const msgpack_object *params)
{
    struct ledger_query query;
    struct cost_inquiry *q;

    if (read_query(call, params, &query))
        return;
    q = mem_new(sizeof(*q));
    q->rpc = call;
    q->query = query;
    q->read = (struct db_read){.done = on_rows, .ctx = q};
    if (ledger_report(app->ledger, &q->read, &query)) {
        rpc_call_fail(call, AIGW_EOVERLOADED, "too much waits to be stored");
        free(q);
        return;
    }
    rpc_call_set_owner(call, on_abandon, NULL, q);
}
