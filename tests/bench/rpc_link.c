/*
 * rpc_link.c - a connection to aigwd; see rpc_link.h.
 */
#include "rpc_link.h"

#include "base/clock.h"
#include "load.h"
#include "proto/pack.h"
#include "proto/status.h"
#include "proto/unpack.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_BYTES = 65536,
    RETRY_NS = 10000000
};

static const struct frame_limits LIMITS = {
    .bytes = RPC_LINK_BYTES, .depth = FRAME_DEPTH_MAX, .elements = 1 << 20};

static int
try_to_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        load_die("socket: %s", strerror(errno));
    if (strlen(path) >= sizeof(address.sun_path))
        load_die("%s: too long", path);
    memcpy(address.sun_path, path, strlen(path));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

void
rpc_link_open(struct rpc_link *l, const char *path, int64_t patience_ms)
{
    const struct timespec pause = {.tv_nsec = RETRY_NS};
    int64_t give_up_ms = clock_mono_ms() + patience_ms;

    while ((l->fd = try_to_connect(path)) < 0) {
        if (clock_mono_ms() >= give_up_ms)
            load_die("%s: %s", path, strerror(errno));
        (void)nanosleep(&pause, NULL);
    }
    frame_init(&l->frame, &LIMITS);
    bytes_init(&l->in, RPC_LINK_BYTES);
}

void
rpc_link_close(struct rpc_link *l)
{
    close(l->fd);
    bytes_deinit(&l->in);
}

void
rpc_link_pack(struct bytes *out, uint32_t msgid, const char *prompt,
              bool stream)
{
    struct pack p;

    bytes_init(out, RPC_LINK_BYTES);
    pack_init(&p, out);
    rpc_begin_request(&p, msgid, "generate");
    pack_array_begin(&p);
    pack_map_begin(&p);
    pack_kv_str(&p, "prompt", prompt);
    pack_kv_bool(&p, "stream", stream);
    pack_map_end(&p);
    pack_array_end(&p);
    if (pack_finish(&p))
        load_die("cannot pack a request");
}

static void
take_frame(const char *data, size_t size,
           void (*take)(void *ctx, const struct rpc_message *m), void *ctx)
{
    struct rpc_message m;

    if (rpc_parse(data, size, &m))
        load_die("an answer that is no MessagePack-RPC");
    take(ctx, &m);
    rpc_message_free(&m);
}

void
rpc_link_read(struct rpc_link *l,
              void (*take)(void *ctx, const struct rpc_message *m), void *ctx)
{
    char *room = bytes_reserve(&l->in, READ_BYTES);
    ssize_t n = room ? recv(l->fd, room, READ_BYTES, 0) : -1;
    size_t size;
    int status;

    if (n <= 0)
        load_die("aigwd closed a connection");
    bytes_commit(&l->in, (size_t)n);
    while ((status = frame_scan(&l->frame, l->in.data, l->in.size, &size))
           == 0) {
        take_frame(l->in.data, size, take, ctx);
        bytes_consume(&l->in, size);
    }
    if (status != AIGW_EAGAIN)
        load_die("aigwd sent a malformed frame");
}

bool
rpc_link_is(const struct rpc_message *m, const char *method)
{
    return m->type == RPC_NOTIFICATION && m->method_size == strlen(method)
           && memcmp(m->method, method, m->method_size) == 0;
}

bool
rpc_link_delta(const struct rpc_message *m, uint64_t *ret_msgid,
               const char **ret_text, size_t *ret_size)
{
    const msgpack_object *msgid, *text;

    if (!rpc_link_is(m, "call.delta"))
        return false;
    msgid = unpack_item(&m->params, 0);
    text = unpack_find(unpack_item(&m->params, 2), "content");
    if (!msgid || msgid->type != MSGPACK_OBJECT_POSITIVE_INTEGER || !text
        || !unpack_text(text, ret_text, ret_size))
        return false;
    *ret_msgid = msgid->via.u64;
    return *ret_size > 0;
}

bool
rpc_link_success(const struct rpc_message *m, const char **ret_text,
                 size_t *ret_size)
{
    struct unpack u;
    bool success = false;

    *ret_text = "";
    *ret_size = 0;
    if (m->error.type != MSGPACK_OBJECT_NIL)
        return false;
    unpack_init(&u, &m->result, NULL);
    unpack_bool(&u, "success", &success);
    unpack_str(&u, "content", ret_text, ret_size);
    return unpack_finish(&u) == 0 && success && *ret_size > 0;
}
