/*
 * front.h - a call that came by RPC: its caller, and how it is answered.
 *
 * The link between an unanswered `struct rpc_call` and a running `struct
 * call`: deltas and events become notifications, the result becomes the one
 * response.
 */
#ifndef AIGW_APP_FRONT_H
#define AIGW_APP_FRONT_H

#include "app/call_pack.h"
#include "app/proxy.h"
#include "app/session.h"

/* Starts the call that `params` describe and answers `rpc` with its result, or
 * with the error that prevents it.  Takes over what `params` owns. */
void front_start(struct app *app, struct rpc_call *rpc,
                 struct call_params *params, enum call_form form);

/* The running call behind an RPC call, or NULL if it is of another kind. */
struct call *front_call(const struct rpc_call *rpc);

#endif
