/*
 * answer.c - builds the answer to one chat request; see answer.h.
 */
#include "answer.h"

#include "base/mem.h"
#include "chat_request.h"
#include "mock_answer.h"
#include "render.h"

#include <stdlib.h>
#include <string.h>

enum {
    TOKENS_MAX = 4000000,
    REASONING_TOKENS = 3,
    TOOL_TOKENS = 4,
    TAIL_BYTES = 16 /* Enough to find a place in the text. */
};

/* What the prompt says behind `mark`, or else `otherwise`. */
static unsigned
marked_tokens(const char *prompt, const char *mark, unsigned otherwise)
{
    const char *found = strstr(prompt, mark);
    unsigned long n = otherwise;

    if (found != NULL) {
        n = strtoul(found + strlen(mark), NULL, 10);
    }
    return n > TOKENS_MAX ? TOKENS_MAX : (unsigned)n;
}

static unsigned
reasoning_tokens(const char *prompt)
{
    if (strstr(prompt, "#reasoning") == NULL) {
        return 0;
    }
    return marked_tokens(prompt, "#reasoning=", REASONING_TOKENS);
}

static void
add_piece(struct answer *a, const char *data, size_t size)
{
    size_t start = a->n_pieces > 0 ? a->ends[a->n_pieces - 1] : 0;

    memcpy(a->text + start, data, size);
    a->ends[a->n_pieces++] = start + size;
}

static void
add_tokens(struct answer *a, const char *prompt, unsigned first, unsigned end)
{
    uint64_t hash = mock_hash(prompt, strlen(prompt));

    for (unsigned i = first; i < end; i++) {
        char token[MOCK_TOKEN_MAX];
        size_t size = mock_answer_token(hash, i, token);

        add_piece(a, token, size);
    }
}

/* The arguments are a JSON document of which each piece is a slice. */
static void
add_tool_call(struct answer *a, const char *prompt)
{
    uint64_t hash = mock_hash(prompt, strlen(prompt));

    add_piece(a, "{\"answer\":\"", 11);
    for (unsigned i = 0; i < TOOL_TOKENS; i++) {
        char token[MOCK_TOKEN_MAX];
        char escaped[6 * MOCK_TOKEN_MAX];
        size_t size = mock_answer_token(hash, i, token);

        size = render_escape(escaped, token, size);
        add_piece(a, escaped, size);
    }
    add_piece(a, "\"}", 2);
}

/* Where to go on: the bytes of `whole` that were said already; 0 if what was
 * said is not its beginning. */
static size_t
said_bytes(const struct chat_request *r, const char *whole)
{
    size_t size = strlen(whole);

    if (r->said != NULL) {
        size_t said = strlen(r->said);

        return said <= size && memcmp(r->said, whole, said) == 0 ? said : 0;
    }
    for (size_t end = size; end > 0; end--) {
        size_t tail = end < TAIL_BYTES ? end : TAIL_BYTES;

        if (memmem(r->instruction, strlen(r->instruction), whole + end - tail,
                   tail)
            != NULL) {
            return end;
        }
    }
    return 0;
}

static bool
inside_character(const char *text, size_t at)
{
    return ((unsigned char)text[at] & 0xc0) == 0x80;
}

/* Drops the first `bytes` bytes of the pieces and the pieces that become
 * empty. */
static void
drop_front(struct answer *a, size_t bytes)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < a->n_pieces; i++) {
        if (a->ends[i] > bytes) {
            a->ends[kept++] = a->ends[i] - bytes;
        }
    }
    memmove(a->text, a->text + bytes, kept > 0 ? a->ends[kept - 1] : 0);
    a->n_pieces = kept;
}

/* Makes the text leave its track after its third piece. */
static void
diverge(struct answer *a)
{
    size_t start = a->n_pieces > 3 ? a->ends[2] : 0;
    size_t end = a->n_pieces > 0 ? a->ends[a->n_pieces - 1] : 0;

    memset(a->text + start, '~', end - start);
}

static void
continue_answer(struct answer *a, const struct chat_request *r,
                const struct answer_options *options)
{
    size_t end = a->n_pieces > 0 ? a->ends[a->n_pieces - 1] : 0;
    size_t said;

    a->text[end] = '\0';
    said = said_bytes(r, a->text);
    if (options->shape == ANSWER_RESTART) {
        said = 0;
    } else if (options->shape == ANSWER_DIVERGE) {
        diverge(a);
        said = 0;
    } else if (options->shape == ANSWER_REPEAT) {
        said -= said < options->repeat_bytes ? said : options->repeat_bytes;
        while (inside_character(a->text, said)) {
            said--;
        }
    }
    drop_front(a, said);
}

static void
limit(struct answer *a, const struct chat_request *r)
{
    if (strstr(r->prompt, "#length") != NULL) {
        a->finish_reason = "length";
        if (a->mode == ANSWER_TOOL) {
            a->n_pieces /= 2;
        }
    } else if (strstr(r->prompt, "#filter") != NULL) {
        a->finish_reason = "content_filter";
    }
    if (r->max_tokens >= 0 && a->n_pieces > r->max_tokens) {
        a->n_pieces = (unsigned)r->max_tokens;
        a->finish_reason = "length";
    }
    if (a->n_reasoning > a->n_pieces) {
        a->n_reasoning = a->n_pieces;
    }
}

void
answer_filter(struct answer *a, const char *reason)
{
    a->n_pieces = 0;
    a->n_reasoning = 0;
    a->finish_reason = reason;
}

void
answer_init(struct answer *a, const struct chat_request *r,
            const struct answer_options *options)
{
    unsigned tokens = marked_tokens(r->prompt, "#tokens=", options->tokens);
    unsigned reasoning = reasoning_tokens(r->prompt);
    size_t most = (size_t)tokens + reasoning + TOOL_TOKENS + 2;

    memset(a, 0, sizeof(*a));
    a->finish_reason = "stop";
    a->text = mem_new(most * MOCK_TOKEN_MAX + 1);
    a->ends = mem_new_array(most, sizeof(*a->ends));
    add_tokens(a, "reasoning", 0, reasoning);
    a->n_reasoning = reasoning;
    if (strstr(r->prompt, "#tool") != NULL) {
        a->mode = ANSWER_TOOL;
        a->finish_reason = "tool_calls";
        a->tool = r->tool != NULL ? r->tool : "mock_tool";
        add_tool_call(a, r->prompt);
    } else {
        a->mode = strstr(r->prompt, "#refusal") != NULL ? ANSWER_REFUSAL
                                                        : ANSWER_TEXT;
        add_tokens(a, r->prompt, 0, tokens);
    }
    if (chat_request_continues(r) && a->mode == ANSWER_TEXT
        && a->n_reasoning == 0) {
        continue_answer(a, r, options);
    }
    limit(a, r);
}

void
answer_deinit(struct answer *a)
{
    free(a->text);
    free(a->ends);
    a->text = NULL;
    a->ends = NULL;
}

static const char *
slice(const struct answer *a, unsigned first, unsigned end, size_t *ret_size)
{
    size_t start = first > 0 ? a->ends[first - 1] : 0;

    *ret_size = end > first ? a->ends[end - 1] - start : 0;
    return a->text + start;
}

const char *
answer_piece(const struct answer *a, unsigned index, size_t *ret_size)
{
    return slice(a, index, index + 1, ret_size);
}

const char *
answer_content(const struct answer *a, size_t *ret_size)
{
    return slice(a, a->n_reasoning, a->n_pieces, ret_size);
}

const char *
answer_reasoning(const struct answer *a, size_t *ret_size)
{
    return slice(a, 0, a->n_reasoning, ret_size);
}
