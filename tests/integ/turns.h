/*
 * turns.h - runs a loop until something is true, with a limit.
 */
#ifndef AIGW_TESTS_TURNS_H
#define AIGW_TESTS_TURNS_H

#include "io/loop.h"

#include <stdbool.h>

/* Looks once per millisecond; fails the test after 20 s. */
void turns_until(struct loop *loop, bool (*condition)(void));

/* Only to show that something does not happen. */
void turns_for_ms(struct loop *loop, int64_t ms);

#endif
