#include "proto/bytes.h"

#include "proto/status.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAPACITY = 256
};

/* Moves the content to the front of the block, so that all free space is
 * behind it. */
static void
compact(struct bytes *b)
{
    if (b->data != b->block && b->size > 0)
        memmove(b->block, b->data, b->size);
    b->data = b->block;
}

/* Moves the content to a new block in which `need` bytes fit. */
static int
grow(struct bytes *b, size_t need)
{
    size_t capacity = b->capacity > 0 ? b->capacity * 2 : FIRST_CAPACITY;
    char *block;

    while (capacity < need)
        capacity *= 2;
    block = malloc(capacity);
    if (!block)
        return AIGW_ENOMEM;
    if (b->size > 0)
        memcpy(block, b->data, b->size);
    free(b->block);
    b->block = block;
    b->data = block;
    b->capacity = capacity;
    return 0;
}

/* Makes `need` bytes (content, addition and a NUL) fit into the block.  The
 * content is moved only after half as much was consumed in front of it, or
 * into a block twice as large: however small the steps, each byte is moved a
 * bounded number of times. */
static int
fit(struct bytes *b, size_t need)
{
    size_t used_front = (size_t)(b->data - b->block);

    if (need <= b->capacity - used_front)
        return 0;
    if (need <= b->capacity && used_front >= b->size / 2) {
        compact(b);
        return 0;
    }
    return grow(b, need);
}

static int
make_room(struct bytes *b, size_t extra)
{
    if (extra > b->max - b->size)
        return AIGW_ETOOBIG;
    return fit(b, b->size + extra + 1);
}

void
bytes_init(struct bytes *b, size_t max)
{
    assert(max < (size_t)-1 / 4);
    *b = (struct bytes){.max = max};
}

void
bytes_deinit(struct bytes *b)
{
    free(b->block);
    bytes_init(b, b->max);
}

int
bytes_append(struct bytes *b, const void *data, size_t size)
{
    int status;

    if (size == 0)
        return 0;
    status = make_room(b, size);
    if (status)
        return status;
    memcpy(b->data + b->size, data, size);
    b->size += size;
    return 0;
}

int
bytes_append_str(struct bytes *b, const char *text)
{
    return bytes_append(b, text, strlen(text));
}

int
bytes_printf(struct bytes *b, const char *format, ...)
{
    va_list args;
    int length, status;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return AIGW_EINVAL;
    status = make_room(b, (size_t)length);
    if (status)
        return status;
    va_start(args, format);
    (void)vsnprintf(b->data + b->size, (size_t)length + 1, format, args);
    va_end(args);
    b->size += (size_t)length;
    return 0;
}

char *
bytes_reserve(struct bytes *b, size_t extra)
{
    if (make_room(b, extra))
        return NULL;
    return b->data + b->size;
}

void
bytes_commit(struct bytes *b, size_t size)
{
    assert(size <= b->max - b->size);
    b->size += size;
}

void
bytes_consume(struct bytes *b, size_t size)
{
    assert(size <= b->size);
    if (size == 0)
        return;
    b->data += size;
    b->size -= size;
    if (b->size == 0)
        b->data = b->block;
}

void
bytes_truncate(struct bytes *b, size_t size)
{
    assert(size <= b->size);
    b->size = size;
}

void
bytes_clear(struct bytes *b)
{
    b->size = 0;
    b->data = b->block;
}

void
bytes_trim(struct bytes *b, size_t keep)
{
    if (b->size == 0 && b->capacity > keep)
        bytes_deinit(b);
}

char *
bytes_take(struct bytes *b, size_t *ret_size)
{
    char *taken;

    if (fit(b, b->size + 1))
        return NULL;
    compact(b);
    b->block[b->size] = '\0';
    taken = b->block;
    if (ret_size)
        *ret_size = b->size;
    bytes_init(b, b->max);
    return taken;
}

const char *
bytes_cstr(struct bytes *b)
{
    if (fit(b, b->size + 1))
        return NULL;
    b->data[b->size] = '\0';
    return b->data;
}
