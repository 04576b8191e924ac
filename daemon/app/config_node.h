/*
 * config_node.h - a configuration file as a tree, free of the library that
 * parsed it.
 *
 * A setting is a node with a value and the place where it stands; groups and
 * lists hold further nodes.  Lists and arrays of libconfig are both lists
 * here.  app/config_file makes the tree; everything after it reads only this.
 */
#ifndef AIGW_APP_CONFIG_NODE_H
#define AIGW_APP_CONFIG_NODE_H

#include "app/config_report.h"

enum config_kind {
    CONFIG_KIND_GROUP,
    CONFIG_KIND_LIST,
    CONFIG_KIND_INT,
    CONFIG_KIND_REAL,
    CONFIG_KIND_BOOL,
    CONFIG_KIND_STR,
};

struct config_node {
    enum config_kind kind;
    const struct config_node *parent; /* NULL: the root. */
    char *name;                       /* In a group; NULL in a list. */
    size_t index;                     /* In the parent. */
    const char *file;                 /* Owned by the struct config_source. */
    int line;

    union {
        int64_t integer;
        double real;
        bool flag;
        char *text;
    } value;

    struct config_node *children; /* GROUP, LIST */
    size_t n_children;
};

/* Frees the tree under and including `root`, which may be NULL. */
void config_node_free(struct config_node *root);

/* The setting `name` of a group, or NULL. */
const struct config_node *config_node_child(const struct config_node *group,
                                            const char *name);

/* The value of an INT or REAL node. */
double config_node_number(const struct config_node *node);

/* Writes "providers[0].models[0].name"; "" for the root. */
void config_node_path(const struct config_node *node, char *path, size_t size);

/* Adds an error or a warning about `node`. */
void config_node_error(const struct config_node *node,
                       struct config_report *report, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void config_node_warn(const struct config_node *node,
                      struct config_report *report, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds an error about a setting that `group` should have. */
void config_node_missing(const struct config_node *group, const char *name,
                         struct config_report *report);

/* The list of groups called `name` in `group`, with 1 to `max` elements; NULL
 * if it is absent or empty, or after adding an error if it is anything else.
 * Elements that are no groups are errors too. */
const struct config_node *config_node_groups(const struct config_node *group,
                                             const char *name, size_t max,
                                             struct config_report *report);

/* The same for a list of texts. */
const struct config_node *config_node_texts(const struct config_node *group,
                                            const char *name, size_t max,
                                            struct config_report *report);

#endif
