#include "core/dialect_openai_parts.h"

#include <stdio.h>
#include <string.h>

/* Replaces the body by one that strict parsers read, if that is possible.
 * What does not even begin as a document can be long, and is left as it is. */
static int
mend_body(struct openai_parser *p)
{
    struct bytes mended;
    int status = json_check(p->body.data, p->body.size, NULL);

    if (status == 0 || (*p->body.data != '{' && *p->body.data != '['))
        return status;
    bytes_init(&mended, p->body.max * 6);
    status = json_mend(p->body.data, p->body.size, &mended);
    if (status == 0)
        status = json_check(mended.data, mended.size, NULL);
    if (status < 0) {
        bytes_deinit(&mended);
        return status;
    }
    bytes_deinit(&p->body);
    p->body = mended;
    return 0;
}

/* The document without what surrounds it, an array of one included: the
 * shape in which Gemini's compatible endpoint wraps its errors. */
static struct json_slice
document_of(const struct openai_parser *p)
{
    struct json_slice whole = {p->body.data, p->body.size};
    struct json_walk walk;

    while (whole.size > 0 && strchr(" \t\r\n", whole.text[whole.size - 1]))
        whole.size--;
    if (!json_slice_is_array(whole))
        return whole;
    json_walk_init(&walk, whole);
    return json_walk_next(&walk) ? walk.value : whole;
}

static int
parse_member(struct json_slice object, const char *name, json_t **ret_value)
{
    struct json_slice member = json_find(object, name);

    *ret_value = NULL;
    if (!member.text)
        return 0;
    return json_parse_lenient(member.text, member.size, ret_value);
}

/* The error in a document, and its neighbours, without the rest of it. */
static int
parse_error(struct json_slice document, json_t **ret_value)
{
    if (document.size > DIALECT_ERROR_MAX_BYTES)
        return AIGW_EMALFORMED;
    return json_parse_lenient(document.text, document.size, ret_value);
}

static int
report_failure(struct openai_parser *p, struct json_slice document)
{
    json_t *error;
    int status = AIGW_EMALFORMED;

    if (document.size > 0)
        status = parse_error(document, &error);
    if (status == AIGW_EMALFORMED)
        return openai_report_error_text(p, p->body.data, p->body.size);
    if (status < 0)
        return status;
    status = openai_report_error(p, error);
    json_decref(error);
    return status;
}

static bool
holds_error(struct json_slice document)
{
    struct json_slice error = json_find(document, "error");
    struct json_slice type = json_find(document, "type");
    struct json_slice object = json_find(document, "object");

    return (error.text && !json_slice_is_null(error))
           || (json_slice_is_string(type)
               && json_key_is(json_inner(type), "error"))
           || (json_slice_is_string(object)
               && json_key_is(json_inner(object), "error"));
}

static int
take_choice(struct openai_parser *p, uint32_t n, struct json_slice choice)
{
    json_t *message = NULL;
    json_t *reason = NULL;
    int status = parse_member(choice, "message", &message);

    if (status == 0)
        status = openai_choice_content(p, n, message);
    if (status == 0)
        status = parse_member(choice, "finish_reason", &reason);
    if (status == 0)
        status = openai_choice_finish(p, n, openai_text_of(reason));
    json_decref(message);
    json_decref(reason);
    return status;
}

static int
take_choices(struct openai_parser *p, struct json_slice document)
{
    struct json_walk walk;
    uint32_t n = 0;
    int status = 0;

    json_walk_init(&walk, json_find(document, "choices"));
    while (status == 0 && !p->over && n < CHAT_MAX_CHOICES
           && json_walk_next(&walk))
        status = take_choice(p, n++, walk.value);
    if (n == 0)
        p->base.facts.defect = ANSWER_DEFECT_NO_CHOICES;
    return status;
}

/* A whole document is its own proof, so a missing finish reason (Ollama)
 * does not count against it. */
static void
judge_content(struct openai_parser *p)
{
    struct dialect_facts *facts = &p->base.facts;
    bool limited = openai_choices_limited(p);

    if (facts->defect != ANSWER_DEFECT_NONE || facts->error.present)
        return;
    if (!p->spoken && !limited)
        facts->defect = ANSWER_DEFECT_NO_CONTENT;
    else if (!*facts->finish)
        (void)snprintf(facts->finish, sizeof(facts->finish), "stop");
    facts->terminal = facts->defect == ANSWER_DEFECT_NONE;
}

static void
judge_embeddings(struct openai_parser *p, struct json_slice document)
{
    struct json_slice data = json_find(document, "data");
    struct json_walk walk;

    json_walk_init(&walk, data);
    if (json_slice_is_array(data) && json_walk_next(&walk))
        p->base.facts.terminal = true;
    else
        p->base.facts.defect = ANSWER_DEFECT_NO_CONTENT;
}

static int
take_names(struct openai_parser *p, struct json_slice document)
{
    json_t *id = NULL;
    json_t *model = NULL;
    int status = parse_member(document, "id", &id);

    if (status == 0)
        status = parse_member(document, "model", &model);
    if (status == 0)
        openai_note_names(p, openai_text_of(id), openai_text_of(model));
    json_decref(id);
    json_decref(model);
    return status;
}

static int
take_usage(struct openai_parser *p, struct json_slice document)
{
    json_t *usage;
    int status = parse_member(document, "usage", &usage);

    if (status == 0 && usage)
        status = openai_report_usage(p, usage);
    json_decref(usage);
    return status;
}

/* After everything in the answer was reported. */
static int
conclude(struct openai_parser *p, struct json_slice document)
{
    if (!p->params.embed)
        judge_content(p);
    if (!p->base.facts.terminal || p->over)
        return 0;
    p->base.facts.response = document;
    p->base.facts.done = true;
    return openai_emit_kind(p, DIALECT_DONE);
}

static int
take_answer(struct openai_parser *p, struct json_slice document)
{
    int status = take_names(p, document);

    if (status == 0 && p->params.embed)
        judge_embeddings(p, document);
    else if (status == 0)
        status = take_choices(p, document);
    if (status == 0 && !p->over)
        status = take_usage(p, document);
    return status < 0 ? status : conclude(p, document);
}

/* The usual answer, taken apart in place. */
static int
take_scan(struct openai_parser *p, const struct openai_scan *scan)
{
    int status = openai_report_scan(p, scan);

    if (!scan->has_choice)
        p->base.facts.defect = ANSWER_DEFECT_NO_CHOICES;
    return status < 0 ? status : conclude(p, document_of(p));
}

/* A body that may be anything. */
static int
take_body(struct openai_parser *p, bool success, bool clean)
{
    struct json_slice document = {NULL, 0};
    int status = mend_body(p);

    if (status == 0)
        document = document_of(p);
    else if (status != AIGW_EMALFORMED)
        return status;
    if (!success || holds_error(document))
        return report_failure(p, document);
    if (json_slice_is_object(document))
        return take_answer(p, document);

    /* What was cut off is no malformed answer; the transport says so. */
    if (clean)
        p->base.facts.defect = ANSWER_DEFECT_NOT_JSON;
    return 0;
}

int
openai_whole_finish(struct openai_parser *p, bool clean)
{
    struct json_slice body = {p->body.data, p->body.size};
    bool success = p->http_status >= 200 && p->http_status <= 299;
    struct openai_scan scan;

    if (p->html || *p->body.data == '<') {
        p->base.facts.defect = ANSWER_DEFECT_HTML;
        return 0;
    }
    if (success && !p->params.embed && openai_scan_answer(body, &scan))
        return take_scan(p, &scan);
    return take_body(p, success, clean);
}
