/*
 * demo_lists.c - the requests, costs and events of the demonstration.
 */
#include <stdio.h>
#include <string.h>

#include "tui/demo_story.h"
#include "tui/demo_values.h"

/* A call, over and over again: it begins every `every_s`. */
struct call {
    const char *id;
    size_t client;
    size_t route;
    size_t target;
    int every_s;
    int lasts_s;
    int tokens_per_s;
    int failed_on; /* A target that it was sent to before; -1: none. */
};

static const struct call calls[] = {
    {"01J9XZ7KQ4", 0, 0, 1, 9, 7, 62, 0},
    {"01J9XZ7M2B", 0, 0, 1, 12, 11, 58, -1},
    {"01J9XZ7N8V", 1, 1, 1, 17, 14, 71, -1},
    {"01J9XZ7P0D", 2, 2, 4, 5, 4, 95, -1},
    {"01J9XZ7PWS", 1, 1, 2, 23, 16, 40, -1},
    {"01J9XZ7Q6E", 3, 0, 3, 31, 22, 55, -1},
    {"01J9XZ7R1T", 2, 2, 4, 6, 3, 101, -1},
};

static struct aigw_value *
make_attempt(size_t target, const char *outcome, double started_ms,
             double ended_ms, double now_ms)
{
    struct aigw_value *a = aigw_value_map();
    bool failed = strcmp(outcome, "ok") != 0;

    aigw_value_set_str(a, "target", demo_targets[target].name);
    aigw_value_set_bool(a, "sent", true);
    aigw_value_set_bool(a, "hedge", false);
    aigw_value_set_double(a, "started_ms", started_ms);
    if (failed || started_ms + demo_targets[target].p50_ms > now_ms)
        aigw_value_set_nil(a, "first_content_ms");
    else
        aigw_value_set_double(a, "first_content_ms",
                              started_ms + demo_targets[target].p50_ms);
    if (failed || ended_ms <= now_ms) {
        aigw_value_set_str(a, "outcome", outcome);
        aigw_value_set_int(a, "http_status", failed ? 529 : 200);
        aigw_value_set_double(a, "ended_ms", ended_ms);
    } else {
        aigw_value_set_nil(a, "outcome");
        aigw_value_set_nil(a, "ended_ms");
    }
    return a;
}

static struct aigw_value *
make_attempts(const struct call *call, double started_ms, double now_ms)
{
    struct aigw_value *log = aigw_value_array();
    double ended_ms = started_ms + call->lasts_s * 1000.0;

    if (call->failed_on >= 0) {
        aigw_value_append(log,
                          make_attempt((size_t)call->failed_on, "overload",
                                       started_ms, started_ms + 180, now_ms));
        started_ms += 181;
    }
    aigw_value_append(
        log, make_attempt(call->target, "ok", started_ms, ended_ms, now_ms));
    return log;
}

static struct aigw_value *
make_request(const struct call *call, int at_s, int began_s)
{
    struct aigw_value *r = aigw_value_map();
    double began_ms = demo_begun_ms + began_s * 1000.0;
    bool done = at_s >= began_s + call->lasts_s;
    int age_s = done ? call->lasts_s : at_s - began_s;
    char id[48];

    (void)snprintf(id, sizeof(id), "%s-%04d", call->id, began_s + 4000);
    aigw_value_set_str(r, "request_id", id);
    aigw_value_set_str(r, "client", demo_clients[call->client].name);
    aigw_value_set_int(r, "uid", demo_clients[call->client].uid);
    aigw_value_set_str(r, "route", demo_routes[call->route].name);
    aigw_value_set_str(r, "target", demo_targets[call->target].name);
    aigw_value_set_str(r, "state",
                       done         ? "done"
                       : age_s == 0 ? "waiting"
                                    : "streaming");
    aigw_value_set_double(r, "started_ms", began_ms);
    aigw_value_set_int(r, "age_ms", age_s * INT64_C(1000));
    aigw_value_set_int(r, "tokens", (int64_t)age_s * call->tokens_per_s);
    aigw_value_set_double(r, "cost_usd", age_s * call->tokens_per_s * 1e-5);
    aigw_value_set_nil(r, "error_code");
    aigw_value_set_int(r, "attempts", call->failed_on >= 0 ? 2 : 1);
    aigw_value_set(
        r, "attempt_log",
        make_attempts(call, began_ms, demo_begun_ms + at_s * 1000.0));
    aigw_value_set(r, "events", aigw_value_array());
    return r;
}

