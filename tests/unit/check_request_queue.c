/*
 * check_request_queue.c - a call whose targets are busy stands in line.
 */
#include "core/request.h"

#include "support/suite.h"

enum {
    S = REQUEST_ORDER_START,
    A = REQUEST_ORDER_ABORT,
    L = REQUEST_ORDER_LAST_RESORT,
    Q = REQUEST_ORDER_QUEUE,
    F = REQUEST_ORDER_FINISH,
    DEADLINE = 1000,
    UNTIL = 500,
    MAX_STEPS = 10,
};

struct step {
    int64_t t;
    struct request_event ev;
    unsigned orders;
    int candidate; /* Of START. */
};

#define EV(k)                                                                  \
    {                                                                          \
        .kind = REQUEST_EV_##k                                                 \
    }
#define FAILED(o)                                                              \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_##o                      \
    }
#define REFUSED(r)                                                             \
    {                                                                          \
        .kind = REQUEST_EV_REFUSED, .refusal = REQUEST_REFUSED_##r             \
    }
#define QUEUED                                                                 \
    {                                                                          \
        .kind = REQUEST_EV_QUEUED, .until_ms = UNTIL                           \
    }
#define TURN(c)                                                                \
    {                                                                          \
        .kind = REQUEST_EV_TURN, .candidate = (c)                              \
    }
#define GRANTED(c)                                                             \
    {                                                                          \
        .kind = REQUEST_EV_LAST_RESORT, .candidate = (c)                       \
    }

