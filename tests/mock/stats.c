/*
 * stats.c - keeps the mock's books; see stats.h.
 */
#include "stats.h"

#include "base/clock.h"
#include "base/mem.h"
#include "mock_answer.h"

#include <stdlib.h>
#include <string.h>

enum {
    BODY_KEPT = 1 << 20
};

void
stats_init(struct stats *s)
{
    memset(s, 0, sizeof(*s));
    bytes_init(&s->last, HTTP_HEAD_MAX + 4096);
    bytes_init(&s->last_body, BODY_KEPT);
    s->prompts = mem_new_array(STATS_PROMPT_SLOTS, sizeof(*s->prompts));
}

void
stats_deinit(struct stats *s)
{
    for (size_t i = 0; i < STATS_PROMPT_SLOTS; i++) {
        free(s->prompts[i].prompt);
    }
    for (size_t i = 0; i < s->n_auths; i++) {
        free(s->auths[i].value);
    }
    free(s->prompts);
    bytes_deinit(&s->last);
    bytes_deinit(&s->last_body);
}

/* The slot of `prompt`, free or not.  There is always a free one, because
 * only half of them are ever used. */
static struct prompt_stats *
find_prompt(const struct stats *s, const char *prompt)
{
    size_t slot = mock_hash(prompt, strlen(prompt)) % STATS_PROMPT_SLOTS;

    while (s->prompts[slot].prompt != NULL
           && strcmp(s->prompts[slot].prompt, prompt) != 0) {
        slot = (slot + 1) % STATS_PROMPT_SLOTS;
    }
    return &s->prompts[slot];
}

/* NULL if the table is full. */
static struct prompt_stats *
add_prompt(struct stats *s, const char *prompt)
{
    struct prompt_stats *p = find_prompt(s, prompt);

    if (p->prompt == NULL) {
        if (s->n_prompts == STATS_PROMPTS) {
            return NULL;
        }
        p->prompt = mem_strdup(prompt);
        s->n_prompts++;
    }
    return p;
}

void
stats_request(struct stats *s, const struct http_request *r)
{
    size_t size = r->body.size < BODY_KEPT ? r->body.size : BODY_KEPT;

    bytes_clear(&s->last);
    bytes_clear(&s->last_body);
    bytes_append(&s->last, r->method.data, r->method.size);
    bytes_append_str(&s->last, "\n");
    bytes_append(&s->last, r->path.data, r->path.size);
    bytes_append_str(&s->last, "\n");
    for (size_t i = 0; i < r->n_headers; i++) {
        bytes_append(&s->last, r->headers[i].name.data,
                     r->headers[i].name.size);
        bytes_append_str(&s->last, ":");
        bytes_append(&s->last, r->headers[i].value.data,
                     r->headers[i].value.size);
        bytes_append_str(&s->last, "\n");
    }
    bytes_append(&s->last_body, r->body.data, size);
}

static void
count_authorization(struct stats *s, const char *authorization)
{
    for (size_t i = 0; i < s->n_auths; i++) {
        if (strcmp(s->auths[i].value, authorization) == 0) {
            s->auths[i].sends++;
            return;
        }
    }
    if (s->n_auths < STATS_AUTHS) {
        s->auths[s->n_auths].value = mem_strdup(authorization);
        s->auths[s->n_auths++].sends = 1;
    }
}

void
stats_send(struct stats *s, const char *prompt, const char *authorization)
{
    struct prompt_stats *p = add_prompt(s, prompt);

    s->sends_mono_ms[s->sends % STATS_SENDS] = clock_mono_ms();
    s->sends++;
    count_authorization(s, authorization);
    if (p != NULL) {
        p->sends++;
    }
}

void
stats_at_once(struct stats *s, int64_t n)
{
    if (s->most_at_once < n) {
        s->most_at_once = n;
    }
}

void
stats_response(struct stats *s, int status)
{
    if (status >= 0 && status < STATS_STATUSES) {
        s->responses[status]++;
    }
}

void
stats_charge(struct stats *s, const char *prompt,
             const struct stats_charge *charge)
{
    struct prompt_stats *p = add_prompt(s, prompt);

    s->billed++;
    s->prompt_tokens += charge->prompt_tokens;
    s->completion_tokens += charge->completion_tokens;
    s->bill_nanousd += charge->bill_nanousd;
    if (p != NULL) {
        p->prompt_tokens += charge->prompt_tokens;
        p->completion_tokens += charge->completion_tokens;
        p->bill_nanousd += charge->bill_nanousd;
    }
}

void
stats_abort(struct stats *s, int64_t tokens)
{
    s->aborted++;
    s->last_abort_mono_ms = clock_mono_ms();
    s->last_abort_tokens = tokens;
}

json_t *
stats_prompt_json(const struct stats *s, const char *prompt)
{
    const struct prompt_stats *p = find_prompt(s, prompt);

    return json_pack("{s:s, s:I, s:I, s:I, s:I}", "prompt", prompt, "sends",
                     (json_int_t)p->sends, "prompt_tokens",
                     (json_int_t)p->prompt_tokens, "completion_tokens",
                     (json_int_t)p->completion_tokens, "bill_nanousd",
                     (json_int_t)p->bill_nanousd);
}
