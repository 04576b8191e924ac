/*
 * report.h - errors: their exit codes, hints, and their two forms.
 */
#ifndef AIGW_CTL_REPORT_H
#define AIGW_CTL_REPORT_H

#include <aigw/aigw.h>
#include <stdbool.h>
#include <stdio.h>

/* The exit code for an error `code` of the library or the daemon. */
int report_exit_code(int code);

/* What to try after that error; NULL when there is nothing to say. */
const char *report_hint(int code);

/* The exit code for a result with `success: false`. */
int report_failure_exit_code(const struct aigw_value *result);

/* An error on its way to stderr. */
struct report_error {
    int code;
    const char *name;
    const char *message;
    const char *hint; /* May be NULL. */
};

/* Writes "aigw-ctl: MESSAGE. HINT", or the same as one JSON document. */
void report_write(const struct report_error *error, bool as_json, FILE *out);

/* Writes why a call was not answered, or not to its end: the reason, then one line for each
 * attempt in `result`. */
void report_failure(const struct aigw_value *result, FILE *out);

#endif
