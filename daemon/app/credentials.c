#include "app/credentials_internal.h"

#include "app/config_report.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* A key that is about to be taken in. */
struct arrival {
    const struct config_key *key;
    struct secret *secret; /* NULL: there is one, or a command brings it. */
};

struct credentials_batch {
    struct arrival *items;
    size_t n;
};

static const char *
source_word(enum config_key_source source)
{
    switch (source) {
    case CONFIG_KEY_NONE:
        return "none";
    case CONFIG_KEY_ENV:
        return "env";
    case CONFIG_KEY_FILE:
        return "file";
    case CONFIG_KEY_CREDENTIAL:
        return "credential";
    case CONFIG_KEY_COMMAND:
        return "command";
    }
    return "?";
}

static char **
copy_args(char **argv)
{
    size_t n = 0;
    char **copy;

    while (argv && argv[n])
        n++;
    copy = argv ? mem_new_array(n + 1, sizeof(char *)) : NULL;
    for (size_t i = 0; i < n; i++)
        copy[i] = mem_strdup(argv[i]);
    return copy;
}

static bool
same_args(char **a, char **b)
{
    if (!a || !b)
        return a == b;
    while (*a && *b && strcmp(*a, *b) == 0) {
        a++;
        b++;
    }
    return !*a && !*b;
}

/* The arguments of a command are not shown: they are none of people's
 * business. */
static void
add_entry(struct credentials *store, const struct config_key *key)
{
    size_t i = store->n_entries++;
    struct entry *e = mem_new(sizeof(*e));

    store->entries =
        mem_grow(store->entries, store->n_entries, sizeof(struct entry *));
    store->entries[i] = e;
    e->store = store;
    e->handle = (int)i;
    e->source = key->source;
    e->name = mem_strdup(key->name);
    e->argv = copy_args(key->argv);
    refresh_init(&e->refresh, key->lifetime_ms);
    e->label = mem_printf("%s%s%s", source_word(key->source),
                          key->name[0] ? " " : "", key->name);
}

struct credentials *
credentials_new(void)
{
    struct credentials *store = mem_new(sizeof(*store));
    static char nameless[] = "";
    const struct config_key none = {.name = nameless};

    store->waiters.next = store->waiters.prev = &store->waiters;
    add_entry(store, &none);
    return store;
}

static void
free_entry(struct entry *e)
{
    secret_free(e->secret);
    for (char **arg = e->argv; arg && *arg; arg++)
        free(*arg);
    free(e->argv);
    free(e->name);
    free(e->label);
    free(e);
}

void
credentials_free(struct credentials *store)
{
    if (!store)
        return;
    credentials_stop(store);
    for (size_t i = 0; i < store->n_entries; i++)
        free_entry(store->entries[i]);
    free(store->entries);
    free(store);
}

static bool
is_of(const struct entry *e, const struct config_key *key)
{
    return e->source == key->source && strcmp(e->name, key->name) == 0
           && same_args(e->argv, key->argv)
           && e->refresh.lifetime_ms == key->lifetime_ms;
}

int
credentials_find(const struct credentials *store, const struct config_key *key)
{
    for (size_t i = 0; i < store->n_entries; i++)
        if (is_of(store->entries[i], key))
            return (int)i;
    return -1;
}

struct entry *
credentials_entry(const struct credentials *store, int handle)
{
    return handle >= 0 && (size_t)handle < store->n_entries
               ? store->entries[handle]
               : NULL;
}

static bool
same_key(const struct config_key *a, const struct config_key *b)
{
    return a->source == b->source && strcmp(a->name, b->name) == 0
           && same_args(a->argv, b->argv) && a->lifetime_ms == b->lifetime_ms;
}

static bool
is_expected(const struct credentials_batch *batch, const struct config_key *key)
{
    for (size_t i = 0; i < batch->n; i++) {
        if (same_key(batch->items[i].key, key))
            return true;
    }
    return false;
}

/* Is this a variable that was read before?  It is gone from the environment. */
static bool
is_kept(const struct credentials *store, const struct config_key *key)
{
    int handle = credentials_find(store, key);

    return key->source == CONFIG_KEY_ENV && handle >= 0
           && store->entries[handle]->secret && !getenv(key->name);
}

static void
report_key(const struct config *config, size_t provider, size_t key,
           const struct aigw_err *err, struct config_report *report)
{
    const struct config_provider *p = &config->providers[provider];
    char path[sizeof(report->issues[0].path)];
    struct config_place place = {p->keys[key].file, p->keys[key].line, path};

    (void)snprintf(path, sizeof(path), "providers[%zu].keys[%zu]", provider,
                   key);
    config_report_error(report, &place, "provider \"%s\": %s %s %s", p->name,
                        source_word(p->keys[key].source), p->keys[key].name,
                        err->text);
}

/* False with the reason in `err`. */
static bool
fetch(const struct credentials *store, struct arrival *arrival,
      struct aigw_err *err)
{
    const struct config_key *key = arrival->key;

