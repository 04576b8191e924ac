/*
 * check_request.c - the walk of one call over its targets.
 */
#include "core/request.h"

#include "support/suite.h"

enum {
    A = REQUEST_ORDER_ABORT,
    S = REQUEST_ORDER_START,
    L = REQUEST_ORDER_LAST_RESORT,
    F = REQUEST_ORDER_FINISH,
    DEADLINE = 1000,
    MAX_STEPS = 10,
};

/* One line of a scenario: an event at a time, and what must follow. */
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
#define FAILED(o)                                                              \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_##o                      \
    }
#define FAILED_UNTIL(o, t)                                                     \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_##o,                     \
        .not_before_ms = (t)                                                   \
    }
#define HINTED(o, h)                                                           \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_##o,                     \
        .hint = REQUEST_HINT_##h                                               \
    }
#define DIVERTED(o, to)                                                        \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_##o, .diverts = true,    \
        .others = (to)                                                         \
    }
#define KEPT(to)                                                               \
    {                                                                          \
        .kind = REQUEST_EV_FAILED, .outcome = OUTCOME_OK_LIMITED,              \
        .diverts = true, .others = (to), .kept = true                          \
    }
#define REFUSED(r)                                                             \
    {                                                                          \
        .kind = REQUEST_EV_REFUSED, .refusal = REQUEST_REFUSED_##r             \
    }
#define GRANTED(c)                                                             \
    {                                                                          \
        .kind = REQUEST_EV_LAST_RESORT, .candidate = (c)                       \
    }