/* When the last of these calls began, `back` of them ago. */
static int
began_at(const struct call *call, int at_s, int back)
{
    int phase = (int)(call - calls);
    int since = (at_s + 1000 * call->every_s - phase) % call->every_s;

    return at_s - since - back * call->every_s;
}

static void
append_calls(struct aigw_value *list, int at_s, bool done)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
        for (int back = 3; back >= 0; back--) {
            int began_s = began_at(&calls[i], at_s, back);

            if ((at_s >= began_s + calls[i].lasts_s) == done)
                aigw_value_append(list, make_request(&calls[i], at_s, began_s));
        }
}

struct aigw_value *
demo_requests(int at_s)
{
    struct aigw_value *result = aigw_value_map();
    struct aigw_value *list = aigw_value_array();

    append_calls(list, at_s, false);
    append_calls(list, at_s, true);
    aigw_value_set(result, "requests", list);
    return result;
}

static struct aigw_value *
make_row(const char *key, double share, int at_s)
{
    struct aigw_value *row = aigw_value_map();
    double usd = demo_spent_today(at_s) * share;

    if (key)
        aigw_value_set_str(row, "key", key);
    aigw_value_set_int(row, "requests", (int64_t)(810000 * share));
    aigw_value_set_int(row, "attempts", (int64_t)(838000 * share));
    aigw_value_set_int(row, "prompt_tokens", (int64_t)(4.1e8 * share));
    aigw_value_set_int(row, "completion_tokens", (int64_t)(8.7e7 * share));
    aigw_value_set_double(row, "cost_usd", usd);
    aigw_value_set_double(row, "estimated_usd", usd * 0.004);
    aigw_value_set_double(row, "retries_usd", usd * 0.009);
    aigw_value_set_double(row, "continuations_usd", usd * 0.001);
    aigw_value_set_double(row, "hedges_usd", usd * 0.012);
    aigw_value_set_double(row, "probes_usd", 0);
    if (key)
        aigw_value_set_double(row, "share", share);
    return row;
}

/* The rows of what costs are by, dearest first as in the tables. */
static void
append_rows(struct aigw_value *rows, const char *by, int at_s)
{
    if (strcmp(by, "target") == 0)
        for (size_t i = 0; i < DEMO_TARGETS; i++)
            aigw_value_append(rows, make_row(demo_targets[i].name,
                                             demo_targets[i].share, at_s));
    else if (strcmp(by, "route") == 0)
        for (size_t i = 0; i < DEMO_ROUTES; i++)
            aigw_value_append(rows, make_row(demo_routes[i].name,
                                             demo_routes[i].share, at_s));
    else
        for (size_t i = 0; i < DEMO_CLIENTS; i++)
            aigw_value_append(rows, make_row(demo_clients[i].name,
                                             demo_clients[i].share, at_s));
}

struct aigw_value *
demo_cost(const char *by, int at_s)
{
    struct aigw_value *report = aigw_value_map();
    struct aigw_value *rows = aigw_value_array();

    append_rows(rows, by, at_s);
    aigw_value_set_str(report, "by", by);
    aigw_value_set(report, "rows", rows);
    aigw_value_set(report, "total", make_row(NULL, 1, at_s));
    aigw_value_set_double(report, "projected_day_usd", 296.10);
    aigw_value_set_double(report, "projected_month_usd", 8883);
    return report;
}

struct aigw_value *
demo_event(int i, int *ret_at_s)
{
    const struct demo_move *move;
    struct aigw_value *event;

    if (i >= DEMO_MOVES)
        return NULL;
    move = &demo_moves[i];
    event = aigw_value_map();
    *ret_at_s = move->at_s;
    aigw_value_set_int(event, "seq", 5101 + i);
    aigw_value_set_double(event, "time_ms",
                          demo_begun_ms + move->at_s * 1000.0);
    aigw_value_set_str(event, "kind", move->kind);
    aigw_value_set_str(event, "target", demo_targets[move->target].name);
    aigw_value_set_str(event, "from", move->from);
    aigw_value_set_str(event, "to", move->to);
    aigw_value_set_str(event, "reason", move->reason);
    return event;
}
