/*
 * mock.h - the whole mock provider: its servers, faults and books.
 *
 * Requests come in through mock.c, which sorts them by path; each of them
 * becomes an exchange, except those to /__mock/, which admin.c answers.
 */
#ifndef AIGW_TESTS_MOCK_MOCK_H
#define AIGW_TESTS_MOCK_MOCK_H

#include "fault.h"
#include "http_server.h"
#include "options.h"
#include "stats.h"

#include <uv.h>

struct mock {
    uv_loop_t *loop;
    const struct options *options;
    struct http_server server;
    struct http_server admin; /* Never opened without --admin. */
    struct fault_set faults;
    struct stats stats;
    uv_timer_t refusal;   /* Ends a `refuse` with a time. */
    unsigned refusal_id;  /* The fault that it ends; 0: none. */
    uint64_t next_number; /* Of the next answer. */
    int64_t answering;    /* Chat requests that came and have no end yet. */
    struct bytes out;     /* Scratch: what is about to be written. */
    struct bytes body;    /* Scratch: the body of a response. */
};

/* Opens the servers; 0, or an exit code with the reason on stderr. */
int mock_start(struct mock *m, uv_loop_t *loop, const struct options *options);

/* Ends all connections and releases everything; the loop then runs out. */
void mock_stop(struct mock *m);

/* Releases the memory; after the loop has ended. */
void mock_deinit(struct mock *m);

/* Adds a fault and puts it into effect if it is about connections. */
unsigned mock_add_fault(struct mock *m, struct fault *f);

/* Removes one fault, or all with 0, and ends its effect. */
void mock_remove_faults(struct mock *m, unsigned id);

#endif
