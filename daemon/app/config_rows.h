/*
 * config_rows.h - shorthand for the rows of tables, so that they read as
 * tables.
 *
 * Only for the file that defines them: app/config_schema.  Ranges and defaults are those of the setting as it is
 * written.
 */
#ifndef AIGW_APP_CONFIG_ROWS_H
#define AIGW_APP_CONFIG_ROWS_H

#include "app/config_table.h"
#include "base/mem.h"

#define AT(type_, member_) .offset = offsetof(struct type_, member_)
#define NUMBER(name_, type_, where_, min_, max_, default_)                     \
    {                                                                          \
        .name = (name_), .type = (type_), where_, .min = (min_),               \
        .max = (max_), .fallback = (default_)                                  \
    }
#define STR(name_, where_, check_, flags_)                                     \
    {                                                                          \
        .name = (name_), .type = CONFIG_STR, where_, .check = (check_),        \
        .flags = (flags_)                                                      \
    }
#define BOOL(name_, where_, default_)                                          \
    {                                                                          \
        .name = (name_), .type = CONFIG_BOOL, where_, .fallback = (default_)   \
    }
#define CHOICE(name_, where_, choices_, default_, flags_)                      \
    {                                                                          \
        .name = (name_), .type = CONFIG_CHOICE, where_, .choices = (choices_), \
        .fallback = (default_), .flags = (flags_)                              \
    }
#define GROUP(name_, where_, table_, flags_)                                   \
    {                                                                          \
        .name = (name_), .type = CONFIG_GROUP, where_, .group = &(table_),     \
        .flags = (flags_)                                                      \
    }
#define OTHER(name_, flags_)                                                   \
    {                                                                          \
        .name = (name_), .type = CONFIG_OTHER, .flags = (flags_)               \
    }
#define TABLE(name_, fields_)                                                  \
    const struct config_table name_ = {(fields_), array_count(fields_)}

#endif
