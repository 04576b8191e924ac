/*
 * format.h - how figures look to people.
 *
 * Pure.  Every function takes a number, NAN standing for "no samples", and
 * returns its text by value; "no samples" is always "-", never 0.  Machine
 * formats print the numbers themselves and do not come here.
 */
#ifndef AIGW_TEXT_FORMAT_H
#define AIGW_TEXT_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

struct text {
    char s[48];
};

/* A latency for a table column: "2.3", "402", "1.1s", "22s", "2m03", "1h05". */
struct text format_latency(double ms);

/* The same for a sentence, where milliseconds need their unit, and what is
 * shorter is in microseconds: "402ms", "55us". */
struct text format_latency_unit(double ms);

/* `value` without the digits that are noise of binary fractions: rounded to
 * so many decimals, for figures that are computed here. */
double format_round(double value, int decimals);

/* An amount with two decimals and no sign, for a column: "6.80". */
struct text format_money(double usd);

/* An amount in a sentence, small ones to two significant digits: "$182.40",
 * "$0.0039". */
struct text format_cost(double usd);

/* A price per million tokens: at least two decimals, up to four when needed. */
struct text format_price(double usd);

/* A share of 1 as a percentage with one decimal and no sign: "71.4". */
struct text format_percent(double share);

/* Something per second: "188", "0.4", "0". */
struct text format_rate(double per_second);

/* A whole number: "1048576". */
struct text format_count(double count);

/* A whole number made short: "812", "1.9k", "10M", "2.5G". */
struct text format_short_count(double count);

/* A span of time: "42s", "5m12s", "2h05m", "3d04h". */
struct text format_span(double seconds);

/* The same to the minute: "3d04h12m", "2h05m", "5m12s". */
struct text format_long_span(double seconds);

/* A span of time in at most five characters: "00:42", "2h05", "2d11h",
 * "123d". */
struct text format_since(double seconds);

/* The time of day of `epoch_ms`, in local time: "15:03:23". */
struct text format_clock(double epoch_ms);

/* A share of 1 as a bar of at most `cells` characters, filled from the left.
 * ASCII, so that it looks the same in every locale.  `cells` is at most 40. */
struct text format_bar(double share, unsigned cells);

/* Reads a whole number with an optional k, M or G (1,000s) behind it, as in
 * "10M" and "1.5k".  False if `text` is anything else or out of range. */
bool format_parse_count(const char *text, int64_t *ret_count);

/* Reads a span of time in whole seconds: "90", "30s", "5m", "1h", "7d".  False if
 * `text` is anything else or out of range. */
bool format_parse_span(const char *text, int64_t *ret_seconds);

/* Reads "3:1" as the share 0.75; both sides are positive numbers. */
bool format_parse_ratio(const char *text, double *ret_share);

#endif
