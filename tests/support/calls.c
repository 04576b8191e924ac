#include "support/calls.h"

#include <stdlib.h>
#include <time.h>

enum {
    MAX_AT_ONCE = 256
};

static void
begin(struct gateway *g, const struct calls_plan *plan, int i, uint32_t *ret_id)
{
    *ret_id = peer_send(g->peer, "generate", "[{'prompt': '%s %d'%s}]",
                        plan->prompt, i, plan->more ? plan->more : "");
}

static void
end(struct gateway *g, const struct calls_plan *plan, int i, uint32_t id,
    struct calls_count *count)
{
    struct peer_reply reply = peer_wait(g->peer, id);

    ck_assert_msg(reply.code == 0, "call %d: error %d: %s", i, reply.code,
                  reply.text);
    if (value_bool(reply.result, "success"))
        count->answered++;
    else
        count->failed++;
    if (plan->look)
        plan->look(reply.result, i, plan->ctx);
}

struct calls_count
calls_run(struct gateway *g, const struct calls_plan *plan)
{
    struct calls_count count = {0};
    uint32_t ids[MAX_AT_ONCE];
    int begun = 0;

    ck_assert_int_le(plan->at_once, MAX_AT_ONCE);
    for (int i = 0; i < plan->total; i++) {
        while (begun < plan->total && begun < i + plan->at_once) {
            begin(g, plan, begun, &ids[begun % plan->at_once]);
            begun++;
        }
        end(g, plan, i, ids[i % plan->at_once], &count);
    }
    return count;
}

static double
now_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double
calls_p99_ms(struct peer *p, int total)
{
    double *took_ms = calloc((size_t)total, sizeof(*took_ms));
    double p99_ms;

    ck_assert_ptr_nonnull(took_ms);
    for (int i = 0; i < total; i++) {
        double begun_ms = now_ms();

        ck_assert(value_bool(
            peer_result(p, "generate", "[{'prompt': 'hello'}]"), "success"));
        took_ms[i] = now_ms() - begun_ms;
    }
    qsort(took_ms, (size_t)total, sizeof(*took_ms), compare);
    p99_ms = took_ms[total * 99 / 100];
    free(took_ms);
    return p99_ms;
}
