#include "core/when.h"

#include "base/mem.h"
#include "core/date.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
    TEXT_MAX = 64, /* The longest sensible form has about 35 characters. */
    EXPONENT_MAX = 1000
};

/* Bare numbers from here on are epoch times, see the header. */
static const int64_t EPOCH_S_FROM_MS = INT64_C(1000000000) * 1000;
static const int64_t EPOCH_MS_FROM_MS = INT64_C(1000000000000) * 1000;
static const int64_t EPOCH_END_MS = INT64_C(1000000000000000) * 1000;

struct span_text {
    const char *at;
    const char *end;
};

/* mantissa * 10^exponent; digits beyond the seventeenth are dropped. */
struct decimal {
    int64_t mantissa;
    int exponent;
};

static bool
at_digit(const struct span_text *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* Appends the digits, each of which moves the point by `shift`.  Returns how
 * many there were. */
static int
take_digits(struct span_text *s, struct decimal *d, int shift)
{
    const char *from = s->at;

    for (; at_digit(s); s->at++) {
        if (d->mantissa < INT64_C(10000000000000000)) {
            d->mantissa = d->mantissa * 10 + (*s->at - '0');
            d->exponent += shift;
        } else {
            d->exponent += shift + 1;
        }
    }
    return (int)(s->at - from);
}

/* "e5", "E-3"; an `e` without digits is left alone. */
static void
take_exponent(struct span_text *s, struct decimal *d)
{
    struct span_text ahead = *s;
    int exponent = 0, sign = 1;

    if (ahead.at == ahead.end || (*ahead.at != 'e' && *ahead.at != 'E'))
        return;
    ahead.at++;
    if (ahead.at < ahead.end && (*ahead.at == '+' || *ahead.at == '-'))
        sign = *ahead.at++ == '-' ? -1 : 1;
    if (!at_digit(&ahead))
        return;
    for (; at_digit(&ahead); ahead.at++) {
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (*ahead.at - '0');
    }
    d->exponent += sign * exponent;
    *s = ahead;
}

/* "12", "1.5", ".5" */
static bool
take_decimal(struct span_text *s, struct decimal *ret_decimal)
{
    struct decimal d = {0, 0};
    int n = take_digits(s, &d, 0);

    if (s->at < s->end && *s->at == '.') {
        s->at++;
        n += take_digits(s, &d, -1);
    }
    *ret_decimal = d;
    return n > 0;
}

/* d * factor * 10^exponent as an integer, rounded up because a wait may be
 * longer than told but not shorter; INT64_MAX if it does not fit. */
static int64_t
scale(struct decimal d, int64_t factor, int exponent)
{
    int64_t value = d.mantissa * factor; /* Below 10^17 * 36. */
    bool inexact = false;

    exponent += d.exponent;
    for (; exponent > 0 && value > 0; exponent--) {
        if (__builtin_mul_overflow(value, 10, &value))
            return INT64_MAX;
    }
    for (; exponent < 0 && value > 0; exponent++) {
        inexact = inexact || value % 10 != 0;
        value /= 10;
    }
    return value + (inexact ? 1 : 0);
}

static struct when
as_span(int64_t ms)
{
    if (ms == INT64_MAX)
        return (struct when){WHEN_TOO_LONG, 0};
    return (struct when){WHEN_SPAN, ms};
}

static struct when
as_date(int64_t epoch_ms)
{
    return (struct when){WHEN_DATE, epoch_ms < 0 ? 0 : epoch_ms};
}

static struct when
as_number(struct decimal d, enum when_unit unit)
{
    int64_t ms;

    if (unit == WHEN_UNIT_MS)
        return as_span(scale(d, 1, 0));
    ms = scale(d, 1, 3);
    if (ms < EPOCH_S_FROM_MS)
        return as_span(ms);
    if (ms < EPOCH_MS_FROM_MS)
        return as_date(ms);
    if (ms < EPOCH_END_MS)
        return as_date(ms / 1000);
    return (struct when){WHEN_TOO_LONG, 0};
}

/* A unit of Go's time.ParseDuration, in milliseconds: factor * 10^exponent.
 * Longer names first. */
static const struct unit {
    const char *name;
    int factor;
    int exponent;
} UNITS[] = {
    {"ns", 1, -6}, {"us", 1, -3}, {"\xc2\xb5s", 1, -3}, {"\xce\xbcs", 1, -3},
    {"ms", 1, 0},  {"s", 1, 3},   {"m", 6, 4},          {"h", 36, 5},
};

static const struct unit *
take_unit(struct span_text *s)
{
    for (unsigned i = 0; i < array_count(UNITS); i++) {
        size_t len = strlen(UNITS[i].name);

        if ((size_t)(s->end - s->at) >= len
            && memcmp(s->at, UNITS[i].name, len) == 0) {
            s->at += len;
            return &UNITS[i];
        }
    }
    return NULL;
}

/* "1h2m3.5s": pairs of number and unit up to the end. */
static struct when
parse_duration(struct span_text s)
{
    int64_t sum = 0;

    while (s.at < s.end) {
        struct decimal d;
        const struct unit *unit;

        if (!take_decimal(&s, &d))
            return (struct when){WHEN_NONE, 0};
        unit = take_unit(&s);
        if (!unit)
            return (struct when){WHEN_NONE, 0};
        if (__builtin_add_overflow(sum, scale(d, unit->factor, unit->exponent),
                                   &sum))
            sum = INT64_MAX;
    }
    return as_span(sum);
}

static struct when
parse_short(struct span_text s, enum when_unit unit)
{
    struct span_text number = s;
    struct decimal d;
    int64_t epoch_ms;

    if (take_decimal(&number, &d)) {
        take_exponent(&number, &d);
        if (number.at == number.end)
            return as_number(d, unit);
    }
    if (date_parse(s.at, (size_t)(s.end - s.at), &epoch_ms))
        return as_date(epoch_ms);
    return parse_duration(s);
}

static bool
is_infinity(struct span_text s)
{
    size_t len = (size_t)(s.end - s.at);

    return (len == 3 && strncasecmp(s.at, "inf", len) == 0)
           || (len == 8 && strncasecmp(s.at, "infinity", len) == 0);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct when
when_parse(const char *text, size_t len, enum when_unit unit)
{
    struct span_text s = {text, text + len};

    while (s.at < s.end && is_blank(*s.at))
        s.at++;
    while (s.end > s.at && is_blank(s.end[-1]))
        s.end--;
    if (s.end - s.at > TEXT_MAX) {
        struct decimal ignored = {0, 0};

        /* More digits than anyone can mean, or nonsense. */
        s.end = s.at + TEXT_MAX;
        return take_digits(&s, &ignored, 0) == TEXT_MAX
                   ? (struct when){WHEN_TOO_LONG, 0}
                   : (struct when){WHEN_NONE, 0};
    }
    if (is_infinity(s))
        return (struct when){WHEN_TOO_LONG, 0};
    return s.at == s.end ? (struct when){WHEN_NONE, 0} : parse_short(s, unit);
}

int64_t
when_wait_ms(struct when when, int64_t base_wall_ms)
{
    int64_t wait_ms = WHEN_MAX_WAIT_MS;

    switch (when.kind) {
    case WHEN_NONE:
        return -1;
    case WHEN_SPAN:
        wait_ms = when.ms;
        break;
    case WHEN_DATE:
        if (when.ms <= base_wall_ms)
            return 0;
        if (__builtin_sub_overflow(when.ms, base_wall_ms, &wait_ms))
            return WHEN_MAX_WAIT_MS;
        break;
    case WHEN_TOO_LONG:
        break;
    }
    return wait_ms < WHEN_MAX_WAIT_MS ? wait_ms : WHEN_MAX_WAIT_MS;
}
