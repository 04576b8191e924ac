/*
 * check_phase.c - how long each step of an attempt may take.
 */
#include "core/phase.h"

#include "base/rng.h"
#include "support/suite.h"

static const struct phase_limits LIMITS = {
    .dns_ms = 20,
    .connect_ms = 50,
    .write_ms = 100,
    .headers_ms = 150,
    .first_event_ms = 300,
    .first_token_ms = 600,
    .stall_ms = 200,
    .content_stall_ms = 400,
    .answer_ms = 1200,
};

static struct phase_clock
start(bool streamed, size_t upload_size)
{
    struct phase_clock c;

    phase_init(&c, &LIMITS, streamed, upload_size, 0);
    return c;
}

/* A streamed attempt whose head came at 10. */
static struct phase_clock
with_head(void)
{
    struct phase_clock c = start(true, 100);

    phase_resolved(&c, 1);
    phase_connected(&c, 2);
    phase_head(&c, 10);
    return c;
}

static void
expires(struct phase_clock *c, int64_t at_ms, enum phase_limit limit)
{
    ck_assert_int_eq(phase_wakeup(c), at_ms);
    ck_assert_int_eq(phase_expired(c, c->upload_size, at_ms - 1),
                     PHASE_LIMIT_NONE);
    ck_assert_int_eq(phase_expired(c, c->upload_size, at_ms), limit);
}

START_TEST(f02_a_name_must_resolve_in_time)
{
    struct phase_clock c = start(true, 100);

    expires(&c, 20, PHASE_LIMIT_DNS);
}

END_TEST

START_TEST(f03_a_connection_must_stand_in_time)
{
    struct phase_clock c = start(true, 100);

    phase_resolved(&c, 15);
    expires(&c, 65, PHASE_LIMIT_CONNECT);
}

END_TEST

START_TEST(f08_headers_must_come_in_time)
{
    struct phase_clock c = start(true, 100);

    phase_connected(&c, 10);
    expires(&c, 160, PHASE_LIMIT_HEADERS);
}

END_TEST

START_TEST(f09_a_first_event_must_come_in_time)
{
    struct phase_clock c = with_head();

    expires(&c, 310, PHASE_LIMIT_FIRST_EVENT);
}

END_TEST

START_TEST(f10_comments_prove_life_but_no_progress)
{
    struct phase_clock c = with_head();

    for (int64_t t = 50; t < 600; t += 50) {
        phase_bytes(&c, t);
        phase_event(&c, t);
        ck_assert_int_eq(phase_expired(&c, 100, t), PHASE_LIMIT_NONE);
    }
    expires(&c, 610, PHASE_LIMIT_FIRST_TOKEN);
}

END_TEST

START_TEST(silence_between_bytes_is_a_stall)
{
    struct phase_clock c = with_head();

    phase_bytes(&c, 100);
    phase_content(&c, 100);
    expires(&c, 300, PHASE_LIMIT_STALL);
}

END_TEST

START_TEST(f11_bytes_without_content_end_all_the_same)
{
    struct phase_clock c = with_head();

    phase_content(&c, 100);
    for (int64_t t = 100; t < 500; t += 50)
        phase_bytes(&c, t);
    expires(&c, 500, PHASE_LIMIT_CONTENT_STALL);
}

END_TEST

START_TEST(an_unstreamed_answer_has_one_limit)
{
    struct phase_clock c = start(false, 100);

    phase_connected(&c, 10);
    phase_head(&c, 500);
    phase_bytes(&c, 600);
    expires(&c, 1210, PHASE_LIMIT_ANSWER);
}

END_TEST

