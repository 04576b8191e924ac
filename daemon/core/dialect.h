/*
 * dialect.h - what a provider speaks: requests out, bytes in, events back.
 *
 * A dialect is a table of functions.  It builds the HTTP request for a call
 * and reads the response to it, streamed or not, as one sequence of events:
 *
 *     START?  (PING | DELTA | USAGE | FINISH | MALFORMED)*  DONE?
 *     ERROR at any point, also as the first event of a 200
 *
 * Dialects know nothing of transports, routes or breakers, and they do not
 * judge: the facts they gather go to core/outcome.
 */
#ifndef AIGW_CORE_DIALECT_H
#define AIGW_CORE_DIALECT_H

#include "core/answer.h"
#include "core/chat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a request goes. */
struct dialect_header {
    const char *name;
    const char *value;
};

struct dialect_target {
    const char *base_url; /* Without a trailing slash. */
    const char *model;    /* As the provider names it. */
    const char *key;      /* The credential, or NULL. */
    int64_t max_tokens;   /* Most that may be asked for; 0: no limit known. */
    int64_t usual_max_tokens; /* Asked for where the request names no limit; 0:
                                 none is. */
    const struct dialect_header *headers; /* Configured additions. */
    size_t n_headers;
};

enum {
    DIALECT_MAX_HEADERS = 24,       /* Of one request, configured included. */
    DIALECT_TEXT_SIZE = 128,        /* Identifiers a provider gives. */
    DIALECT_ERROR_MAX_BYTES = 65536 /* An error body is read up to here. */
};

/* An HTTP request.  Its headers hold the credential: the owner releases it
 * with dialect_http_deinit(), which overwrites them, as soon as the transfer
 * has copied what it needs. */
struct dialect_http {
    const char *method; /* Static. */
    char *url;
    struct dialect_header headers[DIALECT_MAX_HEADERS];
    size_t n_headers;
    char *body; /* NULL with GET. */
    size_t body_size;
    char *header_block; /* The memory of the headers. */
    size_t header_block_size;
};

/* Harmless on a zeroed struct and when repeated. */
void dialect_http_deinit(struct dialect_http *http);

enum dialect_event_kind {
    DIALECT_START,  /* The answer has begun; no content yet.  No commit. */
    DIALECT_PING,   /* A comment or keep-alive: alive, but no progress. */
    DIALECT_DELTA,  /* Content: text, tool calls, reasoning. */
    DIALECT_FINISH, /* A choice ended with `finish`. */
    DIALECT_USAGE,  /* Replaces any earlier USAGE of the attempt. */
    DIALECT_DONE,   /* The provider says that the stream is over. */
    DIALECT_ERROR,  /* The provider reports an error; nothing good follows. */
    DIALECT_MALFORMED, /* Part of the stream made no sense and was skipped. */
};

/* Valid for the duration of the callback. */
struct dialect_event {
    enum dialect_event_kind kind;
    uint32_t choice; /* DELTA, FINISH: which answer of several. */

    /* DELTA: the plain text in it, whole code points only; may be empty. */
    const char *text;
    size_t size;

    /* DELTA: true if `text` is all there is.  Otherwise `delta` is an OpenAI
     * delta object with everything in it, `text` included as `content`. */
    bool plain;
    struct json_slice delta;

    const char *finish;            /* FINISH */
    const struct usage *usage;     /* USAGE */
    const struct api_error *error; /* ERROR */
};

/* Returns 0, or a negative status that ends the parsing. */
typedef int (*dialect_event_fn)(void *ctx, const struct dialect_event *event);

/* How the response to a request is to be read. */
struct dialect_params {
    bool streamed;        /* What was asked for; what comes is looked at. */
    bool embed;           /* The answer to build_embed(). */
    bool finish_optional; /* Streams of this target may end by [DONE] alone. */
    uint32_t n_choices;   /* Asked for; fewer may come.  0 is as 1. */
    const char *key;      /* Removed from error texts; copied.  May be NULL. */
    const struct dialect_header *headers; /* Their values too; borrowed. */
    size_t n_headers;
    size_t response_max_bytes; /* Of the body. */
};

/* The first line and headers of the response. */
struct dialect_head {
    int http_status;
    const char *content_type; /* NULL if absent. */
};

/* What is known about the attempt so far; all of it at dialect_finish(). */
struct dialect_facts {
    /* Proof that the answer is whole: every choice that was asked for, and
     * every one that began, has finished.  Fewer than asked for are enough
     * once the stream has ended properly. */
    bool terminal;
    bool done;      /* DONE was seen. */
    bool content;   /* Some DELTA was seen. */
    bool malformed; /* Some MALFORMED was seen. */
    bool has_usage;
    enum answer_defect defect;
    struct api_error error;
    struct usage usage;
    char finish[32]; /* Of choice 0; "unknown" for a DONE without one. */
    char id[DIALECT_TEXT_SIZE];    /* Of the answer: "chatcmpl-...". */
    char model[DIALECT_TEXT_SIZE]; /* The one that answered. */

    /* The answer as it came, when it came unstreamed and is one: an object.
     * Valid as long as the parser. */
    struct json_slice response;
};

/* What the parser of every dialect begins with. */
struct dialect_parser {
    struct dialect_facts facts;
};

struct dialect {
    const char *name;

    /* The builders fill a zeroed `ret_http`.  0, AIGW_ENOMEM, AIGW_ETOOBIG,
     * or AIGW_ENOTSUP where the provider has no such thing. */
    int (*build_chat)(const struct chat_request *request,
                      const struct dialect_target *target, bool streamed,
                      struct dialect_http *ret_http);
    int (*build_embed)(const struct embed_request *request,
                       const struct dialect_target *target,
                       struct dialect_http *ret_http);

    /* A request that costs nothing and needs the credential. */
    int (*build_probe)(const struct dialect_target *target,
                       struct dialect_http *ret_http);

    /* NULL without memory. */
    struct dialect_parser *(*parser_new)(const struct dialect_params *params);

    /* Before the first byte of the body. */
    void (*parser_head)(struct dialect_parser *p,
                        const struct dialect_head *head);

    /* Takes the next bytes of the body and reports what they complete.  0, or
     * the status that ended it, then and at every later call: AIGW_ETOOBIG
     * past a limit (also a `defect`), AIGW_ENOMEM, or what `on_event`
     * returned.  `on_event` may not free the parser. */
    int (*parser_feed)(struct dialect_parser *p, const char *data, size_t size,
                       dialect_event_fn on_event, void *ctx);

    /* The body is over: at its proper end (`clean`), or cut off.  Reports the
     * events of an unstreamed answer; says nothing after a failure.  As
     * parser_feed(). */
    int (*parser_finish)(struct dialect_parser *p, bool clean,
                         dialect_event_fn on_event, void *ctx);

    const struct dialect_facts *(*parser_facts)(const struct dialect_parser *p);

    /* NULL is harmless. */
    void (*parser_free)(struct dialect_parser *p);
};

/* The dialect called `name` in the configuration, or NULL. */
const struct dialect *dialect_find(const char *name);

/* Names of all dialects, for error messages, ended by NULL. */
const char *const *dialect_names(void);

#endif
