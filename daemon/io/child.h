/*
 * child.h - a program that is run for what it prints.
 *
 * It has nothing of this process but an environment that the caller composes:
 * stdin is empty, stderr goes nowhere, no descriptor is inherited.  It leads a
 * process group of its own, and all of the group is killed when it takes too
 * long or prints too much.
 *
 * What it prints goes straight into the caller's memory and nowhere else: it
 * may be a secret.
 */
#ifndef AIGW_IO_CHILD_H
#define AIGW_IO_CHILD_H

#include "io/loop.h"
#include "proto/status.h"

#include <stddef.h>
#include <stdint.h>

struct child;

enum child_end {
    CHILD_EXITED,    /* `code` is its exit code. */
    CHILD_SIGNALLED, /* `code` is the signal. */
    CHILD_TOO_LONG,  /* Killed. */
    CHILD_TOO_MUCH,  /* Killed. */
};

struct child_result {
    enum child_end end;
    int code;
    size_t n_bytes; /* Of output, whatever the end. */
};

struct child_options {
    char **argv;      /* NULL-terminated; argv[0] is a path. */
    char **env;       /* NULL-terminated, "NAME=value". */
    char *output;     /* Stays the caller's; filled until the end. */
    size_t max_bytes; /* Of output. */
    int64_t timeout_ms;
};

typedef void (*child_done_fn)(void *ctx, const struct child_result *result);

/* Starts it.  0 and exactly one done(ctx, ...) from the loop, after which the
 * child is gone; or AIGW_EIO with the reason in `err` and no callback. */
int child_start(struct loop *loop, const struct child_options *options,
                child_done_fn done, void *ctx, struct child **ret_child,
                struct aigw_err *err);

/* Kills it.  No callback comes, and `output` is left alone from now on.  NULL
 * is fine. */
void child_kill(struct child *child);

#endif
