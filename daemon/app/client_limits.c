#include "app/client_limits.h"

#include "base/mem.h"
#include "core/rates.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    KEY_SIZE = SESSION_CLIENT_MAX + 16,

    /* Clients choose their names: of those without calls no more than this are
     * remembered. */
    MAX_IDLE = 4096,
};

struct limited_client {
    char key[KEY_SIZE]; /* User and name. */
    const char *name;   /* In `key`. */
    struct rates rates;
    int64_t concurrency; /* 0: no limit. */
    int64_t running;
    int64_t waiting; /* For these limits. */
    int64_t stays;
    struct fair_client line;
    UT_hash_handle hh;
};

struct client_limits {
    struct limited_client *clients;
    struct config_client *named; /* As configured. */
    size_t n_named;
    struct config_limits others;
    bool any;
    unsigned idle;
};

static bool
is_limit(const struct config_limits *c)
{
    return c->rpm > 0 || c->tpm > 0 || c->concurrency > 0;
}

static void
forget_settings(struct client_limits *l)
{
    for (size_t i = 0; i < l->n_named; i++)
        free(l->named[i].name);
    free(l->named);
}

static void
take_settings(struct client_limits *l, const struct config *config)
{
    l->others = config->client_limits;
    l->any = is_limit(&l->others);
    l->n_named = config->n_clients;
    l->named = mem_new_array(l->n_named + 1, sizeof(*l->named));
    for (size_t i = 0; i < l->n_named; i++) {
        l->named[i] = config->clients[i];
        l->named[i].name = mem_strdup(config->clients[i].name);
        l->any |= is_limit(&l->named[i].limits);
    }
}

struct client_limits *
client_limits_new(const struct config *config)
{
    struct client_limits *l = mem_new(sizeof(*l));

    take_settings(l, config);
    return l;
}

static void
drop(struct client_limits *l, struct limited_client *client)
{
    assert(client->line.length == 0);
    HASH_DELETE(hh, l->clients, client);
    free(client);
}

void
client_limits_free(struct client_limits *l)
{
    struct limited_client *client;
    struct limited_client *next;

    if (!l)
        return;
    HASH_ITER (hh, l->clients, client, next)
        drop(l, client);
    forget_settings(l);
    free(l);
}

static const struct config_limits *
limits_of(const struct client_limits *l, const char *name)
{
    for (size_t i = 0; i < l->n_named; i++)
        if (strcmp(l->named[i].name, name) == 0)
            return &l->named[i].limits;
    return &l->others;
}

void
client_limits_configure(struct client_limits *l, const struct config *config,
                        int64_t now_ms)
{
    struct limited_client *client;
    struct limited_client *next;

    forget_settings(l);
    take_settings(l, config);
    HASH_ITER (hh, l->clients, client, next) {
        const struct config_limits *c = limits_of(l, client->name);

        rates_configure(&client->rates, c->rpm, c->tpm, now_ms);
        client->concurrency = c->concurrency;
    }
}

static struct limited_client *
find(struct client_limits *l, const struct session_client *who, int64_t now_ms)
{
    const struct config_limits *c;
    struct limited_client *client;
    char key[KEY_SIZE];
    int at;

    at = snprintf(key, sizeof(key), "%u\n", (unsigned)who->uid);
    (void)snprintf(key + at, sizeof(key) - (size_t)at, "%s", who->name);
    HASH_FIND_STR(l->clients, key, client);
    if (client)
        return client;
    c = limits_of(l, who->name);
    client = mem_new(sizeof(*client));
    memcpy(client->key, key, sizeof(key));
    client->name = client->key + at;
    client->concurrency = c->concurrency;
    rates_init(&client->rates, c->rpm, c->tpm, now_ms);
    l->idle++;
    HASH_ADD_STR(l->clients, key, client);
    return client;
}

static void
join(struct client_limits *l, struct client_stay *stay,
     const struct session_client *who, int64_t now_ms)
{
    if (stay->client)
        return;
    stay->client = find(l, who, now_ms);
    l->idle -= stay->client->stays++ == 0;
}

static bool
is_within(const struct limited_client *client, int64_t est_tokens,
          int64_t now_ms, int64_t *ret_at_ms)
{
    *ret_at_ms = INT64_MAX;
    if (client->concurrency > 0 && client->running >= client->concurrency)
        return false;
    return rates_check(&client->rates, est_tokens, now_ms, ret_at_ms)
           == RATES_PASS;
}

static void
set_waiting(struct client_stay *stay, bool waiting)
{
    stay->client->waiting += (int64_t)waiting - (int64_t)stay->waiting;
    stay->waiting = waiting;
}

bool
client_limits_enter(struct client_limits *l, struct client_stay *stay,
                    const struct session_client *who, int64_t est_tokens,
                    int64_t now_ms, int64_t *ret_at_ms)
{
    struct limited_client *client;

    if (stay->running || (!l->any && !stay->waiting))
        return true;
    join(l, stay, who, now_ms);
    client = stay->client;
    if (!is_within(client, est_tokens, now_ms, ret_at_ms)
        || (!stay->waiting && client->waiting > 0)) {
        set_waiting(stay, true);
        return false;
    }
    set_waiting(stay, false);
    rates_take(&client->rates, est_tokens, now_ms);
    client->running++;
    stay->est_tokens = est_tokens;
    stay->running = true;
    return true;
}

int64_t
client_limits_retry_at(const struct client_stay *stay, int64_t est_tokens,
                       int64_t now_ms)
{
    int64_t at_ms;

    return is_within(stay->client, est_tokens, now_ms, &at_ms) ? now_ms : at_ms;
}

struct fair_client *
client_limits_line(struct client_limits *l, struct client_stay *stay,
                   const struct session_client *who, int64_t now_ms)
{
    join(l, stay, who, now_ms);
    return &stay->client->line;
}

void
client_limits_leave(struct client_limits *l, struct client_stay *stay,
                    int64_t used_tokens, int64_t now_ms)
{
    struct limited_client *client = stay->client;

    if (!client)
        return;
    set_waiting(stay, false);
    if (stay->running) {
        client->running--;
        if (used_tokens < 0)
            rates_undo(&client->rates, stay->est_tokens, now_ms);
        else
            rates_correct(&client->rates, stay->est_tokens, used_tokens,
                          now_ms);
    }
    l->idle += --client->stays == 0;
    if (client->stays == 0
        && (l->idle > MAX_IDLE || rates_are_full(&client->rates, now_ms))) {
        l->idle--;
        drop(l, client);
    }
    *stay = (struct client_stay){0};
}

void
client_limits_tick(struct client_limits *l, int64_t now_ms)
{
    struct limited_client *client;
    struct limited_client *next;

    if (l->idle == 0)
        return;
    HASH_ITER (hh, l->clients, client, next) {
        if (client->stays > 0 || !rates_are_full(&client->rates, now_ms))
            continue;
        l->idle--;
        drop(l, client);
    }
}
