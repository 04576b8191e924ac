/*
 * main.c - aigw-ctl: one command of the table, run with its options.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/command.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/help.h"

/* Whether errors are to be JSON, also those that come before the options are
 * understood. */
static bool
wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *format = "";

        if (strcmp(argv[i - 1], "-o") == 0
            || strcmp(argv[i - 1], "--output") == 0)
            format = argv[i];
        else if (strncmp(argv[i], "--output=", strlen("--output=")) == 0)
            format = argv[i] + strlen("--output=");
        if (strcmp(argv[i], "--json") == 0 || strcmp(format, "json") == 0
            || strcmp(format, "ndjson") == 0)
            return true;
    }
    return false;
}

static int
refuse_word(const struct ctl *ctl, const struct command *command,
            const char *word)
{
    const char *suggestion = command_suggest_word(command, word);

    if (suggestion)
        return ctl_usage(ctl, "no \"%s %s\". Did you mean \"%s\"?",
                         command->name, word, suggestion);
    return ctl_usage(ctl, "no \"%s %s\": it is %s.", command->name, word,
                     command->usage);
}

/* Compares the operands with the table. */
static int
check_operands(const struct ctl *ctl, const struct command *command,
               const struct args *args)
{
    const char *word = args_operand(args, 0);

    if (command->words && word && !command_has_word(command, word))
        return refuse_word(ctl, command, word);
    if (args->n_operands < command->min_operands)
        return ctl_usage(ctl, "\"%s\" needs more: aigw-ctl %s %s.",
                         command->name, command->name, command->usage);
    if (args->n_operands > command->max_operands)
        return ctl_usage(ctl, "\"%s\" is one argument too many for \"%s\".%s",
                         args->operands[command->max_operands], command->name,
                         command->max_operands == 1 && !command->words
                             ? " Quote what belongs together."
                             : "");
    return EXIT_OK;
}

/* Takes the command itself out of the operands. */
static void
drop_command(struct args *args)
{
    memmove(args->operands, args->operands + 1,
            args->n_operands * sizeof(*args->operands));
    args->n_operands--;
}

static int
run_command(const struct command *command, struct args *args, char **rest)
{
    struct ctl ctl;
    int exit_code = ctl_init(&ctl, args);

    if (exit_code != EXIT_OK)
        return exit_code;
    ctl.rest = rest;
    exit_code = check_operands(&ctl, command, args);
    if (exit_code == EXIT_OK)
        exit_code = command->run(&ctl, args);
    ctl_deinit(&ctl);
    return exit_code;
}

/* What can be asked for instead of a command, or of any. */
static int
run(struct ctl *early, int argc, char **argv, struct args *args)
{
    int at = args_find_command(args, argc, argv, command_globals);
    const char *name = at >= 0 && at < argc ? argv[at] : NULL;
    const struct command *command = name ? command_find(name) : NULL;

    if (at < 0)
        return ctl_usage(early, "%s", args->error);
    if (name && !command)
        return help_refuse(early, name);
    if (command && command->flags & COMMAND_HANDS_ON)
        argc = at + 1;
    if (args_parse(args, argc, argv, command_globals,
                   command ? command->options : NULL)
        != 0)
        return ctl_usage(early, "%s", args->error);
    if (args_has(args, "version"))
        return cmd_version(early, args);
    if (args_has(args, "help")) {
        if (command)
            help_command(command, stdout);
        else
            help_program(stdout);
        return EXIT_OK;
    }
    if (!command) {
        help_program(stderr);
        return EXIT_USAGE;
    }
    drop_command(args);
    return run_command(command, args, argv + argc);
}

/* What could not be written is a failure, also if that was noticed before and
 * ended the command as ^C would have. */
static int
finish_output(int exit_code)
{
    bool failed = ferror(stdout) != 0;

    errno = 0;
    failed |= fflush(stdout) != 0;
    if (!failed || errno == EPIPE)
        return exit_code;
    (void)fprintf(stderr, "aigw-ctl: cannot write%s%s\n",
                  errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
    if (exit_code == EXIT_INTERRUPTED && !ctl_interrupted())
        return EXIT_REFUSED;
    return exit_code == EXIT_OK ? EXIT_REFUSED : exit_code;
}

int
main(int argc, char **argv)
{
    struct ctl early = {.format =
                            wants_json(argc, argv) ? CTL_JSON : CTL_TABLE};
    struct args args;
    int exit_code;

    exit_code = run(&early, argc, argv, &args);
    args_deinit(&args);
    return finish_output(exit_code);
}
