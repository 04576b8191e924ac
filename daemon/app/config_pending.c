#include "app/config_pending.h"

#include "app/config_check.h"
#include "app/config_rows.h"
#include "app/config_schema.h"

/* clang-format off */
#define INTEGER AT(config_pending_form, integer)
static const struct config_field QUEUE[] = {
    NUMBER("max", CONFIG_INT, INTEGER, 0, 65536, 0),
    NUMBER("max_wait_ms", CONFIG_INT, INTEGER, 0, 3600000, 0),
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
}
