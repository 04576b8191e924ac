#include "core/dialect_openai_parts.h"

#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

/* What comes after the proof that the answer is whole cannot make it less so.
 */
static int
note_malformed(struct openai_parser *p)
{
    if (p->base.facts.terminal)
        return 0;
    p->base.facts.malformed = true;
    return openai_emit_kind(p, DIALECT_MALFORMED);
}

/* "[DONE]" ends a stream.  Where no choice gave a finish reason, there is
 * still no sign that anything is missing; where another one did, there is. */
static bool
is_whole(const struct openai_parser *p)
{
    const struct dialect_facts *facts = &p->base.facts;

    if (openai_choices_ended(p, 1))
        return true;
    return facts->content && (!*facts->finish || p->params.finish_optional);
}

static int
take_done(struct openai_parser *p)
{
    struct dialect_facts *facts = &p->base.facts;
    const char *finish = p->params.finish_optional ? "stop" : "unknown";

    p->over = true;
    facts->done = true;
    facts->terminal |= is_whole(p);
    if (facts->terminal && !*facts->finish)
        (void)snprintf(facts->finish, sizeof(facts->finish), "%s", finish);
    return openai_emit_kind(p, DIALECT_DONE);
}

static int
take_choice(struct openai_parser *p, const json_t *choice)
{
    const json_t *index = json_object_get(choice, "index");
    json_int_t n = json_is_integer(index) ? json_integer_value(index) : 0;
    int status;

    if (n < 0 || n >= CHAT_MAX_CHOICES)
        return 0;
    status =
        openai_choice_content(p, (uint32_t)n, json_object_get(choice, "delta"));
    if (status < 0)
        return status;
    return openai_choice_finish(
        p, (uint32_t)n,
        openai_text_of(json_object_get(choice, "finish_reason")));
}

static int
take_choices(struct openai_parser *p, const json_t *choices)
{
    int status = 0;

    for (size_t i = 0; i < json_array_size(choices) && status == 0; i++)
        status = p->over ? 0 : take_choice(p, json_array_get(choices, i));
    return status;
}

/* Usage stands beside the choices, or where Groq puts it. */
static int
take_usage(struct openai_parser *p, const json_t *chunk)
{
    const json_t *usage = json_object_get(chunk, "usage");

    if (!json_is_object(usage))
        usage = json_object_get(json_object_get(chunk, "x_groq"), "usage");
    return json_is_object(usage) ? openai_report_usage(p, usage) : 0;
}

static int
take_chunk(struct openai_parser *p, const json_t *chunk)
{
    const json_t *choices = json_object_get(chunk, "choices");
    int status;

    if (!json_is_object(chunk))
        return note_malformed(p);
    if (openai_is_error(chunk)) {
        if (p->base.facts.terminal)
            return 0;
        p->over = true;
        return openai_report_error(p, chunk);
    }
    openai_note_names(p, openai_text_of(json_object_get(chunk, "id")),
                      openai_text_of(json_object_get(chunk, "model")));
    status = take_choices(p, choices);
    if (status == 0 && !p->over)
        status = take_usage(p, chunk);
    if (status == 0 && json_array_size(choices) == 0)
        status = openai_emit_kind(p, DIALECT_PING);
    return status;
}

static int
take_tree(struct openai_parser *p, const char *name, struct json_slice data)
{
    json_t *chunk;
    int status = json_parse_lenient(data.text, data.size, &chunk);

    if (status == AIGW_EMALFORMED && strcmp(name, "error") == 0) {
        if (p->base.facts.terminal)
            return 0;
        p->over = true;
        return openai_report_error_text(p, data.text, data.size);
    }
    if (status == AIGW_EMALFORMED)
        return note_malformed(p);
    if (status < 0)
        return status;
    status = take_chunk(p, chunk);
    json_decref(chunk);
    return status;
}

/* The usual chunk, taken apart in place. */
static int
take_scan(struct openai_parser *p, const struct openai_scan *scan)
{
    int status = openai_report_scan(p, scan);

    if (status == 0 && !scan->has_choice)
        status = openai_emit_kind(p, DIALECT_PING);
    return status;
}

static bool
is_done(const struct sse_event *event)
{
    return event->size == 6 && memcmp(event->data, "[DONE]", 6) == 0;
}

/* Interleaved choices would be given each other's bytes. */
static bool
needs_carry(const struct openai_parser *p, struct json_slice data)
{
    return !p->several
           && (p->carry.size > 0 || json_check(data.text, data.size, NULL) < 0);
}

static int
take_data(struct openai_parser *p, const char *name, struct json_slice data)
{
    struct openai_scan scan;
    int status;

    if (p->carry.size == 0 && openai_scan_chunk(data, &scan))
        return take_scan(p, &scan);
    if (needs_carry(p, data)) {
        status = openai_carry_over(&p->carry, &data);
        if (status < 0)
            return status;
    }
    return take_tree(p, name, data);
}

static int
on_event(void *ctx, const struct sse_event *event)
{
    struct openai_parser *p = ctx;

    if (p->over)
        return 0;
    if (event->size == 0)
        return openai_emit_kind(p, DIALECT_PING);
    if (is_done(event))
        return take_done(p);
    return take_data(p, event->name,
                     (struct json_slice){event->data, event->size});
}

static int
on_comment(void *ctx)
{
    struct openai_parser *p = ctx;

    return p->over ? 0 : openai_emit_kind(p, DIALECT_PING);
}

int
openai_stream_feed(struct openai_parser *p, const char *data, size_t size)
{
    static const struct sse_ops ops = {on_event, on_comment};

    return sse_feed(&p->sse, data, size, &ops, p);
}

void
openai_stream_finish(struct openai_parser *p)
{
    struct dialect_facts *facts = &p->base.facts;
    bool limited = openai_choices_limited(p);

    if (facts->error.present)
        return;
    facts->terminal |= openai_choices_ended(p, 1);
    if (facts->content)
        return;
    if (facts->malformed)
        facts->defect = ANSWER_DEFECT_NOT_JSON;
    else if (!facts->terminal && !p->spoken)
        facts->defect = ANSWER_DEFECT_NO_CHOICES;
    else if (!facts->terminal || (!p->spoken && !limited))
        facts->defect = ANSWER_DEFECT_NO_CONTENT;
}
