#include "app/config_pending.h"

#include "app/config_check.h"
#include "app/config_rows.h"
#include "app/config_schema.h"

static const char *const SCOPES[] = {"all", "client", "route", "tag", NULL};
static const char *const PERIODS[] = {"hour", "day", "month", "total", NULL};
static const char *const EXCEEDED[] = {"refuse", "downgrade", "alert", NULL};

/* clang-format off */
#define INTEGER AT(config_pending_form, integer)
#define WORD    AT(config_pending_form, choice)
static const struct config_field QUEUE[] = {
    NUMBER("max", CONFIG_INT, INTEGER, 0, 65536, 0),
    NUMBER("max_wait_ms", CONFIG_INT, INTEGER, 0, 3600000, 0),
};
static const struct config_field BUDGET[] = {
    STR("name", AT(config_pending_form, name), config_check_name, CONFIG_REQUIRED),
    CHOICE("scope", WORD, SCOPES, 0, 0),
    STR("match", AT(config_pending_form, match), config_check_name, 0),
    CHOICE("period", WORD, PERIODS, 0, 0),
    {.name = "limit_usd", .type = CONFIG_USD, INTEGER, .max = 1000000,
     .flags = CONFIG_REQUIRED},
    CHOICE("on_exceeded", WORD, EXCEEDED, 0, 0),
    NUMBER("soft", CONFIG_RATIO, AT(config_pending_form, real), 0, 1, 0),
};

/* clang-format on */

static const struct pending_group {
    const char *name;
    struct config_table table;
} GROUPS[] = {
    {"queue", {QUEUE, array_count(QUEUE)}},
};

static void
check_group(const struct pending_group *group, const struct config_node *node,
            struct config_report *report)
{
    struct config_pending_form form = {0};

    if (node->kind != CONFIG_KIND_GROUP) {
        config_node_error(node, report, "expected a group { ... }");
        return;
    }
    config_table_defaults(&group->table, &form);
    config_table_read(&group->table, node, &form, report);
    config_table_clear(&group->table, &form);
}

static void
check_budgets(const struct config_node *root, struct config_report *report)
{
    const struct config_table table = {BUDGET, array_count(BUDGET)};
    const struct config_node *list =
        config_node_groups(root, "budgets", 256, report);

    for (size_t i = 0; list && i < list->n_children; i++) {
        struct config_pending_form form = {0};

        config_table_read(&table, &list->children[i], &form, report);
        config_table_clear(&table, &form);
    }
}

void
config_pending_check(const struct config_node *root,
                     struct config_report *report)
{
    for (size_t i = 0; i < array_count(GROUPS); i++) {
        const struct config_node *node =
            config_node_child(root, GROUPS[i].name);

        if (node)
            check_group(&GROUPS[i], node, report);
    }
    check_budgets(root, report);
}
