/*
 * phase.h - how long each step of one attempt may take.
 *
 *     RESOLVE -> CONNECT -> WRITE -> HEAD -> EVENT -> TOKEN -> CONTENT
 *                              \-> ANSWER   (not streamed)
 *
 * A pure clock over the milestones of a transfer.  The owner tells what has
 * happened, arms a timer for phase_wakeup() and asks phase_expired() when it
 * fires.  Bytes prove that the peer is alive, content that it makes progress;
 * each has its own limit.  While the transfer is paused because our own caller
 * reads slowly, no limit of the peer's runs.
 */
#ifndef AIGW_CORE_PHASE_H
#define AIGW_CORE_PHASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct phase_limits {
    int64_t dns_ms;
    int64_t connect_ms;       /* TCP and TLS. */
    int64_t write_ms;         /* Without progress. */
    int64_t headers_ms;       /* Streamed: from written to head. */
    int64_t first_event_ms;   /* From the head; comments count. */
    int64_t first_token_ms;   /* From the head. */
    int64_t stall_ms;         /* Between bytes. */
    int64_t content_stall_ms; /* Between contents. */
    int64_t answer_ms;        /* Not streamed: from written to last byte. */
};

enum phase {
    PHASE_RESOLVE,
    PHASE_CONNECT,
    PHASE_WRITE,
    PHASE_HEAD,
    PHASE_EVENT,   /* Head seen, nothing of the stream yet. */
    PHASE_TOKEN,   /* Some event or comment seen, no content yet. */
    PHASE_CONTENT, /* Content flows. */
    PHASE_ANSWER,
};

/* Which limit ran out; the name goes into error texts. */
enum phase_limit {
    PHASE_LIMIT_NONE,
    PHASE_LIMIT_DNS,
    PHASE_LIMIT_CONNECT,
    PHASE_LIMIT_WRITE,
    PHASE_LIMIT_HEADERS,
    PHASE_LIMIT_FIRST_EVENT,
    PHASE_LIMIT_FIRST_TOKEN,
    PHASE_LIMIT_STALL,
    PHASE_LIMIT_CONTENT_STALL,
    PHASE_LIMIT_ANSWER,
};

struct phase_clock {
    struct phase_limits limits;
    enum phase phase;
    bool streamed;
    bool paused;
    size_t upload_size;      /* Bytes of the request body. */
    size_t uploaded;         /* WRITE: as last seen. */
    int64_t checked_ms;      /* WRITE: when `uploaded` was looked at. */
    int64_t entered_ms;      /* When `phase` began, or WRITE progressed. */
    int64_t head_ms;         /* When the head came. */
    int64_t last_byte_ms;    /* EVENT and later. */
    int64_t last_content_ms; /* CONTENT. */
    int64_t paused_ms;       /* When the pause began. */
};

void phase_init(struct phase_clock *c, const struct phase_limits *limits,
                bool streamed, size_t upload_size, int64_t now_ms);

/* Milestones.  Each is ignored when it comes out of order. */
void phase_resolved(struct phase_clock *c, int64_t now_ms);
void phase_connected(struct phase_clock *c, int64_t now_ms);
void phase_head(struct phase_clock *c, int64_t now_ms);
void phase_bytes(struct phase_clock *c, int64_t now_ms);
void phase_event(struct phase_clock *c, int64_t now_ms);
void phase_content(struct phase_clock *c, int64_t now_ms);
void phase_pause(struct phase_clock *c, int64_t now_ms);
void phase_resume(struct phase_clock *c, int64_t now_ms);

/* When phase_expired() must be asked, or INT64_MAX. */
int64_t phase_wakeup(const struct phase_clock *c);

/* Returns the limit that has run out at `now_ms`, if any.  `uploaded` is how
 * much of the request body has been taken by the kernel by now. */
enum phase_limit phase_expired(struct phase_clock *c, size_t uploaded,
                               int64_t now_ms);

/* "no response headers in time", for people. */
const char *phase_limit_text(enum phase_limit limit);

#endif
