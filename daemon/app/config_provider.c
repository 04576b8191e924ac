/*
 * The steps of config_resolve.h that concern what a provider has beside its
 * models: base URLs, keys and headers.
 */
#include "app/config_resolve.h"

#include "app/config_check.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void
add_region(struct config_provider *provider, const char *name, const char *url)
{
    struct config_region *region = &provider->regions[provider->n_regions++];
    size_t n = url ? strlen(url) : 0;

    while (n > 0 && url[n - 1] == '/')
        n--;
    region->name = mem_strdup(name ? name : "");
    region->base_url = mem_printf("%.*s", (int)n, url ? url : "");
}

static void
read_region(struct config_provider *provider, const struct config_node *node,
            struct config_report *report)
{
    struct config_region form = {0};

    config_table_read(&config_schema_region, node, &form, report);
    if (form.base_url && config_check_is_exposed(form.base_url))
        config_node_warn(node, report, "keys and prompts go unencrypted to %s",
                         form.base_url);
    add_region(provider, form.name, form.base_url);
    config_table_clear(&config_schema_region, &form);
}

void
config_resolve_regions(struct config_provider_form *form,
                       const struct config_node *group,
                       struct config_report *report)
{
    struct config_provider *provider = &form->provider;
    const struct config_node *list =
        config_node_groups(group, "regions", CONFIG_MAX_REGIONS, report);
    size_t n = list ? list->n_children : 0;

    provider->regions = mem_new_array(n + 1, sizeof(*provider->regions));
    if (form->base_url && config_check_is_exposed(form->base_url))
        config_node_warn(config_node_child(group, "base_url"), report,
                         "keys and prompts go unencrypted over the network");
    if (form->base_url)
        add_region(provider, "", form->base_url);
    else if (!list && !config_node_child(group, "base_url"))
        config_node_missing(group, "base_url", report);
    for (size_t i = 0; i < n; i++) {
        config_resolve_unique(list, i, strcmp, "name", report);
        read_region(provider, &list->children[i], report);
    }
}

static struct config_key *
add_key(struct config_provider *provider, enum config_key_source source,
        const char *name)
{
    struct config_key *key = &provider->keys[provider->n_keys++];

    *key = (struct config_key){.source = source, .name = mem_strdup(name)};
    return key;
}

static struct config_key *
add_key_at(struct config_provider *provider, enum config_key_source source,
           const char *name, const struct config_node *node)
{
    struct config_key *key = add_key(provider, source, name);

    key->file = mem_strdup(node->file);
    key->line = node->line;
    return key;
}

/* The program and its arguments, or NULL. */
static const struct config_node *
check_command(const struct config_node *node, struct config_report *report)
{
    size_t n_errors = report->n_errors;
    const struct config_node *list =
        config_node_texts(node, "command", CONFIG_MAX_ARGS, report);
    const char *wrong =
        list ? config_check_path(list->children[0].value.text) : NULL;

    if (wrong)
        config_node_error(&list->children[0], report, "%s", wrong);
    else if (!list && report->n_errors == n_errors)
        config_node_error(config_node_child(node, "command"), report,
                          "expected a program, and perhaps arguments");
    return wrong ? NULL : list;
}

static void
add_command(struct config_provider *provider, const struct config_node *node,
            int64_t lifetime_ms, struct config_report *report)
{
    const struct config_node *list = check_command(node, report);
    struct config_key *key;

    if (!list)
        return;
    key = add_key_at(provider, CONFIG_KEY_COMMAND, list->children[0].value.text,
                     node);
    key->lifetime_ms = lifetime_ms;
    key->argv = mem_new_array(list->n_children + 1, sizeof(char *));
    for (size_t i = 0; i < list->n_children; i++)
        key->argv[i] = mem_strdup(list->children[i].value.text);
}

static void
add_source(struct config_provider *provider, const struct config_key_form *form,
           const struct config_node *node, struct config_report *report)
{
    if (config_node_child(node, "command"))
        add_command(provider, node, form->lifetime_ms, report);
    else if (config_node_child(node, "lifetime_s"))
        config_node_error(config_node_child(node, "lifetime_s"), report,
                          "only the key of a command has a lifetime");
    else if (form->env)
        (void)add_key_at(provider, CONFIG_KEY_ENV, form->env, node);
    else if (form->file)
        (void)add_key_at(provider, CONFIG_KEY_FILE, form->file, node);
    else if (form->credential)
        (void)add_key_at(provider, CONFIG_KEY_CREDENTIAL, form->credential,
                         node);
}

static void
read_key(struct config_provider *provider, const struct config_node *node,
         struct config_report *report)
{
    struct config_key_form form = {0};
    size_t n_sources = 0;

    config_table_read(&config_schema_key, node, &form, report);
    for (size_t i = 0; i < node->n_children; i++) {
        if (strcmp(node->children[i].name, "lifetime_s") != 0)
            n_sources++;
    }
    if (n_sources == 1)
        add_source(provider, &form, node, report);
    else
        config_node_error(node, report,
                          "expected one of env, file, credential, command");
    config_table_clear(&config_schema_key, &form);
}

static void
read_single_key(struct config_provider *provider,
                const struct config_node *node, struct config_report *report)
{
    provider->keys = mem_new_array(1, sizeof(*provider->keys));
    if (node->kind == CONFIG_KIND_GROUP)
        read_key(provider, node, report);
    else
        config_node_error(node, report,
                          "expected a group, such as { env = \"NAME\"; }");
}

void
config_resolve_keys(struct config_provider *provider,
                    const struct config_node *group,
                    struct config_report *report)
{
    const struct config_node *single = config_node_child(group, "key");
    const struct config_node *list =
        config_node_groups(group, "keys", CONFIG_MAX_KEYS, report);

    if (single && list) {
        config_node_error(single, report, "there is \"keys\", too");
    } else if (single) {
        read_single_key(provider, single, report);
    } else if (list) {
        provider->keys =
            mem_new_array(list->n_children, sizeof(*provider->keys));
        for (size_t i = 0; i < list->n_children; i++)
            read_key(provider, &list->children[i], report);
    } else {
        provider->keys = mem_new_array(1, sizeof(*provider->keys));
        (void)add_key(provider, CONFIG_KEY_NONE, "");
    }
}

void
config_resolve_headers(struct config_provider *provider,
                       const struct config_node *group,
                       struct config_report *report)
{
    const struct config_node *list =
        config_node_groups(group, "headers", CONFIG_MAX_HEADERS, report);

    if (!list)
        return;
    provider->headers =
        mem_new_array(list->n_children, sizeof(*provider->headers));
    for (size_t i = 0; i < list->n_children; i++) {
        config_resolve_unique(list, i, strcasecmp, "name", report);
        config_table_read(&config_schema_header, &list->children[i],
                          &provider->headers[provider->n_headers++], report);
    }
}
