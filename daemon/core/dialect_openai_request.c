#include "core/dialect_openai_parts.h"

#include "base/mem.h"
#include "proto/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    /* Beyond what the caller gave: names, model, limits. */
    BODY_OVERHEAD_BYTES = 4096,
};

/* A request being put together; nothing is added after the first failure. */
struct build {
    struct bytes body;
    int status;
};

static void
put(struct build *b, const char *text)
{
    if (b->status == 0)
        b->status = bytes_append_str(&b->body, text);
}

static void
put_slice(struct build *b, struct json_slice slice)
{
    if (b->status == 0)
        b->status = bytes_append(&b->body, slice.text, slice.size);
}

static void
put_extra(struct build *b, struct json_slice members)
{
    if (members.size == 0)
        return;
    put(b, ",");
    put_slice(b, members);
}

static const char OPENAI[] = "https://api.openai.com/";

static void
put_model(struct build *b, const char *model)
{
    put(b, "{\"model\":");
    if (b->status == 0)
        b->status = json_append_cstr(&b->body, model);
}

/* The newer key at OpenAI, whose reasoning models refuse the older one; that
 * is the one that everybody else knows. */
static enum chat_limit_key
usual_key(const struct dialect_target *target)
{
    if (target->usual_max_tokens <= 0)
        return CHAT_LIMIT_NONE;
    return strncmp(target->base_url, OPENAI, strlen(OPENAI)) == 0
               ? CHAT_LIMIT_MAX_COMPLETION_TOKENS
               : CHAT_LIMIT_MAX_TOKENS;
}

static void
put_limits(struct build *b, const struct chat_request *request,
           const struct dialect_target *target)
{
    enum chat_limit_key key = request->limit_key;
    int64_t limit = request->max_tokens;

    if (request->has_temperature) {
        put(b, ",\"temperature\":");
        if (b->status == 0)
            b->status = json_append_double(&b->body, request->temperature);
    }
    if (key == CHAT_LIMIT_NONE) {
        key = usual_key(target);
        limit = target->usual_max_tokens;
    }
    if (key == CHAT_LIMIT_NONE)
        return;
    if (target->max_tokens > 0 && limit > target->max_tokens)
        limit = target->max_tokens;
    put(b, key == CHAT_LIMIT_MAX_TOKENS ? ",\"max_tokens\":"
                                        : ",\"max_completion_tokens\":");
    if (b->status == 0)
        b->status = json_append_int(&b->body, limit);
}

/* The usage is always wanted: it is what the answer cost. */
static void
put_stream(struct build *b, const struct chat_request *request)
{
    put(b, ",\"stream\":true,\"stream_options\":{\"include_usage\":true");
    put_extra(b, request->stream_extra);
    put(b, "}");
}

/* The path goes before a query string that the base may end in, such as the
 * api-version of Azure. */
static char *
make_url(const char *base, const char *path)
{
    size_t stem = strcspn(base, "?");
    size_t size = strlen(base) + strlen(path) + 1;
    const char *query = base + stem;
    char *url = malloc(size);

    while (stem > 0 && base[stem - 1] == '/')
        stem--;
    if (url)
        (void)snprintf(url, size, "%.*s%s%s", (int)stem, base, path, query);
    return url;
}

/* Azure takes a key in a header of its own. */
static bool
is_azure(const char *base)
{
    size_t host_end = 0;
    const char *host = strstr(base, "://");
    const char *mark;

    host = host ? host + 3 : base;
    host_end = strcspn(host, "/?");
    mark = strstr(host, ".openai.azure.com");
    return mark && (size_t)(mark - host) < host_end;
}

static bool
is_configured(const struct dialect_target *target, const char *name)
{
    for (size_t i = 0; i < target->n_headers; i++)
        if (strcasecmp(target->headers[i].name, name) == 0)
            return true;
    return false;
}

static int
add_header(struct dialect_http *http, struct bytes *block, const char *name,
           const char *value)
{
    struct dialect_header *header = &http->headers[http->n_headers];

    if (http->n_headers == DIALECT_MAX_HEADERS)
        return AIGW_ETOOBIG;
    header->name = block->data + block->size;
    (void)bytes_append(block, name, strlen(name) + 1);
    header->value = block->data + block->size;
    (void)bytes_append(block, value, strlen(value) + 1);
    http->n_headers++;
    return 0;
}

