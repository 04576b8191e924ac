/*
 * model.h - what is known of the daemon: the last of everything it sent.
 *
 * Values are kept as they came, so that every view names the fields of the
 * protocol, and "the same figures as aigw-ctl status" holds by construction.
 * Whoever feeds it (tui/feed.h) hands values over; views only read.  No clock:
 * times are arguments.
 */
#ifndef AIGW_TUI_MODEL_H
#define AIGW_TUI_MODEL_H

#include <aigw/aigw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/link.h"

enum {
    MODEL_MAX_EVENTS = 1024, /* As many as the daemon keeps. */
    MODEL_MAX_ALERTS = 2,
    MODEL_HISTORY = 120 /* Snapshots of which a sparkline can tell. */
};

/* What costs are shown by. */
enum cost_by {
    COST_BY_TARGET,
    COST_BY_ROUTE,
    COST_BY_CLIENT,
    COST_BY_N
};

/* A figure over the last snapshots, oldest first. */
struct history {
    double values[MODEL_HISTORY];
    size_t n_values;
};

struct model {
    struct link link;
    char socket_path[108];
    char version[32];            /* Of the daemon; "" before the first. */
    char instance_id[64];        /* Changes when it is restarted. */
    double restarted_ms;         /* When a restart was noticed; NAN. */
    struct aigw_value *snapshot; /* Of `status`; NULL before the first. */
    struct aigw_value *requests; /* Of `requests`; NULL if not asked. */
    struct aigw_value *costs[COST_BY_N];
    struct aigw_value *events[MODEL_MAX_EVENTS]; /* Oldest first. */
    size_t n_events;
    int64_t last_seq;       /* Of the last event of this daemon. */
    uint64_t n_events_ever; /* So that a reader notices new ones. */
    struct history rps;     /* One value a snapshot. */
    struct history errors;  /* Failed a second. */
    struct history lag;     /* Of the loop, in milliseconds. */
    struct history memory;  /* In bytes. */
    double clock_speed; /* Of the clock of the daemon: 1, or a recording's. */
};

void model_init(struct model *m, const char *socket_path, double period_ms,
                double now_ms);
void model_deinit(struct model *m);

/* Which daemon it is that is connected to, before anything else it says.  What
 * another one answered before is forgotten, but for the snapshot. */
void model_take_server(struct model *m, const char *instance_id,
                       const char *version, double now_ms);

/* Each takes ownership of the value.  One that is not as the protocol has it
 * is survived: a snapshot that is none is dropped, as is an event that is
 * known already. */
void model_take_snapshot(struct model *m, struct aigw_value *snapshot,
                         double now_ms);
void model_take_requests(struct model *m, struct aigw_value *requests);
void model_take_cost(struct model *m, enum cost_by by,
                     struct aigw_value *report);
void model_take_event(struct model *m, struct aigw_value *event);

/* Forgets everything but the path: a recording begins anew elsewhere. */
void model_rewind(struct model *m, double now_ms);

/* The daemon's clock at `now_ms`: that of the snapshot and the time since it
 * came, so that countdowns run on between snapshots; stops when the numbers
 * are not fresh.  NAN without a snapshot. */
double model_daemon_ms(const struct model *m, double now_ms);

/* The rows of a list of the snapshot: "targets", "routes", "clients",
 * "budgets", "drills"; NULL if there is none. */
const struct aigw_value *model_list(const struct model *m, const char *name);

/* The row of a list called `name`; NULL. */
const struct aigw_value *model_find(const struct model *m, const char *list,
                                    const char *name);

#endif
