#include "text/format.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
    BAR_MAX = 40
};

/* As much as a long can hold, and more than anybody has to wait. */
static const double LONGEST_S = 1e12;

static struct text print(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static struct text
print(const char *format, ...)
{
    struct text text;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text.s, sizeof(text.s), format, args);
    va_end(args);
    return text;
}

static struct text
none(void)
{
    return (struct text){"-"};
}

/* The parts of a span that are shown side by side. */
static long
part(double total, long of, long modulo)
{
    return (long)total / of % modulo;
}

static struct text
latency(double ms, const char *unit)
{
    double seconds = ms / 1000;

    if (isnan(ms))
        return none();
    if (ms < 9.95)
        return print("%.1f%s", ms, unit);
    if (ms < 999.5)
        return print("%.0f%s", ms, unit);
    if (seconds < 9.95)
        return print("%.1fs", seconds);
    if (seconds < 59.5)
        return print("%.0fs", seconds);
    seconds = fmin(round(seconds), LONGEST_S);
    if (seconds < HOUR_S)
        return print("%ldm%02ld", part(seconds, MINUTE_S, 60),
                     part(seconds, 1, 60));
    return print("%ldh%02ld", (long)seconds / HOUR_S,
                 part(seconds, MINUTE_S, 60));
}

struct text
format_latency(double ms)
{
    return latency(ms, "");
}

struct text
format_latency_unit(double ms)
{
    if (ms > 0 && ms < 0.9995)
        return print("%.0fus", fmax(ms * 1000, 1));
    return latency(ms, "ms");
}

double
format_round(double value, int decimals)
{
    double scale = pow(10, decimals);

    return round(value * scale) / scale;
}

struct text
format_money(double usd)
{
    return isnan(usd) ? none() : print("%.2f", usd);
}

/* Two significant digits for what is less than ten cents. */
static int
cost_decimals(double usd)
{
    double shown = fabs(usd);
    int decimals = 2;

    while (shown > 0 && shown < 0.095 && decimals < 9) {
        shown *= 10;
        decimals++;
    }
    return decimals;
}

struct text
format_cost(double usd)
{
    return isnan(usd) ? none() : print("$%.*f", cost_decimals(usd), usd);
}

/* How many of `decimals` digits behind the point are needed, at least 2. */
static int
decimals_needed(double value, int decimals)
{
    double scaled = round(fabs(value) * pow(10, decimals));

    while (decimals > 2 && fmod(scaled, 10) == 0) {
        scaled /= 10;
        decimals--;
    }
    return decimals;
}

struct text
format_price(double usd)
{
    return isnan(usd) ? none() : print("%.*f", decimals_needed(usd, 4), usd);
}

struct text
format_percent(double share)
{
    return isnan(share) ? none() : print("%.1f", share * 100);
}

struct text
format_rate(double per_second)
{
    if (isnan(per_second))
        return none();
    if (per_second > 0 && per_second < 9.95)
        return print("%.1f", per_second);
    return print("%.0f", per_second);
}

struct text
format_count(double count)
{
    return isnan(count) ? none() : print("%.0f", count);
}

struct text
format_short_count(double count)
{
    static const char *const units[] = {"", "k", "M", "G", "T"};
    size_t unit = 0;

    if (isnan(count))
        return none();
    while (fabs(count) >= 999.5 && unit + 1 < sizeof(units) / sizeof(*units)) {
        count /= 1000;
        unit++;
    }
    if (unit > 0 && fabs(count) < 9.95 && fabs(count - round(count)) >= 0.05)
        return print("%.1f%s", count, units[unit]);
    return print("%.0f%s", count, units[unit]);
}

struct text
format_span(double seconds)
{
    if (isnan(seconds))
        return none();
    seconds = fmin(fmax(seconds, 0), LONGEST_S);
    if (seconds < MINUTE_S)
        return print("%lds", (long)seconds);
    if (seconds < HOUR_S)
        return print("%ldm%02lds", part(seconds, MINUTE_S, 60),
                     part(seconds, 1, 60));
    if (seconds < DAY_S)
        return print("%ldh%02ldm", part(seconds, HOUR_S, 24),
                     part(seconds, MINUTE_S, 60));
    return print("%ldd%02ldh", (long)seconds / DAY_S,
                 part(seconds, HOUR_S, 24));
}

