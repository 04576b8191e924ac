/*
 * fault_spec.c - reads a fault from its text; see fault.h.
 */
#include "fault.h"

#include "base/mem.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum value_type {
    VALUE_TEXT,
    VALUE_INT
};

struct key {
    const char *name;
    enum value_type type;
    size_t offset;
};

static const struct {
    const char *name;
    bool modifies;
} kinds[FAULT_KIND_COUNT] = {

#define X(id, text, changes) {text, changes},
    FAULT_KINDS(X)
#undef X
};

static const char *const paths[] = {"chat", "embeddings", "models", "all"};
static const char *const places[] = {"start", "finish"};

/* Keys whose value goes into a member as it is. */
static const struct key keys[] = {
    {"match", VALUE_TEXT, offsetof(struct fault, match)},
    {"auth", VALUE_TEXT, offsetof(struct fault, auth)},
    {"code", VALUE_TEXT, offsetof(struct fault, code)},
    {"body", VALUE_TEXT, offsetof(struct fault, body)},
    {"type", VALUE_TEXT, offsetof(struct fault, type)},
    {"content-type", VALUE_TEXT, offsetof(struct fault, type)},
    {"text", VALUE_TEXT, offsetof(struct fault, text)},
    {"shape", VALUE_TEXT, offsetof(struct fault, shape)},
    {"location", VALUE_TEXT, offsetof(struct fault, location)},
    {"limit", VALUE_TEXT, offsetof(struct fault, limit)},
    {"remaining", VALUE_TEXT, offsetof(struct fault, remaining)},
    {"reset", VALUE_TEXT, offsetof(struct fault, reset)},
    {"stream", VALUE_INT, offsetof(struct fault, stream)},
    {"reused", VALUE_INT, offsetof(struct fault, reused)},
    {"continuation", VALUE_INT, offsetof(struct fault, continuation)},
    {"beyond", VALUE_INT, offsetof(struct fault, beyond)},
    {"skip", VALUE_INT, offsetof(struct fault, skip)},
    {"every", VALUE_INT, offsetof(struct fault, every)},
    {"count", VALUE_INT, offsetof(struct fault, count)},
    {"ms", VALUE_INT, offsetof(struct fault, ms)},
    {"after", VALUE_INT, offsetof(struct fault, after)},
    {"status", VALUE_INT, offsetof(struct fault, status)},
    {"bytes", VALUE_INT, offsetof(struct fault, bytes)},
    {"events", VALUE_INT, offsetof(struct fault, events)},
    {"pings", VALUE_INT, offsetof(struct fault, pings)},
    {"chars", VALUE_INT, offsetof(struct fault, chars)},
    {"bill", VALUE_INT, offsetof(struct fault, bill)},
    {"headers", VALUE_INT, offsetof(struct fault, in_headers)},
};

struct fault *
fault_new(void)
{
    struct fault *f = mem_new(sizeof(*f));

    f->refs = 1;
    f->kind = FAULT_KIND_COUNT;
    f->path = FAULT_UNSET;
    f->place = FAULT_UNSET;
    f->rate = 1.0;
    bytes_init(&f->spec, 1 << 24);
    bytes_init(&f->headers, 1 << 24);
    for (size_t i = 0; i < array_count(keys); i++) {
        if (keys[i].type == VALUE_INT) {
            int64_t *member = (void *)((char *)f + keys[i].offset);

            *member = FAULT_UNSET;
        }
    }
    return f;
}

void
fault_unref(struct fault *f)
{
    if (f == NULL || --f->refs > 0) {
        return;
    }
    for (size_t i = 0; i < array_count(keys); i++) {
        if (keys[i].type == VALUE_TEXT) {
            char **member = (void *)((char *)f + keys[i].offset);

            free(*member);
            *member = NULL;
        }
    }
    bytes_deinit(&f->spec);
    bytes_deinit(&f->headers);
    free(f);
}

static int
set_kind(struct fault *f, const char *name)
{
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            f->kind = (enum fault_kind)i;
            return 0;
        }
    }
    return -1;
}

