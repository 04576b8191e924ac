#include "tale.h"

#include "mock/mock_answer.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static void
append(struct tale *t, const json_t *content)
{
    size_t size = json_string_length(content);

    if (!json_is_string(content))
        return;
    if (t->size + size + 1 > t->capacity) {
        t->capacity = 2 * (t->size + size) + 64;
        t->text = realloc(t->text, t->capacity);
        ck_assert_ptr_nonnull(t->text);
    }
    memcpy(t->text + t->size, json_string_value(content), size + 1);
    t->size += size;
}

static void
take_delta(struct tale *t, const json_t *params)
{
    int64_t seq = value_int(params, "1");

    if (t->first == 0)
        t->first = seq;
    else
        ck_assert_int_eq(seq, t->last + 1);
    t->last = seq;
    append(t, value_find(params, "2.content"));
}

/* One that comes before the first delta may carry any number. */
static void
take_event(struct tale *t, const json_t *params)
{
    if (t->first > 0)
        ck_assert_int_eq(value_int(params, "1"), t->last);
    if (strcmp(value_str(params, "2.type"), "taken_over") == 0)
        t->taken_over = true;
    else
        t->n_events++;
}

static void
take_notification(struct tale *t, const json_t *message, uint32_t msgid)
{
    const json_t *params = value_at(message, "2");

    ck_assert_int_eq(value_int(params, "0"), msgid);
    ck_assert_msg(!t->taken_over, "something came after it was taken over");
    if (strcmp(value_str(message, "1"), "call.delta") == 0)
        take_delta(t, params);
    else
        take_event(t, params);
}

static void
take_response(struct tale *t, const json_t *message, uint32_t msgid)
{
    ck_assert_int_eq(value_int(message, "1"), msgid);
    t->result = json_deep_copy(value_at(message, "3"));
    if (value_is_null(message, "2"))
        return;
    t->code = (int)value_int(message, "2.0");
    t->error = value_str(message, "2.1");
}

static struct tale
tale_new(void)
{
    return (struct tale){.text = calloc(1, 1), .capacity = 1};
}

void
tale_hear(struct tale *t, struct peer *p, uint32_t msgid)
{
    *t = tale_new();
    while (!t->result) {
        const json_t *message = peer_message(p, PATIENCE_MS);

        ck_assert_ptr_nonnull(message);
        if (value_int(message, "0") == 1)
            take_response(t, message, msgid);
        else
            take_notification(t, message, msgid);
    }
}

void
tale_end(struct tale *t)
{
    free(t->text);
    json_decref(t->result);
    *t = (struct tale){0};
}

char *
tale_begin(struct peer *p, int n)
{
    struct tale t = tale_new();

    for (int i = 1; i <= n; i++) {
        const json_t *delta = peer_notification(p, "call.delta", PATIENCE_MS);

        ck_assert_ptr_nonnull(delta);
        ck_assert_int_eq(value_int(delta, "1"), i);
        append(&t, value_find(delta, "2.content"));
    }
    return t.text;
}

uint32_t
tale_ask(struct peer *p, const char *id, const char *prompt)
{
    return peer_send(p, "generate",
                     "[{'prompt': '%s', 'stream': true, 'request_id': '%s'}]",
                     prompt, id);
}

uint32_t
tale_resume(struct peer *p, const char *id, int64_t from_seq)
{
    return peer_send(p, "session.resume",
                     "[{'request_id': '%s', 'from_seq': %d}]", id,
                     (int)from_seq);
}

void
tale_expect_text(const char *text, const char *prompt, unsigned n_tokens)
{
    char *want = mock_answer_text(prompt, n_tokens);

    ck_assert_str_eq(text, want);
    free(want);
}

void
tale_expect_whole(const struct tale *t, const char *prompt, unsigned n_tokens)
{
    ck_assert_msg(t->code == 0, "error %d: %s", t->code, t->error);
    ck_assert(value_bool(t->result, "success"));
    tale_expect_text(value_str(t->result, "content"), prompt, n_tokens);
    ck_assert_int_eq(t->first, 1);
    tale_expect_text(t->text, prompt, n_tokens);
}

void
tale_expect_same(const struct tale *a, const struct tale *b)
{
    ck_assert(json_equal(a->result, b->result));
    ck_assert_str_eq(a->text, b->text);
    ck_assert_int_eq(a->last, b->last);
    ck_assert_uint_eq(a->n_events, b->n_events);
}
