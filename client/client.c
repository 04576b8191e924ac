/*
 * client.c - making, describing and freeing a client.
 */
#include "client/client.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    CONNECT_TIMEOUT_MS = 5000,
    CALL_TIMEOUT_MS = 660 * 1000,
    RETRY_BASE_MS = 50,
    RETRY_MAX_MS = 2000,
    PATH_SIZE = 4096
};

static const char default_path[] = "/run/aigw/aigw.sock";

/* Versions of the structure that came earlier are shorter. */
static struct aigw_options
read_options(const struct aigw_options *options)
{
    struct aigw_options o;

    aigw_options_init(&o);
    if (options && options->struct_size <= sizeof(o))
        memcpy(&o, options, options->struct_size);
    else if (options)
        o = *options;
    return o;
}

/* Copies a string that may be NULL.  AIGW_ENOMEM. */
static int
copy_text(const char *text, char **ret)
{
    if (!text)
        return 0;
    *ret = strdup(text);
    return *ret ? 0 : AIGW_ENOMEM;
}

/* True if there is something at `DIR/aigw.sock`. */
static bool
find_in(const char *dir, char path[static PATH_SIZE])
{
    int n;

    if (!dir || dir[0] == '\0')
        return false;
    n = snprintf(path, PATH_SIZE, "%s/aigw.sock", dir);
    return n > 0 && n < PATH_SIZE && access(path, F_OK) == 0;
}

static int
find_path(const char *given, char **ret)
{
    const char *path = given ? given : secure_getenv("AIGW_SOCKET");
    char in_dir[PATH_SIZE];

    if (given || (path && path[0] != '\0'))
        return copy_text(path, ret);
    if (find_in(secure_getenv("XDG_RUNTIME_DIR"), in_dir))
        return copy_text(in_dir, ret);
    return copy_text(default_path, ret);
}

static void
release(struct aigw *c)
{
    transport_deinit(&c->transport);
    core_deinit(&c->core);
    aigw_value_free(c->server);
    free(c->path);
    free(c->name);
    free(c->version);
    free(c);
}

static void
set_up(struct aigw *c, const struct aigw_options *o)
{
    struct reconnect_params retry = {.base_ms = RETRY_BASE_MS,
                                     .max_ms = RETRY_MAX_MS};

    c->connect_timeout_ms =
        o->connect_timeout_ms > 0 ? o->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    aigw_set_call_timeout(c, o->call_timeout_ms);
    c->flags = o->flags;
    c->core.no_resend = (o->flags & AIGW_FLAG_NO_RESEND) != 0;
    aigw_new_id(c->name_stem);
    retry.attempt_ms = c->connect_timeout_ms;
    reconnect_init(&c->reconnect, &retry);
    (void)transport_init(&c->transport, &c->setup);
}

struct aigw *
aigw_new(const struct aigw_options *options)
{
    struct aigw_options o = read_options(options);
    struct aigw *c = calloc(1, sizeof(*c));
    int status;

    if (!c)
        return NULL;
    core_init(&c->core, o.max_response_bytes, o.max_response_elements);
    set_up(c, &o);
    status = find_path(o.socket_path, &c->path);
    if (status == 0)
        status = copy_text(o.client_name, &c->name);
    if (status == 0)
        status = copy_text(o.client_version, &c->version);
    if (status == 0)
        return c;
    release(c);
    return NULL;
}

void
client_destroy(struct aigw *c)
{
    struct call *call;

    c->freeing = true;
    c->in_callback = true;
    core_stop(&c->core, c->name_stem, NAME_STEM_SIZE);
    client_flush(c);
    core_end_all(&c->core, AIGW_ECANCELLED);
    while ((call = core_take_ended(&c->core))) {
        if (call->handlers.done && !call->waiter)
            call->handlers.done(call->handlers.ctx, AIGW_ERR_CANCELLED, NULL,
                                "the client was freed");
        call_free(call);
    }
    release(c);
}

void
aigw_free(struct aigw *client)
{
    if (!client)
        return;
    if (client->in_callback)
        client->freeing = true;
    else
        client_destroy(client);
}

int
client_ok(struct aigw *c)
{
    c->error.status = 0;
    c->error.text[0] = '\0';
    return AIGW_ERR_NONE;
}

int
client_fail(struct aigw *c, int code, const char *text)
{
    return aigw_err_set(&c->error, code, "%s", text);
}

int
client_fail_with(struct aigw *c, const struct aigw_err *why)
{
    c->error = *why;
    return why->status;
}

int
aigw_error(const struct aigw *client)
{
    return client ? client->error.status : AIGW_ERR_NOMEM;
}

const char *
aigw_error_text(const struct aigw *client)
{
    return client ? client->error.text : aigw_status_text(AIGW_ENOMEM);
}

const char *
aigw_socket_path(const struct aigw *client)
{
    return client ? client->path : default_path;
}

void
aigw_set_call_timeout(struct aigw *client, int timeout_ms)
{
    if (client)
        client->call_timeout_ms =
            timeout_ms != 0 ? timeout_ms : CALL_TIMEOUT_MS;
}

const struct aigw_value *
aigw_server(const struct aigw *client)
{
    return client ? client->server : NULL;
}

size_t
aigw_in_flight(const struct aigw *client)
{
    const struct call *call;
    size_t n_internal = 0;

    if (!client)
        return 0;
    call = TAILQ_FIRST(&client->core.calls.live);
    for (; call; call = TAILQ_NEXT(call, link))
        n_internal += call->internal;
    return client->core.calls.n - n_internal;
}

int
aigw_fd(const struct aigw *client)
{
    return client ? client->transport.epoll_fd : -1;
}

short
aigw_events(const struct aigw *client)
{
    (void)client;
    return POLLIN;
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int
aigw_timeout_ms(const struct aigw *client)
{
    int64_t deadline_ms;
    int64_t left_ms;

    if (!client)
        return -1;
    if (client->wanted && client->reconnect.state == RECONNECT_IDLE)
        return 0;
    deadline_ms =
        earlier(client->reconnect.deadline_ms, core_deadline(&client->core));
    if (deadline_ms == INT64_MAX)
        return -1;
    if (deadline_ms == INT64_MIN)
        return 0;
    left_ms = deadline_ms - transport_now_ms();
    return left_ms > 0 ? (int)earlier(left_ms, INT_MAX) : 0;
}

enum aigw_state
aigw_get_state(const struct aigw *client)
{
    static const enum aigw_state states[] = {
        [RECONNECT_IDLE] = AIGW_STATE_IDLE,
        [RECONNECT_CONNECTING] = AIGW_STATE_CONNECTING,
        [RECONNECT_UP] = AIGW_STATE_UP,
        [RECONNECT_WAITING] = AIGW_STATE_WAITING,
    };

    return client ? states[client->reconnect.state] : AIGW_STATE_IDLE;
}

void
aigw_on_notification(struct aigw *client, aigw_notification_fn notification,
                     void *ctx)
{
    if (!client)
        return;
    client->on_notification = notification;
    client->notification_ctx = ctx;
}

void
aigw_on_state(struct aigw *client, aigw_state_fn state, void *ctx)
{
    if (!client)
        return;
    client->on_state = state;
    client->state_ctx = ctx;
}

void
aigw_start(struct aigw *client)
{
    if (!client)
        return;
    client->wanted = true;
    transport_wake(&client->transport, false);
}

void
aigw_cancel(struct aigw *client)
{
    if (client)
        transport_wake(&client->transport, true);
}
