/*
 * log.h - one line per event on stderr, as logfmt or JSON.
 *
 * A line is a message and key/value pairs:
 *
 *     log_line(LOG_WARN, "breaker opened", LOG_STR("target", name),
 *              LOG_INT("failures", n));
 *
 * Values are quoted and escaped where the format needs it, control bytes
 * included, so that text from a peer can neither break a line nor reach a
 * terminal raw.  Nothing here blocks: stderr is written without waiting, and
 * a line that does not fit is dropped and counted.  Prompts, answers and keys
 * are never passed to these functions.
 *
 * The level and format are the only globals of the program.
 */
#ifndef AIGW_BASE_LOG_H
#define AIGW_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level {
    LOG_ERROR,
    LOG_WARN,
    LOG_INFO,
    LOG_DEBUG,
};

enum log_format {
    LOG_LOGFMT,
    LOG_JSON,
    LOG_JOURNAL, /* logfmt without the time, with a <priority> in front */
};

enum log_kind {
    LOG_KIND_STR,
    LOG_KIND_INT,
    LOG_KIND_REAL,
    LOG_KIND_BOOL,
};

struct log_field {
    enum log_kind kind;
    const char *key;

    union {
        const char *text; /* NULL leaves the field out */
        int64_t integer;
        double real;
    } value;
};

#define LOG_STR(k, v) ((struct log_field){LOG_KIND_STR, (k), {.text = (v)}})
#define LOG_INT(k, v)                                                          \
    ((struct log_field){LOG_KIND_INT, (k), {.integer = (int64_t)(v)}})
#define LOG_REAL(k, v)                                                         \
    ((struct log_field){LOG_KIND_REAL, (k), {.real = (double)(v)}})
#define LOG_BOOL(k, v)                                                         \
    ((struct log_field){LOG_KIND_BOOL, (k), {.integer = (v) ? 1 : 0}})

/* Sets the level and format, and makes stderr non-blocking if it is a pipe or
 * socket.  Without a call: info, logfmt. */
void log_setup(enum log_level level, enum log_format format);

/* The format for this stderr: LOG_JOURNAL if $JOURNAL_STREAM names it, else
 * LOG_LOGFMT. */
enum log_format log_default_format(void);

/* Parses a name ("error", "warn", "info", "debug"; "logfmt", "json",
 * "journal"); false if there is no such name. */
bool log_parse_level(const char *name, enum log_level *ret_level);
bool log_parse_format(const char *name, enum log_format *ret_format);

bool log_enabled(enum log_level level);

/* Writes one line; `n` fields. Use log_line(). */
void log_write(enum log_level level, const char *message,
               const struct log_field *fields, int n);

#define log_line(level, message, ...)                                          \
    log_write((level), (message), (const struct log_field[]){__VA_ARGS__},     \
              (int)(sizeof((const struct log_field[]){__VA_ARGS__})            \
                    / sizeof(struct log_field)))

/* One line without fields. */
void log_text(enum log_level level, const char *message);

/* Lines dropped so far because stderr would not take them. */
uint64_t log_dropped(void);

#endif
