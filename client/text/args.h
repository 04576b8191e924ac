/*
 * args.h - the command line, taken apart by tables.
 *
 * One table per command, and one of global options, says which options there
 * are; --help, the completions and the manual page come from, or are tested
 * against, the same tables.  Options may stand anywhere behind their command,
 * global ones anywhere; `--` ends them.  Pure.
 */
#ifndef AIGW_TEXT_ARGS_H
#define AIGW_TEXT_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One option.  A table of them ends with a row whose `name` is NULL. */
struct option_spec {
    char letter;       /* 0: only the long form exists. */
    const char *name;  /* Without the dashes. */
    const char *value; /* What stands for its value in help; NULL: a switch. */
    const char *help;
};

struct arg_option {
    const struct option_spec *spec;
    const char *value; /* NULL for a switch. */
};

/* A command line taken apart.  Borrows argv and the tables. */
struct args {
    struct arg_option *options;
    size_t n_options;
    const char **operands; /* NULL behind the last. */
    size_t n_operands;
    char error[240];
};

/* Gives the index in `argv` of the first operand, which is the command; argc
 * if there is none.  Before it only options of `globals` may stand.  -1 with
 * a sentence in `args->error` otherwise. */
int args_find_command(struct args *args, int argc, char **argv,
                      const struct option_spec *globals);

/* Takes all of `argv` (from index 1) apart with both tables, `own` of which
 * may be NULL.  0, or -1 with a sentence in `args->error`.  Release with
 * args_deinit in both cases. */
int args_parse(struct args *args, int argc, char **argv,
               const struct option_spec *globals,
               const struct option_spec *own);

void args_deinit(struct args *args);

/* Whether option `name` was given. */
bool args_has(const struct args *args, const char *name);

/* The value last given to option `name`; NULL if it was not given. */
const char *args_value(const struct args *args, const char *name);

/* The operand at `index`, or NULL. */
const char *args_operand(const struct args *args, size_t index);

/* Gives the value of option `name` as a whole number from `min` to `max`, and
 * leaves `ret_value` alone if the option was not given.  -1 with a sentence in
 * `args->error` if it is not such a number. */
int args_int(struct args *args, const char *name, int64_t min, int64_t max,
             int64_t *ret_value);

/* The same for a number that may have a fraction. */
int args_number(struct args *args, const char *name, double min, double max,
                double *ret_value);

#endif
