#include "text/args.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/mem.h"
#include "text/suggest.h"

/* Where the parser is in argv, and what it may meet there. */
struct cursor {
    struct args *args;
    char **argv;
    int argc;
    int at;
    const struct option_spec *tables[2];
};

static int fail(struct args *args, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int
fail(struct args *args, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    (void)vsnprintf(args->error, sizeof(args->error), format, list);
    va_end(list);
    return -1;
}

static const struct option_spec *
find_long(const struct option_spec *table, const char *name, size_t len)
{
    for (; table && table->name; table++) {
        if (strlen(table->name) == len && strncmp(table->name, name, len) == 0)
            return table;
    }
    return NULL;
}

static const struct option_spec *
find_letter(const struct option_spec *table, char letter)
{
    for (; table && table->name; table++) {
        if (table->letter == letter)
            return table;
    }
    return NULL;
}

static void
offer_names(const struct option_spec *table, struct suggest *s)
{
    for (; table && table->name; table++)
        suggest_offer(s, table->name);
}

static int
fail_unknown_long(struct cursor *c, const char *name, size_t len)
{
    char word[64];
    struct suggest s;

    (void)snprintf(word, sizeof(word), "%.*s", (int)len, name);
    suggest_init(&s, word);
    offer_names(c->tables[0], &s);
    offer_names(c->tables[1], &s);
    if (s.best)
        return fail(c->args, "no option \"--%s\" here. Did you mean \"--%s\"?",
                    word, s.best);
    return fail(c->args, "no option \"--%s\" here.", word);
}

static void
keep(struct args *args, const struct option_spec *spec, const char *value)
{
    /* Not while only the command is being looked for. */
    if (args->options)
        args->options[args->n_options++] =
            (struct arg_option){.spec = spec, .value = value};
}

/* The value of `spec`: what is attached, or else the next argument. */
static int
take_value(struct cursor *c, const struct option_spec *spec,
           const char *attached)
{
    if (!attached && c->at + 1 < c->argc)
        attached = c->argv[++c->at];
    if (!attached)
        return fail(c->args, "option \"--%s\" needs a value: --%s %s.",
                    spec->name, spec->name, spec->value);
    keep(c->args, spec, attached);
    return 0;
}

static int
parse_long(struct cursor *c)
{
    const char *name = c->argv[c->at] + 2;
    size_t len = strcspn(name, "=");
    const char *attached = name[len] == '=' ? name + len + 1 : NULL;
    const struct option_spec *spec = find_long(c->tables[0], name, len);

    if (!spec)
        spec = find_long(c->tables[1], name, len);
    if (!spec)
        return fail_unknown_long(c, name, len);
    if (spec->value)
        return take_value(c, spec, attached);
    if (attached)
        return fail(c->args, "option \"--%s\" takes no value.", spec->name);
    keep(c->args, spec, NULL);
    return 0;
}

/* Letters may stand together, "-qf", and before their value, "-n5". */
static int
parse_letters(struct cursor *c)
{
    for (const char *p = c->argv[c->at] + 1; *p; p++) {
        const struct option_spec *spec = find_letter(c->tables[0], *p);

        if (!spec)
            spec = find_letter(c->tables[1], *p);
        if (!spec)
            return fail(c->args, "no option \"-%c\" here.", *p);
        if (spec->value)
            return take_value(c, spec, p[1] ? p + 1 : NULL);
        keep(c->args, spec, NULL);
    }
    return 0;
}

static bool
is_option(const char *arg)
{
    return arg[0] == '-' && arg[1] != '\0';
}

static int
parse_option(struct cursor *c)
{
    return c->argv[c->at][1] == '-' ? parse_long(c) : parse_letters(c);
}

int
args_find_command(struct args *args, int argc, char **argv,
                  const struct option_spec *globals)
{
    struct cursor c = {
        .args = args, .argv = argv, .argc = argc, .tables = {globals, NULL}};

    *args = (struct args){0};
    for (c.at = 1; c.at < argc; c.at++) {
        if (!is_option(argv[c.at]))
            return c.at;
        if (parse_option(&c) != 0)
            return -1;
    }
    return argc;
}

int
args_parse(struct args *args, int argc, char **argv,
           const struct option_spec *globals, const struct option_spec *own)
{
    struct cursor c = {
        .args = args, .argv = argv, .argc = argc, .tables = {globals, own}};
    size_t letters = 0;
    bool options_ended = false;

    for (int i = 1; i < argc; i++)
        letters += strlen(argv[i]);
    *args = (struct args){0};
    args->options = mem_alloc(letters + 1, sizeof(*args->options));
    args->operands = mem_alloc((size_t)argc + 1, sizeof(*args->operands));
    for (c.at = 1; c.at < argc; c.at++) {
        const char *arg = argv[c.at];

        if (options_ended || !is_option(arg))
            args->operands[args->n_operands++] = arg;
        else if (strcmp(arg, "--") == 0)
            options_ended = true;
        else if (parse_option(&c) != 0)
            return -1;
    }
    return 0;
}

void
args_deinit(struct args *args)
{
    free(args->options);
    free(args->operands);
    args->options = NULL;
    args->operands = NULL;
}

static const struct arg_option *
find_given(const struct args *args, const char *name)
{
    for (size_t i = args->n_options; i > 0; i--) {
        if (strcmp(args->options[i - 1].spec->name, name) == 0)
            return &args->options[i - 1];
    }
    return NULL;
}

bool
args_has(const struct args *args, const char *name)
{
    return find_given(args, name) != NULL;
}

const char *
args_value(const struct args *args, const char *name)
{
    const struct arg_option *given = find_given(args, name);

    return given ? given->value : NULL;
}

const char *
args_operand(const struct args *args, size_t index)
{
    return index < args->n_operands ? args->operands[index] : NULL;
}

int
args_int(struct args *args, const char *name, int64_t min, int64_t max,
         int64_t *ret_value)
{
    const char *text = args_value(args, name);
    char *end;
    long long value;

    if (!text)
        return 0;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < min || value > max)
        return fail(args,
                    "\"--%s %s\": expected a whole number from %" PRId64
                    " to %" PRId64 ".",
                    name, text, min, max);
    *ret_value = value;
    return 0;
}

int
args_number(struct args *args, const char *name, double min, double max,
            double *ret_value)
{
    const char *text = args_value(args, name);
    char *end;
    double value;

    if (!text)
        return 0;
    value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) || value < min
        || value > max)
        return fail(args, "\"--%s %s\": expected a number from %g to %g.", name,
                    text, min, max);
    *ret_value = value;
    return 0;
}
