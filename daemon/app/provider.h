/*
 * provider.h - one provider as it lives: its dialect, its keys, and a pool of
 * connections for each key.
 *
 * Pools are kept apart by key, so that a connection which was opened under
 * one credential never carries another.
 */
#ifndef AIGW_APP_PROVIDER_H
#define AIGW_APP_PROVIDER_H

#include "app/config.h"
#include "app/credentials.h"
#include "core/dialect.h"
#include "io/http.h"

#include <stdbool.h>
#include <stddef.h>

struct provider {
    char *name;
    const struct dialect *dialect;
    struct credentials *credentials; /* Borrowed. */
    size_t index;                    /* In the configuration in force. */
    size_t n_keys;                   /* At least 1. */
    struct http_pool **pools;        /* One for each key. */
    struct dialect_header *headers;  /* Configured additions. */
    size_t n_headers;
    int refs;
};

/* Starts with one reference.  NULL with the reason in `err` when a pool cannot
 * be made (an unreadable CA file). */
struct provider *provider_new(const struct config_provider *config,
                              size_t index, struct http_client *http,
                              struct credentials *credentials,
                              struct aigw_err *err);
struct provider *provider_ref(struct provider *p);
void provider_unref(struct provider *p);

/* True if nothing that pools and requests are made of has changed. */
bool provider_is_same(const struct config_provider *a,
                      const struct config_provider *b);

/* The secret itself, or NULL for a provider that wants none.  Valid until the
 * credentials are loaded again. */
const char *provider_key(const struct provider *p, size_t key);

/* False for a key that is configured but could not be read. */
bool provider_has_key(const struct provider *p, size_t key);

#endif
