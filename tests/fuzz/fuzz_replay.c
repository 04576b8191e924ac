/*
 * fuzz_replay.c - stored deltas: any bytes are either refused or taken back
 * whole, entry by entry.
 */
#include "core/replay.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEP = 64,
    MAX = 1 << 16,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
    if (!holds)
        abort();
}

/* What is read is, put together, what was stored. */
static void
read_all(const struct replay *r, const char *data, size_t size)
{
    struct replay_cursor at = r->first;
    struct replay_entry entry;
    size_t used = 0;
    int64_t seq = r->first.seq;

    while (replay_next(r, &at, &entry)) {
        check(size - used >= REPLAY_HEADER + entry.size);
        check((char)entry.kind == data[used]);
        check(entry.size == 0
              || memcmp(entry.data, data + used + REPLAY_HEADER, entry.size)
                     == 0);
        seq += replay_is_delta(entry.kind);
        check(entry.seq == seq);
        used += REPLAY_HEADER + entry.size;
    }
    check(used == size);
    check(seq == r->end.seq);
}

/* The first byte says where the second of two pieces begins, and with which
 * number. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;
    struct replay_cursor at;
    struct replay r;
    size_t cut;

    if (size < 1)
        return 0;
    size--;
    cut = data[0] < size ? data[0] : size;
    replay_init(&r, KEEP, MAX);
    if (replay_load(&r, 1, text, size) == 0)
        read_all(&r, text, size);
    replay_deinit(&r);

    replay_init(&r, KEEP, MAX);
    (void)replay_load(&r, 1, text, cut);
    (void)replay_load(&r, 1 + data[0] % 4, text + cut, size - cut);
    replay_trim(&r, data[0] * 2u);
    check(replay_first_seq(&r) <= r.end.seq + 1);
    check(replay_seek(&r, replay_first_seq(&r), &at));
    check(!replay_seek(&r, replay_first_seq(&r) - 1, &at));
    replay_deinit(&r);
    return 0;
}
