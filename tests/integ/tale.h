/*
 * tale.h - what one caller was told of one call: its deltas, its events and
 * its result, from any delta on.
 *
 * The numbers are checked as it is taken in: deltas follow each other without
 * gaps, an event carries the number of the delta before it.
 */
#ifndef AIGW_TESTS_TALE_H
#define AIGW_TESTS_TALE_H

#include "support/peer.h"

struct tale {
    int64_t first; /* Number of the first delta; 0: there was none. */
    int64_t last;
    char *text; /* Of all deltas. */
    size_t size, capacity;
    size_t n_events; /* But for `taken_over`. */
    bool taken_over;
    json_t *result; /* JSON null: it ended with an error, */
    int code;       /* which is this one. */
    const char *error;
};

/* Waits for the end of the call that `msgid` asked for.  There must be no other
 * call on the connection. */
void tale_hear(struct tale *t, struct peer *p, uint32_t msgid);

/* Forgets it. */
void tale_end(struct tale *t);

/* Waits for `n` deltas, takes them in and returns their text, which the
 * caller frees. */
char *tale_begin(struct peer *p, int n);

/* Calls `generate`, streamed, under this name; and follows it. */
uint32_t tale_ask(struct peer *p, const char *id, const char *prompt);
uint32_t tale_resume(struct peer *p, const char *id, int64_t from_seq);

/* Asserts that it is the whole right answer of the mock, streamed from its
 * first delta on. */
void tale_expect_whole(const struct tale *t, const char *prompt,
                       unsigned n_tokens);

/* Asserts that text and result of both are the same. */
void tale_expect_same(const struct tale *a, const struct tale *b);

/* Asserts that the text is the mock's answer. */
void tale_expect_text(const char *text, const char *prompt, unsigned n_tokens);

#endif
