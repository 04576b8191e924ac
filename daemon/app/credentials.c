#include "app/credentials.h"

#include "app/config_report.h"
#include "app/credentials_read.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Entries are never removed, so that a handle that outlived its configuration
 * cannot come to mean the key of somebody else. */
struct entry {
    enum config_key_source source;
    char *name;            /* As in the configuration. */
    char *label;           /* For people. */
    struct secret *secret; /* NULL: not named by the last configuration. */
};

struct credentials {
    struct entry *entries; /* By handle. */
    size_t n_entries;
};

/* A key that is about to be taken in. */
struct arrival {
    const struct config_key *key;
    struct secret *secret; /* NULL: the one that is there stays. */
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

static void
add_entry(struct credentials *store, enum config_key_source source,
          const char *name)
{
    size_t i = store->n_entries++;
    struct entry *entry;

    store->entries =
        mem_grow(store->entries, store->n_entries, sizeof(*store->entries));
    entry = &store->entries[i];
    *entry = (struct entry){.source = source, .name = mem_strdup(name)};
    entry->label =
        mem_printf("%s%s%s", source_word(source), name[0] ? " " : "", name);
}

struct credentials *
credentials_new(void)
{
    struct credentials *store = mem_new(sizeof(*store));

    add_entry(store, CONFIG_KEY_NONE, "");
    return store;
}

void
credentials_free(struct credentials *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < store->n_entries; i++) {
        secret_free(store->entries[i].secret);
        free(store->entries[i].name);
        free(store->entries[i].label);
    }
    free(store->entries);
    free(store);
}

int
credentials_find(const struct credentials *store, const struct config_key *key)
{
    for (size_t i = 0; i < store->n_entries; i++) {
        const struct entry *entry = &store->entries[i];

        if (entry->source == key->source && strcmp(entry->name, key->name) == 0)
            return (int)i;
    }
    return -1;
}

static bool
is_expected(const struct credentials_batch *batch, const struct config_key *key)
{
    for (size_t i = 0; i < batch->n; i++) {
        const struct config_key *other = batch->items[i].key;

        if (other->source == key->source && strcmp(other->name, key->name) == 0)
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
           && store->entries[handle].secret && !getenv(key->name);
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
        if (!is_kept(store, &p->keys[k])) {
            arrival.secret = credentials_read(&p->keys[k], &err);
            if (!arrival.secret)
                report_key(config, provider, k, &err, report);
        }
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

static void
take(struct credentials *store, struct arrival *arrival)
{
    struct entry *entry =
        &store->entries[credentials_find(store, arrival->key)];

    secret_free(entry->secret);
    entry->secret = arrival->secret;
    arrival->secret = NULL;
    if (!entry->secret->locked)
        log_line(LOG_WARN, "key not locked in memory",
                 LOG_STR("key", entry->label),
                 LOG_STR("hint", "raise LimitMEMLOCK="));
    if (entry->source == CONFIG_KEY_ENV)
        credentials_read_erase(entry->name);
}

/* Wipes what the configuration no longer names, except what could not be read
 * again. */
static void
drop_unnamed(struct credentials *store, const struct credentials_batch *batch)
{
    for (size_t i = 0; i < store->n_entries; i++) {
        struct entry *entry = &store->entries[i];
        struct config_key key = {.source = entry->source, .name = entry->name};

        if (entry->source == CONFIG_KEY_ENV || is_expected(batch, &key))
            continue;
        secret_free(entry->secret);
        entry->secret = NULL;
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
            add_entry(store, key->source, key->name);
    }
    return batch;
}

void
credentials_commit(struct credentials *store, struct credentials_batch *batch)
{
    drop_unnamed(store, batch);
    for (size_t i = 0; i < batch->n; i++)
        if (batch->items[i].secret)
            take(store, &batch->items[i]);
    credentials_discard(batch);
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

static const struct entry *
entry_of(const struct credentials *store, int handle)
{
    return handle >= 0 && (size_t)handle < store->n_entries
               ? &store->entries[handle]
               : NULL;
}

const char *
credentials_get(const struct credentials *store, int handle)
{
    const struct entry *entry = entry_of(store, handle);

    return entry && entry->secret ? entry->secret->text : NULL;
}

const char *
credentials_name(const struct credentials *store, int handle)
{
    const struct entry *entry = entry_of(store, handle);

    return entry ? entry->label : "none";
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
