/*
 * load.h - what the two load generators share: options, calls in flight, and
 * what is measured of them.
 *
 * rpc_load drives aigwd through MessagePack-RPC, sse_load an HTTP provider;
 * both keep a number of calls in flight on a number of connections, and print
 * the same line of figures, so that the two can stand in one table.
 *
 * These are programs of one purpose: what goes wrong ends them with a message.
 */
#ifndef AIGW_TESTS_BENCH_LOAD_H
#define AIGW_TESTS_BENCH_LOAD_H

#include "core/hist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* A person sees text stop after about this long. */
    LOAD_STALL_US = 100000,
    /* Delayed acknowledgements last 40 ms: where Nagle's algorithm waits for
     * one, answers come this late. */
    LOAD_LATE_US = 39000,
};

struct load_options {
    const char *address;  /* Path of a socket, or HOST:PORT. */
    const char *path;     /* HTTP: what comes before the endpoint's. */
    unsigned connections; /* rpc_load: at most 256, as the daemon. */
    unsigned depth;       /* Calls in flight on each. */
    unsigned tokens;      /* Streams: due in each answer. */
    const char *prompt;   /* Streams: the number of the call is appended. */
    bool stream;
    int64_t duration_ms; /* Calls begin this long; then those in flight end. */
    int64_t ramp_ms;     /* The first calls are spread over this time. */
};

/* One call in flight, and its successors. */
struct load_call {
    int64_t start_ns;
    int64_t last_ns; /* The last token; the start, before the first. */
    char *text;      /* Streams: what must come. */
    size_t text_size;
    size_t text_at;  /* How much of it came. */
    unsigned tokens; /* Pieces that came. */
    bool wrong;      /* Something else came. */
};

struct load {
    struct load_options options;
    int epoll;
    int64_t start_ns;
    int64_t stop_ns; /* No call begins after this. */
    unsigned n_calls;
    unsigned n_begun; /* Calls that have begun for the first time. */
    unsigned in_flight;
    struct load_call *calls; /* Those of connection i begin at i * depth. */

    uint64_t ended;
    uint64_t failed; /* Of those: not answered, or wrongly. */
    uint64_t tokens;
    uint64_t stalls; /* Gaps between tokens above LOAD_STALL_US. */
    uint64_t late;   /* Gaps, or answers not streamed, of LOAD_LATE_US. */
    struct hist latency;
    struct hist first; /* Time to first token. */
    struct hist gaps;
};

/* How a generator begins a call, and takes what came on a connection. */
struct load_ops {
    void (*begin)(struct load *l, unsigned call);
    void (*readable)(struct load *l, unsigned connection);
};

/* Reads the command line, makes the calls and raises the limit of files.  A
 * usage error ends the program with 64. */
void load_init(struct load *l, int argc, char **argv);
void load_deinit(struct load *l);

/* Prints a message, ends the program with 1. */
void load_die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* The prompt of a call; free() it. */
char *load_prompt(const struct load *l, unsigned call);

/* Waits for the connected socket `fd` to become readable. */
void load_add(struct load *l, int fd, unsigned connection);

/* Sends all of `data`, which the peer must have room for. */
void load_send(int fd, const void *data, size_t size);

/* Runs to the end. */
void load_run(struct load *l, const struct load_ops *ops);

/* Counts a piece of text of a call. */
void load_token(struct load *l, struct load_call *c, int64_t now_ns);

/* Compares text with what must come next. */
void load_compare(struct load_call *c, const char *text, size_t size);

/* Counts the end of a call, and begins its successor while there is time. */
void load_end(struct load *l, unsigned call, bool good,
              const struct load_ops *ops);

/* Prints the figures: one line of key=value. */
void load_report(const struct load *l);

#endif
