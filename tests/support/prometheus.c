#include "support/prometheus.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FAMILIES = 256,
    MAX_SAMPLES = 65536,
    NAME_SIZE = 128,
};

static struct {
    char families[MAX_FAMILIES][NAME_SIZE];
    size_t n_families;
    char type[16]; /* Of the last family. */
    const char *samples[MAX_SAMPLES];
    size_t sizes[MAX_SAMPLES];
    size_t n_samples;
    char problem[256];
} c;

static bool
fail(const char *what, const char *line)
{
    (void)snprintf(c.problem, sizeof(c.problem), "%s: %.*s", what,
                   (int)strcspn(line, "\n"), line);
    return false;
}

/* Length of a metric's or (without colons) a label's name. */
static size_t
name_size(const char *text, bool colons)
{
    size_t n = 0;

    if (isdigit((unsigned char)*text))
        return 0;
    while (isalnum((unsigned char)text[n]) || text[n] == '_'
           || (colons && text[n] == ':'))
        n++;
    return n;
}

/* The end of `name="value"`, or NULL. */
static const char *
label_end(const char *at)
{
    size_t n = name_size(at, false);

    if (n == 0 || at[n] != '=' || at[n + 1] != '"')
        return NULL;
    for (at += n + 2; *at && *at != '"' && *at != '\n'; at++)
        if (*at == '\\' && !strchr("\\\"n", *++at))
            return NULL;
    return *at == '"' ? at + 1 : NULL;
}

/* The end of the labels at `at`, if there are any; NULL if they are wrong. */
static const char *
labels_end(const char *at)
{
    if (*at != '{')
        return at;
    do
        at = label_end(at + 1);
    while (at && *at == ',');
    return at && *at == '}' ? at + 1 : NULL;
}

static bool
check_help(const char *line)
{
    size_t n = name_size(line + 7, true);

    if (n == 0 || n >= NAME_SIZE || line[7 + n] != ' ')
        return fail("HELP", line);
    for (size_t i = 0; i < c.n_families; i++)
        if (strlen(c.families[i]) == n
            && memcmp(c.families[i], line + 7, n) == 0)
            return fail("the family comes twice", line);
    if (c.n_families == MAX_FAMILIES)
        return fail("too many families", line);
    memcpy(c.families[c.n_families], line + 7, n);
    c.families[c.n_families++][n] = '\0';
    c.type[0] = '\0';
    return true;
}

static bool
ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool
check_type(const char *line)
{
    static const char *const TYPES[] = {"counter", "gauge", "summary",
                                        "histogram"};
    const char *family = c.n_families ? c.families[c.n_families - 1] : "";
    char want[NAME_SIZE + 32];

    for (size_t i = 0; i < sizeof(TYPES) / sizeof(*TYPES); i++) {
        (void)snprintf(want, sizeof(want), "# TYPE %s %s\n", family, TYPES[i]);
        if (strncmp(line, want, strlen(want)) != 0)
            continue;
        (void)snprintf(c.type, sizeof(c.type), "%s", TYPES[i]);
        if (strcmp(c.type, "counter") == 0 && !ends_with(family, "_total"))
            return fail("a counter's name ends with _total", line);
        return true;
    }
    return fail("TYPE does not follow its HELP, or is none", line);
}

/* Does a sample of this name belong to the family it stands in? */
static bool
belongs(const char *name, size_t size)
{
    static const char *const SUFFIXES[] = {"", "_sum", "_count", "_bucket"};
    const char *family = c.n_families ? c.families[c.n_families - 1] : "";
    bool parts =
        strcmp(c.type, "summary") == 0 || strcmp(c.type, "histogram") == 0;
    char want[NAME_SIZE + 16];

    for (size_t i = 0; i < (parts ? 4 : 1); i++) {
        (void)snprintf(want, sizeof(want), "%s%s", family, SUFFIXES[i]);
        if (strlen(want) == size && memcmp(want, name, size) == 0)
            return true;
    }
    return false;
}

static bool
remember(const char *line, size_t size)
{
    for (size_t i = 0; i < c.n_samples; i++)
        if (c.sizes[i] == size && memcmp(c.samples[i], line, size) == 0)
            return fail("the sample comes twice", line);
    if (c.n_samples == MAX_SAMPLES)
        return fail("too many samples", line);
    c.samples[c.n_samples] = line;
    c.sizes[c.n_samples++] = size;
    return true;
}

static bool
check_sample(const char *line)
{
    size_t n = name_size(line, true);
    const char *at = labels_end(line + n);
    double value;
    char *end;

    if (n == 0 || !at || *at != ' ')
        return fail("a sample", line);
    if (!*c.type || !belongs(line, n))
        return fail("a sample outside of its family", line);
    value = strtod(at + 1, &end);
    if (end == at + 1 || isspace((unsigned char)at[1]) || *end != '\n')
        return fail("a value", line);
    if (strcmp(c.type, "counter") == 0 && !(value >= 0 && isfinite(value)))
        return fail("a counter's value", line);
    return remember(line, (size_t)(at - line));
}

static bool
check_line(const char *line)
{
    if (strncmp(line, "# HELP ", 7) == 0)
        return check_help(line);
    if (strncmp(line, "# TYPE ", 7) == 0)
        return check_type(line);
    if (*line == '#' || *line == '\n')
        return fail("an unexpected line", line);
    return check_sample(line);
}

const char *
prometheus_check(const char *text)
{
    c.n_families = 0;
    c.n_samples = 0;
    c.type[0] = '\0';
    while (*text) {
        const char *end = strchr(text, '\n');

        if (!end)
            return "the last line does not end";
        if (!check_line(text))
            return c.problem;
        text = end + 1;
    }
    return c.n_samples == 0 ? "there is nothing" : NULL;
}

bool
prometheus_value(const char *text, const char *sample, double *ret_value)
{
    size_t size = strlen(sample);

    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, sample, size) == 0 && line[size] == ' ') {
            *ret_value = strtod(line + size, NULL);
            return true;
        }
    }
    return false;
}
