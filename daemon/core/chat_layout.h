/*
 * chat_layout.h - what the constructors of core/chat share: complaints that
 * name a field, and the one block of memory that holds a request's texts.
 */
#ifndef AIGW_CORE_CHAT_LAYOUT_H
#define AIGW_CORE_CHAT_LAYOUT_H

#include "core/chat.h"
#include "proto/bytes.h"
#include "proto/status.h"

#include <stddef.h>

/* Fill `err` and return AIGW_EPARAMS or AIGW_ENOMEM. */
int chat_wrong(struct aigw_err *err, const char *field, const char *what);
int chat_out_of_memory(struct aigw_err *err);

/* 0 if the text is a JSON object within the limits of core/chat. */
int chat_check_body(const char *body, size_t size, struct aigw_err *err);

/* Adds to `request` what one message, a checked object, brings: the size of
 * its text, and whether there is more than text. */
void chat_count_message(struct chat_request *request,
                        struct json_slice message);

/* The texts of a request, one behind the other. */
struct chat_layout {
    struct bytes bytes;
    int status; /* The first failure; nothing is appended after it. */
};

void chat_put(struct chat_layout *l, const char *text, size_t size);

/* As a JSON string. */
void chat_put_string(struct chat_layout *l, const char *text, size_t size);

/* As a JSON string: that the answer was interrupted after `said`, of which the
 * end is quoted, and what is requested now. */
void chat_put_interruption(struct chat_layout *l, struct json_slice said,
                           const char *request);

/* A member as the caller wrote it; with a comma unless it is the first since
 * `from`. */
void chat_put_member(struct chat_layout *l, size_t from,
                     const struct json_walk *walk);

/* What a JSON string means, as a C string; an empty one for no slice. */
void chat_put_name(struct chat_layout *l, struct json_slice string);

#endif
