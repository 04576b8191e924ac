/*
 * record.h - a recording of what a daemon sent: JSON text, one line each,
 *
 *     {"aigw_top_record": 1, "time_ms": 1764000000000, "socket": "..."}
 *     {"t": 1003.2, "kind": "snapshot", "data": {...}}
 *
 * `t` in milliseconds since the beginning; `kind` is "snapshot", "event",
 * "requests", "cost.target", "cost.route", "cost.client" or "lost".  The
 * values are those of the protocol, so that other programs can read them.
 */
#ifndef AIGW_TUI_RECORD_H
#define AIGW_TUI_RECORD_H

#include <aigw/aigw.h>

struct record;

/* Begins a recording in `path`, which must not exist.  NULL if it cannot be
 * made; errno says why. */
struct record *record_new(const char *path, const char *socket_path,
                          double wall_ms, double now_ms);

/* Writes one line.  A failure ends the recording, and is told once by
 * record_error(). */
void record_write(struct record *r, const char *kind,
                  const struct aigw_value *data, double now_ms);

/* Why nothing more is written; NULL while all is well. */
const char *record_error(const struct record *r);

/* Flushes and closes.  NULL is ignored. */
void record_free(struct record *r);

#endif
