/*
 * queue.h - calls that wait until some target may be asked.
 *
 * Whoever sees something become free says so by queue_kick(); the queue then
 * looks, once and before the loop next sleeps, for whom it is: in the order of
 * core/fair_queue, as many calls as there are places, each of which takes its
 * place before the next one is looked at.  What only time frees (a gate, a
 * rate, a breaker) is looked for by a timer.
 *
 * While calls wait for a target, others do not pass them: see target_line.
 */
#ifndef AIGW_APP_QUEUE_H
#define AIGW_APP_QUEUE_H

#include "core/request.h"
#include "proto/pack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct app;
struct call;
struct queue;

/* NULL without memory. */
struct queue *queue_new(struct app *app);

/* It must be empty. */
void queue_free(struct queue *q);

/* Something may have become free. */
void queue_kick(struct queue *q);

/* False if the call has to queue for the limits of its client. */
bool queue_may_enter(struct call *c);

/* Carries out REQUEST_ORDER_QUEUE; `ret_ev` says what has come of it. */
void queue_join(struct queue *q, struct call *c, struct request_event *ret_ev);

/* Nothing if the call is not in line. */
void queue_leave(struct queue *q, struct call *c);

/* A call was turned away, or has waited for nothing. */
void queue_note_shed(struct queue *q, const char *why);

/* How long a call would probably wait that came now; -1: not known. */
int64_t queue_wait_ms(const struct queue *q, const struct call *c);

size_t queue_length(const struct queue *q);

/* {length, bytes, oldest_ms, max} */
void queue_pack(struct pack *p, const struct queue *q);

#endif
