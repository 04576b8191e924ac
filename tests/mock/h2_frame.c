/*
 * h2_frame.c - reads and writes HTTP/2 frames; see h2_frame.h.
 */
#include "h2_frame.h"

#include <string.h>

static uint32_t
read_u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8
           | p[3];
}

static void
append_u32(struct bytes *out, uint32_t value)
{
    const unsigned char p[4] = {
        (unsigned char)(value >> 24),
        (unsigned char)(value >> 16),
        (unsigned char)(value >> 8),
        (unsigned char)value,
    };

    bytes_append(out, p, sizeof(p));
}

static void
append_head(struct bytes *out, size_t size, int type, int flags,
            uint32_t stream)
{
    const unsigned char p[5] = {
        (unsigned char)(size >> 16), (unsigned char)(size >> 8),
        (unsigned char)size,         (unsigned char)type,
        (unsigned char)flags,
    };

    bytes_append(out, p, sizeof(p));
    append_u32(out, stream);
}

static void
strip(struct h2_frame *f)
{
    size_t padding = 0;

    if ((f->flags & H2_PADDED) != 0 && f->size > 0) {
        padding = f->payload[0];
        f->payload++;
        f->size--;
    }
    if (f->type == H2_HEADERS && (f->flags & H2_HAS_PRIORITY) != 0
        && f->size >= 5) {
        f->payload += 5;
        f->size -= 5;
    }
    f->size -= padding <= f->size ? padding : f->size;
}

long
h2_frame_parse(const char *data, size_t size, struct h2_frame *ret_frame)
{
    const unsigned char *p = (const unsigned char *)data;

    if (size < H2_HEAD_BYTES) {
        return 0;
    }
    ret_frame->size = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
    ret_frame->type = p[3];
    ret_frame->flags = p[4];
    ret_frame->stream = read_u32(p + 5) & 0x7fffffff;
    ret_frame->payload = p + H2_HEAD_BYTES;
    if (ret_frame->size > H2_FRAME_MAX) {
        return -1;
    }
    if (size - H2_HEAD_BYTES < ret_frame->size) {
        return 0;
    }
    size = H2_HEAD_BYTES + ret_frame->size;
    if (ret_frame->type == H2_HEADERS || ret_frame->type == H2_DATA) {
        strip(ret_frame);
    }
    return (long)size;
}

/* Index 2 of the static table is ":method GET". */
bool
h2_frame_is_get(const struct h2_frame *headers)
{
    return headers->size > 0 && headers->payload[0] == 0x82;
}

void
h2_settings(struct bytes *out, int flags)
{
    append_head(out, 0, H2_SETTINGS, flags, 0);
}

void
h2_ping_ack(struct bytes *out, const struct h2_frame *ping)
{
    append_head(out, ping->size, H2_PING, H2_ACK, 0);
    bytes_append(out, ping->payload, ping->size);
}

void
h2_window_update(struct bytes *out, uint32_t stream, uint32_t size)
{
    append_head(out, 4, H2_WINDOW_UPDATE, 0, stream);
    append_u32(out, size);
}

void
h2_rst_stream(struct bytes *out, uint32_t stream, uint32_t error)
{
    append_head(out, 4, H2_RST_STREAM, 0, stream);
    append_u32(out, error);
}

void
h2_goaway(struct bytes *out, uint32_t last_stream)
{
    append_head(out, 8, H2_GOAWAY, 0, 0);
    append_u32(out, last_stream);
    append_u32(out, H2_NO_ERROR);
}

/* Index 8 is ":status 200", and as a name ":status"; a literal whose name is
 * content-type, index 31, spills out of the 4-bit prefix by 16. */
void
h2_response(struct bytes *out, uint32_t stream, int status,
            const char *content_type)
{
    static const unsigned char type_name[] = {0x0f, 0x10};
    size_t type_size = strlen(content_type);
    unsigned char type_length = (unsigned char)type_size;
    const char *status_field = status == 200 ? "\x88"
                                             : "\x08\x03"
                                               "429";
    size_t status_size = strlen(status_field);

    append_head(out, status_size + sizeof(type_name) + 1 + type_size,
                H2_HEADERS, H2_END_HEADERS, stream);
    bytes_append(out, status_field, status_size);
    bytes_append(out, type_name, sizeof(type_name));
    bytes_append(out, &type_length, 1);
    bytes_append(out, content_type, type_size);
}

void
h2_body(struct bytes *out, uint32_t stream, const char *data, size_t size)
{
    while (size > H2_FRAME_MAX) {
        append_head(out, H2_FRAME_MAX, H2_DATA, 0, stream);
        bytes_append(out, data, H2_FRAME_MAX);
        data += H2_FRAME_MAX;
        size -= H2_FRAME_MAX;
    }
    append_head(out, size, H2_DATA, H2_END_STREAM, stream);
    bytes_append(out, data, size);
}
