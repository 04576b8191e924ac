#include "ctl/completion.h"

#include <string.h>

#include "ctl/command.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"

/* Lists targets for completion, and nothing when no daemon answers. */
#define LIST_TARGETS                                                           \
    "aigw-ctl --timeout 1 targets -o plain 2>/dev/null | cut -f1"

static void
write_option_words(const struct option_spec *table, FILE *out)
{
    for (; table && table->name; table++) {
        if (table->letter)
            (void)fprintf(out, " -%c", table->letter);
        (void)fprintf(out, " --%s", table->name);
    }
}

static void
write_words(const char *const *words, FILE *out)
{
    for (; words && *words; words++)
        (void)fprintf(out, " %s", *words);
}

static void
write_command_names(FILE *out)
{
    for (const struct command *c = commands; c->name; c++)
        (void)fprintf(out, " %s", c->name);
}

/* Like the command's name, options that take a value must be known before
 * the command can be found among the words. */
static void
write_value_options(const char *separator, FILE *out)
{
    const struct option_spec *o;
    const char *before = "";

    for (o = command_globals; o->name; o++) {
        if (!o->value)
            continue;
        if (o->letter) {
            (void)fprintf(out, "%s-%c", before, o->letter);
            before = separator;
        }
        (void)fprintf(out, "%s--%s", before, o->name);
        before = separator;
    }
}

static void
write_bash_command(const struct command *c, FILE *out)
{
    (void)fprintf(out, "        %s)\n            words=\"", c->name);
    write_option_words(c->options, out);
    write_words(c->words, out);
    (void)fputs("\"\n", out);
    if (c->flags & COMMAND_TAKES_TARGET)
        (void)fputs("            [[ $cur == -* ]] ||\n"
                    "                words+=\" $(" LIST_TARGETS ")\"\n",
                    out);
    if (c->flags & COMMAND_TAKES_FILE)
        (void)fputs("            compopt -o default\n", out);
    (void)fputs("            ;;\n", out);
}

static void
write_bash(FILE *out)
{
    (void)fputs("# bash completion for aigw-ctl; made by: aigw-ctl completion "
                "bash\n\n_aigw_ctl()\n{\n"
                "    local cur=${COMP_WORDS[COMP_CWORD]} command='' words='' i"
                "\n    local globals=\"",
                out);
    write_option_words(command_globals, out);
    (void)fputs("\"\n\n    case ${COMP_WORDS[COMP_CWORD - 1]} in\n"
                "        -o | --output)\n"
                "            COMPREPLY=($(compgen -W \"table json ndjson "
                "plain\" -- \"$cur\"))\n"
                "            return\n            ;;\n    esac\n"
                "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                "        case ${COMP_WORDS[i]} in\n        ",
                out);
    write_value_options(" | ", out);
    (void)fputs(")\n            ((i++))\n            ;;\n        -*) ;;\n"
                "        *)\n            command=${COMP_WORDS[i]}\n"
                "            break\n            ;;\n        esac\n    done\n"
                "    case $command in\n        '')\n            words=\"",
                out);
    write_command_names(out);
    (void)fputs("\"\n            ;;\n", out);
    for (const struct command *c = commands; c->name; c++)
        write_bash_command(c, out);
    (void)fputs("    esac\n"
                "    COMPREPLY=($(compgen -W \"$globals $words\" -- \"$cur\"))"
                "\n}\n\ncomplete -F _aigw_ctl aigw-ctl\n",
                out);
}

/* zsh's _arguments takes "[text]" after an option, and ":text:" for values;
 * our help has neither brackets nor colons in it. */
static void
write_zsh_options(const struct option_spec *table, const char *indent,
                  FILE *out)
{
    for (; table && table->name; table++) {
        if (table->letter)
            (void)fprintf(out, " \\\n%s'-%c[%s]%s%s'", indent, table->letter,
                          table->help, table->value ? ":" : "",
                          table->value ? table->value : "");
        (void)fprintf(out, " \\\n%s'--%s[%s]%s%s'", indent, table->name,
                      table->help, table->value ? ":" : "",
                      table->value ? table->value : "");
    }
}

