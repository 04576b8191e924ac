#include "base/log.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 4096 /* PIPE_BUF: a line is written whole or not at all */
};

static struct {
    enum log_level level;
    enum log_format format;
    uint64_t dropped;
    time_t second; /* What `date` tells, which changes once a second only. */
    char date[32];
} settings = {.level = LOG_INFO, .format = LOG_LOGFMT};

struct line {
    char text[LINE_MAX_BYTES];
    size_t size;
};

static const char *const LEVEL_NAMES[] = {
    [LOG_ERROR] = "error",
    [LOG_WARN] = "warn",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

static const char *const FORMAT_NAMES[] = {
    [LOG_LOGFMT] = "logfmt",
    [LOG_JSON] = "json",
    [LOG_JOURNAL] = "journal",
};

static int
find_name(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

bool
log_parse_level(const char *name, enum log_level *ret_level)
{
    int i = find_name(LEVEL_NAMES, 4, name);

    if (i >= 0)
        *ret_level = (enum log_level)i;
    return i >= 0;
}

bool
log_parse_format(const char *name, enum log_format *ret_format)
{
    int i = find_name(FORMAT_NAMES, 3, name);

    if (i >= 0)
        *ret_format = (enum log_format)i;
    return i >= 0;
}

/* systemd.exec(5): $JOURNAL_STREAM is "device:inode" of stderr when it goes
 * to the journal. */
enum log_format
log_default_format(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char self[64];
    struct stat st;

    if (!stream || fstat(STDERR_FILENO, &st) != 0)
        return LOG_LOGFMT;
    (void)snprintf(self, sizeof(self), "%ju:%ju", (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino);
    return strcmp(self, stream) == 0 ? LOG_JOURNAL : LOG_LOGFMT;
}

void
log_setup(enum log_level level, enum log_format format)
{
    struct stat st;

    settings.level = level;
    settings.format = format;
    if (fstat(STDERR_FILENO, &st) == 0
        && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
        int flags = fcntl(STDERR_FILENO, F_GETFL);

        if (flags >= 0)
            (void)fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
    }
}

bool
log_enabled(enum log_level level)
{
    return level <= settings.level;
}

uint64_t
log_dropped(void)
{
    return settings.dropped;
}

/* The last two bytes of the line stay free for its end. */
static void
put(struct line *l, const char *text, size_t size)
{
    size_t room = sizeof(l->text) - 2 - l->size;

    if (size > room)
        size = room;
    memcpy(l->text + l->size, text, size);
    l->size += size;
}

static void
put_str(struct line *l, const char *text)
{
    put(l, text, strlen(text));
}

static void __attribute__((format(printf, 2, 3)))
put_f(struct line *l, const char *format, ...)
{
    char text[64];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    put_str(l, text);
}

static void
put_int(struct line *l, int64_t value)
{
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char digits[20];
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        put_str(l, "-");
    put(l, digits + at, sizeof(digits) - at);
}

static void
put_quoted(struct line *l, const char *text)
{
    put_str(l, "\"");
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            put_f(l, "\\%c", *p);
        else if (*p == '\n')
            put_str(l, "\\n");
        else if (*p < 0x20 || *p == 0x7f)
            put_f(l, "\\u%04x", *p);
        else
            put(l, (const char *)p, 1);
    }
    put_str(l, "\"");
}

static bool
is_bare(const char *text)
{
    if (*text == '\0')
        return false;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if (*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' || *p == 0x7f)
            return false;
    return true;
}

static void
put_value(struct line *l, const struct log_field *f, bool json)
{
    switch (f->kind) {
    case LOG_KIND_STR:
        if (!json && is_bare(f->value.text))
            put_str(l, f->value.text);
        else
            put_quoted(l, f->value.text);
        return;
    case LOG_KIND_INT:
        put_int(l, f->value.integer);
        return;
    case LOG_KIND_REAL:
        if (isfinite(f->value.real))
            put_f(l, "%.9g", f->value.real);
        else
            put_str(l, "null");
        return;
    case LOG_KIND_BOOL:
        put_str(l, f->value.integer ? "true" : "false");
        return;
    }
}

static void
put_fields(struct line *l, const struct log_field *fields, int n, bool json)
{
    for (int i = 0; i < n; i++) {
        if (fields[i].kind == LOG_KIND_STR && !fields[i].value.text)
            continue;
        put_str(l, json ? ",\"" : " ");
        put_str(l, fields[i].key);
        put_str(l, json ? "\":" : "=");
        put_value(l, &fields[i], json);
    }
}

static void
put_time(struct line *l)
{
    int64_t now_ms = clock_wall_ms();
    time_t second = (time_t)(now_ms / 1000);
    int ms = (int)(now_ms % 1000);
    struct tm tm;

    if (second != settings.second) {
        settings.second = second;
        (void)gmtime_r(&second, &tm);
        (void)strftime(settings.date, sizeof(settings.date),
                       "%Y-%m-%dT%H:%M:%S", &tm);
    }
    put_str(l, settings.date);
    put_str(l, ms < 10 ? ".00" : ms < 100 ? ".0" : ".");
    put_int(l, ms);
    put_str(l, "Z");
}

static void
put_head(struct line *l, enum log_level level, const char *message)
{
    /* sd-daemon(3) priorities: err 3, warning 4, info 6, debug 7. */
    static const int PRIORITIES[] = {3, 4, 6, 7};

    switch (settings.format) {
    case LOG_JOURNAL:
        put_f(l, "<%d>", PRIORITIES[level]);
        put_f(l, "level=%s msg=", LEVEL_NAMES[level]);
        put_quoted(l, message);
        return;
    case LOG_LOGFMT:
        put_str(l, "time=");
        put_time(l);
        put_f(l, " level=%s msg=", LEVEL_NAMES[level]);
        put_quoted(l, message);
        return;
    case LOG_JSON:
        put_str(l, "{\"time\":\"");
        put_time(l);
        put_f(l, "\",\"level\":\"%s\",\"msg\":", LEVEL_NAMES[level]);
        put_quoted(l, message);
        return;
    }
}

void
log_write(enum log_level level, const char *message,
          const struct log_field *fields, int n)
{
    bool json = settings.format == LOG_JSON;
    struct line l = {.size = 0};
    ssize_t written;

    if (!log_enabled(level))
        return;
    put_head(&l, level, message);
    put_fields(&l, fields, n, json);
    if (json)
        l.text[l.size++] = '}';
    l.text[l.size++] = '\n';

    do
        written = write(STDERR_FILENO, l.text, l.size);
    while (written < 0 && errno == EINTR);
    if (written != (ssize_t)l.size)
        settings.dropped++;
}

void
log_text(enum log_level level, const char *message)
{
    log_write(level, message, NULL, 0);
}
