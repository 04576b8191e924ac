/*
 * conversation.h - the earlier turns of a conversation, gathered for a call.
 *
 * At most STORE_TURN_MESSAGES messages of STORE_TURN_BYTES together go along,
 * the oldest exchanges left out first.  An exchange is a call's turn with its
 * answer; one without any answer left nothing to go on from.  An answer that a
 * dead daemon left in pieces is put together first, and that is stored.
 */
#ifndef AIGW_APP_CONVERSATION_H
#define AIGW_APP_CONVERSATION_H

#include "app/proxy.h"
#include "app/recall.h"
#include "core/chat_turns.h"

#include <stdbool.h>

/* The caller's storage, zeroed, of which the caller sets the first three
 * members. */
struct conversation {
    void (*done)(void *ctx, int status);
    void *ctx;
    struct store *store;

    /* Private. */
    struct db_read read;
    struct recall recall;
    struct bytes messages;
    size_t n_messages;
    struct bytes interrupted; /* The last answer, if it has no end. */
    bool is_interrupted;

    /* The last exchange, while its answer is being put together. */
    size_t last_from; /* Where it begins in `messages`. */
    size_t n_last;
    int64_t last_id;
    char last_request_id[CALL_ID_SIZE];
    char last_route[CALL_ROUTE_SIZE];
};

/* Reads the conversation.  If this fails, `done` does not come; otherwise once,
 * from the loop. */
int conversation_read(struct conversation *c, const struct store_asker *asker,
                      const char *session_id);

/* What was read; valid until conversation_deinit(). */
struct chat_turns conversation_turns(const struct conversation *c);

/* Also while reading; harmless when zeroed. */
void conversation_deinit(struct conversation *c);

/* Ends call `id`, whose daemon died, with the text it has: writes the result
 * into `result` and into the store, with the deltas from `first_seq` on. */
struct conversation_wreck {
    int64_t id;
    const char *request_id;
    const char *route;
    struct json_slice text;
    int64_t first_seq;
};

int conversation_mend(struct store *store,
                      const struct conversation_wreck *wreck,
                      struct bytes *result);

#endif
