/*
 * answer.h - the answer to one chat request, cut into pieces.
 *
 * Between chat_request (what was asked) and render (how it looks on the wire):
 * mock_answer's tokens, after the markers in the prompt, max_tokens and a
 * continuation have had their effect.  One piece is one streamed event.
 */
#ifndef AIGW_TESTS_MOCK_CHAT_ANSWER_H
#define AIGW_TESTS_MOCK_CHAT_ANSWER_H

#include <stddef.h>
#include <stdint.h>

struct chat_request;

enum answer_mode {
    ANSWER_TEXT,
    ANSWER_TOOL,
    ANSWER_REFUSAL
};

enum answer_shape {
    ANSWER_CLEAN,   /* A continuation resumes exactly. */
    ANSWER_REPEAT,  /* It first repeats the end of what was said. */
    ANSWER_RESTART, /* It begins again from the start. */
    ANSWER_DIVERGE  /* It begins again, and soon says something else. */
};

struct answer {
    enum answer_mode mode;
    const char *finish_reason;
    const char *tool;     /* ANSWER_TOOL: its name. Borrowed. */
    char *text;           /* All pieces, one after the other. */
    size_t *ends;         /* Where piece i ends in `text`. */
    unsigned n_pieces;    /* Reasoning included. */
    unsigned n_reasoning; /* The first pieces are reasoning. */
};

struct answer_options {
    unsigned tokens; /* Of an answer, if the prompt does not say. */
    enum answer_shape shape;
    size_t repeat_bytes; /* ANSWER_REPEAT: how much of the end. */
};

/* Borrows `r` as long as the answer is used. */
void answer_init(struct answer *a, const struct chat_request *r,
                 const struct answer_options *options);
void answer_deinit(struct answer *a);

/* Takes the text away; `reason`, borrowed, says why. */
void answer_filter(struct answer *a, const char *reason);

/* Piece `index`; its size in `ret_size`. */
const char *answer_piece(const struct answer *a, unsigned index,
                         size_t *ret_size);

/* Everything after the reasoning. */
const char *answer_content(const struct answer *a, size_t *ret_size);

/* The reasoning. */
const char *answer_reasoning(const struct answer *a, size_t *ret_size);

#endif
