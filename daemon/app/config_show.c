/*
 * The configuration in effect, as a file that would give the same one but for
 * what is hidden in it: the values of headers.
 *
 * Everything scalar is printed from the tables.  Overrides of providers and
 * models are printed where they differ from what would be inherited.
 */
#include "app/config_schema.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_BYTES = 64 << 20 /* Far more than the largest configuration takes. */
};

static void
print_override(const char *name, const struct config_table *table,
               const void *mine, const void *inherited, struct bytes *out)
{
    struct bytes a;
    struct bytes b;
    int indent = 8;

    bytes_init(&a, MAX_BYTES);
    bytes_init(&b, MAX_BYTES);
    config_table_print(table, mine, indent + 4, &a);
    config_table_print(table, inherited, indent + 4, &b);
    if (a.size != b.size || memcmp(a.data, b.data, a.size) != 0) {
        (void)bytes_printf(out, "%*s%s = {\n", indent, "", name);
        (void)bytes_append(out, a.data, a.size);
        (void)bytes_printf(out, "%*s};\n", indent, "");
    }
    bytes_deinit(&a);
    bytes_deinit(&b);
}

static void
print_group(const char *name, const struct config_table *table,
            const void *base, struct bytes *out)
{
    (void)bytes_printf(out, "%s = {\n", name);
    config_table_print(table, base, 4, out);
    (void)bytes_append_str(out, "};\n");
}

static void
print_listen(const struct config_listen *listen, struct bytes *out)
{
    char *mode = mem_printf("%04o", (unsigned)listen->mode);
    struct config_listen_form form = {listen->socket, mode, listen->group,
                                      listen->admin_group};

    print_group("listen", &config_schema_listen, &form, out);
    free(mode);
}

static void
print_log(const struct config *config, struct bytes *out)
{
    static const char *const formats[] = {"logfmt", "json", "journal"};
    char *format =
        config->has_log_format ? mem_strdup(formats[config->log_format]) : NULL;
    struct config_log_form form = {config->log_level, format};

    print_group("log", &config_schema_log, &form, out);
    free(format);
}

/* An array of structs that a list of groups is printed from. */
struct elements {
    const char *name;
    const struct config_table *table;
    const void *first;
    size_t size; /* Of one. */
    size_t n;
};

static void
print_elements(const struct elements *list, int indent, struct bytes *out)
{
    if (list->n == 0)
        return;
    (void)bytes_printf(out, "%*s%s = (\n", indent, "", list->name);
    for (size_t i = 0; i < list->n; i++) {
        (void)bytes_printf(out, "%*s{\n", indent + 2, "");
        config_table_print(list->table,
                           (const char *)list->first + i * list->size,
                           indent + 4, out);
        (void)bytes_printf(out, "%*s}%s\n", indent + 2, "",
                           i + 1 < list->n ? "," : "");
    }
    (void)bytes_printf(out, "%*s);\n", indent, "");
}

static void
print_command(const struct config_key *key, struct bytes *out)
{
    (void)bytes_append_str(out, "[ ");
    for (char **arg = key->argv; *arg; arg++) {
        config_table_quote(*arg, out);
        (void)bytes_append_str(out, arg[1] ? ", " : " ]");
    }
    if (key->lifetime_ms > 0)
        (void)bytes_printf(out, "; lifetime_s = %" PRId64 ".%03" PRId64,
                           key->lifetime_ms / 1000, key->lifetime_ms % 1000);
}

static void
print_key(const struct config_key *key, struct bytes *out)
{
    static const char *const words[] = {
        [CONFIG_KEY_ENV] = "env",
        [CONFIG_KEY_FILE] = "file",
        [CONFIG_KEY_CREDENTIAL] = "credential",
        [CONFIG_KEY_COMMAND] = "command",
    };

    (void)bytes_printf(out, "{ %s = ", words[key->source]);
    if (key->source == CONFIG_KEY_COMMAND)
        print_command(key, out);
    else
        config_table_quote(key->name, out);
    (void)bytes_append_str(out, "; }");
}

static void
print_keys(const struct config_provider *provider, struct bytes *out)
{
    if (provider->keys[0].source == CONFIG_KEY_NONE)
        return;
    (void)bytes_append_str(out, "    keys = ( ");
    for (size_t i = 0; i < provider->n_keys; i++) {
        if (i > 0)
            (void)bytes_append_str(out, ", ");
        print_key(&provider->keys[i], out);
    }
    (void)bytes_append_str(out, " );\n");
}

static void
print_price(const struct price *price, struct bytes *out)
{
    struct config_price_form form = {.price = *price};
    const struct elements over = {"over", &config_schema_tier, price->over,
                                  sizeof(price->over[0]), price->n_over};

    (void)bytes_append_str(out, "        price = {\n");
    config_table_print(&config_schema_price, &form, 12, out);
    print_elements(&over, 12, out);
    (void)bytes_append_str(out, "        };\n");
}

/* A model, from its target at the first region. */
static void
print_model(const struct config *config, const struct config_target *target,
            struct bytes *out)
{
    const struct config_provider *provider =
        &config->providers[target->provider];

