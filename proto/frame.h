/*
 * frame.h - finds one complete MessagePack object in a stream of bytes.
 *
 * A deserialiser allocates what a length header promises before the bytes
 * have come, so six bytes can ask for gigabytes.  This scanner therefore walks
 * everything first: it allocates nothing, and it refuses a frame at the first
 * byte which proves that the frame is malformed or cannot keep to the limits.
 * Only what it has let through reaches msgpack-c (rpc.h).
 *
 * It resumes where it stopped: a long frame that comes in many pieces is
 * walked once.
 */
#ifndef AIGW_PROTO_FRAME_H
#define AIGW_PROTO_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum {
    /* msgpack-c refuses more (MSGPACK_EMBED_STACK_SIZE). */
    FRAME_DEPTH_MAX = 32
};

struct frame_limits {
    size_t bytes;      /* The whole frame, headers included. */
    unsigned depth;    /* Arrays and maps inside each other, the outermost
                          counted; at most FRAME_DEPTH_MAX. */
    uint32_t elements; /* Everything inside any array or map; a map entry is
                          two, its key and its value. */
};

struct frame {
    struct frame_limits limits;
    size_t offset;     /* Where the next header is; may lie beyond the data. */
    uint32_t elements; /* Announced so far. */
    uint64_t pending;  /* Due but not yet met, the frame itself included. */
    unsigned depth;    /* Arrays and maps that are open. */
    uint32_t left[FRAME_DEPTH_MAX]; /* Elements each of them still lacks. */
};

/* Starts at the first byte of a frame. */
void frame_init(struct frame *f, const struct frame_limits *limits);

/* Looks for the end of the frame that begins at `data`: always the whole
 * unconsumed input, which may have grown but not changed since the last call.
 *
 * 0: complete, `*ret_size` bytes long, and `f` is ready for the next frame.
 * AIGW_EAGAIN: incomplete but good so far; call again when there is more.
 * AIGW_EMALFORMED: the reserved byte 0xc1, or an extension type.
 * AIGW_ETOOBIG: past a limit, or announcing what a limit could not hold.
 * After the last two, `f` says the same again whatever follows.  The result
 * does not depend on how the bytes were divided. */
int frame_scan(struct frame *f, const void *data, size_t size,
               size_t *ret_size);

#endif
