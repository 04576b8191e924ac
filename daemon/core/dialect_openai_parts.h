/*
 * dialect_openai_parts.h - how the files of the openai dialect share the
 * work:
 *
 *     dialect_openai.c           the table; a body is one of two kinds
 *     dialect_openai_request.c   requests
 *     dialect_openai_stream.c    server-sent events -> events
 *     dialect_openai_carry.c     code points cut in two
 *     dialect_openai_scan.c      the usual chunk or answer, without a tree
 *     dialect_openai_usual.c     what the scan found -> events
 *     dialect_openai_whole.c     a body that is one JSON document
 *     dialect_openai_choice.c    one choice of either -> events
 *     dialect_openai_error.c     errors
 *     dialect_openai_report.c    usage, identifiers
 *     dialect_openai_text.c      text made harmless
 */
#ifndef AIGW_CORE_DIALECT_OPENAI_PARTS_H
#define AIGW_CORE_DIALECT_OPENAI_PARTS_H

#include "core/dialect.h"
#include "core/dialect_openai_carry.h"
#include "core/dialect_openai_scan.h"
#include "core/json.h"
#include "core/sse.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum openai_mode {
    OPENAI_UNDECIDED, /* Only blanks so far. */
    OPENAI_STREAM,
    OPENAI_WHOLE,
};

struct openai_parser {
    struct dialect_parser base;
    struct dialect_params params; /* Without the key. */
    char *key;                    /* Or NULL. */
    enum openai_mode mode;
    int http_status;
    bool html;         /* The content type says so. */
    bool event_stream; /* The content type says so. */
    bool spoken;       /* Some content was present, if only "". */
    bool several;      /* Text of a choice beside the first was seen. */
    bool over;         /* DONE or ERROR: nothing that follows counts. */
    uint64_t begun[CHAT_MAX_CHOICES / 64]; /* Choices that were heard of. */
    uint64_t ended[CHAT_MAX_CHOICES / 64]; /* Those that have finished. */
    int status;                            /* First failure. */
    size_t received;                       /* Bytes of the body. */
    struct sse sse;                        /* STREAM */
    struct openai_carry carry;             /* STREAM */
    struct bytes body;                     /* WHOLE */
    struct bytes text;  /* A delta's text, escapes resolved. */
    struct bytes delta; /* A delta that is more than text. */

    /* Where events go during a call. */
    dialect_event_fn on_event;
    void *ctx;
};

/* Requests: see struct dialect. */
int openai_build_chat(const struct chat_request *request,
                      const struct dialect_target *target, bool streamed,
                      struct dialect_http *ret_http);
int openai_build_embed(const struct embed_request *request,
                       const struct dialect_target *target,
                       struct dialect_http *ret_http);
int openai_build_probe(const struct dialect_target *target,
                       struct dialect_http *ret_http);

/* All of these return 0 or what ends the parsing. */
int openai_emit(struct openai_parser *p, const struct dialect_event *event);
int openai_emit_kind(struct openai_parser *p, enum dialect_event_kind kind);

/* Takes bytes of an event stream. */
int openai_stream_feed(struct openai_parser *p, const char *data, size_t size);

/* Says what was wrong with a stream that ended properly. */
void openai_stream_finish(struct openai_parser *p);

/* Reads the collected body. */
int openai_whole_finish(struct openai_parser *p, bool clean);

/* All that a usual chunk or answer says. */
int openai_report_scan(struct openai_parser *p, const struct openai_scan *scan);

/* One choice: its delta or message (an object; NULL or another type is
 * nothing), then its finish reason, which may be empty. */
int openai_choice_content(struct openai_parser *p, uint32_t choice,
                          json_t *delta);
int openai_choice_finish(struct openai_parser *p, uint32_t choice,
                         struct json_slice reason);

/* True if the reason that was told explains why there is no content. */
bool openai_choices_limited(const struct openai_parser *p);

/* True if `n` choices or more have finished, and all that have begun. */
bool openai_choices_ended(const struct openai_parser *p, uint32_t n);

/* A delta that holds only text, or only says that something begins. */
int openai_choice_start(struct openai_parser *p, uint32_t choice);
int openai_choice_text(struct openai_parser *p, uint32_t choice,
                       const char *text, size_t size);

/* The text of a string; empty for NULL or another type. */
struct json_slice openai_text_of(const json_t *value);

/* Remembers id and model, the first time that they are not empty. */
void openai_note_names(struct openai_parser *p, struct json_slice id,
                       struct json_slice model);

/* A usage object, or what stands in its place. */
int openai_report_usage(struct openai_parser *p, const json_t *told);

/* What was found in one; nothing without a count of the prompt. */
int openai_report_counts(struct openai_parser *p,
                         const struct usage_counts *counts);

/* True if the document is or holds an error. */
bool openai_is_error(const json_t *document);

/* Reports the error in a document that is one, or a body that came with an
 * error status. */
int openai_report_error(struct openai_parser *p, const json_t *document);

/* Reports an error of which there are only words. */
int openai_report_error_text(struct openai_parser *p, const char *text,
                             size_t size);

/* Copies text of the provider made harmless: sanitised and without anything
 * that looks like the credential. */
void openai_copy_text(const struct openai_parser *p, const char *text,
                      size_t size, char *ret_text, size_t capacity);

#endif
