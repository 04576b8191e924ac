/*
 * methods.h - the handlers of the RPC methods.
 *
 * One function for each line of proto/methods.def, called methods_IDENT: it
 * reads `params` (an array, valid during the call only) and answers `call`
 * exactly once, at once or later.  Permission has been checked.
 *
 *     methods.c          the dispatch, hello
 *     methods_call.c     generate, chat, embed, cancel
 *     methods_session.c  session.list, session.get, session.resume,
 *                        session.delete
 *     methods_explain.c  explain
 *     methods_observe.c  status, watch, unwatch, events, metrics
 *     methods_requests.c  requests
 *     methods_cost.c     cost
 *     methods_budget.c   budget.list, budget.set
 *     methods_admin.c    target.set, breaker.set, probe, config.*, drain
 *     methods_drill.c    drill.*
 *     methods_credential.c  credential.refresh
 */
#ifndef AIGW_APP_METHODS_H
#define AIGW_APP_METHODS_H

#include "app/app.h"
#include "app/session.h"
#include "proto/unpack.h"

#define AIGW_METHOD(ident, name, admin, streaming, help)                       \
    void methods_##ident(struct app *app, struct rpc_call *call,               \
                         const msgpack_object *params);
#include "proto/methods.def"
#undef AIGW_METHOD

/* The session_dispatch_fn of the daemon. */
void methods_dispatch(struct app *app, struct rpc_call *call,
                      const msgpack_object *params);

/* Begins to read the fields of the first element of `params`. */
void methods_unpack(struct unpack *u, const msgpack_object *params,
                    struct aigw_err *err);

/* Finds the target that the field `key` names.  NULL: `call` has been answered
 * with the error (a required field is missing, or no such target). */
struct target *methods_target(struct app *app, struct rpc_call *call,
                              struct unpack *u, const char *key);

#endif
