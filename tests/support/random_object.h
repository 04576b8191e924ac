/*
 * random_object.h - random MessagePack objects for tests.
 */
#ifndef AIGW_TESTS_RANDOM_OBJECT_H
#define AIGW_TESTS_RANDOM_OBJECT_H

#include "base/rng.h"

#include <msgpack.h>

static inline void
random_text(struct rng *r, msgpack_packer *out)
{
    static const char filler[70000];
    static const int64_t sizes[] = {8, 40, 300, (int64_t)sizeof(filler)};
    size_t size = (size_t)rng_upto(r, sizes[rng_upto(r, 3)]);

    if (rng_upto(r, 1) == 0)
        (void)msgpack_pack_str_with_body(out, filler, size);
    else
        (void)msgpack_pack_bin_with_body(out, filler, size);
}

static inline void
random_scalar(struct rng *r, msgpack_packer *out)
{
    switch (rng_upto(r, 6)) {
    case 0:
        (void)msgpack_pack_nil(out);
        break;
    case 1:
        (void)msgpack_pack_true(out);
        break;
    case 2:
        (void)msgpack_pack_float(out, (float)rng_unit(r));
        break;
    case 3:
        (void)msgpack_pack_double(out, rng_unit(r));
        break;
    case 4:
        (void)msgpack_pack_uint64(out, rng_next(r) >> rng_upto(r, 63));
        break;
    case 5:
        (void)msgpack_pack_int64(out, (int64_t)rng_next(r) >> rng_upto(r, 63));
        break;
    default:
        random_text(r, out);
    }
}

/* Packs one object with at most `depth` levels of arrays and maps. */
static inline void
random_object(struct rng *r, msgpack_packer *out, unsigned depth)
{
    int64_t kind = depth > 0 ? rng_upto(r, 2) : 0;
    int64_t n = rng_upto(r, rng_upto(r, 9) == 0 ? 20 : 4);

    if (kind == 0) {
        random_scalar(r, out);
        return;
    }
    if (kind == 1)
        (void)msgpack_pack_array(out, (size_t)n);
    else
        (void)msgpack_pack_map(out, (size_t)n);
    for (int64_t i = 0; i < kind * n; i++)
        random_object(r, out, depth - 1);
}

#endif
