/*
 * answer.h - an answer as it reaches the reader.
 *
 * Writes the text to stdout as it comes, safe for a terminal, tells a person
 * on stderr when another provider takes over, and ends with what it cost.  What
 * is not read on a terminal is the text and nothing else.
 */
#ifndef AIGW_CTL_ANSWER_H
#define AIGW_CTL_ANSWER_H

#include "ctl/ctl.h"
#include "text/sanitize.h"

struct answer {
    const struct ctl *ctl;
    bool filtered;     /* The terminal gets no control bytes. */
    bool started;      /* Some text was written. */
    size_t n_bytes;    /* Of the text, since it last started over. */
    bool line_is_open; /* The last byte was no newline. */
    struct sanitize sanitize;
};

/* Begins an answer; `raw` passes control bytes even to a terminal. */
void answer_init(struct answer *answer, const struct ctl *ctl, bool raw);

/* Sets the callbacks of a streamed answer, which write as it comes. */
void answer_set_handlers(struct answer *answer, struct aigw_handlers *handlers);

/* Writes what is still missing of the text of `result`, and the cost line or
 * the reasons why there is no answer.  Returns the exit code. */
int answer_finish(struct answer *answer, const struct aigw_value *result);

/* Ends the line, so that a message can follow an answer that was cut off. */
void answer_end_line(struct answer *answer);

/* Makes the completion in a result of chat, which came as JSON text like the
 * request, a part of the result. */
void answer_unfold(struct aigw_value *result);

/* The text of a result: its `content`, or that of the chat completion in it;
 * NULL if there is none. */
const char *answer_text(const struct aigw_value *result);

/* Writes "[anthropic/sonnet-4, 1 fallback, 812 in + 96 out tokens, $0.0039,
 * TTFT 402ms, 2.1s]". */
void answer_write_cost(const struct aigw_value *result, FILE *out);

#endif
