#include "core/date.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>

/* What is left of the text. */
struct cursor {
    const char *at;
    const char *end;
};

struct civil {
    int year;
    int month; /* 1 to 12. */
    int day;
    int second; /* Of the day. */
    int ms;
    int offset_s; /* East of UTC. */
};

static bool
at_digit(const struct cursor *c)
{
    return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static bool
take_char(struct cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static bool
take_any(struct cursor *c, const char *wanted)
{
    if (c->at == c->end || !strchr(wanted, *c->at) || *c->at == '\0')
        return false;
    c->at++;
    return true;
}

static bool
take_text(struct cursor *c, const char *wanted)
{
    size_t len = strlen(wanted);

    if ((size_t)(c->end - c->at) < len || strncasecmp(c->at, wanted, len) != 0)
        return false;
    c->at += len;
    return true;
}

/* Exactly `n` digits. */
static bool
take_number(struct cursor *c, int n, int *ret_number)
{
    int number = 0;

    while (n-- > 0) {
        if (!at_digit(c))
            return false;
        number = number * 10 + (*c->at++ - '0');
    }
    *ret_number = number;
    return true;
}

/* "08:49:37" */
static bool
take_clock(struct cursor *c, struct civil *t)
{
    int hour, minute, second;

    if (!take_number(c, 2, &hour) || !take_char(c, ':')
        || !take_number(c, 2, &minute) || !take_char(c, ':')
        || !take_number(c, 2, &second))
        return false;
    /* 60 is a leap second. */
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    t->second = (hour * 60 + minute) * 60 + second;
    return true;
}

static bool
take_month(struct cursor *c, struct civil *t)
{
    static const char *const NAMES[] = {"Jan", "Feb", "Mar", "Apr",
                                        "May", "Jun", "Jul", "Aug",
                                        "Sep", "Oct", "Nov", "Dec"};

    for (unsigned i = 0; i < array_count(NAMES); i++) {
        if (take_text(c, NAMES[i])) {
            t->month = (int)i + 1;
            return true;
        }
    }
    return false;
}

/* "Sun" or "Sunday"; whether it is that day is the sender's business. */
static bool
take_weekday(struct cursor *c)
{
    static const char *const NAMES[] = {
        "Sunday", "Monday",   "Tuesday", "Wednesday", "Thursday",
        "Friday", "Saturday", "Sun",     "Mon",       "Tue",
        "Wed",    "Thu",      "Fri",     "Sat"};

    for (unsigned i = 0; i < array_count(NAMES); i++) {
        if (take_text(c, NAMES[i]))
            return true;
    }
    return false;
}

/* ".5", rounded up to milliseconds; nothing is fine too. */
static bool
take_fraction(struct cursor *c, struct civil *t)
{
    int scale = 100;
    bool more = false;

    if (!take_char(c, '.'))
        return true;
    if (!at_digit(c))
        return false;
    while (at_digit(c)) {
        int digit = *c->at++ - '0';

        t->ms += digit * scale;
        more = more || (scale == 0 && digit > 0);
        scale /= 10;
    }
    t->ms += more ? 1 : 0;
    return true;
}

/* "Z" or "+02:00" */
static bool
take_zone(struct cursor *c, struct civil *t)
{
    int sign, hour, minute;

    if (take_any(c, "Zz"))
        return true;
    sign = c->at < c->end && *c->at == '-' ? -1 : 1;
    if (!take_any(c, "+-") || !take_number(c, 2, &hour) || !take_char(c, ':')
        || !take_number(c, 2, &minute) || hour > 23 || minute > 59)
        return false;
    t->offset_s = sign * (hour * 60 + minute) * 60;
    return true;
}

static bool
take_rfc3339(struct cursor c, struct civil *t)
{
    return take_number(&c, 4, &t->year) && take_char(&c, '-')
           && take_number(&c, 2, &t->month) && take_char(&c, '-')
           && take_number(&c, 2, &t->day) && take_any(&c, "Tt ")
           && take_clock(&c, t) && take_fraction(&c, t) && take_zone(&c, t)
           && c.at == c.end;
}

static bool
take_imf_fixdate(struct cursor c, struct civil *t)
{
    return take_weekday(&c) && take_text(&c, ", ")
           && take_number(&c, 2, &t->day) && take_char(&c, ' ')
           && take_month(&c, t) && take_char(&c, ' ')
           && take_number(&c, 4, &t->year) && take_char(&c, ' ')
           && take_clock(&c, t) && take_text(&c, " GMT") && c.at == c.end;
}

static bool
take_rfc850(struct cursor c, struct civil *t)
{
    if (!take_weekday(&c) || !take_text(&c, ", ")
        || !take_number(&c, 2, &t->day) || !take_char(&c, '-')
        || !take_month(&c, t) || !take_char(&c, '-')
        || !take_number(&c, 2, &t->year) || !take_char(&c, ' ')
        || !take_clock(&c, t) || !take_text(&c, " GMT") || c.at != c.end)
        return false;
    /* Two digits: the window that POSIX strptime() uses. */
    t->year += t->year < 69 ? 2000 : 1900;
    return true;
}

static bool
take_asctime(struct cursor c, struct civil *t)
{
    if (!take_weekday(&c) || !take_char(&c, ' ') || !take_month(&c, t)
        || !take_char(&c, ' '))
        return false;
    return take_number(&c, take_char(&c, ' ') ? 1 : 2, &t->day)
           && take_char(&c, ' ') && take_clock(&c, t) && take_char(&c, ' ')
           && take_number(&c, 4, &t->year) && c.at == c.end;
}

static bool
is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool
is_valid_day(const struct civil *t)
{
    static const int LENGTHS[] = {31, 28, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    int length;

    if (t->month < 1 || t->month > 12)
        return false;
    length = LENGTHS[t->month - 1];
    if (t->month == 2 && is_leap(t->year))
        length++;
    return t->day >= 1 && t->day <= length;
}

/* Days since 1970-01-01 in the Gregorian calendar (H. Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms", days_from_civil). */
static int64_t
days_of(const struct civil *t)
{
    int year = t->month <= 2 ? t->year - 1 : t->year;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year =
        (153 * (t->month + (t->month > 2 ? -3 : 9)) + 2) / 5 + t->day - 1;
    int day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return (int64_t)era * 146097 + day_of_era - 719468;
}

bool
date_parse(const char *text, size_t len, int64_t *ret_epoch_ms)
{
    static bool (*const FORMS[])(struct cursor, struct civil *) = {
        take_rfc3339, take_imf_fixdate, take_rfc850, take_asctime};
    struct cursor c = {text, text + len};

    for (unsigned i = 0; i < array_count(FORMS); i++) {
        struct civil t = {0};

        if (FORMS[i](c, &t) && is_valid_day(&t)) {
            *ret_epoch_ms =
                (days_of(&t) * 86400 + t.second - t.offset_s) * 1000 + t.ms;
            return true;
        }
    }
    return false;
}
