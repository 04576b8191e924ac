/*
 * endpoints.h - what each endpoint answers when nothing goes wrong.
 */
#ifndef AIGW_TESTS_MOCK_ENDPOINTS_H
#define AIGW_TESTS_MOCK_ENDPOINTS_H

struct exchange;

/* Answers and ends the exchange, at once or later. */
void endpoint_chat(struct exchange *x);
void endpoint_embeddings(struct exchange *x);
void endpoint_models(struct exchange *x);

#endif
