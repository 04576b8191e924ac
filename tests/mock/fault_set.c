/*
 * fault_set.c - which faults fire for a request; see fault.h.
 */
#include "base/mem.h"
#include "fault.h"

#include <stdlib.h>
#include <string.h>

void
fault_set_init(struct fault_set *set, uint64_t seed)
{
    memset(set, 0, sizeof(*set));
    set->next_id = 1;
    rng_init(&set->rng, seed);
}

unsigned
fault_set_add(struct fault_set *set, struct fault *f)
{
    set->items = mem_grow(set->items, set->n + 1, sizeof(struct fault *));
    set->items[set->n++] = f;
    f->id = set->next_id++;
    return f->id;
}

void
fault_set_remove(struct fault_set *set, unsigned id)
{
    size_t kept = 0;

    for (size_t i = 0; i < set->n; i++) {
        if (id == 0 || set->items[i]->id == id) {
            fault_unref(set->items[i]);
        } else {
            set->items[kept++] = set->items[i];
        }
    }
    set->n = kept;
    if (kept == 0) {
        free(set->items);
        set->items = NULL;
    }
}

bool
fault_is_expired(const struct fault *f)
{
    return f->count != FAULT_UNSET && f->fired >= f->count;
}

static bool
is_flag(int64_t wanted, bool value)
{
    return wanted == FAULT_UNSET || (wanted != 0) == value;
}

static bool
concerns(const struct fault *f, const struct fault_query *query)
{
    enum fault_path path =
        f->path == FAULT_UNSET ? FAULT_PATH_CHAT : (enum fault_path)f->path;

    return f->kind != FAULT_REFUSE && f->kind != FAULT_ACCEPT_RESET
           && (f->kind != FAULT_REJECT_PREFILL || query->prefilled)
           && (path == FAULT_PATH_ALL || path == query->path)
           && is_flag(f->stream, query->stream)
           && is_flag(f->reused, query->reused)
           && is_flag(f->continuation, query->continuation)
           && (f->beyond == FAULT_UNSET || query->at_once > f->beyond)
           && (f->match == NULL || strstr(query->prompt, f->match) != NULL)
           && (f->auth == NULL || strcmp(query->auth, f->auth) == 0);
}

/* Counts one matching request and decides whether the fault fires for it. */
static bool
fires(struct fault *f, struct rng *rng)
{
    int64_t skip = f->skip == FAULT_UNSET ? 0 : f->skip;
    int64_t every = f->every == FAULT_UNSET ? 1 : f->every;

    if (fault_is_expired(f)) {
        return false;
    }
    f->seen++;
    if (f->seen <= skip || (f->seen - skip) % every != 0
        || (f->rate < 1.0 && rng_unit(rng) >= f->rate)) {
        return false;
    }
    f->fired++;
    return true;
}

void
fault_set_match(struct fault_set *set, const struct fault_query *query,
                struct fault_hits *ret_hits)
{
    ret_hits->action = NULL;
    ret_hits->n_modifiers = 0;
    for (size_t i = 0; i < set->n; i++) {
        struct fault *f = set->items[i];
        bool modifies = fault_is_modifier(f->kind);

        if ((modifies ? ret_hits->n_modifiers == FAULT_MODIFIERS_MAX
                      : ret_hits->action != NULL)
            || !concerns(f, query) || !fires(f, &set->rng)) {
            continue;
        }
        f->refs++;
        if (modifies) {
            ret_hits->modifiers[ret_hits->n_modifiers++] = f;
        } else {
            ret_hits->action = f;
        }
    }
}

bool
fault_set_accepts(struct fault_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i]->kind == FAULT_ACCEPT_RESET
            && fires(set->items[i], &set->rng)) {
            return false;
        }
    }
    return true;
}

bool
fault_set_refuses(const struct fault_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->items[i]->kind == FAULT_REFUSE) {
            return true;
        }
    }
    return false;
}
