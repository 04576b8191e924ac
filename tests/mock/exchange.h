/*
 * exchange.h - one request of a provider's API and its answer.
 *
 * It is made by mock.c, waits for its latency, and then is answered by
 * chat.c, by another endpoint, or by play.c if a fault has the say.  Whoever
 * answers ends it with exactly one of exchange_finish(), _close() and
 * _reset(), after which it must not be touched; if the peer goes away first,
 * the exchange ends itself and charges what was sent.
 */
#ifndef AIGW_TESTS_MOCK_EXCHANGE_H
#define AIGW_TESTS_MOCK_EXCHANGE_H

#include "answer.h"
#include "chat_request.h"
#include "fault.h"
#include "render.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct exchange;
struct http_conn;
struct mock;

enum {
    EXCHANGE_CHUNKED = -1, /* As a length: Transfer-Encoding: chunked. */
    EXCHANGE_NO_LENGTH = -2
};

struct exchange {
    struct mock *mock;
    struct http_conn *conn;
    enum fault_path path;
    bool keep_alive;
    bool counted; /* In mock->answering. */
    uint64_t number;
    char *authorization;         /* The header's value; "" without. */
    struct chat_request request; /* Chat only. */
    char *input;                 /* Other endpoints: the whole body. */
    size_t input_size;

    struct fault_hits hits;
    struct bytes headers;     /* Lines that modifiers add. */
    const char *content_type; /* From a modifier, or NULL. */
    enum render_usage_shape usage_shape;
    enum answer_shape answer_shape;
    size_t repeat_bytes;
    bool no_done;
    bool no_finish;
    const char *filter; /* The reason for an answer without text; or NULL. */
    int64_t delay_ms;

    struct answer answer;
    struct render_stream stream;
    bool streaming;  /* `stream` is in use. */
    bool broken;     /* A fault inside the stream has done its work. */
    bool finished;   /* The finish_reason was sent. */
    bool generating; /* From here on it is charged. */
    unsigned next;   /* The next piece to send. */
    int64_t emitted; /* Pieces sent, of all choices. */
    int64_t due_ms;  /* Loop time of the next piece. */
    int64_t left;    /* Of what a fault produces in bulk. */
    bool dripping;   /* Output goes to `held` instead. */
    struct bytes held;

    uv_timer_t timer;
    bool has_timer;
    void (*resume)(struct exchange *x); /* On the timer or the drain. */
    bool awaits_drain;
};

/* Makes an exchange that `c` refers to; charges nothing yet. */
struct exchange *exchange_new(struct mock *m, struct http_conn *c);

/* The kind of the fault that has the say; FAULT_KIND_COUNT without one. */
enum fault_kind exchange_action(const struct exchange *x);

/* Applies the modifiers that fired. */
void exchange_modify(struct exchange *x);

/* Calls `resume` in `ms`. */
void exchange_wait(struct exchange *x, int64_t ms,
                   void (*resume)(struct exchange *x));

/* Calls `resume` as soon as the kernel has taken everything, but not from
 * within. */
void exchange_wait_writable(struct exchange *x,
                            void (*resume)(struct exchange *x));

/* Appends a response head to `out`; `length` may be one of the above. */
void exchange_head(struct exchange *x, struct bytes *out, int status,
                   const char *type, int64_t length);

/* Sends; a dripping exchange keeps it for later. */
void exchange_write(struct exchange *x, const void *data, size_t size);

/* Sends a whole response and ends the exchange, unless the fault that has the
 * say breaks the body. */
void exchange_reply(struct exchange *x, int status, const char *type,
                    const struct bytes *body);

/* Sends an error as a whole response and ends the exchange. */
void exchange_reply_error(struct exchange *x, const struct render_error *error);

/* Charges the prompt and everything in `x->answer`, sent or not. */
void exchange_generate_all(struct exchange *x);

/* What usage to report. */
struct render_usage exchange_usage(const struct exchange *x);

void exchange_finish(struct exchange *x);
void exchange_close(struct exchange *x);
void exchange_reset(struct exchange *x);

/* The peer has gone. */
void exchange_abandon(struct exchange *x);

#endif
