/*
 * cause.h - why an attempt failed, in words that everybody may read.
 *
 * The wording of a provider may quote the prompt, so that it goes to the
 * caller alone.  Events, status and the log have this text instead: the class
 * of the outcome, the HTTP status, the provider's name for the error, or what
 * we say ourselves about a transport or an answer that failed.
 */
#ifndef AIGW_CORE_CAUSE_H
#define AIGW_CORE_CAUSE_H

#include "core/outcome.h"

#include <stddef.h>

enum {
    CAUSE_SIZE = 160
};

struct cause {
    enum outcome outcome;
    int http_status;               /* 0: no response head was read. */
    const struct api_error *error; /* NULL or not `present`: none. */
    const char *own;               /* In our words; "" if we have none. */
};

/* Writes, for instance, "HTTP 503 server_is_overloaded", "HTTP 502: empty
 * body", "stream_broken: overloaded_error" or "connection refused". */
void cause_write(const struct cause *cause, char ret_text[CAUSE_SIZE]);

#endif
