/*
 * admin.h - the control endpoints, /__mock/...
 */
#ifndef AIGW_TESTS_MOCK_ADMIN_H
#define AIGW_TESTS_MOCK_ADMIN_H

#include <stdbool.h>

struct http_conn;
struct http_request;
struct mock;

bool admin_wants(const struct http_request *r);

/* Answers at once. */
void admin_request(struct mock *m, struct http_conn *c,
                   const struct http_request *r);

#endif
