/*
 * The step of config_resolve.h that concerns budgets.
 */
#include "app/config_resolve.h"

#include "base/mem.h"

#include <string.h>

static void
check_match(const struct config_node *group, const struct config_budget *budget,
            struct config_report *report)
{
    if (budget->match && budget->scope == CONFIG_SCOPE_ALL)
        config_node_error(group, report,
                          "match: scope \"all\" has nothing to match");
}

void
config_resolve_budgets(struct config *config, const struct config_node *root,
                       struct config_report *report)
{
    const struct config_node *list =
        config_node_groups(root, "budgets", CONFIG_MAX_BUDGETS, report);

    if (!list || list->n_children == 0)
        return;
    config->budgets = mem_new_array(list->n_children, sizeof(*config->budgets));
    for (size_t i = 0; i < list->n_children; i++) {
        struct config_budget *budget = &config->budgets[config->n_budgets++];

        config_resolve_unique(list, i, strcmp, "name", report);
        config_table_defaults(&config_schema_budget, budget);
        config_table_read(&config_schema_budget, &list->children[i], budget,
                          report);
        check_match(&list->children[i], budget, report);
    }
}
