/*
 * volley.h - many prompts at once, through the library's non-blocking
 * interface.
 *
 * One thread keeps `concurrency` calls in flight, spread over a few
 * connections and pipelined on each.  What becomes of them is told to the
 * command that wanted them.
 */
#ifndef AIGW_CTL_VOLLEY_H
#define AIGW_CTL_VOLLEY_H

#include "ctl/ctl.h"
#include "ctl/params.h"

enum {
    VOLLEY_CALLS_PER_CONNECTION = 256, /* What the daemon allows. */
    VOLLEY_CONNECTIONS_MAX = 128
};

struct volley;

/* What happens to the call in place `slot`, below `concurrency`; of its next
 * call a place tells only after `done`.  Any but `done` may be NULL. */
struct volley_ops {
    void (*begin)(void *ctx, size_t slot);
    void (*delta)(void *ctx, size_t slot, const struct aigw_delta *delta);
    void (*event)(void *ctx, size_t slot, const struct aigw_value *event);
    void (*done)(void *ctx, size_t slot, int code,
                 const struct aigw_value *result);

    /* Ten times a second and more, while calls are in flight. */
    void (*tick)(void *ctx);
};

struct volley_options {
    struct ctl *ctl;
    const struct params *params; /* Borrowed, like `prompt`. */
    const char *prompt;          /* {n} in it becomes the call's number. */
    bool streaming;
    int64_t concurrency;
    int64_t n_clients;
    const struct volley_ops *ops;
    void *ctx;
};

/* Connects.  Returns an exit code, after a message unless it is EXIT_OK; the
 * volley must be freed in any case. */
int volley_open(const struct volley_options *options,
                struct volley **ret_volley);

/* Makes `count` calls and waits until all have ended.  Returns EXIT_OK
 * whatever became of them, EXIT_INTERRUPTED by SIGINT (calls may be in flight
 * still), or an exit code after a message if there is no daemon any more. */
int volley_run(struct volley *v, int64_t count);

/* Closes the connections, the command's own included: calls in flight get
 * their `done` meanwhile.  NULL is fine. */
void volley_free(struct volley *v);

#endif
