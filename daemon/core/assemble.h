/*
 * assemble.h - makes one chat.completion out of the deltas of a stream.
 *
 * The caller of `chat` gets the whole answer in its response even when it was
 * streamed to us.  Text is appended per choice, tool calls are merged by
 * their index (fragments of several may interleave), and what a delta carries
 * beside that is kept by name: strings and arrays grow, names and identifiers
 * stay as they came first, other values are replaced.
 *
 * The memory of everything together is limited, roughly, by `max_bytes`.
 */
#ifndef AIGW_CORE_ASSEMBLE_H
#define AIGW_CORE_ASSEMBLE_H

#include "core/answer.h"
#include "core/json.h"

#include <stddef.h>
#include <stdint.h>

struct assemble;

enum {
    ASSEMBLE_MAX_CHOICES = 128,
    ASSEMBLE_MAX_TOOL_CALLS = 256, /* Of one choice. */
};

/* NULL without memory. */
struct assemble *assemble_new(size_t max_bytes);

/* NULL is harmless. */
void assemble_free(struct assemble *a);

/* These take the parts as they come: 0, AIGW_EMALFORMED for a delta that is
 * no object or a choice out of range, AIGW_ETOOBIG past a limit, AIGW_ENOMEM.
 * After either of the last two the answer may lack more than that part. */
int assemble_text(struct assemble *a, uint32_t choice, const char *text,
                  size_t size);
int assemble_delta(struct assemble *a, uint32_t choice, const char *delta,
                   size_t size);
int assemble_finish(struct assemble *a, uint32_t choice, const char *reason);

/* The text of choice 0 so far. */
struct json_slice assemble_content(const struct assemble *a);

/* Forgets everything received. */
void assemble_reset(struct assemble *a);

/* What the deltas do not say. */
struct assemble_head {
    const char *id;
    const char *model;
    int64_t created_s;         /* Seconds since 1970. */
    const struct usage *usage; /* NULL: none. */
};

/* Appends the chat.completion object to `b`.  There is always choice 0. */
int assemble_build(const struct assemble *a, const struct assemble_head *head,
                   struct bytes *b);

#endif
