/*
 * check_request_hedge.c - a second attempt beside a slow first one.
 */
#include "core/request.h"

#include "support/suite.h"

enum {
    A = REQUEST_ORDER_ABORT,
    D = REQUEST_ORDER_DROP,
    S = REQUEST_ORDER_START,
    H = REQUEST_ORDER_HEDGE,
    F = REQUEST_ORDER_FINISH,
    HEDGE = 1000,
    DEADLINE = 10000,
    MAX_STEPS = 12,
};

struct step {
    int64_t t;
    struct request_event ev;
    unsigned orders;
    int candidate; /* Afterwards. */
};

#define EV(k)                                                                  \
    {                                                                          \
        .kind = REQUEST_EV_##k                                                 \
    }
#define FAILED(o)                                                              \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_##o                      \
    }
#define HEDGED(k)                                                              \
    {                                                                          \
        .kind = REQUEST_EV_##k, .by_hedge = true                               \
    }
#define HEDGE_FAILED(o)                                                        \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_##o, .by_hedge = true    \
    }

/* Candidates 0 and 1 are of one provider, 2 and 3 of others. */
static const uint8_t PROVIDERS[REQUEST_MAX_CANDIDATES] = {7, 7, 8, 9};

/* clang-format off */
static const struct scenario {
    const char *name;
    uint8_t candidates;
    struct step steps[MAX_STEPS];
    enum request_result result;
} SCENARIOS[] = {
    {"a quick answer is not hedged", 4,
     {{0, EV(START), S, 0}, {999, EV(TIMER), 0, 0}, {999, EV(CONTENT), 0, 0},
      {1000, EV(TIMER), 0, 0}, {1200, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"a slow one is, at another provider; the first content wins", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1100, HEDGED(CONTENT), D, 2}, {1200, EV(SUCCEEDED), F, 2}}, REQUEST_OK},
    {"the first attempt may still win", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0}, {1100, EV(CONTENT), D, 0},
      {1200, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"an answer that is not streamed wins whole", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1100, HEDGED(SUCCEEDED), D | F, 2}}, REQUEST_OK},
    {"there is no second hedge", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1100, HEDGE_FAILED(SERVER), 0, 0}, {3000, EV(TIMER), 0, 0},
      {3100, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"when the first fails, the hedge goes on", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1100, FAILED(SERVER), 0, 2}, {1200, EV(CONTENT), 0, 2},
      {1300, EV(SUCCEEDED), F, 2}}, REQUEST_OK},
    {"when both fail, the walk goes on", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1100, FAILED(SERVER), 0, 2}, {1200, FAILED(SERVER), S, 1},
      {1300, FAILED(SERVER), S, 3}, {1400, EV(SUCCEEDED), F, 3}}, REQUEST_OK},
    {"gRPC A6: a fatal failure of either ends both", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1100, HEDGE_FAILED(CLIENT), D | F, 2}}, REQUEST_REJECTED},
    {"our own failure to make one of them ends nothing", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1100, HEDGE_FAILED(LOCAL), 0, 0}, {1200, EV(SUCCEEDED), F, 0}},
     REQUEST_OK},
    {"nor does that to make the other", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1100, FAILED(LOCAL), 0, 2}, {1200, EV(CONTENT), 0, 2},
      {1300, EV(SUCCEEDED), F, 2}}, REQUEST_OK},
    {"when the first is refused, to be asked again, the hedge goes on", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1100, EV(REFUSED), 0, 2}, {1200, EV(CONTENT), 0, 2},
      {1300, EV(SUCCEEDED), F, 2}}, REQUEST_OK},
    {"a hedge that is refused changes nothing", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {1000, HEDGED(REFUSED), 0, 0}, {1100, FAILED(SERVER), S, 1},
      {1200, FAILED(SERVER), S, 2}, {1300, EV(SUCCEEDED), F, 2}}, REQUEST_OK},
    {"without another provider there is none", 2,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), 0, 0},
      {1100, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"a failover before its time takes its place", 4,
     {{0, EV(START), S, 0}, {900, FAILED(SERVER), S, 1},
      {1000, EV(TIMER), 0, 1}, {1900, EV(TIMER), H, 1},
      {2000, HEDGED(CONTENT), D, 2}, {2100, EV(SUCCEEDED), F, 2}}, REQUEST_OK},
    {"the deadline ends both", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {DEADLINE, EV(TIMER), A | F, 0}}, REQUEST_TIMED_OUT},
    {"so does the caller", 4,
     {{0, EV(START), S, 0}, {1000, EV(TIMER), H, 0},
      {2000, EV(CANCELLED), A | F, 0}}, REQUEST_CANCELLED},
};

