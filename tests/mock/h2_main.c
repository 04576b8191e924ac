/*
 * h2_main.c - aigw-mock-h2: an HTTP/2 provider that takes back requests.
 *
 * It answers chat completions like aigw-mock, and on the requests named on
 * the command line sends GOAWAY with a last-stream-id below the request's,
 * RST_STREAM(REFUSED_STREAM), or a whole 429 followed by RST_STREAM.  How many
 * answers it would have charged is told by /__mock/stats of the plain --admin
 * listener, and on SIGUSR1.
 */
#include "base/mem.h"
#include "h2_conn.h"
#include "http_server.h"
#include "tls.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    EXIT_CANNOT_BIND = 1,
    EXIT_USAGE = 64
};

struct program {
    struct h2_server h2;
    struct http_server admin; /* Plain HTTP/1.1. */
    uv_signal_t signals[3];
    const char *listen;
    const char *admin_listen; /* NULL: none. */
    const char *cert;
    const char *key;
};

static const struct option long_options[] = {
    {"listen", required_argument, NULL, 'l'},
    {"admin", required_argument, NULL, 'a'},
    {"tls", required_argument, NULL, 'c'},
    {"goaway", required_argument, NULL, H2_PLAN_GOAWAY},
    {"refuse", required_argument, NULL, H2_PLAN_REFUSE},
    {"reset-after-status", required_argument, NULL, H2_PLAN_RESET_AFTER},
    {NULL, 0, NULL, 0},
};

static void
format_stats(const struct h2_server *s, char *text, size_t size)
{
    (void)snprintf(
        text, size,
        "{\"requests\":%u,\"billed\":%u,\"goaways\":%u,\"refused\":%u,"
        "\"connections\":%u}",
        s->requests, s->billed, s->goaways, s->refused, s->connections);
}

static bool
on_accept(void *ctx)
{
    (void)ctx;
    return true;
}

static void
on_request(void *ctx, struct http_conn *c, const struct http_request *r)
{
    struct program *p = ctx;
    char text[256];
    char head[128];

    format_stats(&p->h2, text, sizeof(text));
    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   strlen(text));
    http_conn_write(c, head, strlen(head));
    http_conn_write(c, text, strlen(text));
    http_conn_finish(c, r->keep_alive);
}

static void
on_nothing(void *ctx, struct http_conn *c)
{
    (void)ctx;
    (void)c;
}

static const struct http_server_ops admin_ops = {
    .accept = on_accept,
    .request = on_request,
    .drained = on_nothing,
    .gone = on_nothing,
};

static void
stop(struct program *p)
{
    h2_server_close(&p->h2);
    http_server_close(&p->admin);
    for (size_t i = 0; i < array_count(p->signals); i++) {
        uv_close((uv_handle_t *)&p->signals[i], NULL);
    }
}

static void
on_signal(uv_signal_t *handle, int number)
{
    struct program *p = handle->data;
    char text[256];

    if (number != SIGUSR1) {
        stop(p);
        return;
    }
    format_stats(&p->h2, text, sizeof(text));
    (void)printf("%s\n", text);
    (void)fflush(stdout);
}

static void
watch_signals(struct program *p, uv_loop_t *loop)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1};

    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < array_count(numbers); i++) {
        uv_signal_init(loop, &p->signals[i]);
        p->signals[i].data = p;
        uv_signal_start(&p->signals[i], on_signal, numbers[i]);
    }
}

static int
read_plan(struct program *p, enum h2_plan plan, const char *text)
{
    unsigned long n = strtoul(text, NULL, 10);

    if (n == 0 || n >= H2_PLANNED_MAX) {
        (void)fprintf(stderr, "aigw-mock-h2: no request number: %s\n", text);
        return -1;
    }
    p->h2.plans[n] = plan;
    return 0;
}

static int
read_option(struct program *p, int name, int argc, char **argv)
{
    switch (name) {
    case 'l':
        p->listen = optarg;
        return 0;
    case 'a':
        p->admin_listen = optarg;
        return 0;
    case 'c':
        p->cert = optarg;
        p->key = optind < argc ? argv[optind++] : NULL;
        return p->key != NULL ? 0 : -1;
    case '?':
        return -1;
    default:
        return read_plan(p, (enum h2_plan)name, optarg);
    }
}

static int
parse_options(struct program *p, int argc, char **argv)
{
    int name;

    p->listen = "127.0.0.1:0";
    while ((name = getopt_long(argc, argv, "+", long_options, NULL)) != -1) {
        if (read_option(p, name, argc, argv) != 0) {
            return -1;
        }
    }
    if (p->cert == NULL || optind < argc) {
        (void)fprintf(stderr, "usage: aigw-mock-h2 --tls CERT KEY [--listen A] "
                              "[--admin A] [--goaway N] [--refuse N] "
                              "[--reset-after-status N]\n");
        return -1;
    }
    return 0;
}

static int
start_admin(struct program *p, uv_loop_t *loop)
{
    if (p->admin_listen == NULL) {
        return 0;
    }
    if (http_server_init(&p->admin, loop, p->admin_listen) != 0) {
        return -1;
    }
    p->admin.ops = &admin_ops;
    p->admin.ctx = p;
    if (http_server_open(&p->admin) != 0) {
        (void)fprintf(stderr, "aigw-mock-h2: cannot listen\n");
        return -1;
    }
    (void)printf("admin on 127.0.0.1:%d\n", http_server_port(&p->admin));
    return 0;
}

static int
start(struct program *p, uv_loop_t *loop)
{
    const struct tls_options tls = {
        .cert_file = p->cert,
        .key_file = p->key,
        .alpn = "h2",
    };
    int port;

    p->h2.tls = tls_context_new(&tls);
    if (p->h2.tls == NULL
        || h2_server_open(&p->h2, loop, p->listen, &port) != 0) {
        return -1;
    }
    (void)printf("listening on 127.0.0.1:%d\n", port);
    if (start_admin(p, loop) != 0) {
        return -1;
    }
    (void)fflush(stdout);
    return 0;
}

int
main(int argc, char **argv)
{
    static struct program program;
    uv_loop_t *loop = uv_default_loop();
    int status;

    if (parse_options(&program, argc, argv) != 0) {
        return EXIT_USAGE;
    }
    watch_signals(&program, loop);
    status = start(&program, loop) == 0 ? 0 : EXIT_CANNOT_BIND;
    if (status != 0) {
        stop(&program);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    tls_context_free(program.h2.tls);
    uv_loop_close(loop);
    return status;
}
