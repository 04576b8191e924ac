/*
 * check_client_reconnect.c - when the client connects, in simulated time.
 */
#include "client/reconnect.h"
#include "support/suite.h"

#include <stdbool.h>

enum {
    ATTEMPT_MS = 5000,
    BASE_MS = 50,
    MAX_MS = 2000
};

static const struct reconnect_params params = {
    .attempt_ms = ATTEMPT_MS, .base_ms = BASE_MS, .max_ms = MAX_MS};

static struct reconnect
waiting_after(unsigned failures, uint64_t random)
{
    struct reconnect r;

    reconnect_init(&r, &params);
    (void)reconnect_step(&r, RECONNECT_WANTED, 0, random);
    for (unsigned i = 0; i < failures; i++) {
        (void)reconnect_step(&r, RECONNECT_LOST, 0, random);
        if (i + 1 < failures)
            (void)reconnect_step(&r, RECONNECT_NOW, 0, random);
    }
    return r;
}

START_TEST(nothing_happens_until_a_connection_is_wanted)
{
    struct reconnect r;

    reconnect_init(&r, &params);
    ck_assert_int_eq(reconnect_step(&r, RECONNECT_TICK, 99, 0),
                     RECONNECT_NOTHING);
    ck_assert_int_eq(r.state, RECONNECT_IDLE);
    ck_assert_int_eq(r.deadline_ms, INT64_MAX);
    ck_assert_int_eq(reconnect_step(&r, RECONNECT_WANTED, 100, 0),
                     RECONNECT_OPEN);
    ck_assert_int_eq(r.state, RECONNECT_CONNECTING);
}

END_TEST

START_TEST(an_attempt_that_hangs_is_given_up)
{
    struct reconnect r;

    reconnect_init(&r, &params);
    (void)reconnect_step(&r, RECONNECT_WANTED, 100, 0);
    ck_assert_int_eq(r.deadline_ms, 100 + ATTEMPT_MS);
    ck_assert_int_eq(reconnect_step(&r, RECONNECT_TICK, 99 + ATTEMPT_MS, 0),
                     RECONNECT_NOTHING);
    ck_assert_int_eq(reconnect_step(&r, RECONNECT_TICK, 100 + ATTEMPT_MS, 0),
                     RECONNECT_ABORT);
    ck_assert_int_eq(r.state, RECONNECT_WAITING);
}

END_TEST

struct bound {
    unsigned failures;
    int64_t bound_ms;
};

static const struct bound bounds[] = {
    {1, 50},  {2, 100},  {3, 200},  {4, 400},
    {5, 800}, {6, 1600}, {7, 2000}, {1000, 2000},
};

START_TEST(the_bound_of_the_delay_doubles_to_its_maximum)
{
    const struct bound *b = &bounds[_i];
    struct reconnect least = waiting_after(b->failures, 0);
    struct reconnect most = waiting_after(b->failures, (uint64_t)b->bound_ms);

    ck_assert_int_eq(least.deadline_ms, 0);
    ck_assert_int_eq(most.deadline_ms, b->bound_ms);
}

END_TEST

START_TEST(the_next_attempt_is_made_when_the_delay_is_over)
{
    struct reconnect r = waiting_after(1, 30);

    ck_assert_int_eq(reconnect_step(&r, RECONNECT_TICK, 29, 0),
                     RECONNECT_NOTHING);
    ck_assert_int_eq(reconnect_step(&r, RECONNECT_WANTED, 29, 0),
                     RECONNECT_NOTHING);
    ck_assert_int_eq(reconnect_step(&r, RECONNECT_TICK, 30, 0), RECONNECT_OPEN);
}

END_TEST

START_TEST(somebody_who_waits_does_not_sit_out_the_delay)
{
    struct reconnect r = waiting_after(5, 700);

    ck_assert_int_eq(reconnect_step(&r, RECONNECT_NOW, 1, 0), RECONNECT_OPEN);
}

