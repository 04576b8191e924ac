/*
 * front.h - a call that came by RPC: its caller, and how it is answered.
 *
 * The link between an unanswered `struct rpc_call` and a running `struct
 * call`: deltas and events become notifications, the result becomes the one
 * response.  A call that has a name may be followed by several of them.
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

/* Answers `rpc` with the deltas from `from_seq` on, and with the result, of
 * the call that its user knows by this name. */
void front_resume(struct app *app, struct rpc_call *rpc, const char *request_id,
                  int64_t from_seq);

/* Cancels the call behind an RPC call; false if there is none that runs. */
bool front_cancel(const struct rpc_call *rpc, const char *why);

#endif
