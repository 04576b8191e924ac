/*
 * canned_error.h - the errors of OpenAI's API by code or by status.
 */
#ifndef AIGW_TESTS_MOCK_CANNED_ERROR_H
#define AIGW_TESTS_MOCK_CANNED_ERROR_H

struct canned_error {
    int status;
    const char *code; /* NULL: the API sends null. */
    const char *type;
    const char *message;
};

/* The error called `code`, or NULL. */
const struct canned_error *canned_error_by_code(const char *code);

/* The usual error for `status`; always one. */
const struct canned_error *canned_error_by_status(int status);

#endif
