/*
 * chat_request.h - what the mock needs to know of a chat or embeddings body.
 */
#ifndef AIGW_TESTS_MOCK_CHAT_REQUEST_H
#define AIGW_TESTS_MOCK_CHAT_REQUEST_H

#include "http_request.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chat_request {
    char *model;
    char *prompt;      /* Text of the user message that asks. */
    char *said;        /* Continuation: what was answered already, or NULL. */
    char *instruction; /* Continuation by user turn: its text, or NULL. */
    char *tool;        /* Name of the first tool, or NULL. */
    size_t text_bytes; /* Bytes of text in all messages. */
    bool stream;
    bool include_usage;
    bool prefilled; /* The last message is the assistant's. */
    unsigned n;
    int64_t max_tokens; /* Negative: not limited. */
};

/* 0, or -1 if `body` is no chat request; then there is nothing to free. */
int chat_request_parse(struct http_text body, struct chat_request *ret_request);
void chat_request_deinit(struct chat_request *request);

bool chat_request_continues(const struct chat_request *request);

#endif
