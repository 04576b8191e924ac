/*
 * sse_load.c - keeps streamed chat completions in flight at an HTTP server,
 * and measures them; see load.h.  The baseline for rpc_load: the provider
 * itself, or a proxy before it.
 *
 *     sse_load --connect 127.0.0.1:8080 --connections 1000 --stream
 *
 * One call at a time on each connection.  An answer is good if it has all of
 * its tokens and the proof of its end; its text is not decoded.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "chunked.h"
#include "core/sse.h"
#include "load.h"
#include "proto/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_BYTES = 65536,
    REQUEST_BYTES = 4096
};

struct sse_load;

struct connection {
    struct sse_load *owner;
    unsigned call;
    int fd;
    struct chunked http;
    struct sse sse;
    bool done; /* "data: [DONE]" came. */
    char *request;
    size_t request_size;
};

struct sse_load {
    struct load load;
    struct connection *connections;
    char input[READ_BYTES];
};

static const struct load_ops OPS;

static int
connect_to(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *colon = strrchr(text, ':');
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    char host[64];

    if (!colon
        || snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text)
               >= (int)sizeof(host)
        || inet_pton(AF_INET, host, &address.sin_addr) != 1)
        load_die("%s: no address", text);
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (fd < 0
        || connect(fd, (const struct sockaddr *)&address, sizeof(address))
        || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
        load_die("%s: %s", text, strerror(errno));
    return fd;
}

/* What aigwd sends for the same call. */
static void
write_request(const struct load *l, struct connection *c)
{
    char *prompt = load_prompt(l, c->call);
    char *body;
    int body_size = asprintf(
        &body,
        "{\"model\":\"bench\",\"messages\":[{\"role\":\"system\",\"content\":"
        "\"You are a helpful AI assistant.\"},{\"role\":\"user\",\"content\":"
        "\"%s\"}],\"temperature\":0.7,\"max_tokens\":4096,\"stream\":true,"
        "\"stream_options\":{\"include_usage\":true}}",
        prompt);
    int size =
        body_size < 0
            ? -1
            : asprintf(&c->request,
                       "POST %s/v1/chat/completions HTTP/1.1\r\n"
                       "Host: %s\r\nAccept: text/event-stream\r\n"
                       "Content-Type: application/json\r\n"
                       "Content-Length: %d\r\n\r\n%s",
                       l->options.path, l->options.address, body_size, body);

    if (size < 0)
        load_die("out of memory");
    c->request_size = (size_t)size;
    free(body);
    free(prompt);
}

static int
take_event(void *ctx, const struct sse_event *event)
{
    static const char CONTENT[] = "\"content\":\"";
    struct connection *c = ctx;
    struct load *l = &c->owner->load;
    const char *found =
        memmem(event->data, event->size, CONTENT, sizeof(CONTENT) - 1);

    if (event->size == 6 && memcmp(event->data, "[DONE]", 6) == 0)
        c->done = true;
    else if (found && found[sizeof(CONTENT) - 1] != '"')
        load_token(l, &l->calls[c->call], clock_mono_ns());
    return 0;
}

static void
take_body(void *ctx, const char *data, size_t size)
{
    static const struct sse_ops EVENTS = {.event = take_event};
    struct connection *c = ctx;

    if (sse_feed(&c->sse, data, size, &EVENTS, c))
        load_die("an answer that is no event stream");
}

static void
end_answer(void *ctx, int status)
{
    struct connection *c = ctx;
    struct load *l = &c->owner->load;
    bool good = status == 200 && c->done
                && l->calls[c->call].tokens == l->options.tokens;

    load_end(l, c->call, good, &OPS);
}

static void
begin_call(struct load *l, unsigned call)
{
    struct sse_load *s = container_of(l, struct sse_load, load);
    struct connection *c = &s->connections[call];

    sse_deinit(&c->sse);
    sse_init(&c->sse, SSE_LINE_MAX_BYTES, SSE_EVENT_MAX_BYTES);
    c->done = false;
    load_send(c->fd, c->request, c->request_size);
}

static void
take_input(struct load *l, unsigned i)
{
    static const struct chunked_ops ANSWERS = {.body = take_body,
                                               .end = end_answer};
    struct sse_load *s = container_of(l, struct sse_load, load);
    struct connection *c = &s->connections[i];
    ssize_t n = recv(c->fd, s->input, sizeof(s->input), 0);

    if (n <= 0)
        load_die("the server closed a connection");
    if (chunked_feed(&c->http, s->input, (size_t)n, &ANSWERS, c))
        load_die("the server did not answer in the chunked coding");
}

static const struct load_ops OPS = {.begin = begin_call,
                                    .readable = take_input};

static void
open_connections(struct sse_load *s)
{
    struct load *l = &s->load;

    s->connections = calloc(l->options.connections, sizeof(*s->connections));
    if (!s->connections)
        load_die("out of memory");
    for (unsigned i = 0; i < l->options.connections; i++) {
        struct connection *c = &s->connections[i];

        c->owner = s;
        c->call = i;
        c->fd = connect_to(l->options.address);
        chunked_init(&c->http);
        sse_init(&c->sse, SSE_LINE_MAX_BYTES, SSE_EVENT_MAX_BYTES);
        write_request(l, c);
        load_add(l, c->fd, i);
    }
}

static void
close_connections(struct sse_load *s)
{
    for (unsigned i = 0; i < s->load.options.connections; i++) {
        close(s->connections[i].fd);
        sse_deinit(&s->connections[i].sse);
        free(s->connections[i].request);
    }
    free(s->connections);
}

int
main(int argc, char **argv)
{
    static struct sse_load s;

    load_init(&s.load, argc, argv);
    if (!s.load.options.stream || s.load.options.depth != 1)
        load_die("sse_load needs --stream, and a connection for each call");
    open_connections(&s);
    load_run(&s.load, &OPS);
    load_report(&s.load);
    close_connections(&s);
    load_deinit(&s.load);
    return EXIT_SUCCESS;
}
