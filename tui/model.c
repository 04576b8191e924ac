#include "tui/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/read.h"

/* Longer without a snapshot, and a rate over the gap says nothing. */
static const double LONGEST_STEP_S = 60;

void
model_init(struct model *m, const char *socket_path, double period_ms,
           double now_ms)
{
    *m = (struct model){.restarted_ms = (double)NAN, .clock_speed = 1};
    (void)snprintf(m->socket_path, sizeof(m->socket_path), "%s", socket_path);
    link_init(&m->link, period_ms, now_ms);
}

static void
forget_answers(struct model *m)
{
    model_take_requests(m, NULL);
    for (int i = 0; i < COST_BY_N; i++)
        model_take_cost(m, (enum cost_by)i, NULL);
}

static void
forget_events(struct model *m)
{
    for (size_t i = 0; i < m->n_events; i++)
        aigw_value_free(m->events[i]);
    m->n_events = 0;
    m->last_seq = 0;
}

void
model_deinit(struct model *m)
{
    aigw_value_free(m->snapshot);
    m->snapshot = NULL;
    forget_answers(m);
    forget_events(m);
}

static void
history_add(struct history *h, double value)
{
    if (h->n_values == MODEL_HISTORY) {
        memmove(h->values, h->values + 1,
                (MODEL_HISTORY - 1) * sizeof(*h->values));
        h->n_values--;
    }
    h->values[h->n_values++] = value;
}

/* How much `path` grew each second since the snapshot before; NAN if that
 * cannot be said, or if it shrank. */
static double
growth(const struct model *m, const struct aigw_value *snapshot,
       const char *path)
{
    double step_s =
        (read_number(snapshot, "time_ms") - read_number(m->snapshot, "time_ms"))
        / 1000;
    double grown = read_number(snapshot, path) - read_number(m->snapshot, path);

    if (!(step_s > 0) || step_s > LONGEST_STEP_S || !(grown >= 0))
        return (double)NAN;
    return grown / step_s;
}

void
model_take_server(struct model *m, const char *instance_id, const char *version,
                  double now_ms)
{
    bool known = *m->instance_id != '\0';

    (void)snprintf(m->version, sizeof(m->version), "%s", version);
    if (strncmp(m->instance_id, instance_id, sizeof(m->instance_id) - 1) == 0)
        return;
    (void)snprintf(m->instance_id, sizeof(m->instance_id), "%s", instance_id);
    m->last_seq = 0;
    if (!known)
        return;
    m->restarted_ms = now_ms;
    forget_answers(m);
}

void
model_take_snapshot(struct model *m, struct aigw_value *snapshot, double now_ms)
{
    const struct aigw_value *server = aigw_value_get(snapshot, "server");

    if (aigw_value_type(server) != AIGW_TYPE_MAP) {
        aigw_value_free(snapshot); /* Not from any daemon. */
        return;
    }
    model_take_server(m, aigw_get_str(server, "instance_id", ""),
                      aigw_get_str(server, "version", ""), now_ms);
    if (m->snapshot) {
        history_add(&m->rps, growth(m, snapshot, "totals.total_requests"));
        history_add(&m->errors, growth(m, snapshot, "totals.failed_requests"));
    }
    history_add(&m->lag, read_number(server, "loop_lag_ms"));
    history_add(&m->memory, read_number(server, "rss_bytes"));
    aigw_value_free(m->snapshot);
    m->snapshot = snapshot;
    link_snapshot(&m->link, now_ms);
}

void
model_take_requests(struct model *m, struct aigw_value *requests)
{
    aigw_value_free(m->requests);
    m->requests = requests;
}

void
model_take_cost(struct model *m, enum cost_by by, struct aigw_value *report)
{
    aigw_value_free(m->costs[by]);
    m->costs[by] = report;
}

void
model_take_event(struct model *m, struct aigw_value *event)
{
    int64_t seq = aigw_get_int(event, "seq", 0);

    if (seq <= m->last_seq) {
        aigw_value_free(event); /* Known, or not numbered as events are. */
        return;
    }
    if (m->n_events == MODEL_MAX_EVENTS) {
        aigw_value_free(m->events[0]);
        memmove(m->events, m->events + 1,
                (MODEL_MAX_EVENTS - 1) * sizeof(struct aigw_value *));
        m->n_events--;
    }
    m->events[m->n_events++] = event;
    m->last_seq = seq;
    m->n_events_ever++;
}

void
model_rewind(struct model *m, double now_ms)
{
    double period_ms = m->link.period_ms;

    model_deinit(m);
    m->rps.n_values = 0;
    m->errors.n_values = 0;
    m->lag.n_values = 0;
    m->memory.n_values = 0;
    m->instance_id[0] = '\0';
    m->restarted_ms = (double)NAN;
    link_init(&m->link, period_ms, now_ms);
}

double
model_daemon_ms(const struct model *m, double now_ms)
{
    double at_ms = read_number(m->snapshot, "time_ms");

    if (!link_is_fresh(&m->link))
        return at_ms;
    return at_ms + fmax(now_ms - m->link.snapshot_ms, 0) * m->clock_speed;
}

const struct aigw_value *
model_list(const struct model *m, const char *name)
{
    return aigw_value_get(m->snapshot, name);
}

const struct aigw_value *
model_find(const struct model *m, const char *list, const char *name)
{
    const struct aigw_value *rows = model_list(m, list);

    for (size_t i = 0; i < aigw_value_size(rows); i++) {
        const struct aigw_value *row = aigw_value_at(rows, i);

        if (strcmp(aigw_get_str(row, "name", ""), name) == 0)
            return row;
    }
    return NULL;
}