    if (key->source == CONFIG_KEY_COMMAND)
        return credentials_read_check(key->name, err) == 0;
    if (is_kept(store, key))
        return true;
    arrival->secret = credentials_read(key, err);
    return arrival->secret != NULL;
}

static void
fetch_provider(const struct credentials *store, const struct config *config,
               size_t provider, struct credentials_batch *batch,
               struct config_report *report)
{
    const struct config_provider *p = &config->providers[provider];

    for (size_t k = 0; k < p->n_keys; k++) {
        struct arrival arrival = {.key = &p->keys[k]};
        struct aigw_err err = {0};

        if (p->keys[k].source == CONFIG_KEY_NONE
            || is_expected(batch, &p->keys[k]))
            continue;
        if (!fetch(store, &arrival, &err))
            report_key(config, provider, k, &err, report);
        batch->items[batch->n++] = arrival;
    }
}

void
credentials_discard(struct credentials_batch *batch)
{
    if (!batch)
        return;
    for (size_t i = 0; i < batch->n; i++)
        secret_free(batch->items[i].secret);
    free(batch->items);
    free(batch);
}

/* Reads all keys without touching the store; NULL if one is missing. */
static struct credentials_batch *
fetch_all(const struct credentials *store, const struct config *config,
          struct config_report *report)
{
    struct credentials_batch *batch = mem_new(sizeof(*batch));
    size_t n_errors = report->n_errors;
    size_t n_keys = 0;

    for (size_t i = 0; i < config->n_providers; i++)
        n_keys += config->providers[i].n_keys;
    batch->items = mem_new_array(n_keys + 1, sizeof(struct arrival));
    for (size_t i = 0; i < config->n_providers; i++)
        fetch_provider(store, config, i, batch, report);
    if (report->n_errors == n_errors)
        return batch;
    credentials_discard(batch);
    return NULL;
}

void
credentials_put(struct entry *e, struct secret *secret)
{
    struct credentials *store = e->store;
    struct secret *old = e->secret;
    bool same = old && strcmp(old->text, secret->text) == 0;

    e->secret = secret;
    secret_free(old);
    if (same)
        return;
    e->version++;
    if (!secret->locked)
        log_line(LOG_WARN, "key not locked in memory", LOG_STR("key", e->label),
                 LOG_STR("hint", "raise LimitMEMLOCK="));
    if (store->changed)
        store->changed(store->ctx, e->handle);
}

static void
take(struct credentials *store, struct arrival *arrival)
{
    struct entry *e = store->entries[credentials_find(store, arrival->key)];

    e->named = true;
    if (e->source == CONFIG_KEY_COMMAND)
        credentials_run_order(e);
    if (!arrival->secret)
        return;
    credentials_put(e, arrival->secret);
    arrival->secret = NULL;
    if (e->source == CONFIG_KEY_ENV)
        credentials_read_erase(e->name);
}

/* Wipes what the configuration no longer names, except what could not be read
 * again. */
static void
drop_unnamed(struct credentials *store, const struct credentials_batch *batch)
{
    for (size_t i = 0; i < store->n_entries; i++) {
        struct entry *e = store->entries[i];
        struct config_key key = {
            .source = e->source,
            .name = e->name,
            .argv = e->argv,
            .lifetime_ms = e->refresh.lifetime_ms,
        };

        if (e->source == CONFIG_KEY_ENV || is_expected(batch, &key))
            continue;
        e->named = false;
        credentials_run_forget(e);
        secret_free(e->secret);
        e->secret = NULL;
    }
}

struct credentials_batch *
credentials_stage(struct credentials *store, const struct config *config,
                  struct config_report *report)
{
    struct credentials_batch *batch = fetch_all(store, config, report);

    for (size_t i = 0; batch && i < batch->n; i++) {
        const struct config_key *key = batch->items[i].key;

        if (credentials_find(store, key) < 0)
            add_entry(store, key);
    }
    return batch;
}

void
credentials_commit(struct credentials *store, struct credentials_batch *batch)
{
    drop_unnamed(store, batch);
    for (size_t i = 0; i < batch->n; i++)
        take(store, &batch->items[i]);
    credentials_discard(batch);
    credentials_run_due(store);
}

int
credentials_check(const struct credentials *store, const struct config *config,
                  struct config_report *report)
{
    struct credentials_batch *batch = fetch_all(store, config, report);
    int status = batch ? 0 : AIGW_EINVAL;

    credentials_discard(batch);
    return status;
}

const char *
credentials_get(const struct credentials *store, int handle)
{
    const struct entry *e = credentials_entry(store, handle);

    return e && e->secret ? e->secret->text : NULL;
}

const char *
credentials_name(const struct credentials *store, int handle)
{
    const struct entry *e = credentials_entry(store, handle);

    return e ? e->label : "none";
}

int
credentials_harden(void)
{
    const struct rlimit none = {0, 0};

    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0
        || setrlimit(RLIMIT_CORE, &none) < 0)
        return AIGW_EACCES;
    return 0;
}
