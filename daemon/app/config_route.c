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

/* Targets as they are read; in the end they are the route's. */
struct target_list {
    size_t *targets;
    uint8_t *groups;
    size_t n;
    uint8_t n_groups;
};

/* True if "provider/model" means the target, wherever its region is. */
static bool
is_meant(const struct config *config, const struct config_target *target,
         const char *name)
{
    const char *provider = config->providers[target->provider].name;
    size_t size = strlen(provider);

    return strncmp(name, provider, size) == 0 && name[size] == '/'
           && strcmp(name + size + 1, target->model) == 0;
}

static void
add_target(struct target_list *list, size_t target, uint8_t group,
           const struct config_node *node, struct config_report *report)
{
    if (contains(list->targets, list->n, target)) {
        config_node_error(node, report, "\"%s\" stands here twice",
                          node->value.text);
        return;
    }
    if (list->n == CONFIG_MAX_ROUTE_TARGETS) {
        config_node_error(node, report, "more than %d targets",
                          CONFIG_MAX_ROUTE_TARGETS);
        return;
    }
    list->groups[list->n] = group;
    list->targets[list->n++] = target;
}

static bool
is_named(const struct config_node *names, const char *name)
{
    for (size_t i = 0; i < names->n_children; i++)
        if (strcmp(names->children[i].value.text, name) == 0)
            return true;
    return false;
}

/* How many targets "provider/model" means.  Where a region of it is named
 * beside it, it is the provider's own place alone, if there is one. */
static size_t
count_meant(const struct config *config, const struct config_node *names,
            const char *name)
{
    bool is_alone = false;
    size_t n = 0;

    for (size_t i = 0; i < config->n_targets; i++) {
        const struct config_target *t = &config->targets[i];

        if (!is_meant(config, t, name))
            continue;
        n++;
        is_alone |= strcmp(t->name, name) != 0 && is_named(names, t->name);
    }
    return is_alone && config_find_target(config, name) >= 0 ? 1 : n;
}

/* Adds what the name at `node`, one of `names`, means. */
static void
add_named(const struct config *config, struct target_list *list,
          const struct config_node *names, const struct config_node *node,
          struct config_report *report)
{
    const char *name = node->value.text;
    int found = config_find_target(config, name);
    size_t n = count_meant(config, names, name);

    if (n == 0 && found < 0) {
        refuse_target(config, node, report);
        return;
    }
    if (n <= 1 && found >= 0) {
        add_target(list, (size_t)found, 0, node, report);
        return;
    }
    list->n_groups++;
    for (size_t i = 0; i < config->n_targets; i++)
        if (is_meant(config, &config->targets[i], name))
            add_target(list, i, n > 1 ? list->n_groups : 0, node, report);
}

/* Reads a list of target names. */
static void
read_targets(const struct config *config, const struct config_node *group,
             const char *name, struct target_list *ret_list,
             struct config_report *report)
{
    const struct config_node *list =
        config_node_texts(group, name, CONFIG_MAX_ROUTE_TARGETS, report);

    if (!list)
        return;
    ret_list->targets =
        mem_new_array(CONFIG_MAX_ROUTE_TARGETS, sizeof(*ret_list->targets));
    for (size_t i = 0; i < list->n_children; i++)
        add_named(config, ret_list, list, &list->children[i], report);
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
    struct target_list targets = {.groups = route->groups};
    struct target_list refuges = {.groups = route->refusal_groups};
    struct config_route_form form = {0};

    config_table_defaults(&config_schema_route, &form);
    form.on_break = config->stream.on_break;
    config_table_read(&config_schema_route, group, &form, report);
    route->name = form.name ? form.name : mem_strdup("");
    route->strategy = form.strategy;
    route->on_break = form.on_break;
    read_targets(config, group, "targets", &targets, report);
    read_targets(config, group, "refusal_targets", &refuges, report);
    route->targets = targets.targets;
    route->n_targets = targets.n;
    route->refusal_targets = refuges.targets;
    route->n_refusal_targets = refuges.n;
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

static bool
are_regions(const struct config_target *a, const struct config_target *b)
{
    return a->provider == b->provider && strcmp(a->model, b->model) == 0;
}

/* The number of the first region is that of all. */
static void
group_regions(const struct config *config, struct config_route *route)
{
    for (size_t i = 0; i < route->n_targets; i++)
        for (size_t k = 0; k < route->n_targets && route->groups[i] == 0; k++)
            if (k != i
                && are_regions(&config->targets[route->targets[i]],
                               &config->targets[route->targets[k]]))
                route->groups[i] = (uint8_t)((k < i ? k : i) + 1);
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
    group_regions(config, route);
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
