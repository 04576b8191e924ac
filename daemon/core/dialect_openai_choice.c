#include "core/dialect_openai_parts.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static bool
has_ended(const struct openai_parser *p, uint32_t choice)
{
    return p->ended[choice / 64] >> (choice % 64) & 1u;
}

static void
mark(uint64_t *choices, uint32_t choice)
{
    choices[choice / 64] |= (uint64_t)1 << (choice % 64);
}

bool
openai_choices_ended(const struct openai_parser *p, uint32_t n)
{
    uint32_t n_ended = 0;

    for (size_t i = 0; i < array_count(p->ended); i++) {
        if (p->begun[i] & ~p->ended[i])
            return false;
        n_ended += (uint32_t)__builtin_popcountll(p->ended[i]);
    }
    return n_ended >= n;
}

bool
openai_choices_limited(const struct openai_parser *p)
{
    static const char *const LIMITS[] = {"length", "content_filter", "refusal",
                                         "safety"};

    for (size_t i = 0; i < array_count(LIMITS); i++)
        if (strcmp(p->base.facts.finish, LIMITS[i]) == 0)
            return true;
    return false;
}

int
openai_choice_text(struct openai_parser *p, uint32_t choice, const char *text,
                   size_t size)
{
    struct dialect_event event = {
        .kind = DIALECT_DELTA,
        .choice = choice,
        .text = text,
        .size = size,
        .plain = true,
    };

    if (has_ended(p, choice))
        return 0;
    mark(p->begun, choice);
    p->several |= choice > 0;
    p->spoken = true;
    if (size == 0)
        return openai_emit_kind(p, DIALECT_START);
    p->base.facts.content = true;
    return openai_emit(p, &event);
}

/* True for what says nothing: null, "", [], {}. */
static bool
is_blank(const json_t *value)
{
    return json_is_null(value)
           || (json_is_string(value) && json_string_length(value) == 0)
           || (json_is_array(value) && json_array_size(value) == 0)
           || (json_is_object(value) && json_object_size(value) == 0);
}

/* Names that say who speaks and where, not what. */
static bool
is_frame(const char *key)
{
    return strcmp(key, "role") == 0 || strcmp(key, "name") == 0
           || strcmp(key, "channel") == 0;
}

/* Magistral sends content in parts: text, and thinking that is made of parts
 * again.  Appends the words of all parts of one kind. */
static int
append_parts(struct bytes *b, const json_t *parts, bool thinking)
{
    int status = 0;

    for (size_t i = 0; i < json_array_size(parts) && status == 0; i++) {
        const json_t *part = json_array_get(parts, i);
        const json_t *text = json_object_get(part, "text");
        const json_t *thought = json_object_get(part, "thinking");

        if (!thinking && json_is_string(text))
            status = bytes_append(b, json_string_value(text),
                                  json_string_length(text));
        else if (thinking && json_is_string(thought))
            status = bytes_append(b, json_string_value(thought),
                                  json_string_length(thought));
        else if (thinking)
            status = append_parts(b, thought, false);
    }
    return status;
}

int
openai_choice_start(struct openai_parser *p, uint32_t choice)
{
    if (has_ended(p, choice))
        return 0;
    mark(p->begun, choice);
    return openai_emit_kind(p, DIALECT_START);
}

static int
gather_text(struct openai_parser *p, const json_t *content)
{
    bytes_clear(&p->text);
    if (json_is_string(content))
        return bytes_append(&p->text, json_string_value(content),
                            json_string_length(content));
    return append_parts(&p->text, content, false);
}

/* Starts a member of the delta being built. */
static int
put_key(struct bytes *b, const char *key)
{
    int status = bytes_append_str(b, b->size == 0 ? "{" : ",");

    if (status == 0)
        status = json_append_cstr(b, key);
    return status < 0 ? status : bytes_append(b, ":", 1);
}

static int
put_text(struct bytes *b, const char *key, const char *text, size_t size)
{
    int status = size > 0 ? put_key(b, key) : 0;

    if (status == 0 && size > 0)
        status = json_append_string(b, text, size);
    return status;
}

static int
put_thinking(struct bytes *b, const json_t *content)
{
    struct bytes thoughts;
    int status;

    bytes_init(&thoughts, b->max);
    status = append_parts(&thoughts, content, true);
    if (status == 0)
        status = put_text(b, "reasoning_content", thoughts.data, thoughts.size);
    bytes_deinit(&thoughts);
    return status;
}

