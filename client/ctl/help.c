#include "ctl/help.h"

#include <aigw/aigw.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "text/usage.h"

enum {
    COMMAND_COLUMN = 12
};

void
help_program(FILE *out)
{
    usage_write_examples("aigw-ctl status\n"
                         "aigw-ctl ask \"Why is the sky blue?\"\n"
                         "aigw-ctl targets -o ndjson | jq .name",
                         out);
    (void)fputs("\nUsage: aigw-ctl [OPTION]... COMMAND [ARGUMENT]...\n"
                "\nCommands:\n",
                out);
    for (const struct command *c = commands; c->name; c++)
        (void)fprintf(out, "  %-*s%s\n", COMMAND_COLUMN, c->name, c->help);
    usage_write_options("Options, in any place", command_globals, out);
    (void)fputs("\nMore: aigw-ctl COMMAND --help, man aigw-ctl\n", out);
}

static void
write_usage(const struct command *command, FILE *out)
{
    (void)fprintf(out, "Usage: aigw-ctl %s%s%s%s\n", command->name,
                  command->options ? " [OPTION]..." : "",
                  command->usage[0] ? " " : "", command->usage);
}

void
help_command(const struct command *command, FILE *out)
{
    usage_write_examples(command->examples, out);
    (void)fputc('\n', out);
    write_usage(command, out);
    (void)fprintf(out, "\n%s.\n", command->help);
    usage_write_options("Options", command->options, out);
    usage_write_options("Options of every command", command_globals, out);
}

void
help_short(const char *name, FILE *out)
{
    const struct command *command = command_find(name);

    usage_write_examples(command->examples, out);
    (void)fputc('\n', out);
    write_usage(command, out);
    (void)fprintf(out, "More: aigw-ctl %s --help\n", name);
}

int
help_refuse(const struct ctl *ctl, const char *name)
{
    const char *suggestion = command_suggest(name);

    if (suggestion)
        return ctl_usage(ctl, "no command \"%s\". Did you mean \"%s\"?", name,
                         suggestion);
    return ctl_usage(ctl, "no command \"%s\".", name);
}

int
cmd_help(struct ctl *ctl, struct args *args)
{
    const char *name = args_operand(args, 0);
    const struct command *command = name ? command_find(name) : NULL;

    if (name && !command)
        return help_refuse(ctl, name);
    if (command)
        help_command(command, stdout);
    else
        help_program(stdout);
    return EXIT_OK;
}

int
cmd_version(struct ctl *ctl, struct args *args)
{
    struct aigw_value *document = aigw_value_map();

    (void)args;
    aigw_value_set_int(document, "schema", 1);
    aigw_value_set_str(document, "version", AIGW_VERSION);
    aigw_value_set_str(document, "libaigw_version", aigw_version());
    aigw_value_set_int(document, "protocol", AIGW_PROTOCOL);
    if (!ctl_print_result(ctl, document))
        (void)printf("aigw-ctl %s (libaigw %s, protocol %d)\n", AIGW_VERSION,
                     aigw_version(), AIGW_PROTOCOL);
    aigw_value_free(document);
    return EXIT_OK;
}