    config_table_print(&config_schema_model, target, 8, out);
    if (target->has_price)
        print_price(&target->price, out);
    print_override("breaker", &config_schema_breaker, &target->breaker,
                   &config->breaker, out);
    print_override("health", &config_schema_health, &target->health,
                   &provider->health, out);
    print_override("retry", &config_schema_retry, &target->retry,
                   &config->retry, out);
    print_override("timeouts", &config_schema_timeouts, &target->timeouts,
                   &provider->timeouts, out);
    print_override("limits", &config_schema_limits, &target->limits,
                   &provider->limits, out);
}

static void
print_models(const struct config *config, size_t provider, struct bytes *out)
{
    const char *between = "    models = (\n      {\n";

    for (size_t i = 0; i < config->n_targets; i++) {
        const struct config_target *target = &config->targets[i];

        if (target->provider != provider || target->region != 0)
            continue;
        (void)bytes_append_str(out, between);
        print_model(config, target, out);
        between = "      },\n      {\n";
    }
    (void)bytes_append_str(out, "      }\n    );\n");
}

/* What a header carries may be a secret. */
static void
print_headers(const struct config_provider *provider, struct bytes *out)
{
    static char hidden[] = "***";
    struct config_header shown[CONFIG_MAX_HEADERS];
    const struct elements list = {"headers", &config_schema_header, shown,
                                  sizeof(shown[0]), provider->n_headers};

    for (size_t i = 0; i < provider->n_headers; i++) {
        shown[i] = provider->headers[i];
        shown[i].value = hidden;
    }
    print_elements(&list, 4, out);
}

static void
print_provider(const struct config *config, size_t i, struct bytes *out)
{
    const struct config_provider *provider = &config->providers[i];
    struct config_provider_form form = {.provider = *provider};
    size_t named = provider->regions[0].name[0] ? 0 : 1;
    const struct elements regions = {
        "regions", &config_schema_region, provider->regions + named,
        sizeof(provider->regions[0]), provider->n_regions - named};

    if (named == 1)
        form.base_url = provider->regions[0].base_url;
    config_table_print(&config_schema_provider, &form, 4, out);
    print_elements(&regions, 4, out);
    print_headers(provider, out);
    print_keys(provider, out);
    print_override("health", &config_schema_health, &provider->health,
                   &config->health, out);
    print_override("timeouts", &config_schema_timeouts, &provider->timeouts,
                   &config->timeouts, out);
    print_models(config, i, out);
}

/* Regions that were named together are, again. */
static void
print_target(const struct config *config, size_t target, bool together,
             struct bytes *out)
{
    const struct config_target *t = &config->targets[target];
    char *name;

    if (!together) {
        config_table_quote(t->name, out);
        return;
    }
    name = mem_printf("%s/%s", config->providers[t->provider].name, t->model);
    config_table_quote(name, out);
    free(name);
}

static void
print_targets(const struct config *config, const size_t *targets,
              const uint8_t *groups, size_t n, struct bytes *out)
{
    (void)bytes_append_str(out, " = ( ");
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && groups[i] > 0 && groups[i] == groups[i - 1])
            continue;
        if (i > 0)
            (void)bytes_append_str(out, ", ");
        print_target(config, targets[i], groups[i] > 0, out);
    }
    (void)bytes_append_str(out, " );\n");
}

static void
print_route(const struct config *config, size_t i, struct bytes *out)
{
    const struct config_route *route = &config->routes[i];
    struct config_route_form form = {route->name, route->strategy,
                                     route->on_break};

    config_table_print(&config_schema_route, &form, 4, out);
    (void)bytes_append_str(out, "    targets");
    print_targets(config, route->targets, route->groups, route->n_targets, out);
    if (route->n_refusal_targets == 0)
        return;
    (void)bytes_append_str(out, "    refusal_targets");
    print_targets(config, route->refusal_targets, route->refusal_groups,
                  route->n_refusal_targets, out);
}

char *
config_show(const struct config *config)
{
    const struct elements budgets = {
        "budgets", &config_schema_budget, config->budgets,
        sizeof(config->budgets[0]), config->n_budgets};
    const struct elements clients = {
        "clients", &config_schema_client, config->clients,
        sizeof(config->clients[0]), config->n_clients};
    struct bytes out;

    bytes_init(&out, MAX_BYTES);
    print_listen(&config->listen, &out);
    print_log(config, &out);
    config_table_print(&config_schema_root, config, 0, &out);
    (void)bytes_append_str(&out, "providers = (\n");
    for (size_t i = 0; i < config->n_providers; i++) {
        (void)bytes_append_str(&out, i > 0 ? "  },\n  {\n" : "  {\n");
        print_provider(config, i, &out);
    }
    (void)bytes_append_str(&out, "  }\n);\nroutes = (\n");
    for (size_t i = 0; i < config->n_routes; i++) {
        (void)bytes_append_str(&out, i > 0 ? "  },\n  {\n" : "  {\n");
        print_route(config, i, &out);
    }
    (void)bytes_append_str(&out, "  }\n);\n");
    print_elements(&budgets, 0, &out);
    print_elements(&clients, 0, &out);
    return bytes_take(&out, NULL);
}
