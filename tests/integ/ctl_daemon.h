/*
 * ctl_daemon.h - a daemon that says what a test wants, for testing aigw-ctl.
 *
 * Speaks the real protocol over a real socket, but answers by script: each
 * method has one reply, as JSON.  Runs in threads of the test's process.
 */
#ifndef AIGW_TESTS_CTL_DAEMON_H
#define AIGW_TESTS_CTL_DAEMON_H

/* What one method gets.  A table of them ends with a NULL `method`.  JSON is
 * written with ' for ". */
struct ctl_reply {
    const char *method;
    const char *result; /* NULL: the error, or silence when that is 0. */
    int error;
    const char *error_text;
    const char *deltas[4];   /* Texts that are streamed before the result. */
    const char *event;       /* A call.event ... */
    int event_at;            /* ... that comes after so many of them. */
    const char *notify;      /* A notification's method, sent afterwards ... */
    const char *notified[4]; /* ... with each of these as its parameter. */
};

struct ctl_daemon;

/* Listens at `path` and answers by `replies`, which stays the caller's. */
struct ctl_daemon *ctl_daemon_start(const char *path,
                                    const struct ctl_reply *replies);
void ctl_daemon_stop(struct ctl_daemon *daemon);

/* The parameters of the last call of `method` as JSON; NULL if there was
 * none.  To be freed. */
char *ctl_daemon_params(struct ctl_daemon *daemon, const char *method);

/* How many calls of `method` came. */
int ctl_daemon_count(struct ctl_daemon *daemon, const char *method);

#endif
