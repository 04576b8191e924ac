/*
 * command.h - the table of aigw-ctl's commands.
 *
 * The table is the only place where a command is named: dispatch, --help,
 * the typo suggestions and the completions read it, and a test compares the
 * manual page with it.  The functions live in cmd_*.c.
 */
#ifndef AIGW_CTL_COMMAND_H
#define AIGW_CTL_COMMAND_H

#include "text/args.h"

struct ctl;

enum command_flag {
    COMMAND_TAKES_TARGET = 1, /* An operand is a target: for completion. */
    COMMAND_TAKES_FILE = 2,   /* An operand is a file: for completion. */
    COMMAND_OFFLINE = 4,      /* Works without a daemon. */
    COMMAND_HANDS_ON = 8      /* What stands behind it is for a program of
                               * its own. */
};

struct command {
    const char *name;
    const char *usage;    /* The operands. */
    const char *help;     /* One line, no full stop. */
    const char *examples; /* Lines of "aigw-ctl ...". */
    const struct option_spec *options;
    const char *const *words; /* What the first operand may be; or NULL. */
    unsigned min_operands;
    unsigned max_operands;
    unsigned flags;

    /* Returns an exit code. */
    int (*run)(struct ctl *ctl, struct args *args);
};

/* The commands in the order in which they are shown; a row whose `name` is
 * NULL ends them. */
extern const struct command commands[];

/* The options that every command takes. */
extern const struct option_spec command_globals[];

/* The command called `name`, or NULL. */
const struct command *command_find(const char *name);

/* The name of the command that `name` is probably a slip for, or NULL. */
const char *command_suggest(const char *name);

/* The word of `command` that `word` is probably a slip for, or NULL. */
const char *command_suggest_word(const struct command *command,
                                 const char *word);

/* Whether `word` may be the first operand of `command`. */
bool command_has_word(const struct command *command, const char *word);

#endif
