/*
 * config_table.h - settings as rows of tables, and what can be done with them.
 *
 * A table describes the scalar settings of one group: name, type, range,
 * default, and the member of a C struct (its `base`) that holds the value.
 * Reading, filling in defaults, printing and freeing all go through the same
 * rows, so that they cannot disagree.  app/config_schema has the tables.
 */
#ifndef AIGW_APP_CONFIG_TABLE_H
#define AIGW_APP_CONFIG_TABLE_H

#include "app/config_node.h"
#include "proto/bytes.h"

/* How a setting is written, and the type of the member. */
enum config_type {
    CONFIG_INT,     /* A whole number; int64_t. */
    CONFIG_RATIO,   /* A number; double. */
    CONFIG_SECONDS, /* A number of seconds; int64_t milliseconds. */
    CONFIG_HOURS,   /* A whole number of hours; int64_t milliseconds. */
    CONFIG_MIB,     /* A whole number of mebibytes; int64_t bytes. */
    CONFIG_USD,     /* A number of dollars; int64_t nano-dollars. */
    CONFIG_BOOL,    /* bool */
    CONFIG_STR,     /* char *, owned; NULL while absent. */
    CONFIG_CHOICE,  /* One of several words; an enum. */
    CONFIG_GROUP,   /* A group; a struct with a table of its own. */
    CONFIG_OTHER,   /* Known, but read and printed by hand. */
};

enum {
    CONFIG_REQUIRED = 1, /* Absence is an error. */
    CONFIG_OVERRIDE = 2, /* A group inherited where absent; printed by hand. */
};

struct config_table;

struct config_field {
    const char *name;
    enum config_type type;
    unsigned flags;
    size_t offset;              /* In the base. */
    double min, max;            /* As written. */
    double fallback;            /* As written; for CHOICE the enum's value. */
    const char *const *choices; /* CHOICE: by value; ends with NULL. */
    const struct config_table *group;       /* GROUP */
    const char *(*check)(const char *text); /* STR: NULL, or what is wrong. */
};

struct config_table {
    const struct config_field *fields;
    size_t n_fields;
};

/* What one written unit of a whole number is worth in its member. */
int64_t config_table_unit(enum config_type type);

/* Sets every member to its default.  Texts become NULL. */
void config_table_defaults(const struct config_table *table, void *base);

/* Sets the members whose settings stand in `group`; the others stay.  Unknown
 * settings, wrong types and values, and missing settings are added to
 * `report`. */
void config_table_read(const struct config_table *table,
                       const struct config_node *group, void *base,
                       struct config_report *report);

/* Appends one line "name = value;" for each member whose setting is in
 * effect, `indent` spaces in. */
void config_table_print(const struct config_table *table, const void *base,
                        int indent, struct bytes *out);

/* Frees the texts. */
void config_table_clear(const struct config_table *table, void *base);

/* Appends `text` as a libconfig string, quotes included. */
void config_table_quote(const char *text, struct bytes *out);

#endif
