/*
 * The steps of config_resolve.h that turn providers, models and regions into
 * targets.
 */
#include "app/config_resolve.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void
take_global_policy(struct config_provider_form *form,
                   const struct config *config)
{
    form->breaker = config->breaker;
    form->retry = config->retry;
    form->provider.partial_refund = config->partial_refund;
    form->provider.health = config->health;
    form->provider.timeouts = config->timeouts;
}

/* How the models of a dialect are asked to go on, where they do not say. */
static enum config_continuation
default_continuation(const char *dialect)
{
    static const struct {
        const char *dialect;
        enum config_continuation mode;
    } defaults[] = {
        {"openai", CONFIG_CONTINUE_USER_TURN},
    };

    for (size_t i = 0; i < array_count(defaults); i++)
        if (strcmp(defaults[i].dialect, dialect) == 0)
            return defaults[i].mode;
    return CONFIG_CONTINUE_NONE;
}

static char *
target_name(const struct config_provider *provider,
            const struct config_region *region, const char *model)
{
    if (!region->name[0])
        return mem_printf("%s/%s", provider->name, model);
    return mem_printf("%s@%s/%s", provider->name, region->name, model);
}

/* Adds a target for `model` at each region of the last provider. */
static void
add_targets(struct config *config, const struct config_target *model,
            const struct config_node *node, struct config_report *report)
{
    size_t p = config->n_providers - 1;
    const struct config_provider *provider = &config->providers[p];

    if (config->n_targets + provider->n_regions > CONFIG_MAX_TARGETS) {
        config_node_error(node, report, "more than %d targets",
                          CONFIG_MAX_TARGETS);
        return;
    }
    for (size_t r = 0; r < provider->n_regions; r++) {
        struct config_target *target = &config->targets[config->n_targets++];

        *target = *model;
        target->provider = p;
        target->region = r;
        target->model = mem_strdup(model->model);
        target->name =
            target_name(provider, &provider->regions[r], model->model);
    }
}

static void
read_model(struct config *config, const struct config_provider_form *form,
           const struct config_node *node, struct config_report *report)
{
    struct config_target model = {0};

    config_table_defaults(&config_schema_model, &model);
    model.breaker = form->breaker;
    model.retry = form->retry;
    model.health = form->provider.health;
    model.timeouts = form->provider.timeouts;
    model.limits = form->provider.limits;
    model.partial_refund = form->provider.partial_refund;
    model.continuation = default_continuation(form->provider.dialect);
    config_table_read(&config_schema_model, node, &model, report);
    config_resolve_contradictions(node, &model.breaker, &model.retry, report);
    model.has_price = config_resolve_price(node, &model.price, report);
    if (model.model && form->provider.name)
        add_targets(config, &model, node, report);
    config_table_clear(&config_schema_model, &model);
}

static void
read_models(struct config *config, const struct config_provider_form *form,
            const struct config_node *group, struct config_report *report)
{
    const struct config_node *list =
        config_node_groups(group, "models", CONFIG_MAX_TARGETS, report);

    config_resolve_filled(group, "models", report);
    for (size_t i = 0; list && i < list->n_children; i++) {
        config_resolve_unique(list, i, strcmp, "name", report);
        read_model(config, form, &list->children[i], report);
    }
}

static void
read_provider(struct config *config, const struct config_node *group,
              struct config_report *report)
{
    struct config_provider_form form = {0};

    config_table_defaults(&config_schema_provider, &form);
    take_global_policy(&form, config);
    config_table_read(&config_schema_provider, group, &form, report);
    config_resolve_contradictions(group, &form.breaker, &form.retry, report);
    if (!form.provider.dialect)
        form.provider.dialect = mem_strdup("openai");
    config_resolve_regions(&form, group, report);
    config_resolve_keys(&form.provider, group, report);
    config_resolve_headers(&form.provider, group, report);
    config->providers[config->n_providers++] = form.provider;
    read_models(config, &form, group, report);
    free(form.base_url);
}

void
config_resolve_providers(struct config *config, const struct config_node *root,
                         struct config_report *report)
{
    const struct config_node *list =
        config_node_groups(root, "providers", CONFIG_MAX_PROVIDERS, report);

    config_resolve_filled(root, "providers", report);
    config->providers =
        mem_new_array(CONFIG_MAX_PROVIDERS, sizeof(*config->providers));
    config->targets =
        mem_new_array(CONFIG_MAX_TARGETS, sizeof(*config->targets));
    for (size_t i = 0; list && i < list->n_children; i++) {
        config_resolve_unique(list, i, strcmp, "name", report);
        read_provider(config, &list->children[i], report);
    }
}