struct text
format_long_span(double seconds)
{
    if (isnan(seconds) || seconds < DAY_S)
        return format_span(seconds);
    seconds = fmin(seconds, LONGEST_S);
    return print("%ldd%02ldh%02ldm", (long)seconds / DAY_S,
                 part(seconds, HOUR_S, 24), part(seconds, MINUTE_S, 60));
}

struct text
format_since(double seconds)
{
    if (isnan(seconds))
        return none();
    seconds = fmax(seconds, 0);
    if (seconds < HOUR_S)
        return print("%02ld:%02ld", part(seconds, MINUTE_S, 60),
                     part(seconds, 1, 60));
    if (seconds < DAY_S)
        return print("%ldh%02ld", part(seconds, HOUR_S, 24),
                     part(seconds, MINUTE_S, 60));
    if (seconds < 10.0 * DAY_S)
        return format_span(seconds);
    return print("%ldd", (long)fmin(seconds / DAY_S, 9999));
}

struct text
format_clock(double epoch_ms)
{
    struct text text = none();
    struct tm local;
    time_t seconds;

    if (isnan(epoch_ms) || fabs(epoch_ms) / 1000 > LONGEST_S)
        return text;
    seconds = (time_t)(epoch_ms / 1000);
    if (localtime_r(&seconds, &local))
        (void)strftime(text.s, sizeof(text.s), "%H:%M:%S", &local);
    return text;
}

struct text
format_bar(double share, unsigned cells)
{
    struct text text = {""};
    unsigned filled;

    if (isnan(share) || share <= 0)
        return text;
    if (cells > BAR_MAX)
        cells = BAR_MAX;
    filled = share >= 1 ? cells : (unsigned)(share * cells + 0.5);
    /* Something is there, so something shows. */
    if (filled == 0)
        filled = 1;
    memset(text.s, '|', filled);
    text.s[filled] = '\0';
    return text;
}

/* The factor that `suffix` names; 0 if it names none. */
static double
unit_factor(const char *suffix)
{
    if (*suffix == '\0')
        return 1;
    if (suffix[1] != '\0')
        return 0;
    switch (*suffix) {
    case 'k':
    case 'K':
        return 1e3;
    case 'm':
    case 'M':
        return 1e6;
    case 'g':
    case 'G':
        return 1e9;
    default:
        return 0;
    }
}

bool
format_parse_count(const char *text, int64_t *ret_count)
{
    char *end;
    double value, factor;

    /* strtod also reads hexadecimal numbers, infinities and blanks. */
    if (text[0] == '\0' || strspn(text, "0123456789.kKmMgG") != strlen(text))
        return false;
    value = strtod(text, &end);
    factor = unit_factor(end);
    if (end == text || factor <= 0)
        return false;
    value = round(value * factor);
    if (value >= 9e15)
        return false;
    *ret_count = (int64_t)value;
    return true;
}

bool
format_parse_span(const char *text, int64_t *ret_seconds)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {
        {"", 1}, {"s", 1}, {"m", MINUTE_S}, {"h", HOUR_S}, {"d", DAY_S}};

    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 9)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if (strcmp(text + digits, units[i].unit) == 0) {
            *ret_seconds = strtol(text, NULL, 10) * units[i].seconds;
            return true;
        }
    }
    return false;
}

bool
format_parse_ratio(const char *text, double *ret_share)
{
    char *end;
    double left, right;

    if (strspn(text, "0123456789.:") != strlen(text))
        return false;
    left = strtod(text, &end);
    if (end == text || *end != ':')
        return false;
    text = end + 1;
    right = strtod(text, &end);
    if (end == text || *end != '\0' || left + right <= 0)
        return false;
    *ret_share = left / (left + right);
    return true;
}
