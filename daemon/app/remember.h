/*
 * remember.h - what is known of the targets' health outlives the daemon.
 *
 * Each transition of a breaker or a gate is written to `targets.db` in
 * `state_dir`, behind the caller's back (within 50 ms, on the thread pool),
 * and read back before the first caller is served: see core/saved.h for what
 * and why.  Without a `state_dir` nothing is remembered.
 */
#ifndef AIGW_APP_REMEMBER_H
#define AIGW_APP_REMEMBER_H

struct app;
struct event;
struct remember;

/* Opens the file and restores the targets of app->upstreams that are in it,
 * at the address they had.  Blocks.  NULL: nothing will be remembered, which
 * is logged unless it was wished. */
struct remember *remember_new(struct app *app);

/* Something happened; if it was to the health of a target, it is written.
 * NULL is fine. */
void remember_event(struct remember *r, const struct event *event);

/* Writes all targets once more, and closes.  NULL is fine. */
void remember_free(struct remember *r);

#endif
