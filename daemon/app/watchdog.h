/*
 * watchdog.h - tells the service manager that the daemon is alive, which it
 * proves by answering a caller: itself.
 *
 * A timer that fires says only that the loop turns.  Each beat is a `hello`
 * that went through socket, session and method table and came back; without
 * the answer to the last one nothing is told, and the manager acts.
 */
#ifndef AIGW_APP_WATCHDOG_H
#define AIGW_APP_WATCHDOG_H

struct app;
struct watchdog;

/* NULL when no manager watches this process. */
struct watchdog *watchdog_new(struct app *app);

/* To be called before the listener is freed.  NULL is fine. */
void watchdog_free(struct watchdog *w);

#endif
