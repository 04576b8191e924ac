/*
 * fuzz_frame.c - the scanner that stands before msgpack-c.
 *
 * Exercises frame_scan() on the input as a stream of frames, whole and in
 * pieces of one size (the first byte says which).  Both must agree; a frame
 * that is let through must be one object of that size to msgpack-c too, and a
 * buffer of the largest allowed size must never be left without a verdict.
 */
#include "proto/frame.h"
#include "proto/status.h"

#include <msgpack.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct frame_limits LIMITS = {
    .bytes = 4096,
    .depth = FRAME_DEPTH_MAX,
    .elements = 256,
};

static void
require(bool holds)
{
    if (!holds)
        abort();
}

static int
scan_in_pieces(const uint8_t *data, size_t size, size_t piece, size_t *ret_size)
{
    struct frame f;
    int status = AIGW_EAGAIN;

    frame_init(&f, &LIMITS);
    for (size_t n = 0; n < size && status == AIGW_EAGAIN;) {
        n = size - n < piece ? size : n + piece;
        status = frame_scan(&f, data, n, ret_size);
    }
    return status;
}

static void
compare_with_msgpack(const uint8_t *data, size_t size)
{
    msgpack_unpacked unpacked;
    size_t offset = 0;

    msgpack_unpacked_init(&unpacked);
    require(msgpack_unpack_next(&unpacked, (const char *)data, size, &offset)
            == MSGPACK_UNPACK_SUCCESS);
    require(offset == size);
    msgpack_unpacked_destroy(&unpacked);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = size > 0 ? 1 + (size_t)data[0] : 1;

    for (size_t offset = size > 0; offset < size;) {
        const uint8_t *at = data + offset;
        size_t left = size - offset, whole = 0, pieces = 0;
        struct frame f;
        int status;

        frame_init(&f, &LIMITS);
        status = frame_scan(&f, at, left, &whole);
        require(scan_in_pieces(at, left, piece, &pieces) == status);
        require(whole == pieces);
        require(status != AIGW_EAGAIN || left < LIMITS.bytes);
        if (status)
            break;
        require(whole > 0 && whole <= left && whole <= LIMITS.bytes);
        compare_with_msgpack(at, whole);
        offset += whole;
    }
    return 0;
}
