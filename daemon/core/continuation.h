/*
 * continuation.h - the request that asks a model to finish an answer which
 * another attempt began.
 *
 * Providers differ in how they may be asked (reference: their documentation
 * on prefilled answers and on error recovery of streams):
 *
 *     prefill     the messages end with the answer so far; the model goes on.
 *                 White space at its end is left out: some refuse it.
 *     prefix      the same, marked by "prefix": true (DeepSeek, Mistral)
 *     user_turn   the answer so far, then a user message that asks to go on
 *                 where it ended
 *     none        the model cannot be asked
 *
 * An answer that the caller began itself, by a last message of the assistant,
 * is one message with what was said of it.
 *
 * Everything else of the request stays as the caller gave it, the system
 * message above all; only the limit of the answer shrinks by what there is.
 */
#ifndef AIGW_CORE_CONTINUATION_H
#define AIGW_CORE_CONTINUATION_H

#include "core/chat.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* Fewer tokens are not worth another attempt (semantics 1.10). */
    CONTINUATION_LEAST_TOKENS = 16,
};

enum continuation_mode {
    CONTINUATION_PREFILL,
    CONTINUATION_PREFIX,
    CONTINUATION_USER_TURN,
    CONTINUATION_NONE,
};

/* "prefill", as in the configuration. */
const char *continuation_mode_name(enum continuation_mode mode);

/* True if an answer to this request is plain prose, as far as the request
 * tells: one choice, no imposed structure, no log probabilities.  What has been
 * received of it must be plain text too, which the caller knows. */
bool continuation_is_prose(const struct chat_request *request);

/* Bytes of white space at the end of `said` that a provider asked in this mode
 * is not shown. */
size_t continuation_unseen(enum continuation_mode mode, struct json_slice said);

struct continuation {
    enum continuation_mode mode;
    struct json_slice said; /* The answer so far: whole code points. */
    int64_t said_tokens;    /* Estimated. */
    int64_t max_tokens;     /* The most that may be asked for; 0: no limit. */
};

/* Makes the request that continues `original`, the caller's to free.
 * AIGW_EINVAL if fewer than CONTINUATION_LEAST_TOKENS are left of its limit,
 * AIGW_ENOTSUP for CONTINUATION_NONE, AIGW_ETOOBIG, AIGW_ENOMEM. */
int continuation_request(const struct chat_request *original,
                         const struct continuation *c,
                         struct chat_request **ret_request);

#endif
