/*
 * prometheus.h - a reader of the text format of Prometheus, version 0.0.4,
 * that accepts nothing which the format does not allow.
 *
 * Besides the grammar it checks what a scraper relies on: each family comes
 * once, with its HELP and TYPE before its samples; no two samples have the same
 * name and labels; names of counters end with _total and their values are not
 * negative.
 */
#ifndef AIGW_TESTS_PROMETHEUS_H
#define AIGW_TESTS_PROMETHEUS_H

#include <stdbool.h>

/* NULL if `text` is sound, otherwise what is wrong with it: a text that is
 * valid until the next call. */
const char *prometheus_check(const char *text);

/* The value of the sample that is written like this, e.g. `up{job="a"}`; false
 * if there is none. */
bool prometheus_value(const char *text, const char *sample, double *ret_value);

#endif
