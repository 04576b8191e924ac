/*
 * ledger_sums.c - the ledger of a daemon that has no place to keep one.
 *
 * A row for each attempt would fill the memory and cost more than all the rest
 * of a call.  Attempts that have everything in common are added up instead, by
 * spans of ten minutes, and written when somebody asks.
 */
#include "app/ledger_internal.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    SPAN_MS = 600000,
    MAX_SUMS = 1024, /* Then they are written, whoever asks. */
    KEY_SIZE = 640,
};

static const int64_t KEEP_MS = INT64_C(30) * 24 * 3600 * 1000;

struct ledger_sum {
    char *target, *client, *route, *tags; /* In `key`. */
    int64_t at_ms;
    uid_t uid;
    enum ledger_kind kind;
    int64_t requests, asks, attempts;
    int64_t prompt_tokens, completion_tokens, cached_tokens;
    int64_t cache_write_tokens, reasoning_tokens;
    int64_t cost_nanousd, estimated_nanousd;
    UT_hash_handle hh;
    size_t key_size;
    char key[]; /* Everything above that is no figure, NULs between. */
};

/* Appends a text and its NUL. */
static size_t
put(char *key, size_t used, const char *text)
{
    size_t size = strlen(text) + 1;

    if (used + size > KEY_SIZE)
        return used;
    memcpy(key + used, text, size);
    return used + size;
}

static size_t
write_key(const struct ledger_attempt *a, int64_t at_ms, char key[KEY_SIZE])
{
    size_t used = 0;
    char numbers[64];

    used = put(key, used, a->target);
    used = put(key, used, a->client);
    used = put(key, used, a->route);
    used = put(key, used, a->tags);
    (void)snprintf(numbers, sizeof(numbers), "%lld %u %d", (long long)at_ms,
                   (unsigned)a->uid, (int)a->kind);
    return put(key, used, numbers);
}

static char *
behind(char *text)
{
    return text + strlen(text) + 1;
}

static struct ledger_sum *
add_sum(struct ledger *l, const struct ledger_attempt *a, int64_t at_ms,
        const char *key, size_t size)
{
    struct ledger_sum *sum = mem_new(sizeof(*sum) + size);

    memcpy(sum->key, key, size);
    sum->key_size = size;
    sum->target = sum->key;
    sum->client = behind(sum->target);
    sum->route = behind(sum->client);
    sum->tags = behind(sum->route);
    sum->at_ms = at_ms;
    sum->uid = a->uid;
    sum->kind = a->kind;
    HASH_ADD_KEYPTR(hh, l->sums, sum->key, sum->key_size, sum);
    return sum;
}

void
ledger_sum_up(struct ledger *l, const struct ledger_attempt *a)
{
    const struct settlement *s = a->settlement;
    int64_t at_ms = a->started_ms / SPAN_MS * SPAN_MS;
    char key[KEY_SIZE];
    size_t size = write_key(a, at_ms, key);
    struct ledger_sum *sum;

    HASH_FIND(hh, l->sums, key, size, sum);
    if (!sum && HASH_COUNT(l->sums) >= MAX_SUMS)
        ledger_flush_sums(l);
    if (!sum)
        sum = add_sum(l, a, at_ms, key, size);
    sum->requests += a->opens;
    sum->asks += a->asks;
    sum->attempts++;
    sum->prompt_tokens += s->prompt_tokens;
    sum->completion_tokens += s->completion_tokens;
    sum->cached_tokens += s->cached_tokens;
    sum->cache_write_tokens += s->cache_write_tokens;
    sum->reasoning_tokens += s->reasoning_tokens;
    sum->cost_nanousd += ledger_cost(s);
    if (s->kind != SETTLE_EXACT)
        sum->estimated_nanousd += ledger_cost(s);
}

static void
write_sum(struct ledger *l, const struct ledger_sum *sum)
{
    struct db_value values[] = {
        db_int(sum->at_ms),
        db_text(sum->target),
        db_int(sum->uid),
        db_text(sum->client),
        db_text(sum->route),
        db_text(sum->tags),
        db_text(ledger_kind_name(sum->kind)),
        db_int(sum->requests),
        db_int(sum->asks),
        db_int(sum->attempts),
        db_int(sum->prompt_tokens),
        db_int(sum->completion_tokens),
        db_int(sum->cached_tokens),
        db_int(sum->cache_write_tokens),
        db_int(sum->reasoning_tokens),
        db_int(sum->cost_nanousd),
        db_int(sum->estimated_nanousd),
    };

    if (db_write(l->storage.db,
                 "INSERT INTO sums VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
                 " ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 0)" LEDGER_ADD_UP,
                 values, array_count(values)))
        l->n_lost += sum->attempts;
}

void
ledger_flush_sums(struct ledger *l)
{
    struct ledger_sum *sum, *next;
    int64_t latest_ms = 0;
    struct db_value since;

    HASH_ITER (hh, l->sums, sum, next) {
        HASH_DELETE(hh, l->sums, sum);
        if (sum->at_ms > latest_ms)
            latest_ms = sum->at_ms;
        write_sum(l, sum);
        free(sum);
    }
    since = db_int(latest_ms - KEEP_MS);
    if (latest_ms > 0)
        (void)db_write(l->storage.db, "DELETE FROM sums WHERE at_ms < ?1",
                       &since, 1);
}
