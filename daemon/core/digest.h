/*
 * digest.h - 128 bits that stand for a sequence of fields: FNV-1a.
 *
 * To tell whether two requests ask for the same, not to withstand anybody who
 * looks for two that collide: both come from one owner, who would deceive
 * nobody else.  Fields carry their length, so that ("ab", "c") and ("a", "bc")
 * differ.
 */
#ifndef AIGW_CORE_DIGEST_H
#define AIGW_CORE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum {
    DIGEST_SIZE = 16
};

struct digest {
    uint64_t high, low;
};

void digest_init(struct digest *d);

/* The bytes as they are: FNV-1a itself. */
void digest_bytes(struct digest *d, const void *data, size_t size);

/* One field; NULL with 0 bytes is an empty one. */
void digest_field(struct digest *d, const void *data, size_t size);
void digest_int(struct digest *d, int64_t value);

/* The most significant byte first. */
void digest_finish(const struct digest *d, unsigned char ret[DIGEST_SIZE]);

#endif
