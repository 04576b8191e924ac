#include "client/calls.h"

#include "proto/status.h"

#include <stdlib.h>

enum {
    SLOTS_MIN = 16
};

void
calls_init(struct calls *c)
{
    memset(c, 0, sizeof(*c));
    TAILQ_INIT(&c->live);
    TAILQ_INIT(&c->ended);
}

static void
free_list(struct call_list *list)
{
    struct call *call = TAILQ_FIRST(list);

    while (call) {
        struct call *next = TAILQ_NEXT(call, link);

        call_free(call);
        call = next;
    }
    TAILQ_INIT(list);
}

void
calls_deinit(struct calls *c)
{
    free_list(&c->live);
    free_list(&c->ended);
    free(c->slots);
    c->slots = NULL;
}

void
call_free(struct call *call)
{
    if (!call)
        return;
    bytes_deinit(&call->frame);
    free(call->request_id);
    free(call);
}

static struct call **
slot_of(const struct calls *c, uint64_t id)
{
    return &c->slots[id & (c->n_slots - 1)];
}

/* Ids that differ modulo the old size differ modulo the new one. */
static int
grow(struct calls *c)
{
    size_t n_slots = c->n_slots > 0 ? 2 * c->n_slots : SLOTS_MIN;
    struct calls grown = {.n_slots = n_slots};

    grown.slots = calloc(n_slots, sizeof(struct call *));
    if (!grown.slots)
        return AIGW_ENOMEM;
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i])
            *slot_of(&grown, c->slots[i]->id) = c->slots[i];
    free(c->slots);
    c->slots = grown.slots;
    c->n_slots = n_slots;
    return 0;
}

/* Ids whose slot is taken are passed over; half of the slots are free. */
static int
enlist(struct calls *c, struct call *call)
{
    if (2 * (c->n + 1) > c->n_slots && grow(c) != 0)
        return AIGW_ENOMEM;
    do {
        c->last_id++;
    } while (*slot_of(c, c->last_id));
    call->id = c->last_id;
    *slot_of(c, call->id) = call;
    c->n++;
    return 0;
}

int
calls_add(struct calls *c, struct call *call)
{
    int status = enlist(c, call);

    if (status != 0)
        return status;
    TAILQ_INSERT_TAIL(&c->live, call, link);
    if (!c->unsent)
        c->unsent = call;
    return 0;
}

int
calls_add_first(struct calls *c, struct call *call)
{
    int status = enlist(c, call);

    if (status != 0)
        return status;
    TAILQ_INSERT_HEAD(&c->live, call, link);
    c->unsent = call;
    return 0;
}

struct call *
calls_find(const struct calls *c, uint64_t id)
{
    struct call *call = c->n_slots > 0 ? *slot_of(c, id) : NULL;

    return call && call->id == id ? call : NULL;
}

struct call *
calls_find_msgid(const struct calls *c, uint32_t msgid)
{
    struct call *call = c->n_slots > 0 ? *slot_of(c, msgid) : NULL;

    if (!call || call->ended || (uint32_t)call->id != msgid)
        return NULL;
    return call;
}

static void
unlink_call(struct calls *c, struct call *call)
{
    if (c->unsent == call)
        c->unsent = TAILQ_NEXT(call, link);
    if (call->ended)
        TAILQ_REMOVE(&c->ended, call, link);
    else
        TAILQ_REMOVE(&c->live, call, link);
}

void
calls_remove(struct calls *c, struct call *call)
{
    unlink_call(c, call);
    *slot_of(c, call->id) = NULL;
    c->n--;
}

void
calls_end(struct calls *c, struct call *call, int code)
{
    unlink_call(c, call);
    call->ended = true;
    call->code = code;
    TAILQ_INSERT_TAIL(&c->ended, call, link);
}

void
calls_sent(struct calls *c, struct call *call)
{
    c->unsent = TAILQ_NEXT(call, link);
}

void
calls_rewind(struct calls *c)
{
    for (struct call *i = TAILQ_FIRST(&c->live); i; i = TAILQ_NEXT(i, link))
        i->n_written = 0;
    c->unsent = TAILQ_FIRST(&c->live);
}
