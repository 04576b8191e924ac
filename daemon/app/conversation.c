#include "app/conversation.h"

#include "core/json.h"

#include <stdio.h>

enum {
    RESULT_EXTRA_BYTES = 4096, /* Of a result, beside its text. */
    ESCAPE_FACTOR = 6,         /* A control byte takes six in JSON. */
    TEXT_MAX_BYTES = 64 * 1024 * 1024,
};

int
conversation_mend(struct store *store, const struct conversation_wreck *wreck,
                  struct bytes *result)
{
    struct store_call call = {.id = wreck->id};
    struct bytes answer;
    struct pack p;
    int status = 0;

    bytes_init(&answer, wreck->text.size * ESCAPE_FACTOR + RESULT_EXTRA_BYTES);
    if (wreck->text.size > 0)
        status =
            chat_put_answer_text(wreck->text.text, wreck->text.size, &answer);
    pack_init(&p, result);
    call_pack_remains(&p, &(struct call_remains){
                              .request_id = wreck->request_id,
                              .route = wreck->route,
                              .error_code = "interrupted",
                              .error = "the daemon ended while this call ran",
                              .partial = wreck->text,
                          });
    if (status == 0)
        status = pack_finish(&p);
    else
        (void)pack_finish(&p);
    if (status == 0) {
        call.result = (struct json_slice){result->data, result->size};
        if (answer.size > 0)
            call.answer = (struct json_slice){answer.data, answer.size};
        (void)store_end(store, &call, wreck->first_seq);
    }
    bytes_deinit(&answer);
    return status;
}

/* What lies between the brackets of an array; NULL where there is none. */
static struct json_slice
inside(struct json_slice array)
{
    if (array.size < 2 || array.text[0] != '['
        || json_check(array.text, array.size, NULL))
        return (struct json_slice){NULL, 0};
    return (struct json_slice){array.text + 1, array.size - 2};
}

static size_t
count(struct json_slice array)
{
    struct json_walk walk;
    size_t n = 0;

    json_walk_init(&walk, array);
    while (json_walk_next(&walk))
        n++;
    return n;
}

/* Whatever the file holds, no provider is sent what is no message. */
static bool
is_sound(struct json_slice answer)
{
    return !answer.text || json_check(answer.text, answer.size, NULL) == 0;
}

/* How many of the newest exchanges go along. */
static int
count_fitting(const struct db_rows *rows)
{
    size_t bytes = 0, messages = 0;
    struct store_call call;
    int n = 0;

    for (; n < db_rows_count(rows); n++) {
        store_row(rows, n, &call);
        if (!inside(call.turn).text || !is_sound(call.answer))
            break;
        bytes += call.turn.size + call.answer.size + 1;
        messages += count(call.turn) + 1;
        if (bytes > STORE_TURN_BYTES || messages > STORE_TURN_MESSAGES)
            break;
    }
    return n;
}

static int
put(struct conversation *c, struct json_slice messages)
{
    int status = 0;

    if (messages.size > 0 && c->messages.size > 0)
        status = bytes_append(&c->messages, ",", 1);
    return status ? status
                  : bytes_append(&c->messages, messages.text, messages.size);
}

static int
put_exchange(struct conversation *c, const struct store_call *call)
{
    int status;

    c->last_from = c->messages.size;
    c->n_last = count(call->turn);
    status = put(c, inside(call->turn));
    c->n_messages += c->n_last;
    if (status == 0 && call->answer.text) {
        status = put(c, call->answer);
        c->n_messages++;
    }
    return status;
}

/* The text of an answer that came to no end. */
static int
note_interrupted(struct conversation *c, const struct store_call *call)
{
    struct json_slice content;

    content = json_find(call->answer, "content");
    if (!json_slice_is_string(content))
        return 0;
    c->is_interrupted = true;
    return json_unescape(json_inner(content), &c->interrupted);
}

static void
on_text(void *ctx, int status)
{
    struct conversation *c = ctx;
    struct bytes result, answer;
    struct json_slice text = {c->interrupted.data ? c->interrupted.data : "",
                              c->interrupted.size};

    bytes_init(&result, text.size + RESULT_EXTRA_BYTES);
    if (status == 0)
        status = conversation_mend(c->store,
                                   &(struct conversation_wreck){
                                       .id = c->last_id,
                                       .request_id = c->last_request_id,
                                       .route = c->last_route,
                                       .text = text,
                                       .first_seq = 1,
                                   },
                                   &result);
    bytes_deinit(&result);
    if (status == 0 && text.size == 0) {
        bytes_truncate(&c->messages, c->last_from);
        c->n_messages -= c->n_last;
    } else if (status == 0) {
        c->is_interrupted = true;
        bytes_init(&answer, text.size * ESCAPE_FACTOR + RESULT_EXTRA_BYTES);
        status = chat_put_answer_text(text.text, text.size, &answer);
        if (status == 0)
            status = put(c, (struct json_slice){answer.data, answer.size});
        c->n_messages++;
        bytes_deinit(&answer);
    }
    c->done(c->ctx, status);
}

/* What was said before its daemon died is still in pieces. */
static int
put_together(struct conversation *c, const struct store_call *call)
{
    c->last_id = call->id;
    (void)snprintf(c->last_request_id, sizeof(c->last_request_id), "%s",
                   call->request_id);
    (void)snprintf(c->last_route, sizeof(c->last_route), "%s", call->route);
    c->recall = (struct recall){
        .done = on_text,
        .ctx = c,
        .store = c->store,
        .text = &c->interrupted,
    };
    return recall_start(&c->recall, call->id);
}

static void
on_calls(void *ctx, int status, const struct db_rows *rows)
{
    struct conversation *c = ctx;
    struct store_call last = {.complete = true};
    int n = status == 0 ? count_fitting(rows) : 0;

    /* The last exchange alone is more than may go along. */
    if (status == AIGW_ETOOBIG)
        status = 0;
    for (int i = n; i > 0 && status == 0; i--) {
        store_row(rows, i - 1, &last);
        status = put_exchange(c, &last);
    }
    if (status == 0 && n > 0 && !last.answer.text) {
        status = put_together(c, &last);
        if (status == 0)
            return;
    } else if (status == 0 && !last.complete) {
        status = note_interrupted(c, &last);
    }
    c->done(c->ctx, status);
}

int
conversation_read(struct conversation *c, const struct store_asker *asker,
                  const char *session_id)
{
    bytes_init(&c->messages, TEXT_MAX_BYTES);
    bytes_init(&c->interrupted, TEXT_MAX_BYTES);
    c->read.done = on_calls;
    c->read.ctx = c;
    return store_find_turns(c->store, &c->read, asker, session_id);
}

struct chat_turns
conversation_turns(const struct conversation *c)
{
    return (struct chat_turns){
        .messages = {c->messages.data ? c->messages.data : "",
                     c->messages.size},
        .n_messages = c->n_messages,
        .interrupted = {c->is_interrupted ? c->interrupted.data : NULL,
                        c->interrupted.size},
    };
}

void
conversation_deinit(struct conversation *c)
{
    db_read_cancel(&c->read);
    recall_cancel(&c->recall);
    bytes_deinit(&c->messages);
    bytes_deinit(&c->interrupted);
}
