#include "core/replay.h"

#include "proto/status.h"

#include <string.h>

void
replay_init(struct replay *r, size_t keep_bytes, size_t max_bytes)
{
    *r = (struct replay){.keep_bytes = keep_bytes};
    bytes_init(&r->bytes, max_bytes);
}

void
replay_deinit(struct replay *r)
{
    bytes_deinit(&r->bytes);
}

bool
replay_is_delta(enum replay_kind kind)
{
    return kind == REPLAY_TEXT || kind == REPLAY_DELTA;
}

/* Room for the whole entry first: half of one must not stay behind. */
int
replay_append(struct replay *r, enum replay_kind kind, const void *data,
              size_t size)
{
    unsigned char header[REPLAY_HEADER] = {(unsigned char)kind};

    if (size > UINT32_MAX - REPLAY_HEADER)
        return AIGW_ETOOBIG;
    for (unsigned i = 0; i < 4; i++)
        header[1 + i] = (unsigned char)(size >> (8 * i));
    if (!bytes_reserve(&r->bytes, REPLAY_HEADER + size))
        return r->bytes.size + REPLAY_HEADER + size > r->bytes.max
                   ? AIGW_ETOOBIG
                   : AIGW_ENOMEM;
    (void)bytes_append(&r->bytes, header, sizeof(header));
    (void)bytes_append(&r->bytes, data, size);
    r->end.at += REPLAY_HEADER + size;
    r->end.seq += replay_is_delta(kind);
    return 0;
}

/* The entry at the front of `data`; false if there is no whole one. */
static bool
read_entry(const char *data, size_t size, struct replay_entry *ret_entry)
{
    size_t n = 0;

    if (size < REPLAY_HEADER || (unsigned char)data[0] >= REPLAY_N_KINDS)
        return false;
    for (unsigned i = 0; i < 4; i++)
        n |= (size_t)(unsigned char)data[1 + i] << (8 * i);
    if (n > size - REPLAY_HEADER)
        return false;
    ret_entry->kind = (enum replay_kind)data[0];
    ret_entry->data = data + REPLAY_HEADER;
    ret_entry->size = n;
    return true;
}

/* Whether `data` is whole entries; counts its deltas. */
static bool
count_deltas(const char *data, size_t size, int64_t *ret_n)
{
    struct replay_entry entry;

    *ret_n = 0;
    for (size_t at = 0; at < size; at += REPLAY_HEADER + entry.size) {
        if (!read_entry(data + at, size - at, &entry))
            return false;
        *ret_n += replay_is_delta(entry.kind);
    }
    return true;
}

int
replay_load(struct replay *r, int64_t first_seq, const char *data, size_t size)
{
    int64_t n;
    int status;

    if (first_seq < 1 || first_seq > INT64_MAX / 2
        || !count_deltas(data, size, &n))
        return AIGW_EMALFORMED;
    status = bytes_append(&r->bytes, data, size);
    if (status)
        return status;
    if (first_seq != r->end.seq + 1) {
        bytes_consume(&r->bytes, r->bytes.size - size);
        r->first = (struct replay_cursor){r->end.at, first_seq - 1};
        r->end.seq = first_seq - 1;
    }
    r->end.at += size;
    r->end.seq += n;
    return 0;
}

/* What is held begins behind a delta, so that no reader misses an event. */
void
replay_trim(struct replay *r, uint64_t until)
{
    struct replay_cursor at = r->first;
    struct replay_cursor first = r->first;
    struct replay_entry entry;

    while (r->end.at - first.at > r->keep_bytes) {
        if (!replay_next(r, &at, &entry) || at.at > until || at.at == r->end.at)
            break;
        if (replay_is_delta(entry.kind))
            first = at;
    }
    bytes_consume(&r->bytes, (size_t)(first.at - r->first.at));
    r->first = first;
}

void
replay_since(const struct replay *r, uint64_t at, const char **ret_data,
             size_t *ret_size)
{
    size_t skip = at > r->first.at ? (size_t)(at - r->first.at) : 0;

    if (skip > r->bytes.size)
        skip = r->bytes.size;
    *ret_size = r->bytes.size - skip;
    *ret_data = r->bytes.size > 0 ? r->bytes.data + skip : "";
}

int64_t
replay_first_seq(const struct replay *r)
{
    return r->first.seq + 1;
}

bool
replay_seek(const struct replay *r, int64_t seq,
            struct replay_cursor *ret_cursor)
{
    struct replay_entry entry;

    if (seq < replay_first_seq(r))
        return false;
    *ret_cursor = r->first;
    while (ret_cursor->seq < seq - 1)
        if (!replay_next(r, ret_cursor, &entry))
            break;
    return true;
}

bool
replay_next(const struct replay *r, struct replay_cursor *cursor,
            struct replay_entry *ret_entry)
{
    size_t skip = (size_t)(cursor->at - r->first.at);

    if (cursor->at < r->first.at || skip >= r->bytes.size
        || !read_entry(r->bytes.data + skip, r->bytes.size - skip, ret_entry))
        return false;
    cursor->at += REPLAY_HEADER + ret_entry->size;
    cursor->seq += replay_is_delta(ret_entry->kind);
    ret_entry->seq = cursor->seq;
    return true;
}
