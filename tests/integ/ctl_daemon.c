#include "integ/ctl_daemon.h"

#include <aigw/aigw.h>
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/value.h"
#include "proto/bytes.h"
#include "proto/frame.h"
#include "proto/pack.h"
#include "proto/rpc.h"

enum {
    CALLS_MAX = 1024,
    PEERS_MAX = 64,
    READ_BYTES = 65536,
    QUEUE_BYTES = 1 << 24
};

struct seen {
    char method[RPC_METHOD_MAX + 1];
    char *params;
};

struct peer {
    struct ctl_daemon *daemon;
    int fd;
    pthread_t thread;
};

struct ctl_daemon {
    const struct ctl_reply *replies;
    int listener;
    pthread_t thread;
    pthread_mutex_t lock; /* Over everything below. */
    struct seen seen[CALLS_MAX];
    int n_seen;
    struct peer peers[PEERS_MAX];
    int n_peers;
};

static struct aigw_value *
parse(const char *json)
{
    struct aigw_value *value = NULL;
    char *text = strdup(json);

    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    ck_assert_msg(aigw_value_from_json(text, strlen(text), &value, NULL) == 0,
                  "%s", text);
    free(text);
    return value;
}

static void
put_json(struct pack *p, const char *json)
{
    struct aigw_value *value = parse(json);

    ck_assert_int_eq(value_pack(value, p), 0);
    aigw_value_free(value);
}

static void
put_delta(struct pack *p, uint32_t msgid, int seq, const char *text)
{
    rpc_begin_notification(p, "call.delta");
    pack_array_begin(p);
    pack_int(p, msgid);
    pack_int(p, seq);
    pack_map_begin(p);
    pack_kv_str(p, "content", text);
    pack_map_end(p);
    pack_array_end(p);
}

static void
put_event(struct pack *p, uint32_t msgid, int seq, const char *json)
{
    rpc_begin_notification(p, "call.event");
    pack_array_begin(p);
    pack_int(p, msgid);
    pack_int(p, seq);
    put_json(p, json);
    pack_array_end(p);
}

static void
put_stream(struct pack *p, uint32_t msgid, const struct ctl_reply *reply)
{
    for (int i = 0; i <= 4; i++) {
        if (reply->event && reply->event_at == i)
            put_event(p, msgid, i, reply->event);
        if (i == 4 || !reply->deltas[i])
            break;
        put_delta(p, msgid, i + 1, reply->deltas[i]);
    }
}

static void
put_notifications(struct pack *p, const struct ctl_reply *reply)
{
    for (int i = 0; i < 4 && reply->notified[i]; i++) {
        rpc_begin_notification(p, reply->notify);
        pack_array_begin(p);
        put_json(p, reply->notified[i]);
        pack_array_end(p);
    }
}

static const struct ctl_reply *
find_reply(const struct ctl_daemon *daemon, const char *method)
{
    static const struct ctl_reply hello = {
        .method = "hello",
        .result = "{'server':'aigwd','version':'9.9.9','protocol':1,"
                  "'instance_id':'x','pid':1,'methods':[]}"};
    const struct ctl_reply *r;

    for (r = daemon->replies; r->method; r++) {
        if (strcmp(r->method, method) == 0)
            return r;
    }
    return strcmp(method, "hello") == 0 ? &hello : NULL;
}

static void
answer(struct ctl_daemon *daemon, const struct rpc_message *m,
       struct bytes *out)
{
    char method[RPC_METHOD_MAX + 1];
    const struct ctl_reply *reply;
    struct pack p;

    (void)snprintf(method, sizeof(method), "%.*s", (int)m->method_size,
                   m->method);
    reply = find_reply(daemon, method);
    pack_init(&p, out);
    if (!reply) {
        rpc_put_error(&p, m->msgid, AIGW_ERR_NO_METHOD, "no such method");
    } else if (reply->result) {
        put_stream(&p, m->msgid, reply);
        rpc_begin_response(&p, m->msgid);
        put_json(&p, reply->result);
        put_notifications(&p, reply);
    } else if (reply->error != 0) {
        rpc_put_error(&p, m->msgid, reply->error, reply->error_text);
    } else {
        put_stream(&p, m->msgid, reply);
    }
    ck_assert_int_eq(pack_finish(&p), 0);
}