/* clang-format on */

static struct request
begin(uint8_t candidates)
{
    struct request_params params = {
        .n_candidates = candidates,
        .max_attempts = 3,
        .deadline_ms = DEADLINE,
        .hedge_ms = HEDGE,
        .base_ms = 250,
        .max_ms = 8000,
    };
    struct request r;

    for (size_t i = 0; i < REQUEST_MAX_CANDIDATES; i++)
        params.provider[i] = PROVIDERS[i];
    request_init(&r, &params);
    return r;
}

START_TEST(every_scenario_ends_as_told)
{
    const struct scenario *s = &SCENARIOS[_i];
    struct request r = begin(s->candidates);
    struct rng rng;

    rng_init(&rng, 1);
    for (size_t i = 0; i < MAX_STEPS && r.state != REQUEST_DONE; i++) {
        const struct step *step = &s->steps[i];
        unsigned orders = request_step(&r, &step->ev, step->t, &rng);

        ck_assert_msg(orders == step->orders, "%s, step %zu: orders %u",
                      s->name, i, orders);
        ck_assert_msg(r.candidate == step->candidate,
                      "%s, step %zu: candidate %d", s->name, i, r.candidate);
    }
    ck_assert_msg(r.state == REQUEST_DONE && r.result == s->result,
                  "%s: result %d", s->name, (int)r.result);
}

END_TEST

static struct request_event
draw(struct rng *rng, bool hedged)
{
    struct request_event ev = {
        .kind = (enum request_event_kind)rng_upto(rng, REQUEST_EV_TIMER),
        .by_hedge = hedged && rng_upto(rng, 1) > 0,
        .outcome = (enum outcome)rng_upto(rng, OUTCOME_N - 1),
        .candidate = -1,
    };

    return ev;
}

/* However it goes: one hedge at most, at another provider, and an attempt in
 * flight is always one that the machine knows of. */
static void
play_randomly(uint64_t seed)
{
    struct request r;
    struct rng rng;
    int hedges = 0;
    int64_t t = 1;

    rng_init(&rng, seed);
    r = begin((uint8_t)(1 + rng_upto(&rng, 3)));
    (void)request_step(&r, &(struct request_event)EV(START), 0, &rng);
    for (int i = 0; i < 1000 && r.state != REQUEST_DONE; i++) {
        struct request_event ev = draw(&rng, r.hedge >= 0);
        unsigned orders = request_step(&r, &ev, t += rng_upto(&rng, 700), &rng);

        if (orders & H) {
            hedges++;
            ck_assert_int_ge(r.hedge, 0);
            ck_assert_uint_ne(PROVIDERS[r.hedge], PROVIDERS[r.candidate]);
        }
        if (orders & (A | D | S | F))
            ck_assert_int_eq(r.hedge >= 0 && !(orders & A), false);
        ck_assert_int_lt(r.hedge, r.params.n_candidates);
        ck_assert_int_ne(r.hedge, r.candidate);
        ck_assert(r.state == REQUEST_ATTEMPT || r.hedge < 0
                  || r.state == REQUEST_DONE);
    }
    ck_assert_int_le(hedges, 1);
}

START_TEST(the_invariants_hold_under_random_events)
{
    for (uint64_t seed = 1; seed <= 2000; seed++)
        play_randomly(seed);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("request_hedge");
    TCase *tc = tcase_create("hedge");

    tcase_add_loop_test(tc, every_scenario_ends_as_told, 0,
                        (int)(sizeof(SCENARIOS) / sizeof(*SCENARIOS)));
    tcase_add_test(tc, the_invariants_hold_under_random_events);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
