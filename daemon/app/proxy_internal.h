/*
 * proxy_internal.h - what the files of the proxy share.
 */
#ifndef AIGW_APP_PROXY_INTERNAL_H
#define AIGW_APP_PROXY_INTERNAL_H

#include "app/app.h"

/* proxy_plan.c: finds the route and puts its members in order, as of now.
 * Takes a reference on each target. */
int proxy_plan(struct call *c, struct aigw_err *err);

/* Describes the members again, as of now, and says when the first of them may
 * be eligible; INT64_MAX: not known. */
int64_t proxy_retry_at(struct call *c);

/* The member that may be tried early, as a candidate of c->request, or -1. */
int proxy_last_resort(struct call *c);

/* proxy_answer.c: tells the caller how the call ended, and books it. */
void proxy_answer(struct call *c);

/* proxy.c */
void proxy_free(struct call *c);

#endif
