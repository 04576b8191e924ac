/*
 * call_record.h - a finished call as `requests` remembers it.
 */
#ifndef AIGW_APP_CALL_RECORD_H
#define AIGW_APP_CALL_RECORD_H

#include "app/call.h"

enum {
    CALL_TARGET_SIZE = 96
};

/* One attempt. */
struct call_record_attempt {
    char target[CALL_TARGET_SIZE];
    enum outcome outcome;
    int http_status; /* 0: there was none. */
    bool sent;
    bool is_hedge;
    int64_t started_ms; /* Wall clock. */
    int64_t latency_us;
    int64_t ttft_us; /* -1: no first content was timed. */
    int64_t cost_nanousd;
};

/* One thing that happened. */
struct call_record_note {
    char target[CALL_TARGET_SIZE]; /* Or "". */
    const char *what;
    const char *reason; /* Or NULL. */
    int64_t at_ms;      /* Wall clock. */
};

struct call_record {
    char id[CALL_ID_SIZE];
    char client[SESSION_CLIENT_MAX];
    char route[CALL_ROUTE_SIZE];
    char target[CALL_TARGET_SIZE];
    char tags[CALL_TAGS_SIZE];
    char error_code[32]; /* "": it succeeded. */
    uid_t uid;
    int64_t started_ms; /* Wall clock. */
    int64_t duration_ms;
    int64_t tokens;
    int64_t cost_nanousd;
    struct call_record_attempt *attempts;
    size_t n_attempts;
    struct call_record_note *notes;
    size_t n_notes;
};

/* Overwrites `r`, zeroed or a record, with the call that has ended. */
void call_record_take(struct call_record *r, const struct call *c,
                      int64_t duration_ms);

void call_record_deinit(struct call_record *r);

/* What the record has, or will have, of an attempt and of a note. */
void call_record_attempt(const struct call_attempt *a,
                         struct call_record_attempt *ret);
void call_record_note(const struct call_note *n, struct call_record_note *ret);

#endif
