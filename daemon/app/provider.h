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
    int *handles;                    /* Of its keys, in order. */
    size_t n_keys;                   /* At least 1. */
    struct http_pool **pools;        /* One for each key. */
    struct dialect_header *headers;  /* Configured additions. */
    size_t n_headers;
    char **header_texts; /* Their names and values, in turn. */
    char *ca_file;       /* NULL: the system's. */
    bool http2;
    int refs;
};

/* Starts with one reference.  The keys of `config` have been staged.  NULL
 * with the reason in `err` when a pool cannot be made (an unreadable CA
 * file). */
struct provider *provider_new(const struct config_provider *config,
                              struct http_client *http,
                              struct credentials *credentials,
                              struct aigw_err *err);
struct provider *provider_ref(struct provider *p);
void provider_unref(struct provider *p);

/* True if nothing that requests and connections are made of differs. */
bool provider_matches(const struct provider *p,
                      const struct config_provider *config);

/* The longest that any of its targets allows for a connection, from the name to
 * the end of TLS. */
void provider_set_connect_ms(struct provider *p, int64_t connect_ms);

/* The secret itself, or NULL for a provider that wants none.  Valid until the
 * loop goes on. */
const char *provider_key(const struct provider *p, size_t key);

/* Whether the key may be used. */
enum credentials_state provider_key_state(const struct provider *p, size_t key);

/* True if it may, now. */
bool provider_has_key(const struct provider *p, size_t key);

/* What credentials.h says of these, for a key of the provider. */
uint64_t provider_key_version(const struct provider *p, size_t key);
void provider_key_accepted(const struct provider *p, size_t key,
                           uint64_t version);
bool provider_key_refused(const struct provider *p, size_t key,
                          uint64_t version);

#endif
