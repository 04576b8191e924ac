/*
 * target_restore.c - a target takes up the health it had before the daemon was
 * restarted (core/saved.h).
 */
#include "app/target_internal.h"

static const char REMEMBERED[] = "from before the restart";

void
target_restore_breaker(struct target *t, const struct saved_breaker *saved,
                       int64_t now_ms)
{
    saved_breaker_restore(&t->breaker, saved, now_ms);
    target_note_breaker(t, REMEMBERED);
}

void
target_restore_gate(struct target *t, size_t key,
                    const struct saved_gate *saved, int64_t now_ms)
{
    saved_gate_restore(&t->gates[key], saved, now_ms);
    target_note_gates(t, REMEMBERED, NULL, now_ms);
}
