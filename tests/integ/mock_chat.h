/*
 * mock_chat.h - asks a mock for chat answers as a gateway would, and reads
 * what comes back, for the tests of the mock itself.
 */
#ifndef AIGW_TESTS_MOCK_CHAT_H
#define AIGW_TESTS_MOCK_CHAT_H

#include "mock_process.h"

#include <check.h>

enum {
    MOCK_CHAT_TOKENS = 6 /* Of each answer. */
};

extern const struct wire_limits mock_chat_patient;
extern const char mock_chat_path[];

/* The question where it does not matter. */
extern const char mock_chat_prompt[];

/* The mock that is asked, between a test's set-up and its end. */
extern struct mock_process mock_chat_process;

/* A case whose every test has a mock of its own. */
TCase *mock_chat_case(Suite *suite, const char *name);

/* A request body; `fields` is what precedes the messages.  To be freed. */
char *mock_chat_body(const char *fields, const char *text);

/* One request with the key "k-secret". */
struct wire mock_chat_ask(const char *fields, const char *text,
                          const struct wire_limits *limits);

/* The status alone. */
int mock_chat_status(void);

/* The answer, which is whole and has status 200; the caller drops it. */
json_t *mock_chat_answer(const char *fields, const char *text);

/* An answer's first choice, and a text in that one's message. */
const json_t *mock_chat_choice(const json_t *answer);
const char *mock_chat_message(const json_t *answer, const char *field);

/* The content of all whole events of a stream; to be freed. */
char *mock_chat_stream_text(const struct wire *w, bool *ret_whole);

/* That `got` is the mock's answer to `for_prompt`. */
void mock_chat_assert_text(const char *got, const char *for_prompt,
                           unsigned tokens);

#endif
