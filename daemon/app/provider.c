#include "app/provider.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_LEEWAY_MS = 1000
};

static void
copy_headers(struct provider *p, const struct config_provider *config)
{
    p->n_headers = config->n_headers;
    p->headers = mem_new_array(p->n_headers, sizeof(*p->headers));
    p->header_texts = mem_new_array(2 * p->n_headers, sizeof(char *));
    for (size_t i = 0; i < p->n_headers; i++) {
        char **texts = &p->header_texts[2 * i];

        texts[0] = mem_strdup(config->headers[i].name);
        texts[1] = mem_strdup(config->headers[i].value);
        p->headers[i] = (struct dialect_header){texts[0], texts[1]};
    }
}

static int
open_pools(struct provider *p, const struct config_provider *config,
           struct http_client *http)
{
    struct http_pool_options options = {
        .ca_file = config->ca_file,
        .http2 = config->http2,
    };

    for (size_t i = 0; i < p->n_keys; i++) {
        p->pools[i] = http_pool_new(http, &options);
        if (!p->pools[i])
            return AIGW_EIO;
    }
    return 0;
}

/* A provider without a configured key has one all the same: none. */
struct provider *
provider_new(const struct config_provider *config, struct http_client *http,
             struct credentials *credentials, struct aigw_err *err)
{
    struct provider *p = mem_new(sizeof(*p));

    p->refs = 1;
    p->name = mem_strdup(config->name);
    p->dialect = dialect_find(config->dialect);
    p->credentials = credentials;
    p->n_keys = config->n_keys > 0 ? config->n_keys : 1;
    p->handles = mem_new_array(p->n_keys, sizeof(*p->handles));
    p->pools = mem_new_array(p->n_keys, sizeof(struct http_pool *));
    p->ca_file = config->ca_file ? mem_strdup(config->ca_file) : NULL;
    p->http2 = config->http2;
    for (size_t i = 0; i < config->n_keys; i++)
        p->handles[i] = credentials_find(credentials, &config->keys[i]);
    copy_headers(p, config);
    if (open_pools(p, config, http)) {
        (void)aigw_err_set(err, AIGW_EIO, "provider %s: cannot set up TLS%s%s",
                           config->name, config->ca_file ? " with " : "",
                           config->ca_file ? config->ca_file : "");
        provider_unref(p);
        return NULL;
    }
    return p;
}

struct provider *
provider_ref(struct provider *p)
{
    p->refs++;
    return p;
}

void
provider_unref(struct provider *p)
{
    if (!p || --p->refs > 0)
        return;
    for (size_t i = 0; i < p->n_keys; i++)
        http_pool_free(p->pools[i]);
    for (size_t i = 0; i < 2 * p->n_headers; i++)
        free(p->header_texts[i]);
    free(p->header_texts);
    free(p->headers);
    free(p->pools);
    free(p->handles);
    free(p->ca_file);
    free(p->name);
    free(p);
}

static bool
same_keys(const struct provider *p, const struct config_provider *config)
{
    if (p->n_keys != (config->n_keys > 0 ? config->n_keys : 1))
        return false;
    for (size_t i = 0; i < config->n_keys; i++)
        if (p->handles[i] != credentials_find(p->credentials, &config->keys[i]))
            return false;
    return true;
}

static bool
same_headers(const struct provider *p, const struct config_provider *config)
{
    if (p->n_headers != config->n_headers)
        return false;
    for (size_t i = 0; i < p->n_headers; i++)
        if (strcmp(p->headers[i].name, config->headers[i].name) != 0
            || strcmp(p->headers[i].value, config->headers[i].value) != 0)
            return false;
    return true;
}

bool
provider_matches(const struct provider *p, const struct config_provider *config)
{
    return p->dialect == dialect_find(config->dialect)
           && p->http2 == config->http2
           && mem_same_text(p->ca_file, config->ca_file) && same_keys(p, config)
           && same_headers(p, config);
}

/* The clock of each attempt has the say; libcurl's own limit comes later. */
void
provider_set_connect_ms(struct provider *p, int64_t connect_ms)
{
    for (size_t i = 0; i < p->n_keys; i++)
        http_pool_set_connect_ms(p->pools[i], connect_ms + CONNECT_LEEWAY_MS);
}

const char *
provider_key(const struct provider *p, size_t key)
{
    return credentials_get(p->credentials, p->handles[key]);
}

enum credentials_state
provider_key_state(const struct provider *p, size_t key)
{
    return credentials_state(p->credentials, p->handles[key]);
}

bool
provider_has_key(const struct provider *p, size_t key)
{
    return provider_key_state(p, key) == CREDENTIALS_READY;
}

uint64_t
provider_key_version(const struct provider *p, size_t key)
{
    return credentials_version(p->credentials, p->handles[key]);
}

void
provider_key_accepted(const struct provider *p, size_t key, uint64_t version)
{
    credentials_accepted(p->credentials, p->handles[key], version);
}

bool
provider_key_refused(const struct provider *p, size_t key, uint64_t version)
{
    return credentials_refused(p->credentials, p->handles[key], version);
}
