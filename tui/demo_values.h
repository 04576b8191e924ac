/*
 * demo_values.h - the story of the demonstration, as values of the protocol.
 *
 * `at_s` is the time since its beginning.
 */
#ifndef AIGW_TUI_DEMO_VALUES_H
#define AIGW_TUI_DEMO_VALUES_H

#include <aigw/aigw.h>

enum {
    DEMO_SECONDS = 180
};

/* When the story begins, since 1970. */
extern const double demo_begun_ms;

struct aigw_value *demo_snapshot(int at_s);
struct aigw_value *demo_requests(int at_s);

/* The costs of the day `by` "target", "route" or "client". */
struct aigw_value *demo_cost(const char *by, int at_s);

/* Event number `i` of the story; NULL after the last. `ret_at_s` is when. */
struct aigw_value *demo_event(int i, int *ret_at_s);

#endif
