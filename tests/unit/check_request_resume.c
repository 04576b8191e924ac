/*
 * check_request_resume.c - who completes an answer that broke off.
 */
#include "core/request.h"

#include "support/suite.h"

enum {
    A = REQUEST_ORDER_ABORT,
    S = REQUEST_ORDER_START,
    F = REQUEST_ORDER_FINISH,
    DEADLINE = 10000,
    MAX_STEPS = 12,
};

struct step {
    int64_t t;
    struct request_event ev;
    unsigned orders;
    int candidate; /* Of START; ignored otherwise. */
};

#define EV(k)                                                                  \
    {                                                                          \
        .kind = REQUEST_EV_##k                                                 \
    }
#define BROKE(r)                                                               \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_STREAM_BROKEN,           \
        .resume = REQUEST_RESUME_##r                                           \
    }
#define FAILED(o)                                                              \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_##o,                     \
        .resume = REQUEST_RESUME_SAME_FIRST                                    \
    }
#define REFUSED(r)                                                             \
    {                                                                          \
        .kind = REQUEST_EV_REFUSED, .refusal = REQUEST_REFUSED_##r             \
    }

/* The first target was asked and has committed. */
#define COMMITTED                                                              \
    {0, EV(START), S, 0},                                                      \
    {                                                                          \
        1, EV(CONTENT), 0, 0                                                   \
    }

