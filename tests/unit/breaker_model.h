/*
 * breaker_model.h - what the breaker should do, written a second time.
 *
 * The model keeps every result of the time CLOSED and every trial of the time
 * HALF_OPEN in a list and works everything out from these lists again each
 * time it is asked, in the words of the rules.  The length of a stay in OPEN
 * is random: the model takes it over from the breaker that it watches, after
 * checking its bounds.  There is one model at a time.
 */
#ifndef AIGW_TESTS_BREAKER_MODEL_H
#define AIGW_TESTS_BREAKER_MODEL_H

#include "core/breaker.h"

enum {
    MODEL_EVENTS_MAX = 2500 /* Between two transitions. */
};

/* All that is compared after each step, as numbers. */
enum figure {
    FIGURE_STATE,
    FIGURE_STATE_ALONE,
    FIGURE_PERMITS,
    FIGURE_PERMITS_EARLY,
    FIGURE_EPOCH,
    FIGURE_TRIPS,
    FIGURE_N,
    FIGURE_SINCE,
    FIGURE_RETRY_AT,
    FIGURE_DEADLINE,
    FIGURE_TOTAL,
    FIGURE_FAILED,
    FIGURE_SLOW,
    FIGURE_IN_A_ROW,
    FIGURE_TRIALS_OK,
    FIGURES
};

/* The model's half of a permit. */
struct ticket {
    bool live;
    uint32_t epoch;
    int trial;  /* Index, or -1. */
    bool voted; /* Success cast at first content. */
};

/* Starts CLOSED; `real` is the breaker to watch. */
void model_init(const struct breaker *real, int64_t now_ms);

/* To be called before anything else at a new time. */
void model_pass_time(int64_t now_ms);

bool model_permits(int64_t now_ms);
bool model_permits_early(int64_t now_ms);

/* The events, each after it happened to the breaker. */
void model_granted(struct ticket *ticket, int64_t now_ms);
void model_report(struct ticket *ticket, enum breaker_outcome outcome,
                  int64_t now_ms);
void model_hint(int64_t now_ms);
void model_unreachable(int64_t now_ms);
void model_set(enum breaker_mode mode, int64_t now_ms);

/* The state as entered. */
enum breaker_state model_entered_state(void);

void model_figures(int64_t now_ms, int64_t ret_figures[FIGURES]);

#endif
