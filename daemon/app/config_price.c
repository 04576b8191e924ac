/*
 * The steps of config_resolve.h that concern prices.
 */
#include "app/config_resolve.h"

#include "base/mem.h"

#include <string.h>

enum {
    MAX_PRICES = 1024
};

static int64_t
larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Gives the rates that `group` does not name their defaults.  Whoever charges
 * for writing charges twice the input for what is to stay for an hour
 * (Anthropic). */
static void
complete_rates(const struct config_node *group, struct price_rates *rates)
{
    struct price_rates written = *rates;

    price_rates_init(rates, written.input, written.output);
    if (config_node_child(group, "cached_input"))
        rates->cached_input = written.cached_input;
    if (config_node_child(group, "cache_write"))
        rates->cache_write = written.cache_write;
    rates->cache_write_1h = rates->cache_write;
    if (config_node_child(group, "cache_write"))
        rates->cache_write_1h = larger(rates->cache_write, 2 * rates->input);
    if (config_node_child(group, "cache_write_1h"))
        rates->cache_write_1h = written.cache_write_1h;
    if (config_node_child(group, "reasoning"))
        rates->reasoning = written.reasoning;
}

static void
read_tiers(const struct config_node *group, struct price *price,
           struct config_report *report)
{
    const struct config_node *list =
        config_node_groups(group, "over", PRICE_MAX_TIERS, report);

    for (size_t i = 0; list && i < list->n_children; i++) {
        struct price_tier *tier = &price->over[price->n_over++];

        config_table_read(&config_schema_tier, &list->children[i], tier,
                          report);
        complete_rates(&list->children[i], &tier->rates);
    }
}

static void
read_price(const struct config_table *table, const struct config_node *group,
           struct config_price_form *form, struct config_report *report)
{
    config_table_read(table, group, form, report);
    complete_rates(group, &form->price.rates);
    read_tiers(group, &form->price, report);
}

bool
config_resolve_price(const struct config_node *model, struct price *ret_price,
                     struct config_report *report)
{
    const struct config_node *group = config_node_child(model, "price");
    struct config_price_form form = {0};

    if (!group)
        return false;
    if (group->kind != CONFIG_KIND_GROUP) {
        config_node_error(group, report, "expected a group { ... }");
        return false;
    }
    read_price(&config_schema_price, group, &form, report);
    *ret_price = form.price;
    return true;
}

static void
give_price(struct config *config, const struct config_price_form *form)
{
    for (size_t i = 0; form->model && i < config->n_targets; i++) {
        struct config_target *target = &config->targets[i];

        if (!target->has_price && strcmp(target->model, form->model) == 0) {
            target->price = form->price;
            target->has_price = true;
        }
    }
}

void
config_resolve_prices(struct config *config, const struct config_node *root,
                      struct config_report *report)
{
    const struct config_node *list =
        config_node_groups(root, "prices", MAX_PRICES, report);

    for (size_t i = 0; list && i < list->n_children; i++) {
        struct config_price_form form = {0};

        config_resolve_unique(list, i, strcmp, "model", report);
        read_price(&config_schema_prices, &list->children[i], &form, report);
        give_price(config, &form);
        config_table_clear(&config_schema_prices, &form);
    }
}
