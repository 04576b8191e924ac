/*
 * openai_ways.h - the two ways in which the openai dialect reads an answer.
 *
 * What is usual is taken apart by a scanner, everything else by way of trees.
 * A key with an escape in it is unusual and means the same, which leads any
 * document the other way: the events must be the same.
 */
#ifndef AIGW_TESTS_OPENAI_WAYS_H
#define AIGW_TESTS_OPENAI_WAYS_H

#include "base/rng.h"
#include "core/json.h"
#include "proto/bytes.h"

#include <stdbool.h>

/* Checks a body (an event stream, or one document) in pieces of `piece` bytes;
 * 0: all at once. */
void ways_check(bool streamed, struct json_slice body, size_t piece);

/* Appends a document with one to three random changes: a byte, or a piece of
 * JSON that is replaced by another. */
void ways_mutate(struct rng *rng, struct json_slice document, struct bytes *b);

#endif
