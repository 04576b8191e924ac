/*
 * route.h - the chain of a route, as the snapshot has it.  Pure.
 */
#ifndef AIGW_TUI_ROUTE_H
#define AIGW_TUI_ROUTE_H

#include "tui/model.h"

/* The name of target `i` of the chain; never NULL. */
const char *route_target(const struct aigw_value *route, size_t i);

/* The place in the chain, from 0, of the target that the next call goes to;
 * -1 if there is none. */
int route_choice(const struct model *m, const struct aigw_value *route);

#endif
