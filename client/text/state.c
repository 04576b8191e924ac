#include "text/state.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "text/read.h"
#include "text/sanitize.h"

enum {
    BLAMED_MAX = 3
};

/* Words come from the daemon, but control bytes do not pass. */
static struct text
word(const char *text)
{
    struct text word = {""};

    (void)snprintf(word.s, sizeof(word.s), "%s", text);
    for (char *p = word.s; *p; p++)
        *p = isprint((unsigned char)*p) ? *p : '?';
    return word;
}

static struct text
upper(const char *text)
{
    struct text upper = word(text);

    for (char *p = upper.s; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    return upper;
}

/* `name` with the seconds from `now_ms` to `until_ms`, if they are known. */
static struct text
countdown(const char *name, double until_ms, double now_ms)
{
    struct text text = word(name);
    double left_s = ceil((until_ms - now_ms) / 1000);

    if (!isnan(left_s))
        (void)snprintf(text.s, sizeof(text.s), "%.12s %.24s", name,
                       format_span(left_s).s);
    return text;
}

static struct text
half_open(const struct aigw_value *target)
{
    struct text text = word("HALF");
    int64_t of = aigw_get_int(target, "half_open.of", 0);

    if (of > 0)
        (void)snprintf(text.s, sizeof(text.s), "HALF %d/%d",
                       (int)aigw_get_int(target, "half_open.ok", 0), (int)of);
    return text;
}

static struct text
closed(const struct aigw_value *target, double now_ms)
{
    double until_ms = read_number(target, "gate.until_ms");

    if (aigw_value_type(aigw_value_get(target, "gate")) == AIGW_TYPE_MAP)
        return countdown("LIMIT", until_ms, now_ms);
    return word("CLOSED");
}

struct text
state_word(const struct aigw_value *target, const struct aigw_value *snapshot)
{
    return state_word_at(target, read_number(snapshot, "time_ms"));
}

struct text
state_word_at(const struct aigw_value *target, double now_ms)
{
    const char *state = aigw_get_str(target, "state", "-");

    if (strcmp(state, "closed") == 0)
        return closed(target, now_ms);
    if (strcmp(state, "half_open") == 0)
        return half_open(target);
    if (strcmp(state, "open") == 0)
        return countdown("OPEN", read_number(target, "retry_at_ms"), now_ms);
    if (strcmp(state, "latched") == 0)
        return upper(aigw_get_str(target, "reason", "latched"));
    if (strcmp(state, "forced_open") == 0)
        return word("FORCED");
    if (strcmp(state, "draining") == 0)
        return word("DRAIN");
    return upper(state);
}

size_t
state_count_usable(const struct aigw_value *snapshot)
{
    const struct aigw_value *targets = aigw_value_get(snapshot, "targets");
    size_t usable = 0;

    for (size_t i = 0; i < aigw_value_size(targets); i++)
        usable += aigw_get_bool(aigw_value_at(targets, i), "is_healthy", false);
    return usable;
}

static void
write_blamed(const struct aigw_value *target, const struct aigw_value *snapshot,
             FILE *out)
{
    const char *reason = aigw_get_str(target, "reason", NULL);

    sanitize_line(aigw_get_str(target, "name", "?"), out);
    (void)fprintf(out, " %s", state_word(target, snapshot).s);
    if (reason && reason[0]) {
        (void)fputs(" (", out);
        sanitize_line(reason, out);
        (void)fputc(')', out);
    }
    (void)fputs(", ", out);
}

void
state_write_summary(const struct aigw_value *snapshot, FILE *out)
{
    const struct aigw_value *targets = aigw_value_get(snapshot, "targets");
    size_t blamed = 0;

    (void)fprintf(out, "%s: ",
                  upper(aigw_get_str(snapshot, "server.state", "unknown")).s);
    for (size_t i = 0; i < aigw_value_size(targets); i++) {
        const struct aigw_value *target = aigw_value_at(targets, i);

        if (aigw_get_bool(target, "is_healthy", false))
            continue;
        if (blamed++ < BLAMED_MAX)
            write_blamed(target, snapshot, out);
    }
    if (blamed > BLAMED_MAX)
        (void)fprintf(out, "%zu more, ", blamed - BLAMED_MAX);
    (void)fprintf(out, "%zu of %zu targets usable",
                  state_count_usable(snapshot), aigw_value_size(targets));
}
