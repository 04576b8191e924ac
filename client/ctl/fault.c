#include "ctl/fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/suggest.h"

enum {
    WORD_MAX = 64
};

/* The kinds, and their parameters: the first one needs no name. */
static const struct kind {
    const char *name;
    const char *params[2];
    bool needs_first;
    const char *example;
} kinds[] = {
    {"status", {"status", "retry_after_s"}, true, "status=503"},
    {"connect", {NULL}, false, "connect"},
    {"auth", {NULL}, false, "auth"},
    {"empty", {NULL}, false, "empty"},
    {"latency", {"ms"}, true, "latency=500"},
    {"stall", {"after_tokens"}, false, "stall=10"},
    {"cut", {"after_tokens"}, false, "cut=10"},
    {"malformed", {"after_tokens"}, false, "malformed=3"},
};

enum {
    N_KINDS = sizeof(kinds) / sizeof(*kinds),
    N_PARAMS = sizeof(kinds->params) / sizeof(*kinds->params)
};

static const struct kind *
find_kind(const char *name)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

static bool
has_param(const struct kind *kind, const char *name)
{
    for (size_t i = 0; i < N_PARAMS && kind->params[i]; i++) {
        if (strcmp(kind->params[i], name) == 0)
            return true;
    }
    return false;
}

static void
refuse_kind(const char *name, char ret_error[FAULT_ERROR_SIZE])
{
    struct suggest s;

    suggest_init(&s, name);
    for (size_t i = 0; i < N_KINDS; i++)
        suggest_offer(&s, kinds[i].name);
    if (s.best)
        (void)snprintf(ret_error, FAULT_ERROR_SIZE,
                       "no fault \"%s\". Did you mean \"%s\"?", name, s.best);
    else
        (void)snprintf(ret_error, FAULT_ERROR_SIZE,
                       "no fault \"%s\": it is status=N, connect, auth, "
                       "empty, latency=MS, stall=N, cut=N or malformed=N.",
                       name);
}

static int
set_param(struct aigw_value *fault, const char *name, const char *text,
          char ret_error[FAULT_ERROR_SIZE])
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0) {
        (void)snprintf(ret_error, FAULT_ERROR_SIZE,
                       "\"%s=%s\": expected a whole number.", name, text);
        return -1;
    }
    (void)aigw_value_set_int(fault, name, value);
    return 0;
}

/* "retry_after_s=3" */
static int
parse_named(const struct kind *kind, char *item, struct aigw_value *fault,
            char ret_error[FAULT_ERROR_SIZE])
{
    char *equals = strchr(item, '=');

    if (equals)
        *equals = '\0';
    if (equals && has_param(kind, item))
        return set_param(fault, item, equals + 1, ret_error);
    (void)snprintf(ret_error, FAULT_ERROR_SIZE,
                   "the fault \"%s\" has no parameter \"%s\".", kind->name,
                   item);
    return -1;
}

/* "status=429"; NULL if that is wrong. */
static const struct kind *
parse_first(char *item, struct aigw_value *fault,
            char ret_error[FAULT_ERROR_SIZE])
{
    char *equals = strchr(item, '=');
    const struct kind *kind;

    if (equals)
        *equals = '\0';
    kind = find_kind(item);
    if (!kind) {
        refuse_kind(item, ret_error);
        return NULL;
    }
    (void)aigw_value_set_str(fault, "kind", kind->name);
    if (equals && kind->params[0])
        return set_param(fault, kind->params[0], equals + 1, ret_error) == 0
                   ? kind
                   : NULL;
    if (!equals && !kind->needs_first)
        return kind;
    (void)snprintf(ret_error, FAULT_ERROR_SIZE,
                   "the fault \"%s\" %s number, as in %s.", kind->name,
                   equals ? "takes no" : "needs a", kind->example);
    return NULL;
}

static int
parse_items(char *copy, struct aigw_value *fault,
            char ret_error[FAULT_ERROR_SIZE])
{
    char *rest = NULL;
    char *item = strtok_r(copy, ",", &rest);
    const struct kind *kind = parse_first(item ? item : copy, fault, ret_error);
    int status = kind ? 0 : -1;

    while (status == 0 && (item = strtok_r(NULL, ",", &rest)) != NULL)
        status = parse_named(kind, item, fault, ret_error);
    return status;
}

struct aigw_value *
fault_parse(const char *word, char ret_error[FAULT_ERROR_SIZE])
{
    struct aigw_value *fault = aigw_value_map();
    char copy[WORD_MAX];

    if (strlen(word) < sizeof(copy)) {
        (void)snprintf(copy, sizeof(copy), "%s", word);
        if (parse_items(copy, fault, ret_error) == 0)
            return fault;
    } else {
        (void)snprintf(ret_error, FAULT_ERROR_SIZE,
                       "a fault has fewer than %d letters.", WORD_MAX);
    }
    aigw_value_free(fault);
    return NULL;
}

/* "=429" for the first, ",retry_after_s=3" for others. */
static void
add_param(struct text *text, const struct aigw_value *fault, const char *name,
          bool first)
{
    const struct aigw_value *value = aigw_value_get(fault, name);
    size_t used = strlen(text->s);

    if (value)
        (void)snprintf(text->s + used, sizeof(text->s) - used, "%s%s=%lld",
                       first ? "" : ",", first ? "" : name,
                       (long long)aigw_value_int(value, 0));
}

struct text
fault_text(const struct aigw_value *fault)
{
    const struct kind *kind = find_kind(aigw_get_str(fault, "kind", ""));
    struct text text;

    (void)snprintf(text.s, sizeof(text.s), "%s",
                   aigw_get_str(fault, "kind", "?"));
    for (size_t i = 0; kind && i < N_PARAMS && kind->params[i]; i++)
        add_param(&text, fault, kind->params[i], i == 0);
    return text;
}