START_TEST(a_large_request_must_make_progress)
{
    struct phase_clock c = start(true, 1000000);

    phase_connected(&c, 0);
    ck_assert_int_le(phase_wakeup(&c), 100);
    ck_assert_int_eq(phase_expired(&c, 5000, 90), PHASE_LIMIT_NONE);
    ck_assert_int_eq(phase_expired(&c, 5000, 189), PHASE_LIMIT_NONE);
    ck_assert_int_eq(phase_expired(&c, 5000, 190), PHASE_LIMIT_WRITE);
    ck_assert_int_eq(phase_expired(&c, 1000000, 200), PHASE_LIMIT_NONE);
    ck_assert_int_eq(phase_wakeup(&c), 350);
}

END_TEST

START_TEST(no_limit_of_the_peer_runs_while_we_pause)
{
    struct phase_clock c = with_head();

    phase_bytes(&c, 100);
    phase_content(&c, 100);
    phase_pause(&c, 150);
    ck_assert_int_eq(phase_wakeup(&c), INT64_MAX);
    ck_assert_int_eq(phase_expired(&c, 100, 100000), PHASE_LIMIT_NONE);
    phase_resume(&c, 100150);
    expires(&c, 100300, PHASE_LIMIT_STALL);
}

END_TEST

START_TEST(milestones_out_of_order_change_nothing)
{
    struct phase_clock c = with_head();

    phase_resolved(&c, 200);
    phase_connected(&c, 200);
    ck_assert_int_eq(c.phase, PHASE_EVENT);
}

END_TEST

/* Whatever happens, an attempt that is not paused always has a next deadline,
 * and asking at that time says so or moves it into the future. */
START_TEST(there_is_always_a_deadline)
{
    struct phase_clock c = start(_i % 2 == 0, (size_t)_i * 5000);
    int64_t t = 0;
    struct rng rng;

    rng_init(&rng, (uint64_t)_i);
    for (int i = 0; i < 200; i++) {
        t += rng_upto(&rng, 40);
        switch (rng_next(&rng) % 8) {
        case 0:
            phase_resolved(&c, t);
            break;
        case 1:
            phase_connected(&c, t);
            break;
        case 2:
            phase_head(&c, t);
            break;
        case 3:
            phase_bytes(&c, t);
            break;
        case 4:
            phase_event(&c, t);
            break;
        case 5:
            phase_content(&c, t);
            break;
        case 6:
            phase_pause(&c, t);
            break;
        default:
            phase_resume(&c, t);
            break;
        }
        if (c.paused)
            continue;
        ck_assert_int_lt(phase_wakeup(&c), INT64_MAX);
        if (phase_wakeup(&c) <= t
            && phase_expired(&c, 0, t) == PHASE_LIMIT_NONE)
            ck_assert_int_gt(phase_wakeup(&c), t);
    }
}

END_TEST

START_TEST(every_limit_has_words)
{
    for (int i = 0; i <= PHASE_LIMIT_ANSWER; i++)
        ck_assert_str_ne(phase_limit_text((enum phase_limit)i), "?");
}

END_TEST

static Suite *
phase_suite(void)
{
    Suite *s = suite_create("phase");
    TCase *tc = tcase_create("limits");

    tcase_add_test(tc, f02_a_name_must_resolve_in_time);
    tcase_add_test(tc, f03_a_connection_must_stand_in_time);
    tcase_add_test(tc, f08_headers_must_come_in_time);
    tcase_add_test(tc, f09_a_first_event_must_come_in_time);
    tcase_add_test(tc, f10_comments_prove_life_but_no_progress);
    tcase_add_test(tc, silence_between_bytes_is_a_stall);
    tcase_add_test(tc, f11_bytes_without_content_end_all_the_same);
    tcase_add_test(tc, an_unstreamed_answer_has_one_limit);
    tcase_add_test(tc, a_large_request_must_make_progress);
    tcase_add_test(tc, no_limit_of_the_peer_runs_while_we_pause);
    tcase_add_test(tc, milestones_out_of_order_change_nothing);
    tcase_add_loop_test(tc, there_is_always_a_deadline, 0, 50);
    tcase_add_test(tc, every_limit_has_words);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(phase_suite());
}
