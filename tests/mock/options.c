/*
 * options.c - the command line of aigw-mock; see options.h.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option long_options[] = {
    {"listen", required_argument, NULL, 'l'},
    {"admin", required_argument, NULL, 'a'},
    {"dialect", required_argument, NULL, 'd'},
    {"model", required_argument, NULL, 'm'},
    {"key", required_argument, NULL, 'k'},
    {"timed-keys", no_argument, NULL, 'K'},
    {"tokens", required_argument, NULL, 't'},
    {"latency-ms", required_argument, NULL, 'L'},
    {"token-interval-ms", required_argument, NULL, 'T'},
    {"price-in", required_argument, NULL, 'i'},
    {"price-out", required_argument, NULL, 'o'},
    {"fault", required_argument, NULL, 'f'},
    {"seed", required_argument, NULL, 's'},
    {"tls", required_argument, NULL, 'c'},
    {"tls-max", required_argument, NULL, 'x'},
    {"strict-model", no_argument, NULL, 'S'},
    {NULL, 0, NULL, 0},
};

static int
complain(const char *what, const char *value)
{
    (void)fprintf(stderr, "aigw-mock: %s: %s\n", what, value);
    return -1;
}

static int
read_number(int64_t *ret_number, const char *text)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < 0) {
        return complain("not a number", text);
    }
    *ret_number = value;
    return 0;
}

static int
read_price(int64_t *ret_price, const char *text)
{
    char *end;
    double usd = strtod(text, &end);

    if (end == text || *end != '\0' || !(usd >= 0 && usd < 1e6)) {
        return complain("not a price", text);
    }
    *ret_price = (int64_t)llround(usd * 1e9);
    return 0;
}

static int
add_text(const char **list, unsigned *n, const char *text)
{
    if (*n == OPTIONS_LIST_MAX) {
        return complain("too many", text);
    }
    list[(*n)++] = text;
    return 0;
}

static int
add_fault(struct options *o, const char *spec)
{
    char culprit[64];
    struct fault *f = fault_parse(spec, culprit);

    if (f == NULL) {
        return complain("bad fault", culprit);
    }
    if (o->n_faults == OPTIONS_LIST_MAX) {
        fault_unref(f);
        return complain("too many", spec);
    }
    o->faults[o->n_faults++] = f;
    return 0;
}

static int
read_tls(struct options *o, const char *cert, int argc, char **argv)
{
    if (optind >= argc) {
        return complain("--tls needs", "CERT KEY");
    }
    o->tls_cert = cert;
    o->tls_key = argv[optind++];
    return 0;
}

static int
read_count(struct options *o, int name, const char *text)
{
    int64_t value = 0;
    int status = read_number(&value, text);

    if (name == 't') {
        o->tokens = value > 1000000 ? 1000000 : (unsigned)value;
    } else if (name == 'L') {
        o->latency_ms = value;
    } else if (name == 'T') {
        o->token_interval_ms = value;
    } else {
        o->seed = (uint64_t)value;
    }
    return status;
}

static int
read_option(struct options *o, int name, int argc, char **argv)
{
    switch (name) {
    case 'l':
        o->listen = optarg;
        return 0;
    case 'a':
        o->admin = optarg;
        return 0;
    case 'd':
        return strcmp(optarg, "openai") == 0
                   ? 0
                   : complain("the only dialect is openai, not", optarg);
    case 'm':
        return add_text(o->models, &o->n_models, optarg);
    case 'k':
        return add_text(o->keys, &o->n_keys, optarg);
    case 'K':
        o->timed_keys = true;
        return 0;
    case 'i':
        return read_price(&o->price_in, optarg);
    case 'o':
        return read_price(&o->price_out, optarg);
    case 'f':
        return add_fault(o, optarg);
    case 'c':
        return read_tls(o, optarg, argc, argv);
    case 'x':
        o->tls_max = optarg;
        return 0;
    case 'S':
        o->strict_model = true;
        return 0;
    case '?':
        return -1;
    default:
        return read_count(o, name, optarg);
    }
}

int
options_parse(struct options *o, int argc, char **argv)
{
    int name;

    memset(o, 0, sizeof(*o));
    o->listen = "127.0.0.1:0";
    o->tokens = 20;
    o->seed = 1;
    /* "+" keeps getopt from moving the KEY after "--tls CERT". */
    while ((name = getopt_long(argc, argv, "+", long_options, NULL)) != -1) {
        if (read_option(o, name, argc, argv) != 0) {
            return -1;
        }
    }
    if (optind < argc) {
        return complain("unexpected argument", argv[optind]);
    }
    if (o->n_models == 0) {
        o->models[o->n_models++] = "mock-model";
    }
    return 0;
}
