/*
 * drilled.h - one target that fails by order: ordering that, ending it, and
 * seeing how the target does.
 *
 * Uses a connection of its own, which SIGINT leaves alone: what was ordered
 * must also be ended when the user has had enough.  Every function returns an
 * exit code, after a message unless it is EXIT_OK.
 */
#ifndef AIGW_CTL_DRILLED_H
#define AIGW_CTL_DRILLED_H

#include "ctl/ctl.h"

struct drilled {
    const struct ctl *ctl;
    struct aigw *client;
    const char *target; /* The one that all is about; set by the owner. */
    int64_t drill;      /* The id of what runs there; 0: nothing. */
};

void drilled_init(struct drilled *d, const struct ctl *ctl);
void drilled_deinit(struct drilled *d);

/* Gives the first target of `route`, which may itself name one, to be
 * freed. */
int drilled_find(struct drilled *d, const char *route, char **ret_target);

/* Refuses a target that does not work, which would prove nothing, and one
 * whose breaker was set by hand, which is not ours to reset. */
int drilled_check(struct drilled *d);

int drilled_start(struct drilled *d, const struct aigw_value *fault);

/* Ends the drill, if one runs, and tells how many attempts it hit. */
int drilled_stop(struct drilled *d, int64_t *ret_hits);

/* Whether the target may be asked now, and if not, whether it stays so unless
 * somebody does something. */
int drilled_look(struct drilled *d, bool *ret_healthy, bool *ret_stuck);

/* Closes the breaker and ends all waiting. */
int drilled_reset(struct drilled *d);

#endif
