#include "app/config_node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
release(struct config_node *node)
{
    for (size_t i = 0; i < node->n_children; i++)
        release(&node->children[i]);
    free(node->children);
    free(node->name);
    if (node->kind == CONFIG_KIND_STR)
        free(node->value.text);
}

void
config_node_free(struct config_node *root)
{
    if (!root)
        return;
    release(root);
    free(root);
}

const struct config_node *
config_node_child(const struct config_node *group, const char *name)
{
    for (size_t i = 0; i < group->n_children; i++) {
        const struct config_node *child = &group->children[i];

        if (child->name && strcmp(child->name, name) == 0)
            return child;
    }
    return NULL;
}

double
config_node_number(const struct config_node *node)
{
    return node->kind == CONFIG_KIND_INT ? (double)node->value.integer
                                         : node->value.real;
}

void
config_node_path(const struct config_node *node, char *path, size_t size)
{
    size_t n;

    path[0] = '\0';
    if (!node->parent)
        return;
    config_node_path(node->parent, path, size);
    n = strlen(path);
    if (!node->name)
        (void)snprintf(path + n, size - n, "[%zu]", node->index);
    else
        (void)snprintf(path + n, size - n, "%s%s", n > 0 ? "." : "",
                       node->name);
}

static void __attribute__((format(printf, 4, 0)))
add(const struct config_node *node, struct config_report *report, bool warning,
    const char *format, va_list args)
{
    char message[sizeof(report->issues[0].message)];
    char path[sizeof(report->issues[0].path)];
    struct config_place place = {node->file, node->line, path};

    (void)vsnprintf(message, sizeof(message), format, args);
    config_node_path(node, path, sizeof(path));
    config_report_add(report, warning, &place, message);
}

void
config_node_error(const struct config_node *node, struct config_report *report,
                  const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(node, report, false, format, args);
    va_end(args);
}

void
config_node_warn(const struct config_node *node, struct config_report *report,
                 const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(node, report, true, format, args);
    va_end(args);
}

void
config_node_missing(const struct config_node *group, const char *name,
                    struct config_report *report)
{
    char path[sizeof(report->issues[0].path)];
    struct config_place place = {group->file, group->line, path};
    size_t n;

    config_node_path(group, path, sizeof(path));
    n = strlen(path);
    (void)snprintf(path + n, sizeof(path) - n, "%s%s", n > 0 ? "." : "", name);
    config_report_error(report, &place, "missing");
}

static const struct config_node *
list_of(const struct config_node *group, const char *name, size_t max,
        struct config_report *report)
{
    const struct config_node *list = config_node_child(group, name);

    if (!list)
        return NULL;
    if (list->kind != CONFIG_KIND_LIST) {
        config_node_error(list, report, "expected a list ( ... )");
        return NULL;
    }
    if (list->n_children > max) {
        config_node_error(list, report, "%zu elements; at most %zu are allowed",
                          list->n_children, max);
        return NULL;
    }
    return list->n_children > 0 ? list : NULL;
}

/* True when all elements are of `kind`. */
static bool
all_are(const struct config_node *list, enum config_kind kind,
        const char *expected, struct config_report *report)
{
    bool good = true;

    for (size_t i = 0; i < list->n_children; i++) {
        if (list->children[i].kind == kind)
            continue;
        config_node_error(&list->children[i], report, "expected %s", expected);
        good = false;
    }
    return good;
}

const struct config_node *
config_node_groups(const struct config_node *group, const char *name,
                   size_t max, struct config_report *report)
{
    const struct config_node *list = list_of(group, name, max, report);

    return list && all_are(list, CONFIG_KIND_GROUP, "a group { ... }", report)
               ? list
               : NULL;
}

const struct config_node *
config_node_texts(const struct config_node *group, const char *name, size_t max,
                  struct config_report *report)
{
    const struct config_node *list = list_of(group, name, max, report);

    return list && all_are(list, CONFIG_KIND_STR, "a string", report) ? list
                                                                      : NULL;
}
