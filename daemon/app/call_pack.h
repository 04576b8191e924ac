/*
 * call_pack.h - the one answer of a call as MessagePack.
 *
 * What `generate`, `chat` and `embed` answer with is packed here, whoever it
 * is for: straight into a connection, or into bytes that are kept and given to
 * several callers.
 */
#ifndef AIGW_APP_CALL_PACK_H
#define AIGW_APP_CALL_PACK_H

#include "app/proxy.h"
#include "proto/pack.h"

/* How the provider's object is shown; the values are stored. */
enum call_form {
    CALL_FORM_GENERATE,      /* Not at all: the fields of `generate`. */
    CALL_FORM_RESPONSE_MAP,  /* `response` as a map, as the body came. */
    CALL_FORM_RESPONSE_TEXT, /* `response` as JSON text, as the body came. */
};

/* One map: how the call ended, as its `done` tells.  Not for a result with a
 * `status`, which is an RPC error. */
void call_pack_result(struct pack *p, const struct call *c,
                      const struct call_result *r, enum call_form form);

/* The same for a call of which nothing is known but how far it came. */
struct call_remains {
    const char *request_id;
    const char *route; /* NULL: not known. */
    const char *error_code;
    const char *error;
    struct json_slice partial; /* Its text; NULL: it had not begun. */
};

void call_pack_remains(struct pack *p, const struct call_remains *remains);

/* "attempt", "failover", ... */
const char *call_event_name(enum call_event_kind kind);

/* One event of a call as a map, the third part of `call.event`. */
void call_pack_event(struct pack *p, const struct call_event *ev);

#endif
