/*
 * call_read.h - from the params of generate, chat and embed to a checked call.
 *
 * What `explain` says of a call is right only if it reads the same params in
 * the same way.
 */
#ifndef AIGW_APP_CALL_READ_H
#define AIGW_APP_CALL_READ_H

#include "app/proxy.h"
#include "proto/status.h"
#include "proto/unpack.h"

#include <msgpack.h>

/* As unpack_cstr(), for a name that is shown to people again: refuses what is
 * not UTF-8. */
bool call_read_name(struct unpack *u, const char *key, char *ret_text,
                    size_t capacity);

/* Each reads the array of params.  On success the caller owns the request in
 * `ret`.  Otherwise AIGW_EPARAMS with the field named in `err`, AIGW_ETOOBIG or
 * AIGW_ENOMEM, and nothing is owed. */
int call_read_prompt(const msgpack_object *params, struct call_params *ret,
                     struct aigw_err *err);
int call_read_chat(const msgpack_object *params, struct call_params *ret,
                   struct aigw_err *err);
int call_read_embed(const msgpack_object *params, struct call_params *ret,
                    struct aigw_err *err);

#endif