static void
remember(struct ctl_daemon *daemon, const struct rpc_message *m)
{
    struct aigw_value params = {0};
    struct seen *seen;

    ck_assert_int_eq(value_unpack(&m->params, &params), 0);
    (void)pthread_mutex_lock(&daemon->lock);
    if (daemon->n_seen < CALLS_MAX) {
        seen = &daemon->seen[daemon->n_seen++];
        (void)snprintf(seen->method, sizeof(seen->method), "%.*s",
                       (int)m->method_size, m->method);
        seen->params = aigw_value_to_json(&params, AIGW_JSON_COMPACT);
    }
    (void)pthread_mutex_unlock(&daemon->lock);
    value_deinit(&params);
}

static void
serve_frame(struct peer *peer, const char *data, size_t size)
{
    struct rpc_message m;
    struct bytes out;

    ck_assert_int_eq(rpc_parse(data, size, &m), 0);
    if (m.type == RPC_REQUEST) {
        remember(peer->daemon, &m);
        bytes_init(&out, QUEUE_BYTES);
        answer(peer->daemon, &m, &out);
        (void)send(peer->fd, out.data, out.size, MSG_NOSIGNAL);
        bytes_deinit(&out);
    }
    rpc_message_free(&m);
}

static void *
serve_peer(void *ctx)
{
    static const struct frame_limits limits = {
        .bytes = QUEUE_BYTES, .depth = FRAME_DEPTH_MAX, .elements = 1 << 18};
    struct peer *peer = ctx;
    struct frame frame;
    struct bytes in;
    ssize_t n;

    frame_init(&frame, &limits);
    bytes_init(&in, QUEUE_BYTES);
    do {
        char *room = bytes_reserve(&in, READ_BYTES);
        size_t size;

        n = read(peer->fd, room, READ_BYTES);
        bytes_commit(&in, n > 0 ? (size_t)n : 0);
        while (in.size > 0
               && frame_scan(&frame, in.data, in.size, &size) == 0) {
            serve_frame(peer, in.data, size);
            bytes_consume(&in, size);
        }
    } while (n > 0);
    bytes_deinit(&in);
    return NULL;
}

static void *
accept_peers(void *ctx)
{
    struct ctl_daemon *daemon = ctx;
    int fd;

    while ((fd = accept(daemon->listener, NULL, NULL)) >= 0) {
        struct peer *peer = &daemon->peers[daemon->n_peers++];

        ck_assert_int_le(daemon->n_peers, PEERS_MAX);
        peer->daemon = daemon;
        peer->fd = fd;
        ck_assert_int_eq(pthread_create(&peer->thread, NULL, serve_peer, peer),
                         0);
    }
    return NULL;
}

struct ctl_daemon *
ctl_daemon_start(const char *path, const struct ctl_reply *replies)
{
    struct ctl_daemon *daemon = calloc(1, sizeof(*daemon));
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    daemon->replies = replies;
    (void)pthread_mutex_init(&daemon->lock, NULL);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    daemon->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(
        bind(daemon->listener, (struct sockaddr *)&address, sizeof(address)),
        0);
    ck_assert_int_eq(listen(daemon->listener, PEERS_MAX), 0);
    ck_assert_int_eq(
        pthread_create(&daemon->thread, NULL, accept_peers, daemon), 0);
    return daemon;
}

void
ctl_daemon_stop(struct ctl_daemon *daemon)
{
    (void)shutdown(daemon->listener, SHUT_RDWR);
    (void)pthread_join(daemon->thread, NULL);
    (void)close(daemon->listener);
    for (int i = 0; i < daemon->n_peers; i++) {
        (void)shutdown(daemon->peers[i].fd, SHUT_RDWR);
        (void)pthread_join(daemon->peers[i].thread, NULL);
        (void)close(daemon->peers[i].fd);
    }
    for (int i = 0; i < daemon->n_seen; i++)
        free(daemon->seen[i].params);
    (void)pthread_mutex_destroy(&daemon->lock);
    free(daemon);
}

char *
ctl_daemon_params(struct ctl_daemon *daemon, const char *method)
{
    char *params = NULL;

    (void)pthread_mutex_lock(&daemon->lock);
    for (int i = daemon->n_seen; i > 0 && !params; i--) {
        if (strcmp(daemon->seen[i - 1].method, method) == 0)
            params = strdup(daemon->seen[i - 1].params);
    }
    (void)pthread_mutex_unlock(&daemon->lock);
    return params;
}

int
ctl_daemon_count(struct ctl_daemon *daemon, const char *method)
{
    int count = 0;

    (void)pthread_mutex_lock(&daemon->lock);
    for (int i = 0; i < daemon->n_seen; i++)
        count += strcmp(daemon->seen[i].method, method) == 0;
    (void)pthread_mutex_unlock(&daemon->lock);
    return count;
}
