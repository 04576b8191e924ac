/*
 * dialect_openai_scan.h - reads the usual chunk of a stream without building
 * a tree.
 *
 * Nearly all chunks are one choice with a few words of content, and nothing
 * else that matters.  Taking such a chunk (215 bytes) apart in place costs a
 * tenth of building jansson's tree for it.  Anything unusual is left to the tree.
 */
#ifndef AIGW_CORE_DIALECT_OPENAI_SCAN_H
#define AIGW_CORE_DIALECT_OPENAI_SCAN_H

#include "core/json.h"

#include <stdbool.h>
#include <stdint.h>

/* Slices point into the chunk; those of strings are without their quotes. */
struct openai_scan {
    struct json_slice id;      /* May be empty, never has escapes. */
    struct json_slice model;   /* Likewise. */
    struct json_slice content; /* With its escapes. */
    uint32_t choice;
    bool has_content; /* There was one, if only "". */
};

/* False: not the usual chunk; nothing was learned about it.  True only if the
 * chunk is valid JSON and holds nothing beyond `ret_scan` that a caller could
 * miss. */
bool openai_scan(const char *text, size_t size, struct openai_scan *ret_scan);

#endif
