#include "app/config_file.h"

#include "base/mem.h"

#include <libconfig.h>
#include <math.h>

enum {
    /* The schema needs six; settings deeper than this are unknown anyway. */
    MAX_DEPTH = 16
};

struct reading {
    const struct config_source *source;
    struct config_report *report;
};

static void take(struct reading *reading, const config_setting_t *setting,
                 struct config_node *node, int depth);

static void
take_children(struct reading *reading, const config_setting_t *setting,
              struct config_node *node, int depth)
{
    size_t n = (size_t)config_setting_length(setting);

    if (depth == MAX_DEPTH) {
        config_node_error(node, reading->report, "nested too deeply");
        return;
    }
    node->children = mem_new_array(n + 1, sizeof(*node->children));
    node->n_children = n;
    for (size_t i = 0; i < n; i++) {
        node->children[i].parent = node;
        node->children[i].index = i;
        take(reading, config_setting_get_elem(setting, (unsigned)i),
             &node->children[i], depth + 1);
    }
}

static void
take_real(struct reading *reading, const config_setting_t *setting,
          struct config_node *node)
{
    node->kind = CONFIG_KIND_REAL;
    node->value.real = config_setting_get_float(setting);
    if (!isfinite(node->value.real)) {
        config_node_error(node, reading->report, "the number is too large");
        node->value.real = 0;
    }
}

/* libconfig has NULL for an empty string. */
static void
take_text(const config_setting_t *setting, struct config_node *node)
{
    const char *text = config_setting_get_string(setting);

    node->kind = CONFIG_KIND_STR;
    node->value.text = mem_strdup(text ? text : "");
}

/* Fills `node`, whose parent and index are set. */
static void
take(struct reading *reading, const config_setting_t *setting,
     struct config_node *node, int depth)
{
    struct config_place place = config_source_place(
        reading->source, (int)config_setting_source_line(setting));
    const char *name = config_setting_name(setting);

    node->file = place.file;
    node->line = place.line;
    node->name = name ? mem_strdup(name) : NULL;
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_GROUP:
        node->kind = CONFIG_KIND_GROUP;
        take_children(reading, setting, node, depth);
        return;
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        node->kind = CONFIG_KIND_INT;
        node->value.integer = config_setting_get_int64(setting);
        return;
    case CONFIG_TYPE_FLOAT:
        take_real(reading, setting, node);
        return;
    case CONFIG_TYPE_BOOL:
        node->kind = CONFIG_KIND_BOOL;
        node->value.flag = config_setting_get_bool(setting) == CONFIG_TRUE;
        return;
    case CONFIG_TYPE_STRING:
        node->kind = CONFIG_KIND_STR;
        take_text(setting, node);
        return;
    default: /* CONFIG_TYPE_ARRAY, CONFIG_TYPE_LIST */
        node->kind = CONFIG_KIND_LIST;
        take_children(reading, setting, node, depth);
        return;
    }
}

struct config_node *
config_file_parse(const struct config_source *source,
                  struct config_report *report)
{
    struct reading reading = {source, report};
    struct config_node *root = NULL;
    config_t config;

    config_init(&config);
    if (config_read_string(&config, config_source_text(source))
        == CONFIG_TRUE) {
        root = mem_new(sizeof(*root));
        take(&reading, config_root_setting(&config), root, 0);
    } else {
        /* There is no text when the parser's own stack was full. */
        const char *text = config_error_text(&config);
        struct config_place place =
            config_source_place(source, config_error_line(&config));

        config_report_add(report, false, &place,
                          text ? text : "nested too deeply");
    }
    config_destroy(&config);
    return root;
}
