/*
 * rpc.h - the MessagePack-RPC envelope.
 *
 *     request       [0, msgid, method, params]
 *     response      [1, msgid, error, result]
 *     notification  [2, method, params]
 *
 * Reading takes a frame that frame.h has let through and gives views into it;
 * writing goes through pack.h.  What methods there are and what they mean is
 * no concern of this file.
 */
#ifndef AIGW_PROTO_RPC_H
#define AIGW_PROTO_RPC_H

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack;

enum {
    RPC_METHOD_MAX = 100 /* Bytes in a method's name. */
};

enum rpc_type {
    RPC_REQUEST = 0,
    RPC_RESPONSE = 1,
    RPC_NOTIFICATION = 2,
};

struct rpc_message {
    enum rpc_type type;
    uint32_t msgid;        /* REQUEST, RESPONSE. */
    const char *method;    /* REQUEST, NOTIFICATION: not NUL-terminated. */
    size_t method_size;    /* At most RPC_METHOD_MAX. */
    msgpack_object params; /* REQUEST, NOTIFICATION: always an array. */
    msgpack_object error;  /* RESPONSE: nil when there was none. */
    msgpack_object result; /* RESPONSE. */
    msgpack_zone zone;     /* Owns the arrays and maps of the above. */
};

/* Reads `size` bytes that frame_scan() found to be one frame.  Everything in
 * `ret` points into `data` or into its own zone: keep `data` until
 * rpc_message_free(), which the caller owes after success and only then.
 *
 * AIGW_EREQUEST: sound MessagePack, but no envelope: a wrong type or number of
 * elements, params that are no array, a method name that is too long.
 * AIGW_EMALFORMED: not one MessagePack object.  AIGW_ENOMEM.
 * rpc_peek() tells who is waiting for an answer all the same. */
int rpc_parse(const void *data, size_t size, struct rpc_message *ret);

void rpc_message_free(struct rpc_message *m);

/* Reads type and msgid from the head of a frame that is broken, refused or
 * incomplete further on, so that its sender can be told.  False if even that
 * much is not there, or if the type is one that carries no msgid. */
bool rpc_peek(const void *data, size_t size, enum rpc_type *ret_type,
              uint32_t *ret_msgid);

/* Each begins a message in `p`, outside of any map or array there; the caller
 * then writes exactly one object: the params (an array) or the result. */
void rpc_begin_request(struct pack *p, uint32_t msgid, const char *method);
void rpc_begin_notification(struct pack *p, const char *method);
void rpc_begin_response(struct pack *p, uint32_t msgid);

/* Writes a complete response with the error `[status, text]`.  A status that
 * has no meaning on the wire becomes AIGW_EINTERNAL, but for AIGW_OK, which is
 * written as 0: the code of Neovim's exceptions.  NULL as `text` stands for the
 * status's own. */
void rpc_put_error(struct pack *p, uint32_t msgid, int status,
                   const char *text);

#endif
