/*
 * tally.h - what came of many calls.
 *
 * Counts outcomes and keeps measurements; makes one document of them, which
 * both the table and --json are printed from.  Pure.
 */
#ifndef AIGW_CTL_TALLY_H
#define AIGW_CTL_TALLY_H

#include <aigw/aigw.h>
#include <stdint.h>
#include <stdio.h>

#include "ctl/sample.h"

enum {
    TALLY_REASONS_MAX = 16, /* Different reasons; more count as "other". */
    TALLY_REASON_SIZE = 40
};

struct tally_reason {
    char name[TALLY_REASON_SIZE];
    int64_t count;
};

/* An all-zero struct has counted nothing. */
struct tally {
    int64_t successful;
    int64_t failed;
    int64_t fallbacks;
    int64_t prompt_tokens;
    int64_t completion_tokens;
    double cost_usd;
    struct sample latency_ms; /* Of the successful ones. */
    struct sample ttft_ms;
    struct tally_reason reasons[TALLY_REASONS_MAX + 1];
    size_t n_reasons;
};

void tally_deinit(struct tally *tally);

/* Counts a call that took `latency_ms` and gave `result`, or failed with
 * `code`; `ttft_ms` is NAN unless the answer was streamed. */
void tally_add(struct tally *tally, int code, const struct aigw_value *result,
               double latency_ms, double ttft_ms);

/* Everything so far after `elapsed_ms`, of `total` calls that were wanted. */
struct aigw_value *tally_document(struct tally *tally, int64_t total,
                                  double elapsed_ms);

/* Prints that document for people. */
void tally_print(const struct aigw_value *document, FILE *out);

#endif