/* clang-format off */
static const struct scenario {
    const char *name;
    uint8_t candidates;
    struct step steps[MAX_STEPS];
    enum request_result result;
} SCENARIOS[] = {
    {"a break that may not be mended is the end", 3,
     {COMMITTED, {2, BROKE(NEVER), F, 0}}, REQUEST_BROKEN},
    {"after a cut the same target goes on, at once", 3,
     {COMMITTED, {2, BROKE(SAME_FIRST), S, 0}, {3, EV(CONTENT), 0, 0},
      {4, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"an answer that was all there needs nothing more", 3,
     {COMMITTED, {2, BROKE(SAME_FIRST), S, 0}, {4, EV(SUCCEEDED), F, 0}},
     REQUEST_OK},
    {"F52: then the rest of the chain, three at most", 4,
     {COMMITTED, {2, BROKE(SAME_FIRST), S, 0}, {3, EV(CONTENT), 0, 0},
      {4, BROKE(SAME_FIRST), S, 1}, {5, EV(CONTENT), 0, 0},
      {6, BROKE(SAME_FIRST), S, 2}, {7, EV(CONTENT), 0, 0},
      {8, BROKE(SAME_FIRST), F, 0}}, REQUEST_BROKEN},
    {"F19: after an error event the others are asked", 3,
     {COMMITTED, {2, BROKE(OTHERS), S, 1}, {3, FAILED(SERVER), S, 2},
      {4, FAILED(OVERLOAD), F, 0}}, REQUEST_BROKEN},
    {"F12: after a stall the same target is the last to be asked", 2,
     {COMMITTED, {2, BROKE(SAME_LAST), S, 1}, {3, FAILED(SERVER), 0, 0},
      {502, EV(TIMER), 0, 0}, {503, EV(TIMER), S, 0},
      {504, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"what was not sent does not count", 5,
     {COMMITTED, {2, BROKE(SAME_FIRST), S, 0}, {3, FAILED(NOT_SENT), S, 1},
      {4, FAILED(NOT_SENT), S, 2}, {5, FAILED(SERVER), S, 3},
      {6, FAILED(SERVER), S, 4}, {7, FAILED(SERVER), F, 0}}, REQUEST_BROKEN},
    {"nor what was refused", 5,
     {COMMITTED, {2, BROKE(SAME_FIRST), S, 0},
      {2, REFUSED(INELIGIBLE), S, 1}, {2, REFUSED(BUDGET), S, 2},
      {3, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"F50: a request to go on that is refused as such ends nothing", 3,
     {COMMITTED, {2, BROKE(OTHERS), S, 1}, {3, FAILED(CLIENT), S, 2},
      {4, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"who failed before the commit point is asked after the untried", 3,
     {{0, EV(START), S, 0}, {1, FAILED(SERVER), S, 1}, {2, EV(CONTENT), 0, 0},
      {3, BROKE(OTHERS), S, 2}, {4, FAILED(SERVER), S, 0},
      {5, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"a stampede is spread", 3,
     {COMMITTED,
      {2, {.kind = REQUEST_EV_FAILED, .outcome = OUTCOME_STREAM_BROKEN,
           .resume = REQUEST_RESUME_OTHERS, .failover_delay_ms = 30}, 0, 0},
      {31, EV(TIMER), 0, 0}, {32, EV(TIMER), S, 1},
      {40, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"the whole call has one deadline", 3,
     {COMMITTED, {2, BROKE(SAME_FIRST), S, 0}, {DEADLINE, EV(TIMER), A | F, 0}},
     REQUEST_TIMED_OUT},
    {"the caller may leave while it goes on", 3,
     {COMMITTED, {2, BROKE(SAME_FIRST), S, 0}, {3, EV(CANCELLED), A | F, 0}},
     REQUEST_CANCELLED},
};

/* clang-format on */

static struct request
begin(uint8_t candidates)
{
    struct request r;

    request_init(&r, &(struct request_params){
                         .n_candidates = candidates,
                         .max_attempts = 3,
                         .max_resumes = 3,
                         .deadline_ms = DEADLINE,
                         .base_ms = 250,
                         .max_ms = 8000,
                     });
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
        if (orders & S)
            ck_assert_msg(r.candidate == step->candidate,
                          "%s, step %zu: candidate %d", s->name, i,
                          r.candidate);
    }
    ck_assert_msg(r.state == REQUEST_DONE && r.result == s->result,
                  "%s: result %d", s->name, (int)r.result);
}

END_TEST

START_TEST(a_target_that_became_eligible_joins_behind_the_others)
{
    struct request r = begin(1);
    struct request_event start = EV(START);
    struct request_event content = EV(CONTENT);
    struct request_event broke = BROKE(OTHERS);
    struct rng rng;

    rng_init(&rng, 1);
    (void)request_step(&r, &start, 0, &rng);
    (void)request_step(&r, &content, 1, &rng);
    ck_assert(request_add_candidate(&r));
    ck_assert_uint_eq(request_step(&r, &broke, 2, &rng), S);
    ck_assert_int_eq(r.candidate, 1);
    ck_assert(request_is_resuming(&r));
}

END_TEST

static struct request_event
draw(struct rng *rng)
{
    struct request_event ev = {
        .kind = (enum request_event_kind)rng_upto(rng, REQUEST_EV_CANCELLED),
        .refusal = (enum request_refusal)rng_upto(rng, 2),
        .outcome = (enum outcome)rng_upto(rng, OUTCOME_N - 1),
        .resume = (enum request_resume)rng_upto(rng, 3),
        .candidate = -1,
    };

    if (ev.kind == REQUEST_EV_CANCELLED && rng_upto(rng, 20) > 0)
        ev.kind = REQUEST_EV_TIMER;
    return ev;
}

/* However it goes: at most three attempts at completion that were carried out,
 * each target at most twice after the break (the first broken one alone), and
 * no walk without an end. */
static void
play_randomly(uint64_t seed)
{
    struct request r;
    struct rng rng;
    int starts[REQUEST_MAX_CANDIDATES] = {0};
    int64_t t = 1;

    rng_init(&rng, seed);
    r = begin((uint8_t)(1 + rng_upto(&rng, 9)));
    (void)request_step(&r, &(struct request_event)EV(START), 0, &rng);
    (void)request_step(&r, &(struct request_event)EV(CONTENT), 0, &rng);
    for (int i = 0; i < 1000 && r.state != REQUEST_DONE; i++) {
        bool was_broken = r.broken;
        struct request_event ev = draw(&rng);
        unsigned orders = request_step(&r, &ev, t += rng_upto(&rng, 50), &rng);

        ck_assert_uint_le(r.n_resumes, r.params.max_resumes);
        ck_assert(!was_broken || r.broken);
        if (orders & S) {
            ck_assert(r.broken);
            starts[r.candidate]++;
        }
        if (r.state == REQUEST_WAIT)
            t = request_wakeup(&r);
    }
    for (int i = 0; i < r.params.n_candidates; i++)
        ck_assert_int_le(starts[i], 1);
    if (r.state != REQUEST_DONE)
        (void)request_step(&r, &(struct request_event)EV(TIMER), DEADLINE,
                           &rng);
    ck_assert_int_eq(r.state, REQUEST_DONE);
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
    Suite *s = suite_create("request_resume");
    TCase *tc = tcase_create("resume");

    tcase_add_loop_test(tc, every_scenario_ends_as_told, 0,
                        (int)(sizeof(SCENARIOS) / sizeof(*SCENARIOS)));
    tcase_add_test(tc, a_target_that_became_eligible_joins_behind_the_others);
    tcase_add_test(tc, the_invariants_hold_under_random_events);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
