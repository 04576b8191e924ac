/*
 * config_schema.h - every setting there is, as tables.
 *
 * What a table's members live in is named beside it.  Where a group has no
 * struct of its own in app/config.h, or has settings that the resolved
 * configuration keeps elsewhere, there is a form: the group as it is written.
 */
#ifndef AIGW_APP_CONFIG_SCHEMA_H
#define AIGW_APP_CONFIG_SCHEMA_H

#include "app/config_table.h"

struct config_listen_form {
    char *socket;
    char *mode;
    char *group;
    char *admin_group;
};

struct config_log_form {
    enum log_level level;
    char *format;
};

/* A provider as it is written; its models inherit the two policies. */
struct config_provider_form {
    struct config_provider provider;
    char *base_url;
    struct config_breaker breaker;
    struct config_retry retry;
};

struct config_key_form {
    char *env;
    char *file;
    char *credential;
    int64_t lifetime_ms;
};

/* An element of `prices`; without `model`, a model's `price`. */
struct config_price_form {
    char *model;
    struct price price;
};

struct config_route_form {
    char *name;
    enum config_strategy strategy;
    enum config_on_break on_break;
};

extern const struct config_table config_schema_root;   /* config */
extern const struct config_table config_schema_listen; /* config_listen_form */
extern const struct config_table config_schema_log;    /* config_log_form */
extern const struct config_table config_schema_breaker;
extern const struct config_table config_schema_health;
extern const struct config_table config_schema_retry;
extern const struct config_table config_schema_timeouts;
extern const struct config_table config_schema_limits;   /* config_limits */
extern const struct config_table config_schema_client;   /* config_client */
extern const struct config_table config_schema_provider; /* ..provider_form */
extern const struct config_table config_schema_region;   /* config_region */
extern const struct config_table config_schema_header;   /* config_header */
extern const struct config_table config_schema_key;      /* config_key_form */
extern const struct config_table config_schema_model;    /* config_target */
extern const struct config_table config_schema_price;    /* ..price_form */
extern const struct config_table config_schema_prices;   /* ..price_form */
extern const struct config_table config_schema_tier;     /* price_tier */
extern const struct config_table config_schema_route;    /* ..route_form */
extern const struct config_table config_schema_budget;   /* config_budget */

/* The words of enums, by value: config_tier, config_strategy, config_scope,
 * account_period, config_exceeded. */
extern const char *const config_schema_tiers[];
extern const char *const config_schema_strategies[];
extern const char *const config_schema_scopes[];
extern const char *const config_schema_periods[];
extern const char *const config_schema_exceeded[];

#endif
