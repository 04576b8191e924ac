/*
 * credentials_use.c - the life of a key while requests carry it: whether it
 * may be used, what providers said of it, and what people are told.
 */
#include "app/credentials_internal.h"

#include "app/events.h"

#include <stdio.h>

enum credentials_state
credentials_state(const struct credentials *store, int handle)
{
    const struct entry *e = credentials_entry(store, handle);
    int64_t now_ms = credentials_now_ms(store);

    if (handle == CREDENTIALS_NO_KEY)
        return CREDENTIALS_READY;
    if (!e || e->source != CONFIG_KEY_COMMAND)
        return e && e->secret ? CREDENTIALS_READY : CREDENTIALS_MISSING;
    if (refresh_is_usable(&e->refresh, now_ms))
        return CREDENTIALS_READY;
    return refresh_is_awaited(&e->refresh, now_ms) ? CREDENTIALS_AWAITED
                                                   : CREDENTIALS_MISSING;
}

/* A command may print the same key again: that is another try, but no other
 * key. */
uint64_t
credentials_version(const struct credentials *store, int handle)
{
    const struct entry *e = credentials_entry(store, handle);

    if (!e)
        return 0;
    return e->source == CONFIG_KEY_COMMAND ? e->refresh.version : e->version;
}

void
credentials_accepted(struct credentials *store, int handle, uint64_t version)
{
    struct entry *e = credentials_entry(store, handle);

    if (e && e->source == CONFIG_KEY_COMMAND)
        refresh_accepted(&e->refresh, version);
}

bool
credentials_refused(struct credentials *store, int handle, uint64_t version)
{
    struct entry *e = credentials_entry(store, handle);
    bool again;

    if (!e || e->source != CONFIG_KEY_COMMAND) {
        if (e)
            credentials_look(e);
        return e && e->secret && version < e->version;
    }
    again = refresh_refused(&e->refresh, version, credentials_now_ms(store));
    credentials_run_due(store);
    return again;
}

void
credentials_refresh(struct credentials *store, int handle)
{
    struct entry *e = credentials_entry(store, handle);

    if (!e || !e->named)
        return;
    if (e->source == CONFIG_KEY_COMMAND)
        refresh_order(&e->refresh, credentials_now_ms(store));
    credentials_look(e);
    credentials_run_due(store);
}

void
credentials_tick(struct credentials *store)
{
    for (size_t i = 0; i < store->n_entries; i++) {
        struct entry *e = store->entries[i];

        credentials_look(e);
        if (e->told_expired
            || !refresh_is_expired(&e->refresh, credentials_now_ms(store)))
            continue;
        e->told_expired = true;
        credentials_note(e, "expired", NULL);
    }
}

void
credentials_note(const struct entry *e, const char *to, const char *why)
{
    char reason[160];

    (void)snprintf(reason, sizeof(reason), "%s%s%s", e->label, why ? ": " : "",
                   why ? why : "");
    if (e->store->events)
        events_add(e->store->events, EVENT_CREDENTIAL,
                   &(struct event_text){.to = to, .reason = reason});
}
