#include "app/config_resolve.h"

#include "base/mem.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>

static const char *
text_of(const struct config_node *group, const char *name)
{
    const struct config_node *node = config_node_child(group, name);

    return node && node->kind == CONFIG_KIND_STR ? node->value.text : NULL;
}

void
config_resolve_unique(const struct config_node *list, size_t i,
                      config_compare_fn compare, const char *name,
                      struct config_report *report)
{
    const char *text = text_of(&list->children[i], name);

    for (size_t j = 0; text && j < i; j++) {
        const char *other = text_of(&list->children[j], name);

        if (other && compare(text, other) == 0) {
            config_node_error(config_node_child(&list->children[i], name),
                              report, "\"%s\" is already the %s of [%zu]", text,
                              name, j);
            return;
        }
    }
}

void
config_resolve_filled(const struct config_node *group, const char *name,
                      struct config_report *report)
{
    const struct config_node *list = config_node_child(group, name);

    if (list && list->kind == CONFIG_KIND_LIST && list->n_children == 0)
        config_node_error(list, report, "is empty");
}

/* The setting of `group` that is called `name` in its group `policy`, or what
 * comes nearest to it, for errors. */
static const struct config_node *
blame(const struct config_node *group, const char *policy, const char *name)
{
    const struct config_node *node = config_node_child(group, policy);

    if (!node)
        return group;
    return config_node_child(node, name) ? config_node_child(node, name) : node;
}

void
config_resolve_contradictions(const struct config_node *group,
                              const struct config_breaker *breaker,
                              const struct config_retry *retry,
                              struct config_report *report)
{
    if (config_node_child(group, "breaker")
        && breaker->recovery_timeout_max_ms < breaker->recovery_timeout_ms)
        config_node_error(blame(group, "breaker", "recovery_timeout_max_s"),
                          report, "less than recovery_timeout_s");
    if (config_node_child(group, "retry") && retry->max_ms < retry->base_ms)
        config_node_error(blame(group, "retry", "max_ms"), report,
                          "less than base_ms");
}

/* The group `name` of the root, or NULL; an error if it is something else. */
static const struct config_node *
find_group(const struct config_node *root, const char *name,
           struct config_report *report)
{
    const struct config_node *node = config_node_child(root, name);

    if (node && node->kind != CONFIG_KIND_GROUP) {
        config_node_error(node, report, "expected a group { ... }");
        return NULL;
    }
    return node;
}

/* Where the socket is without a setting. */
static char *
default_socket(const struct config_node *root, struct config_report *report)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    char *path;

    if (!folder || !folder[0])
        return mem_strdup("/run/aigw/aigw.sock");
    path = mem_printf("%s/aigw.sock", folder);
    if (strlen(path) > CONFIG_MAX_SOCKET)
        config_node_error(root, report,
                          "$XDG_RUNTIME_DIR is too long for a socket's path: "
                          "set listen.socket");
    return path;
}

static gid_t
group_id(const char *name)
{
    const struct group *group = name ? getgrnam(name) : NULL;

    return group ? group->gr_gid : (gid_t)-1;
}

void
config_resolve_listen(struct config *config, const struct config_node *root,
                      struct config_report *report)
{
    const struct config_node *group = find_group(root, "listen", report);
    struct config_listen *listen = &config->listen;
    struct config_listen_form form = {0};

    if (group)
        config_table_read(&config_schema_listen, group, &form, report);
    listen->socket = form.socket ? form.socket : default_socket(root, report);
    listen->mode = (mode_t)strtoul(form.mode ? form.mode : "0660", NULL, 8);
    listen->group = form.group;
    listen->admin_group = form.admin_group;
    listen->gid = group_id(listen->group);
    listen->admin_gid = group_id(listen->admin_group);
    free(form.mode);
}

/* A folder that the environment names; as the XDG base directory specification
 * has it, a relative path counts as none. */
static const char *
folder_of(const char *variable)
{
    const char *path = getenv(variable);

    return path && path[0] == '/' ? path : NULL;
}

/* systemd names the folders of StateDirectory= with colons between. */
static char *
default_state_dir(void)
{
    const char *given = folder_of("STATE_DIRECTORY");
    const char *state = folder_of("XDG_STATE_HOME");
    const char *home = folder_of("HOME");

    if (given)
        return mem_printf("%.*s", (int)strcspn(given, ":"), given);
    if (state)
        return mem_printf("%s/aigw", state);
    if (home)
        return mem_printf("%s/.local/state/aigw", home);
    return mem_strdup("/var/lib/aigw");
}

void
config_resolve_state_dir(struct config *config)
{
    if (!config->state_dir)
        config->state_dir = default_state_dir();
}

void
config_resolve_log(struct config *config, const struct config_node *root,
                   struct config_report *report)
{
    const struct config_node *group = find_group(root, "log", report);
    struct config_log_form form;

    config_table_defaults(&config_schema_log, &form);
    if (group)
        config_table_read(&config_schema_log, group, &form, report);
    config->log_level = form.level;
    config->log_format = LOG_LOGFMT;
    config->has_log_format =
        form.format && log_parse_format(form.format, &config->log_format);
    config_table_clear(&config_schema_log, &form);
}
