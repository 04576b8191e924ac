/*
 * methods_drill.c - drill.start, drill.stop, drill.list.
 */
#include "app/drills.h"
#include "app/methods.h"
#include "app/status.h"
#include "base/mem.h"

enum {
    LEAST_STATUS = 400,
    MOST_STATUS = 599,
    MOST_LATENCY_MS = 600000,
    MOST_TOKENS = 100000,
    MOST_RETRY_AFTER_S = 86400,
    MOST_COUNT = 1000000000,
    USUAL_DURATION_S = 60,
    MOST_DURATION_S = 3600,
};

static void
read_within(struct unpack *u, const char *key, int64_t least, int64_t most,
            int64_t *ret_value)
{
    if (unpack_int(u, key, ret_value)
        && (*ret_value < least || *ret_value > most))
        unpack_refuse(u, key, "expected %lld to %lld", (long long)least,
                      (long long)most);
}

static void
read_details(struct unpack *u, struct drill_fault *f)
{
    if (f->kind == DRILL_STATUS) {
        unpack_require(u, "status");
        read_within(u, "status", LEAST_STATUS, MOST_STATUS, &f->status);
        read_within(u, "retry_after_s", 0, MOST_RETRY_AFTER_S,
                    &f->retry_after_s);
    } else if (f->kind == DRILL_LATENCY) {
        unpack_require(u, "ms");
        read_within(u, "ms", 1, MOST_LATENCY_MS, &f->ms);
    } else if (drill_breaks_answer(f->kind)) {
        read_within(u, "after_tokens", 0, MOST_TOKENS, &f->after_tokens);
    }
}

static int
read_fault(const msgpack_object *map, struct drill_fault *ret_fault,
           struct aigw_err *err)
{
    static const enum drill_kind KINDS[] = {
        DRILL_STATUS, DRILL_CONNECT, DRILL_LATENCY,   DRILL_STALL,
        DRILL_CUT,    DRILL_EMPTY,   DRILL_MALFORMED, DRILL_AUTH};

    const char *names[array_count(KINDS)];
    struct unpack u;
    size_t choice = 0;

    for (size_t i = 0; i < array_count(KINDS); i++)
        names[i] = drill_kind_name(KINDS[i]);
    *ret_fault = (struct drill_fault){.retry_after_s = -1};
    unpack_init(&u, map, err);
    unpack_require(&u, "kind");
    if (unpack_choice(&u, "kind", names, array_count(names), &choice)) {
        ret_fault->kind = KINDS[choice];
        read_details(&u, ret_fault);
    }
    return unpack_finish(&u);
}

static void
read_rate(struct unpack *u, double *ret_rate)
{
    if (unpack_double(u, "rate", ret_rate) && (*ret_rate <= 0 || *ret_rate > 1))
        unpack_refuse(u, "rate", "expected more than 0, and at most 1");
}

static void
answer_start(struct app *app, struct rpc_call *call, int64_t id,
             int64_t expires_ms)
{
    struct status_moment m = status_moment(app, SPAN_1M);
    struct pack *p = rpc_call_begin(call);

    pack_map_begin(p);
    pack_kv_int(p, "id", id);
    status_pack_time(p, "expires_ms", &m, expires_ms);
    pack_map_end(p);
    rpc_call_end(call);
}

void
methods_drill_start(struct app *app, struct rpc_call *call,
                    const msgpack_object *params)
{
    struct drill_order order = {.rate = 1};
    int64_t now_ms = loop_now_ms(app->loop);
    int64_t duration_s = USUAL_DURATION_S;
    const msgpack_object *fault = NULL;
    struct aigw_err err = {0};
    const struct target *t;
    struct unpack u;
    int64_t id;

    methods_unpack(&u, params, &err);
    unpack_require(&u, "fault");
    (void)unpack_map(&u, "fault", &fault);
    read_rate(&u, &order.rate);
    read_within(&u, "count", 1, MOST_COUNT, &order.count);
    read_within(&u, "duration_s", 1, MOST_DURATION_S, &duration_s);
    t = methods_target(app, call, &u, "target");
    if (!t)
        return;
    if (read_fault(fault, &order.fault, &err)) {
        rpc_call_fail(call, AIGW_EPARAMS, "fault.%s", err.text);
        return;
    }
    order.target = t->name;
    order.expires_ms = now_ms + duration_s * 1000;
    id = drills_start(app->drills, &order, now_ms);
    if (id > 0)
        answer_start(app, call, id, order.expires_ms);
    else
        rpc_call_fail(call, AIGW_EOVERLOADED, "there are %d drills already",
                      DRILL_MAX);
}

void
methods_drill_stop(struct app *app, struct rpc_call *call,
                   const msgpack_object *params)
{
    struct aigw_err err = {0};
    struct unpack u;
    int64_t id = 0;
    bool one;

    methods_unpack(&u, params, &err);
    one = unpack_int(&u, "id", &id);
    if (unpack_finish(&u)) {
        rpc_call_fail(call, AIGW_EPARAMS, "%s", err.text);
        return;
    }
    if (one && !drills_stop(app->drills, id)) {
        rpc_call_fail(call, AIGW_ENOTFOUND, "no drill %lld is running",
                      (long long)id);
        return;
    }
    if (!one)
        drills_stop_all(app->drills);
    rpc_call_ok(call);
}

void
methods_drill_list(struct app *app, struct rpc_call *call,
                   const msgpack_object *params)
{
    struct status_moment m = status_moment(app, SPAN_1M);
    struct pack *p = rpc_call_begin(call);

    (void)params;
    pack_map_begin(p);
    status_pack_drills(p, app, &m);
    pack_map_end(p);
    rpc_call_end(call);
}
