/*
 * budgeted.h - a gateway in front of one provider, with budgets.
 */
#ifndef AIGW_TESTS_BUDGETED_H
#define AIGW_TESTS_BUDGETED_H

#include "support/mocked_gateway.h"

extern struct gateway budgeted_gateway;

/* Starts it with these settings at the top; what it knows it keeps. */
void budgeted_start(const char *budgets);

/* The daemon ends in order, and begins again with what it knows. */
void budgeted_end(void);
void budgeted_begin(void);

/* Asserts that a budget went from one state to the other. */
void budgeted_expect_event(const char *from, const char *to);

/* The account of the budget with that name that is the first in the list. */
const json_t *budgeted_find(const char *name);

#endif
