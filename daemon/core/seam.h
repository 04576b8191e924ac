/*
 * seam.h - where one attempt's text takes over from another's.
 *
 * A model that is asked to continue an answer does one of three things: it
 * goes on, it repeats the end of what was said and goes on, or it begins again
 * from the top.  This machine is given all that was said and is fed the text
 * of the continuation (its head); it holds that back until it knows which, and
 * tells what of it is new:
 *
 *             .-- it goes on: all of it ----------------> CLEAR
 *     HOLD ---+-- it repeats: what follows the repeat --> CLEAR
 *             '-- it begins again ----------+
 *                    and reaches the end ---+----------> CLEAR
 *                    and goes another way --'----------> DIVERGED
 *
 * A repeat is the longest end of `said` (of its last SEAM_TAIL_BYTES) that the
 * head begins with, and at least SEAM_LEAST_BYTES long: shorter ones are
 * chance.  A new beginning is a head that begins as `said` does, white space
 * before either left aside; if it comes to the end of `said` it is dropped,
 * however short `said` is, and if it leaves it after SEAM_LEAST_BYTES or more
 * (and is no repeat) it is another answer, whose text does not fit.
 *
 * A head is held no longer than one of these is possible.  With fewer than
 * SEAM_LEAST_BYTES in common with `said`, SEAM_HOLD_MS and SEAM_HOLD_BYTES end
 * the wait; with more it is swallowed as long as it goes on repeating.
 *
 * The white space at the seam of a head that is no repeat: what repeats the
 * white space which the provider was not shown is dropped; otherwise one space
 * or newline is, if `said` ends in the same and has it after something that is
 * not white space (several are an indentation, where each counts).
 *
 * Thus said + CLEAR text is the uninterrupted answer, with exceptions that no
 * rule can avoid, since the same bytes mean either thing:
 *
 *   - what was said ends periodically (a rule of dashes, a repeated line), or
 *     repeats its own end: the longest repeat wins, though fewer or more
 *     periods may have been meant
 *   - the rest of the answer itself begins with the last SEAM_LEAST_BYTES or
 *     more of what was said: taken for a repeat
 *   - the rest begins with the first SEAM_LEAST_BYTES or more of what was
 *     said, or all of it, white space aside: taken for a new beginning
 *   - a repeat is longer than SEAM_TAIL_BYTES, but not from the top
 *   - the one space or newline at the seam was meant to be there twice
 *
 * Text is fed in whole code points, and what is handed on ends between code
 * points too; the decision depends on the bytes and not on how they are cut,
 * unless time decides.  Pure; never allocates.
 */
#ifndef AIGW_CORE_SEAM_H
#define AIGW_CORE_SEAM_H

#include "core/json.h"
#include "core/overlap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SEAM_TAIL_BYTES = OVERLAP_MAX_BYTES,
    SEAM_LEAST_BYTES = 16,
    SEAM_HOLD_BYTES = 256,
    SEAM_HOLD_MS = 500,
};

enum seam_verdict {
    SEAM_HOLD,     /* Nothing may be handed on yet. */
    SEAM_CLEAR,    /* What is passed is new, as is all that follows. */
    SEAM_DIVERGED, /* Another answer: nothing of it may be handed on. */
};

/* What may be handed on now, in this order; either may be empty. */
struct seam_pass {
    struct json_slice held;  /* Kept from earlier calls: in the machine. */
    struct json_slice fresh; /* The part of the text just fed. */
};

/* 12 KiB: made when an answer is continued, not for each call. */
struct seam {
    struct json_slice said;
    size_t unseen; /* Bytes at the end of `said`. */

    enum seam_stage {
        SEAM_STAGE_HOLDING,
        SEAM_STAGE_TRIMMING, /* Goes on; its white space may repeat `unseen`. */
        SEAM_STAGE_CLEAR,
        SEAM_STAGE_DIVERGED,
    } stage;

    size_t drop; /* After HOLDING: bytes of the head not to be handed on. */

    int64_t first_ms;           /* When the head began; INT64_MAX: not yet. */
    size_t size;                /* Bytes of the head until it was clear. */
    char head[SEAM_TAIL_BYTES]; /* As many of them as there is room for. */
    struct overlap repeat;      /* Of the tail of `said`. */

    struct seam_restart {
        enum seam_restart_state {
            SEAM_RESTART_BLANK, /* Nothing but white space until now. */
            SEAM_RESTART_MATCHING,
            SEAM_RESTART_DONE, /* At the end of `said`. */
            SEAM_RESTART_LEFT, /* After SEAM_LEAST_BYTES or more. */
            SEAM_RESTART_NONE,
        } state;

        size_t from; /* Bytes of white space that `said` begins with. */
        size_t matched;
    } restart;
};

/* `said` is borrowed until the verdict is no longer HOLD; not empty, whole
 * code points.  `unseen`: how many bytes of white space at its end the
 * provider was not shown (continuation_unseen()). */
void seam_init(struct seam *s, struct json_slice said, size_t unseen);

/* Takes text of the continuation.  `ret_pass` is valid until the next call and
 * as long as `text`; it is empty unless the verdict is CLEAR.  After CLEAR all
 * text is passed as it is; one need not ask any more. */
enum seam_verdict seam_feed(struct seam *s, struct json_slice text,
                            int64_t now_ms, struct seam_pass *ret_pass);

/* Time has passed; to be called at seam_wakeup(). */
enum seam_verdict seam_timer(struct seam *s, int64_t now_ms,
                             struct seam_pass *ret_pass);

/* The continuation has ended.  `whole`: properly, so that there is a verdict
 * now (never HOLD): a new beginning that ended early, after SEAM_LEAST_BYTES
 * or more, has diverged.  Otherwise it broke off: what is held is nobody's,
 * and HOLD stays HOLD. */
enum seam_verdict seam_finish(struct seam *s, bool whole,
                              struct seam_pass *ret_pass);

/* When seam_timer() is due; INT64_MAX: not at all, as things are. */
int64_t seam_wakeup(const struct seam *s);

#endif