/* Answers that come whole number their tool calls by position alone. */
static int
put_tool_calls(struct bytes *b, const json_t *calls)
{
    int status = put_key(b, "tool_calls");

    for (size_t i = 0; i < json_array_size(calls) && status == 0; i++) {
        json_t *call = json_copy(json_array_get(calls, i));

        status = call ? bytes_append_str(b, i == 0 ? "[" : ",") : AIGW_ENOMEM;
        if (json_is_object(call)
            && !json_is_integer(json_object_get(call, "index"))
            && json_object_set_new(call, "index", json_integer((json_int_t)i)))
            status = AIGW_ENOMEM;
        if (status == 0)
            status = json_append_value(b, call);
        json_decref(call);
    }
    return status < 0 ? status : bytes_append(b, "]", 1);
}

static int
put_others(struct bytes *b, json_t *delta)
{
    const char *key;
    const json_t *value;
    void *at = json_object_iter(delta);
    int status = 0;

    for (; at && status == 0; at = json_object_iter_next(delta, at)) {
        key = json_object_iter_key(at);
        value = json_object_iter_value(at);
        if (strcmp(key, "content") == 0 || is_frame(key) || is_blank(value))
            continue;
        if (strcmp(key, "tool_calls") == 0 && json_is_array(value)) {
            status = put_tool_calls(b, value);
            continue;
        }
        status = put_key(b, key);
        if (status == 0)
            status = json_append_value(b, value);
    }
    return status;
}

/* Builds what a delta holds beside plain text; empty if nothing. */
static int
gather_rest(struct openai_parser *p, json_t *delta, const json_t *content)
{
    int status = put_others(&p->delta, delta);

    if (status == 0 && json_is_array(content))
        status = put_thinking(&p->delta, content);
    if (status < 0 || p->delta.size == 0)
        return status;
    status = put_text(&p->delta, "content", p->text.data, p->text.size);
    return status < 0 ? status : bytes_append(&p->delta, "}", 1);
}

int
openai_choice_content(struct openai_parser *p, uint32_t choice, json_t *delta)
{
    const json_t *content = json_object_get(delta, "content");
    struct dialect_event event = {.kind = DIALECT_DELTA, .choice = choice};
    int status;

    if (!json_is_object(delta) || has_ended(p, choice))
        return 0;
    bytes_clear(&p->delta);
    status = gather_text(p, content);
    if (status == 0)
        status = gather_rest(p, delta, content);
    if (status < 0)
        return status;
    if (p->delta.size == 0 && !json_is_string(content) && p->text.size == 0)
        return json_object_size(delta) > 0 ? openai_choice_start(p, choice) : 0;
    if (p->delta.size == 0)
        return openai_choice_text(p, choice, p->text.data, p->text.size);
    mark(p->begun, choice);
    p->spoken = true;
    p->base.facts.content = true;
    event.text = p->text.size > 0 ? p->text.data : "";
    event.size = p->text.size;
    event.delta = (struct json_slice){p->delta.data, p->delta.size};
    return openai_emit(p, &event);
}

/* Reasons that are no end of an answer but the end of its provider; NULL for
 * others. */
static const char *
find_failure(struct json_slice reason)
{
    static const char *const failures[] = {"error",
                                           "insufficient_system_resource"};

    for (size_t i = 0; i < array_count(failures); i++)
        if (reason.size == strlen(failures[i])
            && memcmp(reason.text, failures[i], reason.size) == 0)
            return failures[i];
    return NULL;
}

static int
fail(struct openai_parser *p, const char *reason)
{
    json_t *document = json_pack("{s:{s:s,s:s}}", "error", "code", reason,
                                 "message", "the provider gave up");
    int status = document ? openai_report_error(p, document) : AIGW_ENOMEM;

    p->over = true;
    json_decref(document);
    return status;
}

int
openai_choice_finish(struct openai_parser *p, uint32_t choice,
                     struct json_slice reason)
{
    struct dialect_facts *facts = &p->base.facts;
    const char *failure = find_failure(reason);
    char finish[sizeof(facts->finish)];

    if (reason.size == 0 || has_ended(p, choice))
        return 0;
    if (failure)
        return fail(p, failure);
    openai_copy_text(p, reason.text, reason.size, finish, sizeof(finish));
    mark(p->ended, choice);
    if (!*facts->finish || choice == 0)
        (void)memcpy(facts->finish, finish, sizeof(finish));
    facts->terminal |= openai_choices_ended(p, p->params.n_choices);
    return openai_emit(p, &(struct dialect_event){
                              .kind = DIALECT_FINISH,
                              .choice = choice,
                              .finish = finish,
                          });
}