END_TEST

START_TEST(only_a_connection_that_lasts_resets_the_bound)
{
    struct reconnect r = waiting_after(6, 0);
    int64_t now_ms = 1000;

    (void)reconnect_step(&r, RECONNECT_NOW, now_ms, 0);
    (void)reconnect_step(&r, RECONNECT_GREETED, now_ms, 0);
    ck_assert_int_eq(r.deadline_ms, INT64_MAX);
    (void)reconnect_step(&r, RECONNECT_LOST, now_ms + MAX_MS - 1, MAX_MS);
    ck_assert_int_eq(r.deadline_ms, now_ms + MAX_MS - 1 + MAX_MS);

    (void)reconnect_step(&r, RECONNECT_NOW, now_ms, 0);
    (void)reconnect_step(&r, RECONNECT_GREETED, now_ms, 0);
    (void)reconnect_step(&r, RECONNECT_LOST, now_ms + MAX_MS, BASE_MS);
    ck_assert_int_eq(r.deadline_ms, now_ms + MAX_MS + BASE_MS);
}

END_TEST

static uint64_t
next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 16;
}

/* Whatever happens: OPEN comes only without a connection, ABORT only during
 * an attempt, a delay is never longer than its maximum, and the machine never
 * waits for ever except in IDLE and UP.  Returns the rule that is broken. */
static const char *
broken_rule(const struct reconnect *r, enum reconnect_order order,
            bool was_open, bool is_open)
{
    bool connected =
        r->state == RECONNECT_CONNECTING || r->state == RECONNECT_UP;
    int64_t span_ms = r->deadline_ms - r->since_ms;

    if (order == RECONNECT_OPEN && was_open)
        return "two connections at once";
    if (order == RECONNECT_ABORT && !was_open)
        return "nothing to abort";
    if (is_open != connected)
        return "the state does not tell whether there is a connection";
    if (r->state == RECONNECT_WAITING && span_ms > MAX_MS)
        return "the delay is too long";
    if (r->state == RECONNECT_CONNECTING && span_ms != ATTEMPT_MS)
        return "the attempt has no end";
    return NULL;
}

START_TEST(random_events_never_break_the_rules)
{
    uint64_t seed = (uint64_t)_i + 1;
    struct reconnect r;
    int64_t now_ms = 0;
    bool open = false;

    reconnect_init(&r, &params);
    for (int i = 0; i < 5000; i++) {
        enum reconnect_event event = next_random(&seed) % 5;
        enum reconnect_order order;
        const char *broken;
        bool was_open = open;

        now_ms += (int64_t)(next_random(&seed) % 300);
        order = reconnect_step(&r, event, now_ms, next_random(&seed));
        if (order == RECONNECT_OPEN)
            open = true;
        if (order == RECONNECT_ABORT || event == RECONNECT_LOST)
            open = false;
        broken = broken_rule(&r, order, was_open, open);
        if (broken)
            ck_abort_msg("step %d: %s", i, broken);
    }
}

END_TEST

static Suite *
reconnect_suite(void)
{
    Suite *suite = suite_create("client_reconnect");
    TCase *tc = tcase_create("rules");

    tcase_add_test(tc, nothing_happens_until_a_connection_is_wanted);
    tcase_add_test(tc, an_attempt_that_hangs_is_given_up);
    tcase_add_loop_test(tc, the_bound_of_the_delay_doubles_to_its_maximum, 0,
                        sizeof(bounds) / sizeof(bounds[0]));
    tcase_add_test(tc, the_next_attempt_is_made_when_the_delay_is_over);
    tcase_add_test(tc, somebody_who_waits_does_not_sit_out_the_delay);
    tcase_add_test(tc, only_a_connection_that_lasts_resets_the_bound);
    suite_add_tcase(suite, tc);

    tc = tcase_create("invariants");
    tcase_add_loop_test(tc, random_events_never_break_the_rules, 0, 200);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(reconnect_suite());
}