/* What the headers need, so that they are written into one block that never
 * moves: a copy that was left behind would not be wiped. */
static size_t
header_room(const struct dialect_target *target)
{
    size_t room = 256 + (target->key ? strlen(target->key) : 0);

    for (size_t i = 0; i < target->n_headers; i++)
        room += strlen(target->headers[i].name)
                + strlen(target->headers[i].value) + 2;
    return room;
}

static int
add_key(struct dialect_http *http, struct bytes *block,
        const struct dialect_target *target)
{
    bool azure = is_azure(target->base_url);
    const char *name = azure ? "api-key" : "Authorization";
    const char *scheme = azure ? "" : "Bearer ";
    size_t size;
    char *value;
    int status;

    if (!target->key || is_configured(target, name))
        return 0;
    size = strlen(scheme) + strlen(target->key) + 1;
    value = malloc(size);
    if (!value)
        return AIGW_ENOMEM;
    (void)snprintf(value, size, "%s%s", scheme, target->key);
    status = add_header(http, block, name, value);
    mem_wipe(value, size);
    free(value);
    return status;
}

static int
add_headers(struct dialect_http *http, struct bytes *block,
            const struct dialect_target *target, const char *accept)
{
    int status = add_key(http, block, target);

    if (status == 0 && !is_configured(target, "Accept"))
        status = add_header(http, block, "Accept", accept);
    if (status == 0 && http->body && !is_configured(target, "Content-Type"))
        status = add_header(http, block, "Content-Type", "application/json");
    for (size_t i = 0; i < target->n_headers && status == 0; i++)
        status = add_header(http, block, target->headers[i].name,
                            target->headers[i].value);
    return status;
}

static int
address(struct dialect_http *http, const struct dialect_target *target,
        const char *path, const char *accept)
{
    struct bytes block;
    size_t room = header_room(target);
    int status = AIGW_ENOMEM;

    http->method = http->body ? "POST" : "GET";
    http->url = make_url(target->base_url, path);
    bytes_init(&block, room);
    if (http->url && bytes_reserve(&block, room)) {
        status = add_headers(http, &block, target, accept);
        http->header_block = block.block;
        http->header_block_size = block.size;
    }
    if (status < 0)
        dialect_http_deinit(http);
    return status;
}

/* Hands the body over to `ret_http` and adds the rest. */
static int
complete(struct build *b, const struct dialect_target *target, const char *path,
         const char *accept, struct dialect_http *ret_http)
{
    struct dialect_http http = {0};
    int status = b->status;

    if (status == 0) {
        http.body = bytes_take(&b->body, &http.body_size);
        status = http.body ? address(&http, target, path, accept) : AIGW_ENOMEM;
    }
    bytes_deinit(&b->body);
    if (status == 0)
        *ret_http = http;
    return status;
}

int
openai_build_chat(const struct chat_request *request,
                  const struct dialect_target *target, bool streamed,
                  struct dialect_http *ret_http)
{
    struct build b = {.status = 0};

    bytes_init(&b.body, request->messages.size + request->extra.size
                            + request->stream_extra.size
                            + strlen(target->model) * 6 + BODY_OVERHEAD_BYTES);
    put_model(&b, target->model);
    put(&b, ",\"messages\":");
    put_slice(&b, request->messages);
    put_extra(&b, request->extra);
    put_limits(&b, request, target);
    if (streamed)
        put_stream(&b, request);
    put(&b, "}");
    return complete(&b, target, "/chat/completions",
                    streamed ? "text/event-stream" : "application/json",
                    ret_http);
}

int
openai_build_embed(const struct embed_request *request,
                   const struct dialect_target *target,
                   struct dialect_http *ret_http)
{
    struct build b = {.status = 0};

    bytes_init(&b.body, request->input.size + request->extra.size
                            + strlen(target->model) * 6 + BODY_OVERHEAD_BYTES);
    put_model(&b, target->model);
    put(&b, ",\"input\":");
    put_slice(&b, request->input);
    put_extra(&b, request->extra);
    put(&b, "}");
    return complete(&b, target, "/embeddings", "application/json", ret_http);
}

int
openai_build_probe(const struct dialect_target *target,
                   struct dialect_http *ret_http)
{
    struct dialect_http http = {0};
    int status = address(&http, target, "/models", "application/json");

    if (status == 0)
        *ret_http = http;
    return status;
}
