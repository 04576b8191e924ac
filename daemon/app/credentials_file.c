/*
 * credentials_file.c - keys in files that somebody replaces.
 */
#include "app/credentials_internal.h"

#include <string.h>

static bool
same_stamp(const struct credentials_stamp *a, const struct credentials_stamp *b)
{
    return a->error == b->error && a->device == b->device
           && a->inode == b->inode && a->size == b->size
           && a->modified_ns == b->modified_ns
           && a->changed_ns == b->changed_ns;
}

/* The stamp is older than what is read: a file that is being written is read
 * once more when that is done. */
void
credentials_look(struct entry *e)
{
    const struct config_key key = {.source = e->source, .name = e->name};
    struct credentials_stamp stamp;
    struct aigw_err err = {0};
    struct secret *secret;
    uint64_t version = e->version;

    if (e->source != CONFIG_KEY_FILE || !e->named)
        return;
    credentials_read_stamp(e->name, &stamp);
    if (same_stamp(&stamp, &e->stamp))
        return;
    e->stamp = stamp;
    secret = credentials_read(&key, &err);
    if (!secret) {
        credentials_note(e, "failed", err.text);
        return;
    }
    credentials_put(e, secret);
    if (e->version != version)
        credentials_note(e, "refreshed", NULL);
}
