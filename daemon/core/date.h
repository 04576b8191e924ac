/*
 * date.h - dates as they stand in HTTP headers.
 *
 * RFC 3339 ("2026-04-05T14:28:55.5+02:00") and the three forms that RFC 9110,
 * section 5.6.7, obliges a recipient to accept: IMF-fixdate ("Sun, 06 Nov 1994
 * 08:49:37 GMT"), RFC 850 ("Sunday, 06-Nov-94 08:49:37 GMT") and asctime
 * ("Sun Nov  6 08:49:37 1994").
 */
#ifndef AIGW_CORE_DATE_H
#define AIGW_CORE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the whole of `text`, which need not end in NUL, as a date; false if it
 * is none.  `ret_epoch_ms` is in milliseconds since 1970-01-01 UTC, negative
 * before that, with parts of a millisecond rounded up. */
bool date_parse(const char *text, size_t len, int64_t *ret_epoch_ms);

#endif
