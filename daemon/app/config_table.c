#include "app/config_table.h"

#include "base/mem.h"
#include "core/price.h"
#include "proto/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_NAMES = 32 /* More than any table or list of choices has. */
};

_Static_assert(sizeof(enum config_tier) == sizeof(unsigned)
                   && sizeof(enum log_level) == sizeof(unsigned),
               "a CHOICE is stored through an unsigned");

static void *
member(const struct config_field *field, void *base)
{
    return (char *)base + field->offset;
}

static void
set_int(const struct config_field *field, void *base, int64_t value)
{
    memcpy(member(field, base), &value, sizeof(value));
}

static void
set_choice(const struct config_field *field, void *base, unsigned value)
{
    memcpy(member(field, base), &value, sizeof(value));
}

int64_t
config_table_unit(enum config_type type)
{
    if (type == CONFIG_HOURS)
        return INT64_C(3600000);
    return type == CONFIG_MIB ? 1 << 20 : 1;
}

static bool
is_whole(enum config_type type)
{
    return type == CONFIG_INT || type == CONFIG_HOURS || type == CONFIG_MIB;
}

/* Stores a number that was written as `value` and is in range. */
static void
set_number(const struct config_field *field, void *base, double value)
{
    int64_t nanousd = 0;

    switch (field->type) {
    case CONFIG_INT:
    case CONFIG_HOURS:
    case CONFIG_MIB:
        set_int(field, base, (int64_t)value * config_table_unit(field->type));
        return;
    case CONFIG_SECONDS:
        set_int(field, base, llround(value * 1000));
        return;
    case CONFIG_USD:
        /* It fails only for what the range has already refused. */
        (void)price_from_usd(value, &nanousd);
        set_int(field, base, nanousd);
        return;
    case CONFIG_RATIO:
        memcpy(member(field, base), &value, sizeof(value));
        return;
    case CONFIG_BOOL:
        *(bool *)member(field, base) = value != 0;
        return;
    case CONFIG_CHOICE:
        set_choice(field, base, (unsigned)value);
        return;
    case CONFIG_STR:
    case CONFIG_GROUP:
    case CONFIG_OTHER:
        return;
    }
}

static void
set_text(const struct config_field *field, void *base, const char *text)
{
    char **slot = member(field, base);

    free(*slot);
    *slot = text ? mem_strdup(text) : NULL;
}

void
config_table_defaults(const struct config_table *table, void *base)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct config_field *field = &table->fields[i];

        if (field->type == CONFIG_GROUP)
            config_table_defaults(field->group, member(field, base));
        else if (field->type == CONFIG_STR)
            *(char **)member(field, base) = NULL;
        else
            set_number(field, base, field->fallback);
    }
}

void
config_table_clear(const struct config_table *table, void *base)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct config_field *field = &table->fields[i];

        if (field->type == CONFIG_GROUP)
            config_table_clear(field->group, member(field, base));
        else if (field->type == CONFIG_STR)
            set_text(field, base, NULL);
    }
}

static const struct config_field *
find_field(const struct config_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        if (strcmp(table->fields[i].name, name) == 0)
            return &table->fields[i];
    }
    return NULL;
}

static void
refuse_unknown(const struct config_table *table, const struct config_node *node,
               struct config_report *report)
{
    const char *names[MAX_NAMES];
    const char *near;

    for (size_t i = 0; i < table->n_fields && i < MAX_NAMES; i++)
        names[i] = table->fields[i].name;
    near = nearest_name(node->name, names, table->n_fields);
    if (near)
        config_node_error(node, report, "unknown setting; did you mean \"%s\"?",
                          near);
    else
        config_node_error(node, report, "unknown setting");
}

static void
read_number(const struct config_field *field, const struct config_node *node,
            void *base, struct config_report *report)
{
    bool whole = node->kind == CONFIG_KIND_INT;
    double value;

    if (is_whole(field->type) && !whole) {
        config_node_error(node, report, "expected a whole number");
        return;
    }
    if (!whole && node->kind != CONFIG_KIND_REAL) {
        config_node_error(node, report, "expected a number");
        return;
    }
    value = config_node_number(node);
    if (value < field->min || value > field->max)
        config_node_error(node, report, "must be from %.15g to %.15g",
                          field->min, field->max);
    else
        set_number(field, base, value);
}

static void
read_bool(const struct config_field *field, const struct config_node *node,
          void *base, struct config_report *report)
{
    if (node->kind == CONFIG_KIND_BOOL)
        set_number(field, base, node->value.flag ? 1 : 0);
    else
        config_node_error(node, report, "expected true or false");
}

static void
read_text(const struct config_field *field, const struct config_node *node,
          void *base, struct config_report *report)
{
    const char *wrong;

    if (node->kind != CONFIG_KIND_STR) {
        config_node_error(node, report, "expected a string in quotes");
        return;
    }
    wrong = field->check ? field->check(node->value.text) : NULL;
    if (wrong)
        config_node_error(node, report, "%s", wrong);
    else
        set_text(field, base, node->value.text);
}

static void
refuse_choice(const struct config_field *field, const struct config_node *node,
              struct config_report *report)
{
    struct bytes words;

    bytes_init(&words, sizeof(report->issues[0].message));
    for (size_t i = 0; field->choices[i]; i++)
        (void)bytes_printf(&words, "%s\"%s\"", i > 0 ? ", " : "",
                           field->choices[i]);
    config_node_error(node, report, "expected one of %s", bytes_cstr(&words));
    bytes_deinit(&words);
}

static void
read_choice(const struct config_field *field, const struct config_node *node,
            void *base, struct config_report *report)
{
    for (unsigned i = 0; node->kind == CONFIG_KIND_STR && field->choices[i];
         i++) {
        if (strcmp(field->choices[i], node->value.text) == 0) {
            set_choice(field, base, i);
            return;
        }
    }
    refuse_choice(field, node, report);
}

static void
read_group(const struct config_field *field, const struct config_node *node,
           void *base, struct config_report *report)
{
    if (node->kind == CONFIG_KIND_GROUP)
        config_table_read(field->group, node, member(field, base), report);
    else
        config_node_error(node, report, "expected a group { ... }");
}

static void
read_field(const struct config_field *field, const struct config_node *node,
           void *base, struct config_report *report)
{
    switch (field->type) {
    case CONFIG_INT:
    case CONFIG_RATIO:
    case CONFIG_SECONDS:
    case CONFIG_HOURS:
    case CONFIG_MIB:
    case CONFIG_USD:
        read_number(field, node, base, report);
        return;
    case CONFIG_BOOL:
        read_bool(field, node, base, report);
        return;
    case CONFIG_STR:
        read_text(field, node, base, report);
        return;
    case CONFIG_CHOICE:
        read_choice(field, node, base, report);
        return;
    case CONFIG_GROUP:
        read_group(field, node, base, report);
        return;
    case CONFIG_OTHER:
        return;
    }
}

void
config_table_read(const struct config_table *table,
                  const struct config_node *group, void *base,
                  struct config_report *report)
{
    for (size_t i = 0; i < group->n_children; i++) {
        const struct config_node *node = &group->children[i];
        const struct config_field *field = find_field(table, node->name);

        if (field)
            read_field(field, node, base, report);
        else
            refuse_unknown(table, node, report);
    }
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct config_field *field = &table->fields[i];

        if ((field->flags & CONFIG_REQUIRED)
            && !config_node_child(group, field->name))
            config_node_missing(group, field->name, report);
    }
}
