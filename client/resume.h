/*
 * resume.h - coming back to a call that the daemon keeps.
 *
 * The daemon keeps calls that have a `request_id`.  When the connection is
 * lost, such a call is sent again under its id, and attaches to what is there;
 * once a piece of its stream was handed on, session.resume is sent in its
 * place, and asks for the pieces behind that.  It goes by the msgid of the
 * call, so that the rest of the stream and the answer find their way.
 *
 * Pure.
 */
#ifndef AIGW_CLIENT_RESUME_H
#define AIGW_CLIENT_RESUME_H

#include "client/calls.h"

struct core_event;

/* Learns from the request of `call` under which name the daemon keeps it, if
 * it does.  AIGW_ENOMEM. */
int resume_init(struct call *call, const char *method,
                const struct aigw_value *params);

/* Takes in that the piece `seq` of the stream has come.  AIGW_EAGAIN if it was
 * here before; AIGW_EMALFORMED if one is missing before it, so that the
 * connection is worth nothing. */
int resume_note_piece(struct call *call, uint64_t seq);

/* Makes the request of a call that has begun one for the rest of its stream.
 * AIGW_ENOMEM; the call is then unchanged. */
int resume_prepare(struct call *call);

/* Makes of a refusal to resume, an error in `event`, what it means for whoever
 * waits for the call.  AIGW_ENOMEM. */
int resume_explain(const struct call *call, struct core_event *event);

/* Whether a daemon that answers hello with `greeting` keeps calls. */
bool resume_is_offered(const struct aigw_value *greeting);

#endif
