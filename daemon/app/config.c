#include "app/config.h"

#include "app/config_file.h"
#include "app/config_resolve.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct config *
resolve(const struct config_node *root, const char *path,
        struct config_report *report)
{
    struct config *config = mem_new(sizeof(*config));

    config->path = mem_strdup(path);
    config_table_defaults(&config_schema_root, config);
    config_table_read(&config_schema_root, root, config, report);
    config_resolve_state_dir(config);
    config_resolve_listen(config, root, report);
    config_resolve_log(config, root, report);
    config_resolve_contradictions(root, &config->breaker, &config->retry,
                                  report);
    config_resolve_providers(config, root, report);
    config_resolve_prices(config, root, report);
    config_resolve_routes(config, root, report);
    config_resolve_budgets(config, root, report);
    config_resolve_clients(config, root, report);
    return config;
}

/* Takes over `source`, which may be NULL. */
static struct config *
load(struct config_source *source, const char *path,
     struct config_report *report)
{
    struct config_node *root =
        source ? config_file_parse(source, report) : NULL;
    struct config *config = root ? resolve(root, path, report) : NULL;

    config_node_free(root);
    config_source_free(source);
    if (report->n_errors == 0)
        return config;
    config_free(config);
    return NULL;
}

struct config *
config_load(const char *path, struct config_report *ret_report)
{
    *ret_report = (struct config_report){0};
    return load(config_source_open(path, ret_report), path, ret_report);
}

struct config *
config_parse(const char *text, size_t size, const char *path,
             struct config_report *ret_report)
{
    *ret_report = (struct config_report){0};
    return load(config_source_from_text(path, text, size, ret_report), path,
                ret_report);
}

static void
free_key(struct config_key *key)
{
    for (char **arg = key->argv; arg && *arg; arg++)
        free(*arg);
    free(key->argv);
    free(key->name);
    free(key->file);
}

static void
free_provider(struct config_provider *provider)
{
    for (size_t i = 0; i < provider->n_regions; i++) {
        free(provider->regions[i].name);
        free(provider->regions[i].base_url);
    }
    for (size_t i = 0; i < provider->n_keys; i++)
        free_key(&provider->keys[i]);
    for (size_t i = 0; i < provider->n_headers; i++) {
        free(provider->headers[i].name);
        free(provider->headers[i].value);
    }
    free(provider->regions);
    free(provider->keys);
    free(provider->headers);
    free(provider->name);
    free(provider->dialect);
    free(provider->ca_file);
}

void
config_free(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->n_providers; i++)
        free_provider(&config->providers[i]);
    for (size_t i = 0; i < config->n_targets; i++) {
        free(config->targets[i].name);
        free(config->targets[i].model);
    }
    for (size_t i = 0; i < config->n_routes; i++) {
        free(config->routes[i].name);
        free(config->routes[i].targets);
        free(config->routes[i].refusal_targets);
    }
    for (size_t i = 0; i < config->n_budgets; i++)
        config_table_clear(&config_schema_budget, &config->budgets[i]);
    for (size_t i = 0; i < config->n_clients; i++)
        config_table_clear(&config_schema_client, &config->clients[i]);
    free(config->clients);
    free(config->budgets);
    free(config->providers);
    free(config->targets);
    free(config->routes);
    free(config->listen.socket);
    free(config->listen.group);
    free(config->listen.admin_group);
    free(config->state_dir);
    free(config->path);
    free(config);
}

char *
config_default_path(void)
{
    const char *folder = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;

    if (folder && folder[0])
        path = mem_printf("%s/aigw/aigwd.conf", folder);
    else if (home && home[0])
        path = mem_printf("%s/.config/aigw/aigwd.conf", home);
    if (path && access(path, F_OK) == 0)
        return path;
    free(path);
    return mem_strdup("/etc/aigw/aigwd.conf");
}

int
config_find_target(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->n_targets; i++) {
        if (strcmp(config->targets[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

int
config_find_route(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->n_routes; i++) {
        if (strcmp(config->routes[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

const char *
config_tier_name(enum config_tier tier)
{
    return config_schema_tiers[tier];
}
