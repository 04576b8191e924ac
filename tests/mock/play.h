/*
 * play.h - carries faults out.
 *
 * A fault acts at one of three places: before any answer (play_start), on a
 * whole body (play_broken_body), or inside a stream (play_breaks_here and
 * play_break).
 */
#ifndef AIGW_TESTS_MOCK_PLAY_H
#define AIGW_TESTS_MOCK_PLAY_H

#include "stream.h"

#include <stdbool.h>

struct bytes;
struct exchange;

/* Answers in the place of the endpoint if the fault wants that; then the
 * exchange belongs to the fault.  False: the endpoint answers. */
bool play_start(struct exchange *x);

/* Breaks a whole 200 response; false if it is to be sent as it is. */
bool play_broken_body(struct exchange *x, const char *type,
                      const struct bytes *body);

/* Whether the fault acts before the first event of a stream. */
bool play_breaks_at_start(const struct exchange *x);

/* Whether the fault acts before the next event of the stream. */
bool play_breaks_here(const struct exchange *x);

/* Appends what the fault puts into the stream here. */
enum stream_end play_break(struct exchange *x, struct bytes *out);

/* Sends the text of the fault's error, shape and code. */
void play_error(struct exchange *x, struct bytes *out);

/* The same as an object. */
void play_error_object(struct exchange *x, struct bytes *out);

/* The kinds that send in bulk; see play_bulk.c. */
void play_pings(struct exchange *x);
void play_big_header(struct exchange *x);
void play_infinite_body(struct exchange *x);
void play_gzip_bomb(struct exchange *x);
void play_tiny_events(struct exchange *x);

#endif
