/*
 * stats_json.c - shows the mock's books; see stats.h.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "fault.h"
#include "stats.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static json_t *
requests_json(const struct stats *s)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "chat",
                     (json_int_t)s->requests[FAULT_PATH_CHAT], "embeddings",
                     (json_int_t)s->requests[FAULT_PATH_EMBEDDINGS], "models",
                     (json_int_t)s->requests[FAULT_PATH_MODELS], "other",
                     (json_int_t)s->requests[FAULT_PATH_OTHER]);
}

static json_t *
responses_json(const struct stats *s)
{
    json_t *object = json_object();

    for (int i = 0; i < STATS_STATUSES; i++) {
        char status[16];

        (void)snprintf(status, sizeof(status), "%d", i);
        if (s->responses[i] > 0) {
            json_object_set_new(object, status, json_integer(s->responses[i]));
        }
    }
    return object;
}

static json_t *
sends_json(const struct stats *s)
{
    json_t *array = json_array();
    int64_t first = s->sends > STATS_SENDS ? s->sends - STATS_SENDS : 0;

    for (int64_t i = first; i < s->sends; i++) {
        json_array_append_new(array,
                              json_integer(s->sends_mono_ms[i % STATS_SENDS]));
    }
    return array;
}

static json_t *
authorizations_json(const struct stats *s)
{
    json_t *object = json_object();

    for (size_t i = 0; i < s->n_auths; i++) {
        json_object_set_new(object, s->auths[i].value,
                            json_integer(s->auths[i].sends));
    }
    return object;
}

/* Text from the wire need not be UTF-8, which jansson insists on. */
static json_t *
text_json(const char *data, size_t size)
{
    json_t *text = json_stringn(data, size);

    return text != NULL ? text : json_string("(not UTF-8)");
}

/* `line` is "Name:value". */
static void
add_header(json_t *headers, const char *line, size_t size)
{
    const char *colon = memchr(line, ':', size);
    char name[128];
    size_t name_size = (size_t)(colon - line);

    if (name_size >= sizeof(name)) {
        return;
    }
    for (size_t i = 0; i < name_size; i++) {
        name[i] = (char)tolower((unsigned char)line[i]);
    }
    name[name_size] = '\0';
    json_object_set_new(headers, name,
                        text_json(colon + 1, size - name_size - 1));
}

/* `last` holds the method, the path and then the headers, one a line. */
static json_t *
last_json(const struct stats *s)
{
    json_t *last = json_object();
    json_t *headers = json_object();
    const char *at = s->last.data;
    const char *end = at + s->last.size;
    int line = 0;

    while (at < end) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)(eol - at);

        if (line < 2) {
            json_object_set_new(last, line == 0 ? "method" : "path",
                                text_json(at, size));
        } else {
            add_header(headers, at, size);
        }
        line++;
        at = eol + 1;
    }
    json_object_set_new(last, "headers", headers);
    json_object_set_new(
        last, "body",
        text_json(s->last_body.size > 0 ? s->last_body.data : "",
                  s->last_body.size));
    return last;
}

static void
set_integer(json_t *object, const char *key, int64_t value)
{
    json_object_set_new(object, key, json_integer(value));
}

json_t *
stats_json(const struct stats *s, const struct http_counters *http)
{
    json_t *root = json_object();

    set_integer(root, "sends", s->sends);
    json_object_set_new(root, "requests", requests_json(s));
    json_object_set_new(root, "responses", responses_json(s));
    set_integer(root, "most_at_once", s->most_at_once);
    set_integer(root, "streams", s->streams);
    set_integer(root, "aborted", s->aborted);
    set_integer(root, "billed", s->billed);
    set_integer(root, "prompt_tokens", s->prompt_tokens);
    set_integer(root, "completion_tokens", s->completion_tokens);
    set_integer(root, "bill_nanousd", s->bill_nanousd);
    set_integer(root, "connections_open", http->connections_open);
    set_integer(root, "connections_total", http->connections_total);
    set_integer(root, "tls_handshakes", http->tls_handshakes);
    set_integer(root, "tls_failures", http->tls_failures);
    set_integer(root, "http_bytes", http->bytes_received);
    set_integer(root, "bytes_sent", http->bytes_sent);
    set_integer(root, "write_queue_bytes", http->bytes_queued);
    json_object_set_new(root, "sends_mono_ms", sends_json(s));
    set_integer(root, "now_mono_ms", clock_mono_ms());
    set_integer(root, "last_abort_mono_ms", s->last_abort_mono_ms);
    set_integer(root, "last_abort_tokens", s->last_abort_tokens);
    json_object_set_new(root, "authorizations", authorizations_json(s));
    set_integer(root, "prompts", (int64_t)s->n_prompts);
    json_object_set_new(root, "last", last_json(s));
    return root;
}