/* Sets `member` to the place of `name` among the `n` names. */
static int
set_choice(int64_t *member, const char *const *names, size_t n,
           const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            *member = (int64_t)i;
            return 0;
        }
    }
    return -1;
}

static int
set_rate(struct fault *f, const char *text)
{
    char *end;
    double rate = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(rate)) {
        return -1;
    }
    f->rate = rate;
    return 0;
}

static int
set_int(int64_t *member, const char *text)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < 0) {
        return -1;
    }
    *member = value;
    return 0;
}

static int
add_header(struct fault *f, const char *line)
{
    if (strchr(line, ':') == NULL) {
        return -1;
    }
    return bytes_printf(&f->headers, "%s\r\n", line);
}

/* Their values may be anything, garbage is the point of some tests. */
static int
add_retry_after(struct fault *f, const char *name, const char *value)
{
    return bytes_printf(&f->headers, "%s: %s\r\n", name, value);
}

static int
set_member(struct fault *f, const char *name, const char *value)
{
    for (size_t i = 0; i < array_count(keys); i++) {
        void *member = (char *)f + keys[i].offset;

        if (strcmp(keys[i].name, name) != 0) {
            continue;
        }
        if (keys[i].type == VALUE_INT) {
            return set_int(member, value);
        }
        free(*(char **)member);
        *(char **)member = mem_strdup(value);
        return 0;
    }
    return -1;
}

static int
assign(struct fault *f, const char *key, const char *value)
{
    if (strcmp(key, "kind") == 0) {
        return set_kind(f, value);
    }
    if (strcmp(key, "path") == 0) {
        return set_choice(&f->path, paths, array_count(paths), value);
    }
    if (strcmp(key, "place") == 0) {
        return set_choice(&f->place, places, array_count(places), value);
    }
    if (strcmp(key, "rate") == 0) {
        return set_rate(f, value);
    }
    if (strcmp(key, "header") == 0) {
        return add_header(f, value);
    }
    if (strcmp(key, "retry-after") == 0 || strcmp(key, "retry-after-ms") == 0) {
        return add_retry_after(f, key, value);
    }
    return set_member(f, key, value);
}

int
fault_assign(struct fault *f, const char *key, const char *value)
{
    if (assign(f, key, value) != 0) {
        return -1;
    }
    return bytes_printf(&f->spec, "%s%s=%s", f->spec.size > 0 ? "," : "", key,
                        value);
}

bool
fault_is_complete(const struct fault *f)
{
    return f->kind != FAULT_KIND_COUNT && f->every != 0;
}

static char
unescape(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

/* Copies up to the next bare comma, without backslashes; returns the end. */
static const char *
take_item(const char *at, char *item)
{
    while (*at != '\0' && *at != ',') {
        if (*at == '\\' && at[1] != '\0') {
            *item++ = unescape(at[1]);
            at += 2;
        } else {
            *item++ = *at++;
        }
    }
    *item = '\0';
    return at;
}

static int
parse_item(struct fault *f, char *item)
{
    char *equals = strchr(item, '=');

    if (equals == NULL) {
        return -1;
    }
    *equals = '\0';
    return fault_assign(f, item, equals + 1);
}

struct fault *
fault_parse(const char *spec, char ret_culprit[64])
{
    struct fault *f = fault_new();
    char *item = mem_new(strlen(spec) + 1);
    const char *at = spec;
    int status = 0;

    while (status == 0 && *at != '\0') {
        const char *start = at;

        at = take_item(at, item);
        status = parse_item(f, item);
        if (status != 0) {
            size_t size = strnlen(start, 63);

            memcpy(ret_culprit, start, size);
            ret_culprit[size] = '\0';
        }
        at += *at == ',';
    }
    free(item);
    if (status == 0 && fault_is_complete(f)) {
        return f;
    }
    if (status == 0) {
        memcpy(ret_culprit, "no kind", sizeof("no kind"));
    }
    fault_unref(f);
    return NULL;
}

bool
fault_is_modifier(enum fault_kind kind)
{
    return kinds[kind].modifies;
}