/* clang-format off */
static const struct scenario {
    const char *name;
    uint8_t candidates;
    struct step steps[MAX_STEPS];
    enum request_result result;
} SCENARIOS[] = {
    {"the first target answers", 2,
     {{0, EV(START), S, 0}, {9, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"a stream commits and ends", 2,
     {{0, EV(START), S, 0}, {5, EV(CONTENT), 0, 0}, {9, EV(SUCCEEDED), F, 0}},
     REQUEST_OK},
    {"failover comes at once", 2,
     {{0, EV(START), S, 0}, {5, FAILED(SERVER), S, 1},
      {9, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"a stampede is spread", 2,
     {{0, EV(START), S, 0},
      {5, {.kind = REQUEST_EV_FAILED, .outcome = OUTCOME_SERVER,
           .failover_delay_ms = 20}, 0, 0},
      {24, EV(TIMER), 0, 0}, {25, EV(TIMER), S, 1},
      {30, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"nobody else is asked once content has been handed on", 2,
     {{0, EV(START), S, 0}, {5, EV(CONTENT), 0, 0},
      {6, FAILED(STREAM_BROKEN), F, 0}}, REQUEST_BROKEN},
    {"a fault of the request is final", 2,
     {{0, EV(START), S, 0}, {5, FAILED(CLIENT), F, 0}}, REQUEST_REJECTED},
    {"what is too long for one is for those with more room alone", 3,
     {{0, EV(START), S, 0}, {5, DIVERTED(CLIENT, 1 << 2), S, 2},
      {9, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"with no more room anywhere it is the first failure that counts", 3,
     {{0, EV(START), S, 0}, {5, DIVERTED(CLIENT, 1 << 1 | 1 << 2), S, 1},
      {9, DIVERTED(CLIENT, 0), F, 0}}, REQUEST_REJECTED},
    {"others may fail in their own ways", 3,
     {{0, EV(START), S, 0}, {5, DIVERTED(CLIENT, 1 << 1 | 1 << 2), S, 1},
      {9, FAILED(CLIENT), S, 2}, {12, FAILED(SERVER), F, 0}},
     REQUEST_REJECTED},
    {"nobody to be diverted to: a fault of the request is final", 2,
     {{0, EV(START), S, 0}, {5, DIVERTED(CLIENT, 0), F, 0}},
     REQUEST_REJECTED},
    {"a refusal that came as an answer is the answer if nobody has another", 3,
     {{0, EV(START), S, 0}, {5, KEPT(1 << 2), S, 2}, {9, FAILED(SERVER), F, 0}},
     REQUEST_OK},
    {"our own failure is final", 2,
     {{0, EV(START), S, 0}, {5, FAILED(LOCAL), F, 0}}, REQUEST_REJECTED},
    {"a 4xx with x-should-retry asks the same target alone", 2,
     {{0, EV(START), S, 0}, {5, HINTED(CLIENT, RETRY), 0, 0},
      {500, EV(TIMER), S, 0}, {501, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"F29: another key is asked after all other targets, at once", 2,
     {{0, EV(START), S, 0},
      {5, {.kind = REQUEST_EV_FAILED, .outcome = OUTCOME_AUTH_LOCK,
           .other_key = true}, S, 1},
      {6, FAILED(SERVER), S, 0}, {9, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"x-should-retry: false is heeded", 1,
     {{0, EV(START), S, 0}, {5, HINTED(OVERLOAD, NO_RETRY), F, 0}},
     REQUEST_EXHAUSTED},
    {"a refusal moves on and costs nothing", 2,
     {{0, EV(START), S, 0}, {0, REFUSED(INELIGIBLE), S, 1},
      {9, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"all refused: the last resort is asked for, once", 2,
     {{0, EV(START), S, 0}, {0, REFUSED(INELIGIBLE), S, 1},
      {0, REFUSED(INELIGIBLE), L, 0}, {0, GRANTED(-1), F, 0}},
     REQUEST_EXHAUSTED},
    {"the last resort answers", 2,
     {{0, EV(START), S, 0}, {0, REFUSED(INELIGIBLE), S, 1},
      {0, REFUSED(INELIGIBLE), L, 0}, {0, GRANTED(0), S, 0},
      {3, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"the last resort fails for good", 1,
     {{0, EV(START), S, 0}, {0, REFUSED(INELIGIBLE), L, 0},
      {0, GRANTED(0), S, 0}, {3, FAILED(OVERLOAD), F, 0}},
     REQUEST_EXHAUSTED},
    {"no candidate at all", 0,
     {{0, EV(START), L, 0}, {0, GRANTED(-1), F, 0}}, REQUEST_EXHAUSTED},
    {"F01: what was not sent is dialled once more, last and at once", 2,
     {{0, EV(START), S, 0}, {1, FAILED(NOT_SENT), S, 1},
      {2, FAILED(SERVER), S, 0}, {3, FAILED(NOT_SENT), F, 0}},
     REQUEST_EXHAUSTED},
    {"a failing server is not asked twice", 1,
     {{0, EV(START), S, 0}, {1, FAILED(SERVER), F, 0}}, REQUEST_EXHAUSTED},
    {"F30: the told wait is waited out, not a moment less", 1,
     {{0, EV(START), S, 0}, {10, FAILED_UNTIL(RATE, 260), 0, 0},
      {259, EV(TIMER), 0, 0}, {290, EV(TIMER), S, 0},
      {295, EV(SUCCEEDED), F, 0}}, REQUEST_OK},
    {"a told wait beyond the deadline is not waited", 1,
     {{0, EV(START), S, 0}, {10, FAILED_UNTIL(RATE, 5000), F, 0}},
     REQUEST_EXHAUSTED},
    {"F46: too little time for a retry is a deadline", 2,
     {{0, EV(START), S, 0}, {900, FAILED(SERVER), S, 1},
      {900, REFUSED(DEADLINE), F, 0}}, REQUEST_TIMED_OUT},
    {"cancelling aborts", 2,
     {{0, EV(START), S, 0}, {5, EV(CANCELLED), A | F, 0},
      {6, EV(SUCCEEDED), 0, 0}}, REQUEST_CANCELLED},
    {"cancelling while waiting", 1,
     {{0, EV(START), S, 0}, {5, FAILED_UNTIL(RATE, 100), 0, 0},
      {6, EV(CANCELLED), F, 0}}, REQUEST_CANCELLED},
    {"the deadline aborts an attempt", 2,
     {{0, EV(START), S, 0}, {999, EV(TIMER), 0, 0},
      {1000, EV(TIMER), A | F, 0}}, REQUEST_TIMED_OUT},
    {"the deadline ends a stream", 2,
     {{0, EV(START), S, 0}, {5, EV(CONTENT), 0, 0},
      {1000, EV(TIMER), A | F, 0}}, REQUEST_TIMED_OUT},
};

/* clang-format on */

static struct request
make(uint8_t candidates)
{
    struct request r;

    request_init(&r, &(struct request_params){
                         .n_candidates = candidates,
                         .max_attempts = 3,
                         .deadline_ms = DEADLINE,
                         .base_ms = 250,
                         .max_ms = 8000,
                     });
    return r;
}

START_TEST(a_call_walks_as_the_rules_say)
{
    const struct scenario *sc = &SCENARIOS[_i];
    struct request r = make(sc->candidates);
    struct rng rng;

    rng_init(&rng, 1);
    for (int i = 0; i < MAX_STEPS; i++) {
        const struct step *s = &sc->steps[i];
        unsigned got;

        if (i > 0 && s->t == 0 && s->orders == 0)
            break;
        got = request_step(&r, &s->ev, s->t, &rng);
        ck_assert_msg(got == s->orders, "%s: step %d: orders %#x, not %#x",
                      sc->name, i, got, s->orders);
        if (got & S)
            ck_assert_msg(r.candidate == s->candidate,
                          "%s: step %d: candidate %d, not %d", sc->name, i,
                          r.candidate, s->candidate);
    }
    ck_assert_msg(r.result == sc->result, "%s: result %d, not %d", sc->name,
                  r.result, sc->result);
}

END_TEST

START_TEST(only_max_attempts_are_charged)
{
    struct request r = make(2);

    for (int i = 0; i < 3; i++) {
        ck_assert(request_may_charge(&r));
        request_charge(&r);
    }
    ck_assert(!request_may_charge(&r));
    ck_assert_uint_eq(r.n_charged, 3);
}

END_TEST

START_TEST(eight_targets_are_tried_at_most)
{
    struct request r = make(20);
    struct request_event ev = EV(START);
    struct rng rng;
    int starts = 0;

    rng_init(&rng, 1);
    while (request_step(&r, &ev, 0, &rng) & S) {
        starts++;
        ev = (struct request_event)FAILED(SERVER);
    }
    ck_assert_int_eq(starts, REQUEST_MAX_TARGETS);
    ck_assert_int_eq(r.result, REQUEST_EXHAUSTED);
}

END_TEST

struct world {
    struct request r;
    struct rng rng;
    bool in_flight;
    bool committed;
    bool asked;
    int finishes;
    int starts[8];
};

static struct request_event
random_event(struct world *w)
{
    return (struct request_event){
        .kind = (enum request_event_kind)(rng_next(&w->rng) % 12),
        .refusal = (enum request_refusal)(rng_next(&w->rng) % 3),
        .candidate = (int)(rng_next(&w->rng) % 6) - 1,
        .outcome = (enum outcome)(2 + rng_next(&w->rng) % (OUTCOME_N - 2)),
        .hint = (enum request_hint)(rng_next(&w->rng) % 3),
        .not_before_ms = (int64_t)(rng_next(&w->rng) % 900),
        .failover_delay_ms = (int64_t)(rng_next(&w->rng) % 40),
        .diverts = rng_next(&w->rng) % 4 == 0,
        .others = (uint32_t)rng_next(&w->rng) & 0xff,
        .kept = rng_next(&w->rng) % 2 == 0,
    };
}

/* True if the world could send this now. */
static bool
is_possible(const struct world *w, const struct request_event *ev)
{
    switch (ev->kind) {
    case REQUEST_EV_SUCCEEDED:
    case REQUEST_EV_FAILED:
        return w->in_flight;
    case REQUEST_EV_CONTENT:
        return w->in_flight && !w->committed;
    case REQUEST_EV_REFUSED:
        return w->in_flight && !w->committed;
    case REQUEST_EV_LAST_RESORT:
        return w->asked;
    case REQUEST_EV_START:
    case REQUEST_EV_TIMER:
    case REQUEST_EV_CANCELLED:
        return true;
    case REQUEST_EV_QUEUED:
    case REQUEST_EV_TURN:
    case REQUEST_EV_HOPELESS:
    case REQUEST_EV_SHED:
        return false;
    }
    return false;
}

static void
check_orders(struct world *w, unsigned orders, bool was_in_flight)
{
    ck_assert(!(orders & F) || !(orders & S));
    ck_assert(!(orders & A) || was_in_flight);
    ck_assert(!(orders & L) || !w->committed);
    if (orders & A)
        w->in_flight = false;
    if (orders & L)
        w->asked = true;
    if (orders & S) {
        ck_assert(!w->in_flight);
        ck_assert(!w->committed);
        w->in_flight = true;
        w->starts[w->r.candidate]++;
    }
    w->finishes += (orders & F) != 0;
    ck_assert_int_le(w->finishes, 1);
    ck_assert_int_eq(w->finishes, w->r.state == REQUEST_DONE);
}

/* Whatever the world does: never two attempts at once, none after the commit
 * point, one answer, and no target again while another is untried. */
static void
play_randomly(uint64_t seed)
{
    struct world w = {.r = make(5)};
    struct request_event ev = EV(START);

    rng_init(&w.rng, seed);
    check_orders(&w, request_step(&w.r, &ev, 0, &w.rng), false);
    for (int64_t t = 0; t < 1100; t += 3) {
        bool was = w.in_flight;

        ev = random_event(&w);
        if (ev.kind == REQUEST_EV_CANCELLED && rng_next(&w.rng) % 64 != 0)
            continue;
        if (!is_possible(&w, &ev))
            continue;
        if (ev.kind == REQUEST_EV_SUCCEEDED || ev.kind == REQUEST_EV_FAILED
            || ev.kind == REQUEST_EV_REFUSED)
            w.in_flight = false;
        if (ev.kind == REQUEST_EV_CONTENT)
            w.committed = true;
        if (ev.kind == REQUEST_EV_LAST_RESORT)
            w.asked = false;
        check_orders(&w, request_step(&w.r, &ev, t, &w.rng), was);
        ck_assert(w.r.state != REQUEST_WAIT
                  || request_wakeup(&w.r) <= DEADLINE);
    }
    if (w.finishes == 0) {
        ev = (struct request_event)EV(TIMER);
        ck_assert(request_step(&w.r, &ev, DEADLINE, &w.rng) & F);
    }
}

START_TEST(the_invariants_hold_under_random_events)
{
    for (uint64_t seed = 0; seed < 500; seed++)
        play_randomly(seed);
}

END_TEST

static Suite *
request_suite(void)
{
    Suite *s = suite_create("request");
    TCase *tc = tcase_create("walk");

    tcase_add_loop_test(tc, a_call_walks_as_the_rules_say, 0,
                        (int)(sizeof(SCENARIOS) / sizeof(*SCENARIOS)));
    tcase_add_test(tc, only_max_attempts_are_charged);
    tcase_add_test(tc, eight_targets_are_tried_at_most);
    tcase_add_test(tc, the_invariants_hold_under_random_events);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(request_suite());
}
