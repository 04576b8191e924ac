/*
 * config_resolve.h - the steps from the tree of a file to a configuration.
 *
 * Each adds its findings to `report` and goes on, so that one run finds all
 * errors.  `config` can be given to config_free() after any of them.
 */
#ifndef AIGW_APP_CONFIG_RESOLVE_H
#define AIGW_APP_CONFIG_RESOLVE_H

#include "app/config_schema.h"

/* `listen` and `log`, with the defaults that depend on the environment. */
void config_resolve_listen(struct config *config,
                           const struct config_node *root,
                           struct config_report *report);
void config_resolve_log(struct config *config, const struct config_node *root,
                        struct config_report *report);

/* `state_dir`, where the file names none. */
void config_resolve_state_dir(struct config *config);

/* The breaker, health, retry and timeouts of `root`, a provider or a model:
 * values that contradict each other. */
void config_resolve_contradictions(const struct config_node *group,
                                   const struct config_breaker *breaker,
                                   const struct config_retry *retry,
                                   struct config_report *report);

/* `providers`: fills the providers, and a target for each model at each
 * region.  The global groups must have been read. */
void config_resolve_providers(struct config *config,
                              const struct config_node *root,
                              struct config_report *report);

/* The regions, keys and headers of one provider. */
void config_resolve_regions(struct config_provider_form *form,
                            const struct config_node *group,
                            struct config_report *report);
void config_resolve_keys(struct config_provider *provider,
                         const struct config_node *group,
                         struct config_report *report);
void config_resolve_headers(struct config_provider *provider,
                            const struct config_node *group,
                            struct config_report *report);

/* A model's own `price`; false if it has none. */
bool config_resolve_price(const struct config_node *model,
                          struct price *ret_price,
                          struct config_report *report);

/* `prices`: for the targets that have none of their own. */
void config_resolve_prices(struct config *config,
                           const struct config_node *root,
                           struct config_report *report);

/* `routes`, and the default route if the file has none.  The targets must be
 * there. */
void config_resolve_routes(struct config *config,
                           const struct config_node *root,
                           struct config_report *report);

/* `budgets`. */
void config_resolve_budgets(struct config *config,
                            const struct config_node *root,
                            struct config_report *report);

/* `clients`. */
void config_resolve_clients(struct config *config,
                            const struct config_node *root,
                            struct config_report *report);

/* Adds an error if the list `name` of `group` is there but empty. */
void config_resolve_filled(const struct config_node *group, const char *name,
                           struct config_report *report);

/* Adds an error if the text called `name` in element `i` of `list` stands in
 * an earlier element, too, as `compare` (strcmp or strcasecmp) sees it. */
typedef int (*config_compare_fn)(const char *a, const char *b);

void config_resolve_unique(const struct config_node *list, size_t i,
                           config_compare_fn compare, const char *name,
                           struct config_report *report);

#endif
