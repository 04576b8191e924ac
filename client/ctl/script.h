/*
 * script.h - what is rehearsed: one fault after the other.
 *
 *     # a comment
 *     cut=5
 *     stall=10 openai/gpt-4.1
 *
 * A line is a fault as fault.h reads it and, if it is not to strike where the
 * others do, a target.  Pure.
 */
#ifndef AIGW_CTL_SCRIPT_H
#define AIGW_CTL_SCRIPT_H

#include <aigw/aigw.h>
#include <stddef.h>

enum {
    SCRIPT_ERROR_SIZE = 256
};

struct script_step {
    struct aigw_value *fault;
    char *target; /* NULL: where the others strike. */
};

struct script {
    struct script_step *steps;
    size_t n_steps;
};

/* What is rehearsed unless something else is asked for: faults that strike at
 * once, so that none of them waits for a time-out. */
extern const char script_usual[];

/* Reads `text`.  0, or -1 with a sentence in `ret_error`, which begins with
 * the number of the line; release with script_deinit in both cases. */
int script_parse(struct script *script, const char *text,
                 char ret_error[SCRIPT_ERROR_SIZE]);

void script_deinit(struct script *script);

#endif
