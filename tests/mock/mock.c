/*
 * mock.c - sorts requests to their endpoints; see mock.h.
 */
#include "mock.h"

#include "admin.h"
#include "base/clock.h"
#include "base/mem.h"
#include "canned_error.h"
#include "endpoints.h"
#include "exchange.h"
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCRATCH_MAX = 1 << 28,
    EXIT_CANNOT_BIND = 1,
    EXIT_USAGE = 64
};

static const struct {
    const char *method;
    const char *suffix;
    enum fault_path path;
} routes[] = {
    {"POST", "/chat/completions", FAULT_PATH_CHAT},
    {"POST", "/embeddings", FAULT_PATH_EMBEDDINGS},
    {"GET", "/models", FAULT_PATH_MODELS},
};

static enum fault_path
route(const struct http_request *r)
{
    for (size_t i = 0; i < array_count(routes); i++) {
        if (http_text_equals(r->method, routes[i].method)
            && http_text_ends_with(r->path, routes[i].suffix)) {
            return routes[i].path;
        }
    }
    return FAULT_PATH_OTHER;
}

static void
reply_canned(struct exchange *x, int status, const char *message)
{
    const struct canned_error *canned = canned_error_by_status(status);
    struct render_error error = {
        .shape = ERROR_OPENAI,
        .status = status,
        .type = canned->type,
        .code = message != NULL ? NULL : canned->code,
        .message = message != NULL ? message : canned->message,
    };

    exchange_reply_error(x, &error);
}

static const char *
bearer_key(const struct exchange *x)
{
    return strncmp(x->authorization, "Bearer ", 7) == 0 ? x->authorization + 7
                                                        : "";
}

/* "until-MS": milliseconds since 1970. */
static bool
is_timely(const char *key)
{
    static const char prefix[] = "until-";
    size_t n = sizeof(prefix) - 1;

    return strncmp(key, prefix, n) == 0
           && strtoll(key + n, NULL, 10) > clock_wall_ms();
}

static bool
is_authorized(const struct exchange *x)
{
    const struct options *o = x->mock->options;

    if (o->timed_keys) {
        return is_timely(bearer_key(x));
    }
    for (unsigned i = 0; i < o->n_keys; i++) {
        if (strcmp(o->keys[i], bearer_key(x)) == 0) {
            return true;
        }
    }
    return o->n_keys == 0;
}

static void
answer(struct exchange *x)
{
    switch (x->path) {
    case FAULT_PATH_CHAT:
        endpoint_chat(x);
        break;
    case FAULT_PATH_EMBEDDINGS:
        endpoint_embeddings(x);
        break;
    case FAULT_PATH_MODELS:
        endpoint_models(x);
        break;
    case FAULT_PATH_ALL:
    case FAULT_PATH_OTHER:
        reply_canned(x, 404, "Unknown request URL.");
        break;
    }
}

static void
match_faults(struct exchange *x)
{
    struct mock *m = x->mock;
    struct fault_query query = {
        .path = x->path,
        .prompt = x->request.prompt != NULL ? x->request.prompt : "",
        .auth = bearer_key(x),
        .stream = x->request.stream,
        .reused = x->conn->requests > 1,
        .at_once = m->answering,
        .continuation = chat_request_continues(&x->request),
        .prefilled = x->request.prefilled,
    };

    x->delay_ms = m->options->latency_ms;
    fault_set_match(&m->faults, &query, &x->hits);
    exchange_modify(x);
}

/* Kinds whose own meaning of `ms` is not a delay of the headers. */
static bool
uses_ms(enum fault_kind kind)
{
    return kind == FAULT_STALL || kind == FAULT_DRIP || kind == FAULT_PINGS;
}

static void
apply_action(struct exchange *x)
{
    const struct fault *f = x->hits.action;

    if (f == NULL) {
        return;
    }
    bytes_append(&x->headers, f->headers.data, f->headers.size);
    if (f->ms != FAULT_UNSET && !uses_ms(f->kind)) {
        x->delay_ms += f->ms;
    }
}

static void
begin(struct exchange *x)
{
    if (!is_authorized(x)) {
        reply_canned(x, 401, NULL);
        return;
    }
    match_faults(x);
    apply_action(x);
    if (x->delay_ms > 0) {
        exchange_wait(x, x->delay_ms, answer);
    } else {
        answer(x);
    }
}

static char *
copy_text(const struct http_text *text)
{
    char *copy = mem_new((text != NULL ? text->size : 0) + 1);

    if (text != NULL) {
        memcpy(copy, text->data, text->size);
    }
    return copy;
}

/* 0, or -1 if the body is no chat request. */
static int
read_request(struct exchange *x, const struct http_request *r)
{
    if (x->path == FAULT_PATH_CHAT) {
        if (chat_request_parse(r->body, &x->request) != 0) {
            return -1;
        }
        stats_send(&x->mock->stats, x->request.prompt, x->authorization);
        x->counted = true;
        stats_at_once(&x->mock->stats, ++x->mock->answering);
        return 0;
    }
    x->input = copy_text(&r->body);
    x->input_size = r->body.size;
    return 0;
}

