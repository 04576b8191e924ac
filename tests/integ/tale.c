#include "tale.h"

#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

static void
append(char **text, const json_t *delta)
{
    const json_t *content = value_find(delta, "2.content");
    size_t used = strlen(*text);

    if (!json_is_string(content))
        return;
    *text = realloc(*text, used + json_string_length(content) + 1);
    ck_assert_ptr_nonnull(*text);
    memcpy(*text + used, json_string_value(content),
           json_string_length(content) + 1);
}

static void
take_deltas(struct tale *t, struct peer *p, uint32_t msgid)
{
    const json_t *delta;

    while ((delta = peer_notification(p, "call.delta", 0))) {
        int64_t seq = value_int(delta, "1");

        ck_assert_int_eq(value_int(delta, "0"), msgid);
        if (t->first == 0)
            t->first = seq;
        else
            ck_assert_int_eq(seq, t->last + 1);
        t->last = seq;
        append(&t->text, delta);
    }
}

static void
take_events(struct tale *t, struct peer *p, uint32_t msgid)
{
    const json_t *event;
    int64_t before = 0;

    while ((event = peer_notification(p, "call.event", 0))) {
        ck_assert_int_eq(value_int(event, "0"), msgid);
        ck_assert_int_ge(value_int(event, "1"), before);
        before = value_int(event, "1");
        if (strcmp(value_str(event, "2.type"), "taken_over") == 0)
            t->taken_over = true;
        else
            t->n_events++;
    }
}

void
tale_hear(struct tale *t, struct peer *p, uint32_t msgid)
{
    struct peer_reply reply = peer_wait(p, msgid);

    *t = (struct tale){
        .text = strdup(""),
        .result = json_deep_copy(reply.result),
        .code = reply.code,
        .error = reply.text,
    };
    take_deltas(t, p, msgid);
    take_events(t, p, msgid);
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
    char *text = strdup("");

    for (int i = 1; i <= n; i++) {
        const json_t *delta = peer_notification(p, "call.delta", PATIENCE_MS);

        ck_assert_ptr_nonnull(delta);
        ck_assert_int_eq(value_int(delta, "1"), i);
        append(&text, delta);
    }
    return text;
}
