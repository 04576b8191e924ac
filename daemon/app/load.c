#include "app/load.h"

#include <assert.h>

void
load_hold(struct load *load, size_t *held, size_t bytes)
{
    assert(*held <= load->held_bytes);
    load->held_bytes = load->held_bytes - *held + bytes;
    *held = bytes;
}

bool
load_admits(const struct load *load, size_t bytes)
{
    size_t limit = bytes <= LOAD_SMALL_BYTES
                       ? LOAD_MAX_BYTES
                       : LOAD_MAX_BYTES / 100 * LOAD_HIGH_PERCENT;

    return load->held_bytes <= limit && bytes <= limit - load->held_bytes;
}

bool
load_is_full(const struct load *load)
{
    return load->held_bytes >= LOAD_MAX_BYTES;
}
