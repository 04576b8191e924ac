/*
 * options.h - the command line of aigw-mock.
 */
#ifndef AIGW_TESTS_MOCK_OPTIONS_H
#define AIGW_TESTS_MOCK_OPTIONS_H

#include "fault.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    OPTIONS_LIST_MAX = 64
};

struct options {
    const char *listen;
    const char *admin; /* NULL: none. */
    const char *models[OPTIONS_LIST_MAX];
    unsigned n_models;
    const char *keys[OPTIONS_LIST_MAX]; /* None: every key is good. */
    unsigned n_keys;
    bool timed_keys; /* Only keys until-MS are good, until then. */
    struct fault *faults[OPTIONS_LIST_MAX];
    unsigned n_faults;
    bool strict_model;
    unsigned tokens;
    int64_t latency_ms;
    int64_t token_interval_ms;
    int64_t price_in;  /* Nano-dollars per million tokens. */
    int64_t price_out; /* Likewise. */
    uint64_t seed;
    const char *tls_cert; /* NULL: plain. */
    const char *tls_key;
    const char *tls_max; /* NULL: no limit. */
};

/* Fills `o`; negative, with the reason on stderr, if `argv` is wrong. */
int options_parse(struct options *o, int argc, char **argv);

#endif
