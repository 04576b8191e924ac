/*
 * rpc_load.c - keeps calls of `generate` in flight at aigwd, and measures
 * them; see load.h.
 *
 *     rpc_load --connect aigw.sock --connections 64 --prompt Hello
 *     rpc_load --connect aigw.sock --connections 40 --depth 25 --stream
 *
 * Requests are packed once.  Every answer must be a success; the text of a
 * stream must be what aigw-mock says, byte for byte, piece by piece and again
 * as a whole.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "load.h"
#include "proto/bytes.h"
#include "proto/frame.h"
#include "proto/pack.h"
#include "proto/rpc.h"
#include "proto/status.h"
#include "proto/unpack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    READ_BYTES = 65536,
    BUFFER_BYTES = 64 * 1024 * 1024
};

static const struct frame_limits LIMITS = {
    .bytes = BUFFER_BYTES, .depth = FRAME_DEPTH_MAX, .elements = 1 << 20};

struct connection {
    int fd;
    struct frame frame;
    struct bytes in;
};

struct rpc_load {
    struct load load;
    struct connection *connections;
    struct bytes *requests; /* By call; its msgid is the call's number. */
};

static const struct load_ops OPS;

static int
connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path))
        load_die("%s: too long", path);
    memcpy(address.sun_path, path, strlen(path));
    if (fd < 0
        || connect(fd, (const struct sockaddr *)&address, sizeof(address)))
        load_die("%s: %s", path, strerror(errno));
    return fd;
}

static void
pack_request(const struct load *l, unsigned call, struct bytes *out)
{
    char *prompt = load_prompt(l, call);
    struct pack p;

    bytes_init(out, BUFFER_BYTES);
    pack_init(&p, out);
    rpc_begin_request(&p, call, "generate");
    pack_array_begin(&p);
    pack_map_begin(&p);
    pack_kv_str(&p, "prompt", prompt);
    pack_kv_bool(&p, "stream", l->options.stream);
    pack_map_end(&p);
    pack_array_end(&p);
    if (pack_finish(&p))
        load_die("cannot pack a request");
    free(prompt);
}

static void
begin_call(struct load *l, unsigned call)
{
    struct rpc_load *r = container_of(l, struct rpc_load, load);
    const struct bytes *request = &r->requests[call];

    load_send(r->connections[call / l->options.depth].fd, request->data,
              request->size);
}

static unsigned
call_of(const struct load *l, uint64_t msgid)
{
    if (msgid >= l->n_calls)
        load_die("an answer to something else");
    return (unsigned)msgid;
}

static void
take_delta(struct load *l, const msgpack_object *params)
{
    const msgpack_object *msgid = unpack_item(params, 0);
    const msgpack_object *text = unpack_find(unpack_item(params, 2), "content");
    const char *data;
    size_t size;
    struct load_call *c;

    if (!msgid || msgid->type != MSGPACK_OBJECT_POSITIVE_INTEGER || !text
        || !unpack_text(text, &data, &size) || size == 0)
        return;
    c = &l->calls[call_of(l, msgid->via.u64)];
    load_compare(c, data, size);
    load_token(l, c, clock_mono_ns());
}

static bool
is_good(const struct load *l, const struct load_call *c,
        const struct rpc_message *m)
{
    struct unpack u;
    const char *content = "";
    size_t size = 0;
    bool success = false;

    if (m->error.type != MSGPACK_OBJECT_NIL)
        return false;
    unpack_init(&u, &m->result, NULL);
    unpack_bool(&u, "success", &success);
    unpack_str(&u, "content", &content, &size);
    if (unpack_finish(&u) || !success || size == 0)
        return false;
    if (!l->options.stream)
        return true;
    return !c->wrong && c->text_at == c->text_size && size == c->text_size
           && memcmp(content, c->text, size) == 0;
}

static void
take_frame(struct load *l, const char *data, size_t size)
{
    struct rpc_message m;

    if (rpc_parse(data, size, &m))
        load_die("an answer that is no MessagePack-RPC");
    if (m.type == RPC_RESPONSE) {
        unsigned call = call_of(l, m.msgid);

        load_end(l, call, is_good(l, &l->calls[call], &m), &OPS);
    } else if (m.type == RPC_NOTIFICATION
               && m.method_size == strlen("call.delta")
               && memcmp(m.method, "call.delta", m.method_size) == 0) {
        take_delta(l, &m.params);
    }
    rpc_message_free(&m);
}

static void
take_input(struct load *l, unsigned i)
{
    struct rpc_load *r = container_of(l, struct rpc_load, load);
    struct connection *c = &r->connections[i];
    char *room = bytes_reserve(&c->in, READ_BYTES);
    ssize_t n = room ? recv(c->fd, room, READ_BYTES, 0) : -1;
    size_t size;
    int status;

    if (n <= 0)
        load_die("aigwd closed a connection");
    bytes_commit(&c->in, (size_t)n);
    while ((status = frame_scan(&c->frame, c->in.data, c->in.size, &size))
           == 0) {
        take_frame(l, c->in.data, size);
        bytes_consume(&c->in, size);
    }
    if (status != AIGW_EAGAIN)
        load_die("aigwd sent a malformed frame");
}

static const struct load_ops OPS = {.begin = begin_call,
                                    .readable = take_input};

static void
open_connections(struct rpc_load *r)
{
    struct load *l = &r->load;

    r->connections = calloc(l->options.connections, sizeof(*r->connections));
    r->requests = calloc(l->n_calls, sizeof(*r->requests));
    if (!r->connections || !r->requests)
        load_die("out of memory");
    for (unsigned i = 0; i < l->n_calls; i++)
        pack_request(l, i, &r->requests[i]);
    for (unsigned i = 0; i < l->options.connections; i++) {
        struct connection *c = &r->connections[i];

        c->fd = connect_to(l->options.address);
        frame_init(&c->frame, &LIMITS);
        bytes_init(&c->in, BUFFER_BYTES);
        load_add(l, c->fd, i);
    }
}

static void
close_connections(struct rpc_load *r)
{
    for (unsigned i = 0; i < r->load.options.connections; i++) {
        close(r->connections[i].fd);
        bytes_deinit(&r->connections[i].in);
    }
    for (unsigned i = 0; i < r->load.n_calls; i++)
        bytes_deinit(&r->requests[i]);
    free(r->connections);
    free(r->requests);
}

int
main(int argc, char **argv)
{
    struct rpc_load r;

    load_init(&r.load, argc, argv);
    open_connections(&r);
    load_run(&r.load, &OPS);
    load_report(&r.load);
    close_connections(&r);
    load_deinit(&r.load);
    return EXIT_SUCCESS;
}
