/*
 * demo_story.h - what happens in the demonstration, and its figures.  Pure;
 * `at_s` is the time since its beginning, and `target` an index into
 * demo_targets.
 */
#ifndef AIGW_TUI_DEMO_STORY_H
#define AIGW_TUI_DEMO_STORY_H

#include <stdbool.h>
#include <stddef.h>

enum {
    DEMO_TARGETS = 6,
    DEMO_ROUTES = 3,
    DEMO_CLIENTS = 4,
    DEMO_MOVES = 9
};

struct demo_target {
    const char *name;
    const char *tier;
    const char *key;
    const char *endpoint;
    double rps; /* When all is well, as are the next two. */
    double p50_ms;
    double usd_per_h;
    double error_share;
    double share; /* Of what was spent today. */
    int weight;
    int limit;
};

extern const struct demo_target demo_targets[DEMO_TARGETS];

/* A stretch of the life of a target's breaker, from `since_s` on. */
struct demo_phase {
    size_t target;
    int since_s;
    const char *state;
    const char *reason; /* NULL. */
    int retry_s;        /* 0: none is due. */
    int half_open_ok;
};

const struct demo_phase *demo_phase_at(size_t target, int at_s);
bool demo_phase_is_healthy(const struct demo_phase *phase);

/* A transition, as its event and the history tell of it. */
struct demo_move {
    size_t target;
    int at_s;
    const char *kind;
    const char *from;
    const char *to;
    const char *reason;
};

/* In the order of time. */
extern const struct demo_move demo_moves[DEMO_MOVES];

struct demo_route {
    const char *name;
    const char *strategy;
    double share;
    int n_targets;
    size_t targets[4];
};

struct demo_client {
    const char *name;
    int uid;
    double share;
};

extern const struct demo_route demo_routes[DEMO_ROUTES];
extern const struct demo_client demo_clients[DEMO_CLIENTS];

/* From -1 to 1 and back, about every `period_s`. */
double demo_wave(int at_s, double period_s);

double demo_rps(size_t target, int at_s);
double demo_errors(size_t target, int at_s); /* Failed a second. */
double demo_p50_ms(size_t target, int at_s); /* NAN: no answers. */
double demo_in_flight(size_t target, int at_s);
double demo_usd_per_h(size_t target, int at_s);
double demo_spent_today(int at_s);

#endif
