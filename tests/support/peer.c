#include "support/peer.h"

#include "support/packed_json.h"

#include <errno.h>
#include <msgpack.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    READ_SIZE = 64 * 1024,
    PARAMS_MAX = 1024 * 1024,
};

struct peer {
    int fd;
    bool closed;
    uint32_t msgid;
    msgpack_unpacker in;
    json_t *waiting; /* Messages that were not asked for yet. */
    json_t *given;   /* Messages that were, kept for the test. */
};

struct peer *
peer_connect(const char *socket_path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct peer *p = calloc(1, sizeof(*p));

    ck_assert_ptr_nonnull(p);
    ck_assert_uint_lt(strlen(socket_path), sizeof(addr.sun_path));
    memcpy(addr.sun_path, socket_path, strlen(socket_path));
    p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(p->fd, 0);
    ck_assert_msg(connect(p->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0,
                  "cannot connect to %s: %s", socket_path, strerror(errno));
    ck_assert(msgpack_unpacker_init(&p->in, READ_SIZE));
    p->waiting = json_array();
    p->given = json_array();
    return p;
}

void
peer_close(struct peer *p)
{
    if (!p)
        return;
    (void)close(p->fd);
    msgpack_unpacker_destroy(&p->in);
    json_decref(p->waiting);
    json_decref(p->given);
    free(p);
}

int
peer_fd(const struct peer *p)
{
    return p->fd;
}

void
peer_send_raw(struct peer *p, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t n = send(p->fd, at, size, MSG_NOSIGNAL);

        ck_assert_msg(n > 0, "cannot send: %s", strerror(errno));
        at += n;
        size -= (size_t)n;
    }
}

uint32_t
peer_send_json(struct peer *p, const char *method, json_t *params)
{
    json_t *request = json_pack("[iiso]", 0, (int)++p->msgid, method, params);
    msgpack_sbuffer out;

    ck_assert_ptr_nonnull(request);
    msgpack_sbuffer_init(&out);
    packed_json_write(&out, request);
    peer_send_raw(p, out.data, out.size);
    msgpack_sbuffer_destroy(&out);
    json_decref(request);
    return p->msgid;
}

static json_t *__attribute__((format(printf, 1, 0)))
parse_params(const char *format, va_list args)
{
    char *text = malloc(PARAMS_MAX);
    json_error_t error;
    json_t *params;
    int n;

    ck_assert_ptr_nonnull(text);
    n = vsnprintf(text, PARAMS_MAX, format, args);
    ck_assert_int_lt(n, PARAMS_MAX);
    for (char *at = strchr(text, '\''); at; at = strchr(at, '\''))
        *at = '"';
    params = json_loads(text, 0, &error);
    ck_assert_msg(params, "bad params in the test: %s: %.200s", error.text,
                  text);
    free(text);
    return params;
}

static uint32_t __attribute__((format(printf, 3, 0)))
send_format(struct peer *p, const char *method, const char *format,
            va_list args)
{
    return peer_send_json(p, method, parse_params(format, args));
}

uint32_t
peer_send(struct peer *p, const char *method, const char *params, ...)
{
    uint32_t msgid;
    va_list args;

    va_start(args, params);
    msgid = send_format(p, method, params, args);
    va_end(args);
    return msgid;
}

/* Reads what has come by `give_up_ms`; false if nothing did. */
static bool
read_some(struct peer *p, int64_t give_up_ms)
{
    struct pollfd fd = {.fd = p->fd, .events = POLLIN};
    int64_t left_ms = give_up_ms - process_now_ms();
    msgpack_unpacked message;
    ssize_t n;

    if (p->closed || poll(&fd, 1, left_ms > 0 ? (int)left_ms : 0) != 1)
        return false;
    ck_assert(msgpack_unpacker_reserve_buffer(&p->in, READ_SIZE));
    n = recv(p->fd, msgpack_unpacker_buffer(&p->in), READ_SIZE, 0);
    if (n <= 0) {
        p->closed = true;
        return false;
    }
    msgpack_unpacker_buffer_consumed(&p->in, (size_t)n);
    msgpack_unpacked_init(&message);
    while (msgpack_unpacker_next(&p->in, &message) == MSGPACK_UNPACK_SUCCESS)
        (void)json_array_append_new(p->waiting,
                                    packed_json_read(&message.data));
    msgpack_unpacked_destroy(&message);
    return true;
}

