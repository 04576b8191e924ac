/*
 * credentials_internal.h - what the files of the store of keys share.
 */
#ifndef AIGW_APP_CREDENTIALS_INTERNAL_H
#define AIGW_APP_CREDENTIALS_INTERNAL_H

#include "app/credentials.h"
#include "app/credentials_read.h"
#include "core/refresh.h"
#include "io/child.h"
#include "io/timer.h"

/* Entries are never removed, so that a handle that outlived its configuration
 * cannot come to mean the key of somebody else. */
struct entry {
    struct credentials *store;
    int handle;
    enum config_key_source source;
    char *name;            /* As in the configuration. */
    char *label;           /* For people. */
    bool named;            /* By the last configuration. */
    struct secret *secret; /* NULL: there is none. */
    uint64_t version;      /* Counts the secrets it has had. */

    /* FILE */
    struct credentials_stamp stamp; /* When it was last looked at. */

    /* COMMAND */
    char **argv;
    struct refresh refresh;
    struct child *child;   /* The run; NULL: none is under way. */
    struct secret *output; /* Of it. */
    bool told_expired;
};

struct credentials {
    struct entry **entries; /* By handle. */
    size_t n_entries;

    struct loop *loop; /* NULL: keys are not renewed. */
    struct events *events;
    void (*changed)(void *ctx, int handle);
    void *ctx;
    char **env; /* Of commands. */
    struct timer *timer;
    struct loop_task wake;             /* Tells those who wait. */
    struct credentials_waiter waiters; /* Head of a circular list. */
};

/* NULL without one. */
struct entry *credentials_entry(const struct credentials *store, int handle);

/* Takes the secret over, and says so to whom it may concern if it is another
 * one than before. */
void credentials_put(struct entry *e, struct secret *secret);

/* Makes an event and a line in the log. */
void credentials_note(const struct entry *e, const char *to, const char *why);

/* credentials_run.c: the key of a command is wanted, or not any more. */
void credentials_run_order(struct entry *e);
void credentials_run_forget(struct entry *e);

/* Starts the runs that are due and sets the timer for the next. */
void credentials_run_due(struct credentials *store);

/* credentials_wait.c: whoever waits is looked at in the next turn. */
void credentials_wake(struct credentials *store);
void credentials_on_wake(void *ctx);

/* When the first of them has waited long enough; INT64_MAX: nobody waits. */
int64_t credentials_patience(const struct credentials *store);

/* credentials_file.c: reads the file of a key again if it has changed. */
void credentials_look(struct entry *e);

/* 0 while nothing is renewed. */
int64_t credentials_now_ms(const struct credentials *store);

#endif
