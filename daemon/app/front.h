/*
 * front.h - a call that came by RPC: its caller, and how it is answered.
 *
 * The link between an unanswered `struct rpc_call` and a running `struct
 * call`: deltas and events become notifications, the result becomes the one
 * response.
 */
#ifndef AIGW_APP_FRONT_H
#define AIGW_APP_FRONT_H

#include "app/proxy.h"
#include "app/session.h"

enum front_form {
    FRONT_GENERATE,      /* The fields of `generate`. */
    FRONT_RESPONSE_MAP,  /* `response` as a map, as the body came. */
    FRONT_RESPONSE_TEXT, /* `response` as JSON text, as the body came. */
};

/* Starts the call that `params` describe and answers `rpc` with its result, or
 * with the error that prevents it.  Takes over what `params` owns. */
void front_start(struct app *app, struct rpc_call *rpc,
                 struct call_params *params, enum front_form form);

/* The running call behind an RPC call, or NULL if it is of another kind. */
struct call *front_call(const struct rpc_call *rpc);

#endif
