/*
 * config_source.h - the text of a configuration, with everything it includes.
 *
 * The file and its @include lines become one text, and each of its lines is
 * remembered with the file it came from.  libconfig then sees no @include of
 * its own.  A path after @include is relative to the main file's folder or
 * absolute; it may stand anywhere a line begins.
 *
 * Also refused here is what libconfig would read without a word: numbers that
 * do not fit (app/config_scan), strings and comments that never end, and NUL
 * bytes.
 */
#ifndef AIGW_APP_CONFIG_SOURCE_H
#define AIGW_APP_CONFIG_SOURCE_H

#include "app/config_report.h"

enum {
    CONFIG_SOURCE_MAX_BYTES = 4 << 20, /* All files together. */
    CONFIG_SOURCE_MAX_DEPTH = 8,       /* Includes in includes. */
    CONFIG_SOURCE_MAX_FILES = 64,
};

struct config_source;

/* Reads `path`, or takes `text` as if it stood in a file called `path`.  NULL
 * after adding errors to `report`. */
struct config_source *config_source_open(const char *path,
                                         struct config_report *report);
struct config_source *config_source_from_text(const char *path,
                                              const char *text, size_t size,
                                              struct config_report *report);

/* The whole text, NUL-terminated. */
const char *config_source_text(const struct config_source *source);

/* Where line `line` of the whole text came from.  `file` lives as long as
 * `source`. */
struct config_place config_source_place(const struct config_source *source,
                                        int line);

/* NULL is fine. */
void config_source_free(struct config_source *source);

#endif
