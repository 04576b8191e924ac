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

/* Tells of a transition of the breaker since the last time. */
void target_note_breaker(struct target *t);

#endif
