/*
 * budgeted.h - a gateway in front of one provider, with budgets.
 */
#ifndef AIGW_TESTS_BUDGETED_H
#define AIGW_TESTS_BUDGETED_H

#include "support/mocked_gateway.h"

extern struct gateway budgeted_gateway;

/* Starts it with these settings at the top; what it knows it keeps. */
void budgeted_start(const char *budgets);

/* The account of the budget with that name that is the first in the list. */
const json_t *budgeted_find(const char *name);

#endif