/* Takes message `i` out of those that wait. */
static const json_t *
take(struct peer *p, size_t i)
{
    const json_t *message = json_array_get(p->waiting, i);

    (void)json_array_append(p->given, json_array_get(p->waiting, i));
    (void)json_array_remove(p->waiting, i);
    return message;
}

static const json_t *
take_response(struct peer *p, uint32_t msgid)
{
    for (size_t i = 0; i < json_array_size(p->waiting); i++) {
        const json_t *message = json_array_get(p->waiting, i);

        if (value_int(message, "0") == 1 && value_int(message, "1") == msgid)
            return take(p, i);
    }
    return NULL;
}

struct peer_reply
peer_wait(struct peer *p, uint32_t msgid)
{
    int64_t give_up_ms = process_now_ms() + PATIENCE_MS;
    const json_t *message;

    while (!(message = take_response(p, msgid)))
        ck_assert_msg(read_some(p, give_up_ms),
                      p->closed ? "closed before the response to %u"
                                : "no response to %u",
                      msgid);
    if (value_is_null(message, "2"))
        return (struct peer_reply){.result = value_at(message, "3")};
    ck_assert(value_is_null(message, "3"));
    ck_assert_uint_eq(value_count(message, "2"), 2);
    return (struct peer_reply){
        .code = (int)value_int(message, "2.0"),
        .text = value_str(message, "2.1"),
    };
}

struct peer_reply
peer_call(struct peer *p, const char *method, const char *params, ...)
{
    uint32_t msgid;
    va_list args;

    va_start(args, params);
    msgid = send_format(p, method, params, args);
    va_end(args);
    return peer_wait(p, msgid);
}

const json_t *
peer_result(struct peer *p, const char *method, const char *params, ...)
{
    struct peer_reply reply;
    uint32_t msgid;
    va_list args;

    va_start(args, params);
    msgid = send_format(p, method, params, args);
    va_end(args);
    reply = peer_wait(p, msgid);
    ck_assert_msg(reply.code == 0, "%s: error %d: %s", method, reply.code,
                  reply.text);
    return reply.result;
}

const char *
peer_error(struct peer *p, int code, const char *method, const char *params,
           ...)
{
    struct peer_reply reply;
    uint32_t msgid;
    va_list args;

    va_start(args, params);
    msgid = send_format(p, method, params, args);
    va_end(args);
    reply = peer_wait(p, msgid);
    ck_assert_msg(reply.code == code, "%s: error %d, not %d: %s", method,
                  reply.code, code, reply.text ? reply.text : "none");
    return reply.text;
}

static const json_t *
take_notification(struct peer *p, const char *method)
{
    for (size_t i = 0; i < json_array_size(p->waiting); i++) {
        const json_t *message = json_array_get(p->waiting, i);

        if (value_int(message, "0") == 2
            && strcmp(value_str(message, "1"), method) == 0)
            return value_at(take(p, i), "2");
    }
    return NULL;
}

const json_t *
peer_notification(struct peer *p, const char *method, int64_t within_ms)
{
    int64_t give_up_ms = process_now_ms() + within_ms;
    const json_t *params;

    while (!(params = take_notification(p, method)))
        if (!read_some(p, give_up_ms))
            return NULL;
    return params;
}

const json_t *
peer_message(struct peer *p, int64_t within_ms)
{
    int64_t give_up_ms = process_now_ms() + within_ms;

    while (json_array_size(p->waiting) == 0)
        if (!read_some(p, give_up_ms))
            return NULL;
    return take(p, 0);
}

void
peer_wait_closed(struct peer *p)
{
    int64_t give_up_ms = process_now_ms() + PATIENCE_MS;

    while (read_some(p, give_up_ms))
        continue;
    ck_assert_msg(p->closed, "the connection stays open");
}
