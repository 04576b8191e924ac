/*
 * modify.c - the faults that only change an answer; see exchange.h.
 */
#include "base/mem.h"
#include "exchange.h"

#include <inttypes.h>
#include <string.h>

static const char *const usage_shapes[] = {
    [USAGE_NEGATIVE] = "negative", [USAGE_HUGE] = "huge",
    [USAGE_STRINGS] = "strings",   [USAGE_TENFOLD] = "tenfold",
    [USAGE_NULL] = "null",
};

static const char *const answer_shapes[] = {
    [ANSWER_CLEAN] = "clean",
    [ANSWER_REPEAT] = "repeat",
    [ANSWER_RESTART] = "restart",
    [ANSWER_DIVERGE] = "diverge",
};

/* The place of `name` in `names`, or `otherwise`. */
static int
find_name(const char *const *names, size_t n, const char *name, int otherwise)
{
    for (size_t i = 0; i < n && name != NULL; i++) {
        if (names[i] != NULL && strcmp(names[i], name) == 0) {
            return (int)i;
        }
    }
    return otherwise;
}

static const char *
or_else(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

static void
add_rate_limit(struct exchange *x, const struct fault *f)
{
    static const char *const units[] = {"requests", "tokens"};

    for (size_t i = 0; i < array_count(units); i++) {
        bytes_printf(&x->headers,
                     "x-ratelimit-limit-%s: %s\r\n"
                     "x-ratelimit-remaining-%s: %s\r\n"
                     "x-ratelimit-reset-%s: %s\r\n",
                     units[i], or_else(f->limit, "60"), units[i],
                     or_else(f->remaining, "0"), units[i],
                     or_else(f->reset, "6m0s"));
    }
}

static void
change_continuation(struct exchange *x, const struct fault *f)
{
    x->answer_shape = (enum answer_shape)find_name(
        answer_shapes, array_count(answer_shapes), f->shape, ANSWER_CLEAN);
    x->repeat_bytes = f->chars == FAULT_UNSET ? 40 : (size_t)f->chars;
}

static void
modify_body(struct exchange *x, const struct fault *f)
{
    if (f->kind == FAULT_NO_DONE) {
        x->no_done = true;
    } else if (f->kind == FAULT_NO_FINISH) {
        x->no_finish = true;
    } else if (f->kind == FAULT_FILTER) {
        x->filter = or_else(f->code, "content_filter");
    } else if (f->kind == FAULT_NO_USAGE) {
        x->usage_shape = USAGE_NONE;
    } else if (f->kind == FAULT_USAGE) {
        x->usage_shape = (enum render_usage_shape)find_name(
            usage_shapes, array_count(usage_shapes), f->shape, USAGE_NULL);
    } else if (f->kind == FAULT_CONTINUATION) {
        change_continuation(x, f);
    }
}

static void
modify(struct exchange *x, const struct fault *f)
{
    bytes_append(&x->headers, f->headers.data, f->headers.size);
    if (f->kind == FAULT_RATELIMIT) {
        add_rate_limit(x, f);
    } else if (f->kind == FAULT_CONTENT_TYPE) {
        x->content_type = or_else(f->type, "text/plain");
    } else if (f->kind == FAULT_CLOSE) {
        x->keep_alive = false;
    } else {
        modify_body(x, f);
    }
    if (f->ms != FAULT_UNSET) {
        x->delay_ms += f->ms;
    }
}

void
exchange_modify(struct exchange *x)
{
    for (size_t i = 0; i < x->hits.n_modifiers; i++) {
        modify(x, x->hits.modifiers[i]);
    }
}
