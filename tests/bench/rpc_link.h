/*
 * rpc_link.h - a connection to aigwd, for the programs that put load on it.
 *
 * What goes wrong ends the program with a message, as in load.h.
 */
#ifndef AIGW_TESTS_BENCH_RPC_LINK_H
#define AIGW_TESTS_BENCH_RPC_LINK_H

#include "proto/bytes.h"
#include "proto/frame.h"
#include "proto/rpc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RPC_LINK_BYTES = 64 * 1024 * 1024 /* Of one message, either way. */
};

struct rpc_link {
    int fd;
    struct frame frame;
    struct bytes in;
};

/* Connects to the socket at `path`, for which it waits so long. */
void rpc_link_open(struct rpc_link *l, const char *path, int64_t patience_ms);
void rpc_link_close(struct rpc_link *l);

/* The request for a `generate`; bytes_deinit() it. */
void rpc_link_pack(struct bytes *out, uint32_t msgid, const char *prompt,
                   bool stream);

/* Reads once what has come, and hands each message on. */
void rpc_link_read(struct rpc_link *l,
                   void (*take)(void *ctx, const struct rpc_message *m),
                   void *ctx);

/* True if `m` is a notification of that method. */
bool rpc_link_is(const struct rpc_message *m, const char *method);

/* True if `m` is a delta with text in it; `ret_text` lives as long as `m`. */
bool rpc_link_delta(const struct rpc_message *m, uint64_t *ret_msgid,
                    const char **ret_text, size_t *ret_size);

/* True if `m`, a response, is a success; `ret_text` is the whole answer and
 * lives as long as `m`. */
bool rpc_link_success(const struct rpc_message *m, const char **ret_text,
                      size_t *ret_size);

#endif