/* clang-format off */
static const struct scenario {
    const char *name;
    uint8_t candidates;
    bool no_queue;
    struct step steps[MAX_STEPS];
    enum request_result result;
} SCENARIOS[] = {
    {"nobody is free: the call stands in line until it is its turn", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), Q, 0}, {0, QUEUED, 0, 0},
      {400, EV(TIMER), 0, 0}, {450, TURN(0), S, 0},
      {490, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"a busy target is passed over for one that is free", 2, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), S, 1},
      {9, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"it may be its turn at once", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), Q, 0}, {0, TURN(0), S, 0},
      {9, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"a call that fails elsewhere waits for the busy one", 2, false,
     {{0, EV(START), S, 0}, {5, FAILED(SERVER), S, 1},
      {5, REFUSED(BUSY), Q, 0}, {5, QUEUED, 0, 0}, {90, TURN(1), S, 1},
      {95, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"waiting in vain, it was shed", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), Q, 0}, {0, QUEUED, 0, 0},
      {UNTIL, EV(TIMER), F, 0}}, REQUEST_SHED},
    {"waiting in vain after a failure, that is what it tells", 2, false,
     {{0, EV(START), S, 0}, {5, FAILED(SERVER), S, 1},
      {5, REFUSED(BUSY), Q, 0}, {5, QUEUED, 0, 0},
      {UNTIL, EV(TIMER), F, 0}}, REQUEST_EXHAUSTED},
    {"refused by the queue, it was shed", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), Q, 0}, {0, EV(SHED), F, 0}},
     REQUEST_SHED},
    {"pushed out of the queue, it was shed", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), Q, 0}, {0, QUEUED, 0, 0},
      {100, EV(SHED), F, 0}}, REQUEST_SHED},
    {"without hope the last resort is asked for", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), Q, 0}, {0, EV(HOPELESS), L, 0},
      {0, GRANTED(0), S, 0}, {9, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"hope may be lost in line", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), Q, 0}, {0, QUEUED, 0, 0},
      {50, EV(HOPELESS), L, 0}, {50, GRANTED(-1), F, 0}}, REQUEST_EXHAUSTED},
    {"the deadline ends the wait", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), Q, 0},
      {0, {.kind = REQUEST_EV_QUEUED, .until_ms = 5000}, 0, 0},
      {DEADLINE, EV(TIMER), F, 0}}, REQUEST_TIMED_OUT},
    {"a caller that goes away leaves the line", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), Q, 0}, {0, QUEUED, 0, 0},
      {50, EV(CANCELLED), F, 0}, {60, TURN(0), 0, 0}}, REQUEST_CANCELLED},
    {"a turn that is refused was the last at that target", 2, false,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), S, 1}, {0, REFUSED(BUSY), Q, 0},
      {0, QUEUED, 0, 0}, {50, TURN(0), S, 0}, {50, REFUSED(BUSY), Q, 0},
      {50, TURN(1), S, 1}, {60, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"who is refused for good is not waited for", 1, false,
     {{0, EV(START), S, 0}, {0, REFUSED(INELIGIBLE), Q, 0},
      {0, EV(HOPELESS), L, 0}, {0, GRANTED(-1), F, 0}}, REQUEST_EXHAUSTED},
    {"a retry whose target has become busy waits for it", 1, false,
     {{0, EV(START), S, 0},
      {5, {.kind = REQUEST_EV_FAILED, .outcome = OUTCOME_RATE,
           .not_before_ms = 100}, 0, 0},
      {400, EV(TIMER), S, 0}, {400, REFUSED(BUSY), Q, 0},
      {400, QUEUED, 0, 0}, {410, TURN(0), S, 0}, {420, EV(SUCCEEDED), F, 0}},
     REQUEST_OK},
    {"a call may have to stand in line before anything else", 1, false,
     {{0, {.kind = REQUEST_EV_START, .queue = true}, Q, 0}, {0, QUEUED, 0, 0},
      {20, TURN(0), S, 0}, {30, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"without a queue there is none to stand in", 1, true,
     {{0, EV(START), S, 0}, {0, REFUSED(BUSY), L, 0}, {0, GRANTED(-1), F, 0}},
     REQUEST_EXHAUSTED},
    {"without a queue a call that would have to is shed", 1, true,
     {{0, {.kind = REQUEST_EV_START, .queue = true}, F, 0}}, REQUEST_SHED},
};

/* clang-format on */

static struct request
make(uint8_t candidates, bool may_queue)
{
    struct request r;

    request_init(&r, &(struct request_params){
                         .n_candidates = candidates,
                         .max_attempts = 3,
                         .may_queue = may_queue,
                         .deadline_ms = DEADLINE,
                         .base_ms = 100,
                         .max_ms = 200,
                     });
    return r;
}

START_TEST(a_call_queues_as_the_rules_say)
{
    const struct scenario *s = &SCENARIOS[_i];
    struct request r = make(s->candidates, !s->no_queue);
    struct rng rng;

    rng_init(&rng, 1);
    for (int i = 0; i < MAX_STEPS; i++) {
        const struct step *step = &s->steps[i];
        unsigned orders;

        if (i > 0 && step->ev.kind == REQUEST_EV_START)
            break;
        orders = request_step(&r, &step->ev, step->t, &rng);
        ck_assert_msg(orders == step->orders, "%s: step %d: %x", s->name, i,
                      orders);
        if (orders & S)
            ck_assert_int_eq(r.candidate, step->candidate);
    }
    ck_assert_msg(r.result == s->result, "%s: result %d", s->name, r.result);
}

END_TEST

START_TEST(the_timer_is_that_of_the_line)
{
    struct request r = make(1, true);
    struct rng rng;

    rng_init(&rng, 1);
    (void)request_step(
        &r, &(struct request_event){.kind = REQUEST_EV_START, .queue = true}, 0,
        &rng);
    ck_assert_int_eq(request_wakeup(&r), DEADLINE);
    (void)request_step(&r, &(struct request_event)QUEUED, 0, &rng);
    ck_assert_int_eq(request_wakeup(&r), UNTIL);
}

END_TEST

START_TEST(a_target_that_is_not_a_candidate_yet_may_be_asked)
{
    struct request r = make(0, true);
    struct rng rng;

    rng_init(&rng, 1);
    ck_assert_uint_eq(
        request_step(&r, &(struct request_event)EV(START), 0, &rng), Q);
    ck_assert(request_may_ask(&r, -1));
    ck_assert(request_add_candidate(&r));
    ck_assert(request_may_ask(&r, 0));
    ck_assert_uint_eq(request_step(&r, &(struct request_event)TURN(0), 0, &rng),
                      S);
}

END_TEST

/* A world that sends what it may: one attempt at a time, one answer, and no
 * attempt of a call in line but by its turn. */
static void
play_randomly(uint64_t seed)
{
    struct request r = make(4, true);
    struct request_event ev = EV(START);
    bool in_flight = false;
    int finishes = 0;
    struct rng rng;

    rng_init(&rng, seed);
    for (int64_t t = 0; t < DEADLINE + 10; t += 3) {
        bool was_queued = r.state == REQUEST_QUEUED;
        unsigned orders = request_step(&r, &ev, t, &rng);

        if (ev.kind == REQUEST_EV_FAILED || ev.kind == REQUEST_EV_REFUSED
            || ev.kind == REQUEST_EV_SUCCEEDED || (orders & A))
            in_flight = false;
        if (orders & S) {
            ck_assert(!in_flight);
            ck_assert(!was_queued || ev.kind == REQUEST_EV_TURN);
            in_flight = true;
        }
        finishes += (orders & F) != 0;
        ck_assert_int_le(finishes, 1);
        ck_assert(!(orders & Q) || r.state == REQUEST_QUEUED);
        if (r.state == REQUEST_DONE)
            break;
        ck_assert_int_le(request_wakeup(&r), DEADLINE);

        ev = (struct request_event)EV(TIMER);
        if (in_flight && rng_next(&rng) % 2 == 0) {
            ev.kind = rng_next(&rng) % 2 == 0 ? REQUEST_EV_REFUSED
                                              : REQUEST_EV_FAILED;
            ev.refusal = (enum request_refusal)(rng_next(&rng) % 4);
            ev.outcome =
                rng_next(&rng) % 2 == 0 ? OUTCOME_SERVER : OUTCOME_OVERLOAD;
        } else if (orders & L) {
            ev = (struct request_event)GRANTED((int)(rng_next(&rng) % 5) - 1);
        } else if (r.state == REQUEST_QUEUED) {
            int candidate = (int)(rng_next(&rng) % 4);

            ev.kind = (enum request_event_kind)(REQUEST_EV_QUEUED
                                                + rng_next(&rng) % 4);
            ev.candidate = candidate;
            ev.until_ms = t + (int64_t)(rng_next(&rng) % 300);
            if (ev.kind == REQUEST_EV_SHED && rng_next(&rng) % 4 != 0)
                ev.kind = REQUEST_EV_TIMER;
            if (ev.kind == REQUEST_EV_TURN && !request_may_ask(&r, candidate))
                ev.kind = REQUEST_EV_HOPELESS;
        }
    }
    ck_assert_int_eq(finishes, 1);
}

START_TEST(the_invariants_hold_under_random_events)
{
    for (uint64_t seed = 0; seed < 1000; seed++)
        play_randomly(seed);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("request_queue");
    TCase *tc = tcase_create("line");

    tcase_add_loop_test(tc, a_call_queues_as_the_rules_say, 0,
                        (int)(sizeof(SCENARIOS) / sizeof(SCENARIOS[0])));
    tcase_add_test(tc, the_timer_is_that_of_the_line);
    tcase_add_test(tc, a_target_that_is_not_a_candidate_yet_may_be_asked);
    tcase_add_test(tc, the_invariants_hold_under_random_events);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
