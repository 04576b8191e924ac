#include "proto/frame.h"

#include "proto/status.h"

#include <assert.h>
#include <stdbool.h>

enum shape {
    REFUSED,
    PLAIN, /* `width` more bytes are its value. */
    TEXT,  /* A number in `width` bytes, then as many bytes. */
    ARRAY, /* A number in `width` bytes, then as many objects. */
    MAP    /* A number in `width` bytes, then twice as many objects. */
};

struct tag {
    enum shape shape;
    unsigned width;
};

/* What an object begins with. */
struct header {
    enum shape shape;
    size_t size; /* From the tag to the end of the number or plain value. */
    uint32_t n;  /* TEXT, ARRAY, MAP: the number. */
};

/* The tags from 0xc0 to 0xdf.  Those that are missing, the reserved one and
 * the extension types, are refused. */
static const struct tag TAGS[] = {
    [0xc0 - 0xc0] = {PLAIN, 0}, /* nil */
    [0xc2 - 0xc0] = {PLAIN, 0}, /* false */
    [0xc3 - 0xc0] = {PLAIN, 0}, /* true */
    [0xc4 - 0xc0] = {TEXT, 1},  /* bin 8 */
    [0xc5 - 0xc0] = {TEXT, 2},  /* bin 16 */
    [0xc6 - 0xc0] = {TEXT, 4},  /* bin 32 */
    [0xca - 0xc0] = {PLAIN, 4}, /* float 32 */
    [0xcb - 0xc0] = {PLAIN, 8}, /* float 64 */
    [0xcc - 0xc0] = {PLAIN, 1}, /* uint 8 */
    [0xcd - 0xc0] = {PLAIN, 2}, /* uint 16 */
    [0xce - 0xc0] = {PLAIN, 4}, /* uint 32 */
    [0xcf - 0xc0] = {PLAIN, 8}, /* uint 64 */
    [0xd0 - 0xc0] = {PLAIN, 1}, /* int 8 */
    [0xd1 - 0xc0] = {PLAIN, 2}, /* int 16 */
    [0xd2 - 0xc0] = {PLAIN, 4}, /* int 32 */
    [0xd3 - 0xc0] = {PLAIN, 8}, /* int 64 */
    [0xd9 - 0xc0] = {TEXT, 1},  /* str 8 */
    [0xda - 0xc0] = {TEXT, 2},  /* str 16 */
    [0xdb - 0xc0] = {TEXT, 4},  /* str 32 */
    [0xdc - 0xc0] = {ARRAY, 2}, /* array 16 */
    [0xdd - 0xc0] = {ARRAY, 4}, /* array 32 */
    [0xde - 0xc0] = {MAP, 2},   /* map 16 */
    [0xdf - 0xc0] = {MAP, 4},   /* map 32 */
};

static struct header
short_header(enum shape shape, uint32_t n)
{
    return (struct header){.shape = shape, .size = 1, .n = n};
}

/* Reads what the tag alone tells; the number of a long header is 0 as yet. */
static struct header
header_of_tag(unsigned char byte)
{
    const struct tag *tag;

    if (byte < 0x80 || byte >= 0xe0)
        return short_header(PLAIN, 0);
    if (byte < 0x90)
        return short_header(MAP, byte & 0x0fU);
    if (byte < 0xa0)
        return short_header(ARRAY, byte & 0x0fU);
    if (byte < 0xc0)
        return short_header(TEXT, byte & 0x1fU);
    tag = &TAGS[byte - 0xc0];
    return (struct header){.shape = tag->shape, .size = 1 + tag->width};
}

static uint32_t
big_endian(const unsigned char *bytes, size_t width)
{
    uint32_t n = 0;

    for (size_t i = 0; i < width; i++)
        n = n << 8 | bytes[i];
    return n;
}

/* Reads the header at `bytes`, of which `size` are there and `room` allowed. */
static int
read_header(const unsigned char *bytes, size_t size, size_t room,
            struct header *ret)
{
    struct header h = header_of_tag(bytes[0]);

    if (h.shape == REFUSED)
        return AIGW_EMALFORMED;
    if (h.size > room)
        return AIGW_ETOOBIG;
    if (h.size > size)
        return AIGW_EAGAIN;
    if (h.shape != PLAIN && h.size > 1)
        h.n = big_endian(bytes + 1, h.size - 1);
    *ret = h;
    return 0;
}

static uint64_t
count_children(const struct header *h)
{
    if (h->shape == ARRAY)
        return h->n;
    return h->shape == MAP ? 2 * (uint64_t)h->n : 0;
}

static bool
may_open(const struct frame *f, uint64_t children)
{
    return f->depth < f->limits.depth
           && children <= f->limits.elements - f->elements;
}

/* Notes that one object of the innermost container was met, which may itself
 * be a container, and closes those that are complete. */
static void
descend(struct frame *f, uint64_t children)
{
    f->pending += children;
    f->pending--;
    f->elements += (uint32_t)children;
    if (f->depth > 0)
        f->left[f->depth - 1]--;
    if (children > 0)
        f->left[f->depth++] = (uint32_t)children;
    while (f->depth > 0 && f->left[f->depth - 1] == 0)
        f->depth--;
}

/* Accepts the object that begins with `h`, unless it announces more than the
 * limits could hold: each object still due takes a byte at least. */
static int
take_object(struct frame *f, const struct header *h)
{
    size_t room = f->limits.bytes - f->offset - h->size;
    uint64_t children = count_children(h);

    if (h->shape == TEXT) {
        if (h->n > room)
            return AIGW_ETOOBIG;
        room -= h->n;
    }
    if ((h->shape == ARRAY || h->shape == MAP) && !may_open(f, children))
        return AIGW_ETOOBIG;
    if (f->pending - 1 + children > room)
        return AIGW_ETOOBIG;
    f->offset = f->limits.bytes - room;
    descend(f, children);
    return 0;
}

static int
scan_object(struct frame *f, const unsigned char *data, size_t size)
{
    struct header h;
    int status;

    if (f->offset >= size)
        return AIGW_EAGAIN;
    status = read_header(data + f->offset, size - f->offset,
                         f->limits.bytes - f->offset, &h);
    return status ? status : take_object(f, &h);
}

void
frame_init(struct frame *f, const struct frame_limits *limits)
{
    assert(limits->bytes > 0);
    assert(limits->depth <= FRAME_DEPTH_MAX);
    f->limits = *limits;
    f->offset = 0;
    f->elements = 0;
    f->pending = 1;
    f->depth = 0;
}

int
frame_scan(struct frame *f, const void *data, size_t size, size_t *ret_size)
{
    while (f->pending > 0) {
        int status = scan_object(f, data, size);

        if (status)
            return status;
    }
    if (f->offset > size)
        return AIGW_EAGAIN;
    *ret_size = f->offset;
    frame_init(f, &f->limits);
    return 0;
}
