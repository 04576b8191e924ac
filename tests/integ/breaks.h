/*
 * breaks.h - one caller whose stream breaks, and what it heard.
 *
 * A layer over mocked_gateway.h for tests of what becomes of a broken answer:
 * the first provider breaks it as the test says, the others can go on.  There
 * is one prompt; every token of the answer to it but the first is made of
 * characters of several bytes.
 */
#ifndef AIGW_TESTS_BREAKS_H
#define AIGW_TESTS_BREAKS_H

#include "heard.h"
#include "support/mocked_gateway.h"

extern struct gateway breaks_gateway;
extern struct hearing breaks_hearing;

extern const char breaks_prompt[]; /* Without anything that JSON escapes. */
extern const char breaks_stream[]; /* The param that asks for a stream. */

/* Starts the daemon with three providers, or as the test wants it. */
void breaks_start(void);
void breaks_start_with(const struct gateway *settings);
void breaks_stop(void);

/* Adds a fault to a provider: 0 is a. */
void breaks_fault(size_t mock, const char *spec);

/* Asks with these further params and hears the call to its end. */
const struct heard *breaks_ask(const char *more);

/* Asserts that the call gave the whole right answer, its deltas too. */
void breaks_expect_whole(const struct heard *heard);

/* Asserts that it is said to have broken off, and that the deltas and the
 * partial text are the first `n_tokens` tokens. */
void breaks_expect_broken(const struct heard *heard, unsigned n_tokens);

/* Asserts seam number `i`: behind so many tokens, between these targets. */
void breaks_expect_seam(const struct heard *heard, size_t i, unsigned n_tokens,
                        const char *from, const char *to);

/* The size of the first `n_tokens` tokens. */
size_t breaks_bytes(unsigned n_tokens);

/* What the provider was sent last; the test drops it. */
json_t *breaks_last_body(size_t mock);

#endif
