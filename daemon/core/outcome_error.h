/*
 * outcome_error.h - what a provider's error object means: the part of
 * core/outcome that knows their vocabularies.
 */
#ifndef AIGW_CORE_OUTCOME_ERROR_H
#define AIGW_CORE_OUTCOME_ERROR_H

#include "core/outcome.h"

/* Judges `error` (which is present) in a response with `http_status`: by its
 * code, then by its words, then by the status it names, then by the status
 * it came with, then by its type. */
struct outcome_verdict outcome_from_error(const struct api_error *error,
                                          int http_status);

/* Judges a response by nothing but its status, which is not a 2xx. */
enum outcome outcome_from_status(int http_status);

#endif
