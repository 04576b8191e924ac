/*
 * request.h - what is known of a request, a row of `requests`.  Pure.
 */
#ifndef AIGW_TUI_REQUEST_H
#define AIGW_TUI_REQUEST_H

#include <aigw/aigw.h>
#include <stdbool.h>

#include "tui/scene.h"

bool request_is_done(const struct aigw_value *request);

/* "WAITING", "STREAM", "DONE", "FAILED". */
const char *request_word(const struct aigw_value *request);
enum style request_style(const struct aigw_value *request);

/* How long it has run until now, or ran. */
double request_age_ms(const struct scene *s, const struct aigw_value *request);

/* The name of its client, or its user's number. */
void request_client(const struct aigw_value *request, char *ret_text,
                    size_t size);

#endif
