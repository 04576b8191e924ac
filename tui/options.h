/*
 * options.h - the command line of aigw-top, by a table.
 */
#ifndef AIGW_TUI_OPTIONS_H
#define AIGW_TUI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "text/args.h"

enum options_exit {
    OPTIONS_EXIT_OK = 0,
    OPTIONS_EXIT_FAILED = 1, /* No terminal, or a file cannot be used. */
    OPTIONS_EXIT_USAGE = 2,  /* The command line makes no sense. */
    OPTIONS_EXIT_CONNECT = 3 /* With --batch: there is no daemon. */
};

/* How --batch writes. */
enum options_format {
    OPTIONS_TABLES,
    OPTIONS_JSON, /* One object a line. */
    OPTIONS_CSV,
    OPTIONS_PLAIN /* Changes only, as sentences. */
};

struct options {
    const char *socket_path; /* NULL: as libaigw finds it. */
    double interval_ms;      /* 0: not given. */
    int window_s;            /* 10, 60, 300 or 3600; 0: not given. */
    bool batch;              /* A format implies it. */
    enum options_format format;
    int64_t iterations; /* 0: for ever. */
    bool mono;          /* By -C or by NO_COLOR. */
    bool ascii;         /* By -U. */
    bool utf8;          /* With --batch: more than ASCII. */
    bool readonly;
    bool demo;
    const char *record_path;
    const char *replay_path;
    double speed; /* Of a recording; 1 if it was not given. */
    bool help;
    bool version;
};

enum {
    OPTIONS_MIN_DELAY_MS = 100,
    OPTIONS_MAX_DELAY_MS = 3600000
};

/* The table; a row whose `name` is NULL ends it. */
extern const struct option_spec options_table[];

/* Reads "10s", "1m", "5m" or "1h".  -1 if `text` is anything else. */
int options_parse_window(const char *text, int *ret_seconds);

/* Reads the command line.  0; or -1 with a sentence in `ret_error`.  The
 * texts in `ret_options` are those of `argv`. */
int options_parse(int argc, char **argv, struct options *ret_options,
                  char ret_error[240]);

/* Whether it is a recording that is shown. */
bool options_show_recording(const struct options *options);

#endif
