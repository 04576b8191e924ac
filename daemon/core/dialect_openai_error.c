#include "core/dialect_openai_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An error being gathered.  What is found first stays. */
struct gather {
    const struct openai_parser *parser;
    struct api_error error;
};

static bool
is_named(const json_t *document, const char *member, const char *name)
{
    const char *value = json_string_value(json_object_get(document, member));

    return value && strcmp(value, name) == 0;
}

bool
openai_is_error(const json_t *document)
{
    const json_t *error = json_object_get(document, "error");

    return (error && !json_is_null(error) && !json_is_false(error))
           || is_named(document, "type", "error")
           || is_named(document, "object", "error");
}

static void
copy(const struct gather *g, const json_t *value, char *ret_text,
     size_t capacity)
{
    if (json_is_string(value) && !*ret_text)
        openai_copy_text(g->parser, json_string_value(value),
                         json_string_length(value), ret_text, capacity);
    else if (json_is_integer(value) && !*ret_text)
        (void)snprintf(ret_text, capacity, "%" JSON_INTEGER_FORMAT,
                       json_integer_value(value));
}

/* OpenRouter, vLLM and Azure give a status as the code. */
static void
note_status(struct gather *g, const char *text)
{
    char *end;
    long status = strtol(text, &end, 10);

    if (end == text + 3 && *end == '\0' && status >= 100 && status <= 599)
        g->error.http_status = (int)status;
}

/* The message, or whatever stands in its place. */
static void
copy_message(struct gather *g, const json_t *message)
{
    char *dumped;

    if (json_is_string(message) || !message || json_is_null(message)) {
        copy(g, message, g->error.text, sizeof(g->error.text));
        return;
    }
    dumped = json_dumps(message, JSON_COMPACT | JSON_ENCODE_ANY);
    if (dumped && !*g->error.text)
        openai_copy_text(g->parser, dumped, strlen(dumped), g->error.text,
                         sizeof(g->error.text));
    free(dumped);
}

/* OpenRouter's own message says little; the provider's is beside it. */
static void
copy_message_and_raw(struct gather *g, const json_t *error)
{
    const json_t *message = json_object_get(error, "message");
    const json_t *raw =
        json_object_get(json_object_get(error, "metadata"), "raw");
    json_t *both;

    if (json_is_string(message) && json_is_string(raw)) {
        both = json_sprintf("%s: %s", json_string_value(message),
                            json_string_value(raw));
        copy_message(g, both ? both : message);
        json_decref(both);
        return;
    }
    copy_message(g, message);
}

static void
gather_object(struct gather *g, const json_t *error)
{
    static const char *const codes[] = {"code", "error_code"};
    static const char *const statuses[] = {"status_code", "status"};
    const json_t *inner = json_object_get(error, "innererror");
    const json_t *details = json_object_get(error, "details");
    char status[API_ERROR_NAME_SIZE];

    copy_message_and_raw(g, error);
    copy(g, json_object_get(error, "type"), g->error.type,
         sizeof(g->error.type));

    /* Anthropic's spend limit is told apart by its details alone. */
    copy(g, json_object_get(details, "error_code"), g->error.code,
         sizeof(g->error.code));
    for (int i = 0; i < 2; i++)
        copy(g, json_object_get(error, codes[i]), g->error.code,
             sizeof(g->error.code));
    copy(g, json_object_get(inner, "code"), g->error.code,
         sizeof(g->error.code));
    note_status(g, g->error.code);
    for (int i = 0; i < 2; i++) {
        status[0] = '\0';
        copy(g, json_object_get(error, statuses[i]), status, sizeof(status));
        note_status(g, status);
    }
    /* Google's `status` is a word: its type of error. */
    copy(g, json_object_get(error, "status"), g->error.type,
         sizeof(g->error.type));
}

static void
gather_document(struct gather *g, const json_t *document)
{
    const json_t *error = json_object_get(document, "error");

    if (json_is_object(error))
        gather_object(g, error);
    else if (json_is_string(error))
        copy_message(g, error);
    else
        gather_object(g, document);
    if (!*g->error.text)
        copy_message(g, json_object_get(document, "message"));
    if (!*g->error.text)
        copy_message(g, json_object_get(document, "detail"));
}

static int
report(struct openai_parser *p, const struct gather *g)
{
    p->base.facts.error = g->error;
    p->base.facts.error.present = true;
    return openai_emit(p, &(struct dialect_event){
                              .kind = DIALECT_ERROR,
                              .error = &p->base.facts.error,
                          });
}

int
openai_report_error(struct openai_parser *p, const json_t *document)
{
    struct gather g = {.parser = p};

    gather_document(&g, document);
    return report(p, &g);
}

int
openai_report_error_text(struct openai_parser *p, const char *text, size_t size)
{
    struct gather g = {.parser = p};

    openai_copy_text(p, text, size, g.error.text, sizeof(g.error.text));
    return report(p, &g);
}
