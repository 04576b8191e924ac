#include "core/dialect_openai.h"

#include "base/mem.h"
#include "core/dialect_openai_parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct openai_parser *
parser_of(struct dialect_parser *p)
{
    return container_of(p, struct openai_parser, base);
}

static void
parser_free(struct dialect_parser *base)
{
    struct openai_parser *p;

    if (!base)
        return;
    p = parser_of(base);
    sse_deinit(&p->sse);
    bytes_deinit(&p->carry.joined);
    bytes_deinit(&p->body);
    bytes_deinit(&p->text);
    bytes_deinit(&p->delta);
    if (p->key) {
        mem_wipe(p->key, strlen(p->key));
        free(p->key);
    }
    free(p);
}

static struct dialect_parser *
parser_new(const struct dialect_params *params)
{
    struct openai_parser *p = calloc(1, sizeof(*p));
    size_t max = params->response_max_bytes;

    if (!p)
        return NULL;
    p->params = *params;
    p->params.key = NULL;
    sse_init(&p->sse, SSE_LINE_MAX_BYTES, SSE_EVENT_MAX_BYTES);
    bytes_init(&p->carry.joined, SSE_EVENT_MAX_BYTES + OPENAI_CARRY_SIZE);
    bytes_init(&p->body, max);
    bytes_init(&p->text, max);
    /* What is mended or escaped anew can grow to six times its size. */
    bytes_init(&p->delta, max * 6 + 64);
    if (params->key && *params->key) {
        p->key = strdup(params->key);
        if (!p->key) {
            parser_free(&p->base);
            return NULL;
        }
    }
    return &p->base;
}

static bool
is_success(const struct openai_parser *p)
{
    return p->http_status >= 200 && p->http_status <= 299;
}

static void
parser_head(struct dialect_parser *base, const struct dialect_head *head)
{
    struct openai_parser *p = parser_of(base);
    const char *type = head->content_type ? head->content_type : "";

    p->http_status = head->http_status;
    p->html = strncasecmp(type, "text/html", 9) == 0;
    p->event_stream = strncasecmp(type, "text/event-stream", 17) == 0;
    if (!is_success(p) && p->body.max > DIALECT_ERROR_MAX_BYTES)
        p->body.max = DIALECT_ERROR_MAX_BYTES;
}

/* Blanks before the body: what DeepSeek sends to keep a connection alive
 * while it thinks, or the byte order mark of an event stream. */
static size_t
count_blanks(const char *data, size_t size)
{
    size_t n = 0;

    while (n < size && data[n] && strchr(" \t\r\n\xef\xbb\xbf", data[n]))
        n++;
    return n;
}

/* The first byte tells more than the content type: errors arrive as event
 * streams, event streams as text, and answers as octet-stream. */
static enum openai_mode
mode_for(const struct openai_parser *p, char first)
{
    if (!is_success(p) || p->html || first == '{' || first == '['
        || first == '<')
        return OPENAI_WHOLE;
    return p->params.streamed || p->event_stream ? OPENAI_STREAM : OPENAI_WHOLE;
}

static int
collect(struct openai_parser *p, const char *data, size_t size)
{
    size_t room = p->body.max - p->body.size;

    if (!is_success(p) && size > room)
        size = room;
    return bytes_append(&p->body, data, size);
}

static int
take(struct openai_parser *p, const char *data, size_t size)
{
    size_t blanks = 0;
    int status = 0;

    if (size > p->params.response_max_bytes - p->received)
        return AIGW_ETOOBIG;
    p->received += size;
    if (p->mode == OPENAI_UNDECIDED) {
        blanks = count_blanks(data, size);
        if (blanks < size)
            p->mode = mode_for(p, data[blanks]);
        if (blanks > 0)
            status = openai_emit_kind(p, DIALECT_PING);
    }
    if (status < 0 || blanks == size)
        return status;
    if (p->mode == OPENAI_STREAM)
        return openai_stream_feed(p, data + blanks, size - blanks);
    return collect(p, data + blanks, size - blanks);
}

static int
remember(struct openai_parser *p, int status)
{
    if (status == AIGW_ETOOBIG)
        p->base.facts.defect = ANSWER_DEFECT_TOO_BIG;
    p->status = status;
    return status;
}

static int
parser_feed(struct dialect_parser *base, const char *data, size_t size,
            dialect_event_fn on_event, void *ctx)
{
    struct openai_parser *p = parser_of(base);

    if (p->status < 0)
        return p->status;
    p->on_event = on_event;
    p->ctx = ctx;
    return remember(p, take(p, data, size));
}

static int
parser_finish(struct dialect_parser *base, bool clean,
              dialect_event_fn on_event, void *ctx)
{
    struct openai_parser *p = parser_of(base);

    if (p->status < 0)
        return p->status;
    p->on_event = on_event;
    p->ctx = ctx;
    switch (p->mode) {
    case OPENAI_UNDECIDED:
        if (clean && is_success(p))
            p->base.facts.defect = ANSWER_DEFECT_EMPTY;
        return 0;
    case OPENAI_STREAM:
        if (clean)
            openai_stream_finish(p);
        return 0;
    case OPENAI_WHOLE:
        break;
    }
    return remember(p, openai_whole_finish(p, clean));
}

static const struct dialect_facts *
parser_facts(const struct dialect_parser *base)
{
    return &base->facts;
}

int
openai_emit(struct openai_parser *p, const struct dialect_event *event)
{
    return p->on_event(p->ctx, event);
}

int
openai_emit_kind(struct openai_parser *p, enum dialect_event_kind kind)
{
    return openai_emit(p, &(struct dialect_event){.kind = kind});
}

const struct dialect dialect_openai = {
    .name = "openai",
    .build_chat = openai_build_chat,
    .build_embed = openai_build_embed,
    .build_probe = openai_build_probe,
    .parser_new = parser_new,
    .parser_head = parser_head,
    .parser_feed = parser_feed,
    .parser_finish = parser_finish,
    .parser_facts = parser_facts,
    .parser_free = parser_free,
};
