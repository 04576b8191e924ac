#include "core/digest.h"

/* The offset basis and the prime, 2^88 + 0x13b, of draft-eastlake-fnv. */
static const uint64_t BASIS_HIGH = 0x6c62272e07bb0142U;
static const uint64_t BASIS_LOW = 0x62b821756295c58dU;

enum {
    PRIME_LOW = 0x13b,
    PRIME_SHIFT = 88 - 64,
};

void
digest_init(struct digest *d)
{
    d->high = BASIS_HIGH;
    d->low = BASIS_LOW;
}

/* Modulo 2^128, by halves of the low word. */
static void
multiply(struct digest *d)
{
    uint64_t bottom = (d->low & UINT32_MAX) * PRIME_LOW;
    uint64_t top = (d->low >> 32) * PRIME_LOW + (bottom >> 32);

    d->high = d->high * PRIME_LOW + (d->low << PRIME_SHIFT) + (top >> 32);
    d->low = (top << 32) | (bottom & UINT32_MAX);
}

void
digest_bytes(struct digest *d, const void *data, size_t size)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < size; i++) {
        d->low ^= bytes[i];
        multiply(d);
    }
}

void
digest_int(struct digest *d, int64_t value)
{
    uint64_t bits = (uint64_t)value;
    unsigned char bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(bits >> (8 * i));
    digest_bytes(d, bytes, sizeof(bytes));
}

void
digest_field(struct digest *d, const void *data, size_t size)
{
    digest_int(d, (int64_t)size);
    digest_bytes(d, data, size);
}

void
digest_finish(const struct digest *d, unsigned char ret[DIGEST_SIZE])
{
    for (unsigned i = 0; i < 8; i++) {
        ret[i] = (unsigned char)(d->high >> (56 - 8 * i));
        ret[8 + i] = (unsigned char)(d->low >> (56 - 8 * i));
    }
}
