/*
 * ctl.h - what every command of aigw-ctl works with.
 *
 * Holds the client, the global options and what is known of the terminal, and
 * has the two ways out of a command: a result on stdout, or an error on
 * stderr with the exit code that belongs to it.
 */
#ifndef AIGW_CTL_CTL_H
#define AIGW_CTL_CTL_H

#include <aigw/aigw.h>
#include <stdbool.h>
#include <stdio.h>

#include "ctl/exit_code.h"
#include "text/args.h"

enum ctl_format {
    CTL_TABLE, /* For people. */
    CTL_PLAIN, /* Tabs, no titles: for cut and awk. */
    CTL_JSON,  /* One document. */
    CTL_NDJSON /* One flat object a line. */
};

struct ctl {
    struct aigw *client; /* Not connected before ctl_connect. */
    enum ctl_format format;
    bool quiet;
    int timeout_ms;     /* What --timeout says; 0 without it. */
    const char *socket; /* What --socket says; NULL without it. */
    char **rest;        /* Of argv, for COMMAND_HANDS_ON. */
    bool in_tty;
    bool out_tty;
    bool err_tty;
};

enum {
    CTL_ADMIN_TIMEOUT_MS = 30000,   /* For calls that ask no provider. */
    CTL_ANSWER_TIMEOUT_MS = 660000, /* For those that do. */
    CTL_TIMEOUT_MAX_S = 86400
};

/* Fills `ctl` from the global options in `args` and makes the client, with
 * SIGINT cancelling what it does.  Returns an exit code; nothing is left to
 * release when it is not EXIT_OK. */
int ctl_init(struct ctl *ctl, struct args *args);
void ctl_deinit(struct ctl *ctl);

/* Makes one more client like `ctl->client`; NULL without memory. */
struct aigw *ctl_new_client(const struct ctl *ctl);

/* Whether SIGINT came. */
bool ctl_interrupted(void);

/* Forgets an earlier SIGINT. */
void ctl_resume(void);

/* Fails at once when no daemon listens.  Returns an exit code, after a
 * message unless it is EXIT_OK; so do the next two. */
int ctl_connect(struct ctl *ctl);

/* Calls `method` and gives its result, which the caller frees with
 * aigw_value_free.  Takes ownership of `params`, which may be NULL. */
int ctl_call(struct ctl *ctl, const char *method, struct aigw_value *params,
             struct aigw_value **ret_result);

/* Reports what the client's last function failed with: `code`, `text`. */
int ctl_fail(const struct ctl *ctl, int code, const char *text);

/* Reports a mistake in the command line. */
int ctl_usage(const struct ctl *ctl, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether sentences about what was done are welcome on stdout: for people,
 * and not with --quiet. */
bool ctl_speaks(const struct ctl *ctl);

/* Says on stderr what is worth knowing: not with --quiet, nor in machine
 * formats. */
void ctl_remark(const struct ctl *ctl, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether stderr is a terminal on which a line can be written over. */
bool ctl_can_redraw(const struct ctl *ctl);

/* Whether the output is one that programs read. */
bool ctl_is_machine(const struct ctl *ctl);

/* Prints `result` as --output asks: one document, one flat object, or lines
 * of key and value.  False for tables, which are the caller's. */
bool ctl_print_result(const struct ctl *ctl, const struct aigw_value *result);

#endif
