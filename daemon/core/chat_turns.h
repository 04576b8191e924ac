/*
 * chat_turns.h - a request as part of a conversation.
 *
 * A conversation is kept as the messages that were said in it, system
 * messages left out: each call brings its own.  What a call brings beside them
 * is its turn; earlier turns are put between the two.
 *
 *     [system...] [turn, answer, turn, answer ...] [turn]
 */
#ifndef AIGW_CORE_CHAT_TURNS_H
#define AIGW_CORE_CHAT_TURNS_H

#include "core/chat.h"
#include "proto/bytes.h"

#include <stddef.h>

/* Messages as JSON objects with commas between them, without brackets. */
struct chat_turns {
    struct json_slice messages;
    size_t n_messages;

    /* The text of an answer that came to no end, which is to be completed
     * first; NULL: there is none. */
    struct json_slice interrupted;
};

/* Appends the messages that the call brings beside its system messages, in the
 * same form.  The status of bytes_append(). */
int chat_put_turn(const struct chat_request *request, struct bytes *b,
                  size_t *ret_n_messages);

/* Makes `original` with the earlier turns behind its leading system messages,
 * the caller's to free.  The first user message of its own turn asks to
 * complete what was interrupted.  AIGW_ETOOBIG, AIGW_ENOMEM. */
int chat_with_turns(const struct chat_request *original,
                    const struct chat_turns *turns,
                    struct chat_request **ret_request);

/* Appends what an assistant said as a message: from an OpenAI `message`
 * object, of which content and tool calls are kept (what else there is, some
 * providers refuse to read), or from plain text. */
int chat_put_answer(struct json_slice message, struct bytes *b);
int chat_put_answer_text(const char *text, size_t size, struct bytes *b);

#endif
