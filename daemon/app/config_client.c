/*
 * The step of config_resolve.h that concerns clients.
 */
#include "app/config_resolve.h"

#include "base/mem.h"

#include <string.h>

void
config_resolve_clients(struct config *config, const struct config_node *root,
                       struct config_report *report)
{
    const struct config_node *list =
        config_node_groups(root, "clients", CONFIG_MAX_CLIENTS, report);

    if (!list || list->n_children == 0)
        return;
    config->clients = mem_new_array(list->n_children, sizeof(*config->clients));
    for (size_t i = 0; i < list->n_children; i++) {
        struct config_client *client = &config->clients[config->n_clients++];

        config_resolve_unique(list, i, strcmp, "name", report);
        config_table_defaults(&config_schema_client, client);
        config_table_read(&config_schema_client, &list->children[i], client,
                          report);
    }
}
