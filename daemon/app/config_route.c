/*
 * The step of config_resolve.h that concerns routes.
 */
#include "app/config_resolve.h"

#include "base/mem.h"
#include "proto/nearest.h"

#include <stdlib.h>
#include <string.h>

static void
refuse_target(const struct config *config, const struct config_node *node,
              struct config_report *report)
{
    const char *names[CONFIG_MAX_TARGETS];
    const char *near;

    for (size_t i = 0; i < config->n_targets; i++)
        names[i] = config->targets[i].name;
    near = nearest_name(node->value.text, names, config->n_targets);
    if (near)
        config_node_error(node, report,
                          "no target \"%s\"; did you mean \"%s\"?",
                          node->value.text, near);
    else
        config_node_error(node, report, "no target \"%s\"", node->value.text);
}

static bool
contains(const size_t *targets, size_t n, size_t target)
{
    for (size_t i = 0; i < n; i++) {
        if (targets[i] == target)
            return true;
    }
    return false;
}

/* Reads a list of target names into new memory.  Returns how many. */
static size_t
read_targets(const struct config *config, const struct config_node *group,
             const char *name, size_t **ret_targets,
             struct config_report *report)
{
    const struct config_node *list =
        config_node_texts(group, name, CONFIG_MAX_ROUTE_TARGETS, report);
    size_t *targets;
    size_t n = 0;

    if (!list)
        return 0;
    targets = mem_new_array(list->n_children, sizeof(*targets));
    for (size_t i = 0; i < list->n_children; i++) {
        const struct config_node *node = &list->children[i];
        int found = config_find_target(config, node->value.text);

        if (found < 0)
            refuse_target(config, node, report);
        else if (contains(targets, n, (size_t)found))
            config_node_error(node, report, "\"%s\" stands here twice",
                              node->value.text);
        else
            targets[n++] = (size_t)found;
    }
    *ret_targets = targets;
    return n;
}

static void
check_weights(const struct config *config, const struct config_route *route,
              const struct config_node *group, struct config_report *report)
{
    for (size_t i = 0; i < route->n_targets; i++) {
        if (config->targets[route->targets[i]].weight > 0)
            return;
    }
    if (route->n_targets > 0)
        config_node_error(group, report,
                          "strategy \"weighted\" needs a target whose weight "
                          "is not 0");
}

/* All of them may be asked by one call. */
static void
check_number(const struct config_route *route, const struct config_node *group,
             struct config_report *report)
{
    size_t n = route->n_targets;

    for (size_t i = 0; i < route->n_refusal_targets; i++)
        n += !contains(route->targets, route->n_targets,
                       route->refusal_targets[i]);
    if (n > CONFIG_MAX_ROUTE_TARGETS)
        config_node_error(group, report, "names more than %d targets",
                          CONFIG_MAX_ROUTE_TARGETS);
}

static void
read_route(struct config *config, const struct config_node *group,
           struct config_report *report)
{
    struct config_route *route = &config->routes[config->n_routes++];
    struct config_route_form form = {0};

    config_table_defaults(&config_schema_route, &form);
    form.on_break = config->stream.on_break;
    config_table_read(&config_schema_route, group, &form, report);
    route->name = form.name ? form.name : mem_strdup("");
    route->strategy = form.strategy;
    route->on_break = form.on_break;
    route->n_targets =
        read_targets(config, group, "targets", &route->targets, report);
    route->n_refusal_targets = read_targets(config, group, "refusal_targets",
                                            &route->refusal_targets, report);
    config_resolve_filled(group, "targets", report);
    check_number(route, group, report);
    if (route->strategy == CONFIG_WEIGHTED)
        check_weights(config, route, group, report);
}

/* By priority; equals stay in the order of the file. */
static void
insert_by_priority(const struct config *config, size_t *targets, size_t n,
                   size_t target)
{
    int64_t priority = config->targets[target].priority;
    size_t i = n;

    for (; i > 0 && config->targets[targets[i - 1]].priority > priority; i--)
        targets[i] = targets[i - 1];
    targets[i] = target;
}

static void
add_default_route(struct config *config, const struct config_node *root,
                  struct config_report *report)
{
    struct config_route *route = &config->routes[config->n_routes++];

    route->name = mem_strdup("default");
    route->strategy = CONFIG_PRIORITY;
    route->on_break = config->stream.on_break;
    route->targets = mem_new_array(CONFIG_MAX_TARGETS, sizeof(*route->targets));
    for (size_t i = 0; i < config->n_targets; i++)
        insert_by_priority(config, route->targets, i, i);
    route->n_targets = config->n_targets;
    if (route->n_targets > CONFIG_MAX_ROUTE_TARGETS) {
        config_node_warn(root, report,
                         "the default route holds the first %d of %zu targets",
                         CONFIG_MAX_ROUTE_TARGETS, route->n_targets);
        route->n_targets = CONFIG_MAX_ROUTE_TARGETS;
    }
}

static void
check_complexity(const struct config *config, const struct config_node *root,
                 struct config_report *report)
{
    if (config->complexity.standard > config->complexity.premium)
        config_node_error(config_node_child(root, "complexity"), report,
                          "standard is greater than premium");
}

void
config_resolve_routes(struct config *config, const struct config_node *root,
                      struct config_report *report)
{
    const struct config_node *list =
        config_node_groups(root, "routes", CONFIG_MAX_ROUTES, report);

    check_complexity(config, root, report);
    config->routes = mem_new_array(CONFIG_MAX_ROUTES, sizeof(*config->routes));
    for (size_t i = 0; list && i < list->n_children; i++) {
        config_resolve_unique(list, i, strcmp, "name", report);
        read_route(config, &list->children[i], report);
    }
    if (config_find_route(config, "default") >= 0)
        return;
    if (config->n_routes < CONFIG_MAX_ROUTES)
        add_default_route(config, root, report);
    else
        config_node_error(list, report, "none of these %d is \"default\"",
                          CONFIG_MAX_ROUTES);
}
