/*
 * admin.c - the control endpoints; see admin.h.
 */
#include "admin.h"

#include "base/mem.h"
#include "mock.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ADDED_MAX = 256
};

/* Faults parsed so far; they are added only if all are good. */
struct batch {
    struct fault *faults[ADDED_MAX];
    size_t n;
    char culprit[64]; /* Not empty: what was wrong. */
};

bool
admin_wants(const struct http_request *r)
{
    return r->path.size >= 8 && memcmp(r->path.data, "/__mock/", 8) == 0;
}

static void
reply(struct http_conn *c, const struct http_request *r, int status,
      const char *text)
{
    char head[256];
    int n = snprintf(head, sizeof(head),
                     "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n"
                     "Content-Length: %zu\r\n%s\r\n",
                     status, status == 200 ? "OK" : "Error", strlen(text),
                     r->keep_alive ? "" : "Connection: close\r\n");

    http_conn_write(c, head, (size_t)n);
    http_conn_write(c, text, strlen(text));
    http_conn_finish(c, r->keep_alive);
}

/* Drops the reference to `value`. */
static void
reply_json(struct http_conn *c, const struct http_request *r, int status,
           json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);

    json_decref(value);
    reply(c, r, text != NULL ? status : 500, text != NULL ? text : "{}");
    free(text);
}

static void
push(struct batch *b, struct fault *f)
{
    if (b->n == ADDED_MAX) {
        fault_unref(f);
        (void)snprintf(b->culprit, sizeof(b->culprit), "too many at once");
        return;
    }
    b->faults[b->n++] = f;
}

static void
parse_line(struct batch *b, const char *line)
{
    struct fault *f = fault_parse(line, b->culprit);

    if (f != NULL) {
        push(b, f);
    }
}

static void
parse_lines(struct batch *b, const char *text)
{
    while (*text != '\0' && b->culprit[0] == '\0') {
        size_t size = strcspn(text, "\r\n");
        char *line = strndup(text, size);

        if (line == NULL) {
            abort();
        }
        if (size > 0) {
            parse_line(b, line);
        }
        free(line);
        text += size + (text[size] != '\0');
    }
}

static int
assign_scalar(struct fault *f, const char *key, const json_t *value)
{
    char *text;
    int status;

    if (json_is_string(value)) {
        return fault_assign(f, key, json_string_value(value));
    }
    if (json_is_boolean(value)) {
        return fault_assign(f, key, json_is_true(value) ? "1" : "0");
    }
    text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(10));
    status = text != NULL ? fault_assign(f, key, text) : -1;
    free(text);
    return status;
}

static int
assign_json(struct fault *f, const char *key, const json_t *value)
{
    size_t i;
    const json_t *item;

    if (!json_is_array(value)) {
        return assign_scalar(f, key, value);
    }
    json_array_foreach (value, i, item) {
        if (assign_scalar(f, key, item) != 0) {
            return -1;
        }
    }
    return 0;
}

static void
parse_object(struct batch *b, json_t *object)
{
    struct fault *f = fault_new();
    const char *key;
    json_t *value;

    json_object_foreach (object, key, value) {
        if (assign_json(f, key, value) != 0) {
            (void)snprintf(b->culprit, sizeof(b->culprit), "%.60s", key);
            fault_unref(f);
            return;
        }
    }
    if (!fault_is_complete(f)) {
        (void)snprintf(b->culprit, sizeof(b->culprit), "no kind");
        fault_unref(f);
        return;
    }
    push(b, f);
}

static void
parse_json(struct batch *b, json_t *root)
{
    size_t i;
    json_t *item;

    if (json_is_object(root)) {
        parse_object(b, root);
    }
    json_array_foreach (root, i, item) {
        if (b->culprit[0] == '\0') {
            parse_object(b, item);
        }
    }
}

static void
parse_faults(struct batch *b, struct http_text body)
{
    json_t *root = json_loadb(body.data, body.size, 0, NULL);
    char *text;

    memset(b, 0, sizeof(*b));
    if (root != NULL) {
        parse_json(b, root);
        json_decref(root);
        return;
    }
    text = strndup(body.data, body.size);
    parse_lines(b, text != NULL ? text : "");
    free(text);
}

static void
add_faults(struct mock *m, struct http_conn *c, const struct http_request *r)
{
    struct batch b;
    json_t *ids;

    parse_faults(&b, r->body);
    if (b.culprit[0] != '\0') {
        for (size_t i = 0; i < b.n; i++) {
            fault_unref(b.faults[i]);
        }
        reply_json(c, r, 400,
                   json_pack("{s:s+}", "error", "bad fault: ", b.culprit));
        return;
    }
    ids = json_array();
    for (size_t i = 0; i < b.n; i++) {
        json_array_append_new(ids,
                              json_integer(mock_add_fault(m, b.faults[i])));
    }
    reply_json(c, r, 200, json_pack("{s:o}", "ids", ids));
}

static void
list_faults(struct mock *m, struct http_conn *c, const struct http_request *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->faults.n; i++) {
        struct fault *f = m->faults.items[i];

        json_array_append_new(
            list, json_pack("{s:i, s:s, s:I, s:I, s:b}", "id", (int)f->id,
                            "spec", bytes_cstr(&f->spec), "seen",
                            (json_int_t)f->seen, "fired", (json_int_t)f->fired,
                            "expired", fault_is_expired(f)));
    }
    reply_json(c, r, 200, json_pack("{s:o}", "faults", list));
}

static void
remove_faults(struct mock *m, struct http_conn *c, const struct http_request *r)
{
    char *id = http_request_query(r, "id");

    mock_remove_faults(m, id != NULL ? (unsigned)strtoul(id, NULL, 10) : 0);
    free(id);
    reply(c, r, 200, "{\"ok\":true}");
}

static void
show_stats(struct mock *m, struct http_conn *c, const struct http_request *r)
{
    char *prompt = http_request_query(r, "prompt");

    reply_json(c, r, 200,
               prompt != NULL ? stats_prompt_json(&m->stats, prompt)
                              : stats_json(&m->stats, &m->server.counters));
    free(prompt);
}

static void
reset(struct mock *m, struct http_conn *c, const struct http_request *r)
{
    struct http_counters *counters = &m->server.counters;

    mock_remove_faults(m, 0);
    stats_deinit(&m->stats);
    stats_init(&m->stats);
    rng_init(&m->faults.rng, m->options->seed);
    *counters = (struct http_counters){
        .connections_open = counters->connections_open,
        .bytes_queued = counters->bytes_queued,
    };
    reply(c, r, 200, "{\"ok\":true}");
}

static const struct {
    const char *method;
    const char *path;
    void (*handle)(struct mock *m, struct http_conn *c,
                   const struct http_request *r);
} routes[] = {
    {"POST", "/__mock/faults", add_faults},
    {"GET", "/__mock/faults", list_faults},
    {"DELETE", "/__mock/faults", remove_faults},
    {"GET", "/__mock/stats", show_stats},
    {"POST", "/__mock/reset", reset},
};

void
admin_request(struct mock *m, struct http_conn *c, const struct http_request *r)
{
    for (size_t i = 0; i < array_count(routes); i++) {
        if (http_text_equals(r->method, routes[i].method)
            && http_text_equals(r->path, routes[i].path)) {
            routes[i].handle(m, c, r);
            return;
        }
    }
    reply(c, r, 404, "{\"error\":\"no such control endpoint\"}");
}