static void
on_request(void *ctx, struct http_conn *c, const struct http_request *r)
{
    struct mock *m = ctx;
    struct exchange *x;

    if (admin_wants(r)) {
        admin_request(m, c, r);
        return;
    }
    x = exchange_new(m, c);
    x->path = route(r);
    x->keep_alive = r->keep_alive;
    x->authorization = copy_text(http_request_header(r, "authorization"));
    m->stats.requests[x->path]++;
    stats_request(&m->stats, r);
    if (read_request(x, r) != 0) {
        reply_canned(x, 400,
                     "We could not parse the JSON body of your request.");
    } else {
        begin(x);
    }
}

static void
on_drained(void *ctx, struct http_conn *c)
{
    struct exchange *x = c->user;

    (void)ctx;
    if (x != NULL && x->awaits_drain) {
        x->awaits_drain = false;
        x->resume(x);
    }
}

static void
on_gone(void *ctx, struct http_conn *c)
{
    (void)ctx;
    if (c->user != NULL) {
        exchange_abandon(c->user);
    }
}

static bool
on_accept(void *ctx)
{
    struct mock *m = ctx;

    return fault_set_accepts(&m->faults);
}

static bool
on_admin_accept(void *ctx)
{
    (void)ctx;
    return true;
}

static const struct http_server_ops provider_ops = {
    .accept = on_accept,
    .request = on_request,
    .drained = on_drained,
    .gone = on_gone,
};

static const struct http_server_ops admin_ops = {
    .accept = on_admin_accept,
    .request = on_request,
    .drained = on_drained,
    .gone = on_gone,
};

static void
on_refusal_over(uv_timer_t *timer)
{
    struct mock *m = timer->data;

    mock_remove_faults(m, m->refusal_id);
}

unsigned
mock_add_fault(struct mock *m, struct fault *f)
{
    unsigned id = fault_set_add(&m->faults, f);

    if (f->kind != FAULT_REFUSE) {
        return id;
    }
    http_server_pause(&m->server);
    if (f->ms > 0) {
        m->refusal_id = id;
        uv_timer_start(&m->refusal, on_refusal_over, (uint64_t)f->ms, 0);
    }
    return id;
}

void
mock_remove_faults(struct mock *m, unsigned id)
{
    fault_set_remove(&m->faults, id);
    if (fault_set_refuses(&m->faults)) {
        return;
    }
    if (http_server_open(&m->server) != 0) {
        (void)fprintf(stderr, "aigw-mock: cannot listen again\n");
    }
}

static int
start_tls(struct mock *m)
{
    const struct tls_options tls = {
        .cert_file = m->options->tls_cert,
        .key_file = m->options->tls_key,
        .max = m->options->tls_max,
        .alpn = "http/1.1",
    };

    if (m->options->tls_cert == NULL) {
        return 0;
    }
    m->server.tls = tls_context_new(&tls);
    return m->server.tls != NULL ? 0 : -1;
}

static int
open_server(struct http_server *s, const char *what)
{
    int status = http_server_open(s);

    if (status != 0) {
        (void)fprintf(stderr, "aigw-mock: cannot listen: %s\n",
                      uv_strerror(status));
        return EXIT_CANNOT_BIND;
    }
    (void)printf("%s on %s:%d\n", what, "127.0.0.1", http_server_port(s));
    return 0;
}

static int
open_servers(struct mock *m)
{
    int status = open_server(&m->server, "listening");

    if (status == 0 && m->options->admin != NULL) {
        status = open_server(&m->admin, "admin");
    }
    (void)fflush(stdout);
    return status;
}

static void
init_state(struct mock *m)
{
    fault_set_init(&m->faults, m->options->seed);
    stats_init(&m->stats);
    bytes_init(&m->out, SCRATCH_MAX);
    bytes_init(&m->body, SCRATCH_MAX);
    uv_timer_init(m->loop, &m->refusal);
    m->refusal.data = m;
}

int
mock_start(struct mock *m, uv_loop_t *loop, const struct options *options)
{
    const char *admin = options->admin != NULL ? options->admin : "127.0.0.1:0";
    int status;

    memset(m, 0, sizeof(*m));
    m->loop = loop;
    m->options = options;
    init_state(m);
    if (http_server_init(&m->server, loop, options->listen) != 0
        || http_server_init(&m->admin, loop, admin) != 0 || start_tls(m) != 0) {
        return EXIT_USAGE;
    }
    m->server.ops = &provider_ops;
    m->server.ctx = m;
    m->admin.ops = &admin_ops;
    m->admin.ctx = m;
    status = open_servers(m);
    for (unsigned i = 0; i < options->n_faults; i++) {
        mock_add_fault(m, options->faults[i]);
    }
    return status;
}

void
mock_stop(struct mock *m)
{
    http_server_close(&m->server);
    http_server_close(&m->admin);
    uv_close((uv_handle_t *)&m->refusal, NULL);
}

void
mock_deinit(struct mock *m)
{
    fault_set_remove(&m->faults, 0);
    stats_deinit(&m->stats);
    bytes_deinit(&m->out);
    bytes_deinit(&m->body);
    tls_context_free(m->server.tls);
}
