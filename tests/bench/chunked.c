/*
 * chunked.c - takes HTTP/1.1 responses apart; see chunked.h.
 */
#include "chunked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
chunked_init(struct chunked *c)
{
    *c = (struct chunked){.state = CHUNKED_HEAD};
}

static int
take_head_line(struct chunked *c)
{
    char *end;

    if (c->line_size == 0) {
        c->state = CHUNKED_SIZE;
        return c->status == 0 ? -1 : 0;
    }
    if (c->status != 0)
        return 0;
    if (strncmp(c->line, "HTTP/1.1 ", 9) != 0)
        return -1;
    c->status = (int)strtol(c->line + 9, &end, 10);
    return end == c->line + 12 ? 0 : -1;
}

static int
take_size_line(struct chunked *c)
{
    char *end;

    c->left = strtoul(c->line, &end, 16);
    c->state = c->left > 0 ? CHUNKED_DATA : CHUNKED_LAST_END;
    return end == c->line ? -1 : 0;
}

static int
take_line(struct chunked *c, const struct chunked_ops *ops, void *ctx)
{
    int status;

    switch (c->state) {
    case CHUNKED_HEAD:
        return take_head_line(c);
    case CHUNKED_SIZE:
        return take_size_line(c);
    case CHUNKED_DATA_END:
        c->state = CHUNKED_SIZE;
        return c->line_size == 0 ? 0 : -1;
    case CHUNKED_LAST_END:
        status = c->status;
        chunked_init(c);
        ops->end(ctx, status);
        return 0;
    case CHUNKED_DATA:
        break;
    }
    return -1;
}

/* Adds to the line; the bytes taken, 0 if it is too long. */
static size_t
gather(struct chunked *c, const char *data, size_t size)
{
    const char *lf = memchr(data, '\n', size);
    size_t n = lf ? (size_t)(lf - data) + 1 : size;

    if (n >= sizeof(c->line) - c->line_size)
        return 0;
    memcpy(c->line + c->line_size, data, n);
    c->line_size += n;
    return n;
}

static int
feed_line(struct chunked *c, const struct chunked_ops *ops, void *ctx)
{
    int status;

    if (c->line[c->line_size - 1] != '\n')
        return 0;
    c->line_size--;
    if (c->line_size > 0 && c->line[c->line_size - 1] == '\r')
        c->line_size--;
    c->line[c->line_size] = '\0';
    status = take_line(c, ops, ctx);
    c->line_size = 0;
    return status;
}

int
chunked_feed(struct chunked *c, const char *data, size_t size,
             const struct chunked_ops *ops, void *ctx)
{
    while (size > 0) {
        size_t n;

        if (c->state == CHUNKED_DATA) {
            n = size < c->left ? size : c->left;
            ops->body(ctx, data, n);
            c->left -= n;
            if (c->left == 0)
                c->state = CHUNKED_DATA_END;
        } else {
            n = gather(c, data, size);
            if (n == 0 || feed_line(c, ops, ctx))
                return -1;
        }
        data += n;
        size -= n;
    }
    return 0;
}
