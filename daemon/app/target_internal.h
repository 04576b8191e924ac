/*
 * target_internal.h - what the files of a target share.
 */
#ifndef AIGW_APP_TARGET_INTERNAL_H
#define AIGW_APP_TARGET_INTERNAL_H

#include "app/events.h"
#include "app/target.h"

/* Makes an event of something that happened to the target. */
void target_note(struct target *t, enum event_kind kind, const char *from,
                 const char *to, const char *reason);

/* Tells of a transition of the breaker since the last time.  `cause` is what
 * set it off, or NULL. */
void target_note_breaker(struct target *t, const char *cause);

/* The same for the gates of all keys, with what may have limited or latched
 * one and what may have opened one; NULL if that was time alone. */
void target_note_gates(struct target *t, const char *shut_by,
                       const char *opened_by, int64_t now_ms);

/* breaker_report(), and tells of what comes of it.  `cause` is that of a
 * failure. */
void target_vote(struct target *t, struct breaker_permit *permit,
                 enum breaker_outcome outcome, const char *cause,
                 int64_t now_ms);

/* "auth", "quota", "model". */
const char *target_latch_name(enum gate_latch latch);

#endif