static void
write_zsh_command(const struct command *c, FILE *out)
{
    (void)fprintf(out, "    %s)\n        _arguments $globals", c->name);
    write_zsh_options(c->options, "            ", out);
    if (c->words) {
        (void)fputs(" \\\n            '1:word:(", out);
        for (size_t i = 0; c->words[i]; i++)
            (void)fprintf(out, "%s%s", i > 0 ? " " : "", c->words[i]);
        (void)fputs(")'", out);
    }
    if (c->flags & COMMAND_TAKES_TARGET)
        (void)fputs(" \\\n            '*:target:{compadd -- "
                    "${(f)\"$(" LIST_TARGETS ")\"}}'",
                    out);
    if (c->flags & COMMAND_TAKES_FILE)
        (void)fputs(" \\\n            '*:file:_files'", out);
    (void)fputs("\n        ;;\n", out);
}

static void
write_zsh(FILE *out)
{
    (void)fputs("#compdef aigw-ctl\n"
                "# zsh completion for aigw-ctl; made by: aigw-ctl completion "
                "zsh\n\nlocal -a globals names\nglobals=(",
                out);
    write_zsh_options(command_globals, "    ", out);
    (void)fputs("\n)\nnames=(\n", out);
    for (const struct command *c = commands; c->name; c++)
        (void)fprintf(out, "    \"%s:%s\"\n", c->name, c->help);
    (void)fputs(")\n\nlocal state line\n"
                "_arguments -C $globals '1: :->command' '*:: :->arguments'\n"
                "if [[ $state == command ]]; then\n"
                "    _describe command names\n    return\nfi\n"
                "case $line[1] in\n",
                out);
    for (const struct command *c = commands; c->name; c++)
        write_zsh_command(c, out);
    (void)fputs("esac\n", out);
}

static void
write_fish_options(const char *condition, const struct option_spec *table,
                   FILE *out)
{
    for (; table && table->name; table++) {
        (void)fprintf(out, "complete -c aigw-ctl%s", condition);
        if (table->letter)
            (void)fprintf(out, " -s %c", table->letter);
        (void)fprintf(out, " -l %s%s -d '%s'\n", table->name,
                      table->value ? " -x" : "", table->help);
    }
}

static void
write_fish_command(const struct command *c, FILE *out)
{
    char condition[96];

    (void)snprintf(condition, sizeof(condition),
                   " -n '__fish_seen_subcommand_from %s'", c->name);
    write_fish_options(condition, c->options, out);
    if (c->words) {
        (void)fprintf(out, "complete -c aigw-ctl%s -a '", condition);
        for (size_t i = 0; c->words[i]; i++)
            (void)fprintf(out, "%s%s", i > 0 ? " " : "", c->words[i]);
        (void)fputs("'\n", out);
    }
    if (c->flags & COMMAND_TAKES_TARGET)
        (void)fprintf(out, "complete -c aigw-ctl%s -a '(" LIST_TARGETS ")'\n",
                      condition);
    if (c->flags & COMMAND_TAKES_FILE)
        (void)fprintf(out, "complete -c aigw-ctl%s -F\n", condition);
}

static void
write_fish(FILE *out)
{
    (void)fputs("# fish completion for aigw-ctl; made by: aigw-ctl completion "
                "fish\n\ncomplete -c aigw-ctl -f\n",
                out);
    write_fish_options("", command_globals, out);
    for (const struct command *c = commands; c->name; c++)
        (void)fprintf(out,
                      "complete -c aigw-ctl -n __fish_use_subcommand -a %s "
                      "-d '%s'\n",
                      c->name, c->help);
    for (const struct command *c = commands; c->name; c++)
        write_fish_command(c, out);
}

bool
completion_write(const char *shell, FILE *out)
{
    if (strcmp(shell, "bash") == 0)
        write_bash(out);
    else if (strcmp(shell, "zsh") == 0)
        write_zsh(out);
    else if (strcmp(shell, "fish") == 0)
        write_fish(out);
    else
        return false;
    return true;
}

int
cmd_completion(struct ctl *ctl, struct args *args)
{
    (void)ctl;
    /* Dispatch has compared the word with the table. */
    (void)completion_write(args_operand(args, 0), stdout);
    return EXIT_OK;
}
