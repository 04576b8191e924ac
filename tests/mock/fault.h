/*
 * fault.h - what goes wrong, for whom, and how often.
 *
 * A fault is parsed from `kind=KIND,key=value,...` (README.md lists all
 * keys).  This module decides which faults fire for a request; carrying them
 * out is the work of play_*.c.  Faults are counted references, so that a
 * fault can be removed while an answer still acts on it.
 */
#ifndef AIGW_TESTS_MOCK_FAULT_H
#define AIGW_TESTS_MOCK_FAULT_H

#include "base/rng.h"
#include "proto/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(enumerator, name, modifies) */
#define FAULT_KINDS(X)                                                         \
    X(STATUS, "status", false)                                                 \
    X(REFUSE, "refuse", false)                                                 \
    X(ACCEPT_RESET, "accept-reset", false)                                     \
    X(LATENCY, "latency", true)                                                \
    X(HANG, "hang", false)                                                     \
    X(DROP, "drop", false)                                                     \
    X(DROP_RESET, "drop-reset", false)                                         \
    X(SILENCE, "silence", false)                                               \
    X(STALL, "stall", false)                                                   \
    X(CUT, "cut", false)                                                       \
    X(CUT_UTF8, "cut-utf8", false)                                             \
    X(CUT_JSON, "cut-json", false)                                             \
    X(CUT_LINE, "cut-line", false)                                             \
    X(RESET, "reset", false)                                                   \
    X(END, "end", false)                                                       \
    X(EMPTY, "empty", false)                                                   \
    X(NO_CHOICES, "no-choices", false)                                         \
    X(NULL_CONTENT, "null-content", false)                                     \
    X(HTML, "html", false)                                                     \
    X(CONTENT_TYPE, "content-type", true)                                      \
    X(BAD_JSON, "bad-json", false)                                             \
    X(ERROR_200, "error-200", false)                                           \
    X(ERROR_FIRST, "error-first", false)                                       \
    X(ERROR_AFTER, "error-after", false)                                       \
    X(MALFORMED, "malformed", false)                                           \
    X(DRIP, "drip", false)                                                     \
    X(PINGS, "pings", false)                                                   \
    X(NO_DONE, "no-done", true)                                                \
    X(NO_FINISH, "no-finish", true)                                            \
    X(FILTER, "filter", true)                                                  \
    X(NO_USAGE, "no-usage", true)                                              \
    X(USAGE, "usage", true)                                                    \
    X(HEADERS, "headers", true)                                                \
    X(RATELIMIT, "ratelimit", true)                                            \
    X(CLOSE, "close", true)                                                    \
    X(CONTINUATION, "continuation", true)                                      \
    X(REJECT_PREFILL, "reject-prefill", false)                                 \
    X(ECHO_KEY, "echo-key", false)                                             \
    X(REDIRECT, "redirect", false)                                             \
    X(BIG_HEADER, "big-header", false)                                         \
    X(INFINITE_BODY, "infinite-body", false)                                   \
    X(GZIP_BOMB, "gzip-bomb", false)                                           \
    X(TINY_EVENTS, "tiny-events", false)

enum fault_kind {
#define X(id, name, modifies) FAULT_##id,
    FAULT_KINDS(X)
#undef X
    FAULT_KIND_COUNT
};

enum fault_path {
    FAULT_PATH_CHAT,
    FAULT_PATH_EMBEDDINGS,
    FAULT_PATH_MODELS,
    FAULT_PATH_ALL,
    FAULT_PATH_OTHER /* Of a request that is none of these. */
};

/* Where an answer breaks; FAULT_UNSET: after a number of tokens. */
enum fault_place {
    FAULT_PLACE_START, /* Before anything of the body. */
    FAULT_PLACE_FINISH /* After the finish_reason. */
};

enum {
    FAULT_UNSET = -1,
    FAULT_MODIFIERS_MAX = 16
};

struct fault {
    unsigned id;
    int refs;
    struct bytes spec; /* As it was given. */
    enum fault_kind kind;

    /* Whom it hits; FAULT_UNSET or NULL is everybody. */
    int64_t path; /* enum fault_path */
    char *match;
    char *auth;
    int64_t stream;
    int64_t reused;
    int64_t continuation;
    int64_t beyond;
    int64_t skip;
    int64_t every;
    int64_t count;
    double rate;
    int64_t seen;  /* Matching requests so far. */
    int64_t fired; /* Those it was carried out for. */

    /* What it does; FAULT_UNSET or NULL leaves it to the kind. */
    int64_t ms;
    int64_t place; /* enum fault_place */
    int64_t after;
    int64_t status;
    int64_t bytes;
    int64_t events;
    int64_t pings;
    int64_t chars;
    int64_t bill;
    int64_t in_headers; /* drip: the headers too. */
    char *code;
    char *body;
    char *type;
    char *text;
    char *shape;
    char *location;
    char *limit;
    char *remaining;
    char *reset;
    struct bytes headers; /* Whole lines with their CRLF. */
};

struct fault_set {
    struct fault **items;
    size_t n;
    unsigned next_id;
    struct rng rng;
};

/* What a fault may ask of a request. */
struct fault_query {
    enum fault_path path;
    const char *prompt; /* Never NULL. */
    const char *auth;   /* The bearer key; never NULL. */
    bool stream;
    bool reused;
    int64_t at_once; /* Chat requests that are being answered, with this. */
    bool continuation;
    bool prefilled; /* The last message is the assistant's. */
};

struct fault_hits {
    struct fault *action; /* Referenced for the caller; or NULL. */
    struct fault *modifiers[FAULT_MODIFIERS_MAX]; /* Likewise. */
    size_t n_modifiers;
};

/* A fault without a kind; one reference. */
struct fault *fault_new(void);

/* Sets `key` to `value`; 0, or -1 if there is no such key or value. */
int fault_assign(struct fault *f, const char *key, const char *value);

/* False if it lacks what every fault needs. */
bool fault_is_complete(const struct fault *f);

/* Parses a SPEC.  NULL, with the text at fault in `ret_culprit`, if it is
 * none. */
struct fault *fault_parse(const char *spec, char ret_culprit[64]);

void fault_unref(struct fault *f);
bool fault_is_expired(const struct fault *f);
bool fault_is_modifier(enum fault_kind kind);

void fault_set_init(struct fault_set *set, uint64_t seed);

/* Takes over the reference and numbers the fault. */
unsigned fault_set_add(struct fault_set *set, struct fault *f);

/* Removes one fault; 0 removes all. */
void fault_set_remove(struct fault_set *set, unsigned id);

/* Which faults fire for the request; counts them. */
void fault_set_match(struct fault_set *set, const struct fault_query *query,
                     struct fault_hits *ret_hits);

/* Whether the next connection is accepted. */
bool fault_set_accepts(struct fault_set *set);

/* Whether a `refuse` stands that has no end of its own. */
bool fault_set_refuses(const struct fault_set *set);

#endif
