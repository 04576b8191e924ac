/*
 * check_drill.c - which attempts a drill hits, and when it ends.
 */
#include "core/drill.h"
#include "support/suite.h"

#include "base/mem.h"

#include <string.h>

static struct drill_table table;
static struct rng rng;

static void
set_up(void)
{
    drill_table_init(&table);
    rng_init(&rng, 7);
}

static struct drill_order
order_for(const char *target)
{
    return (struct drill_order){
        .target = target,
        .fault = {.kind = DRILL_CONNECT},
        .rate = 1,
        .expires_ms = 1000,
    };
}

static bool
hit(const char *target, int64_t now_ms)
{
    return drill_pick(&table, target, false, now_ms, &rng) != NULL;
}

START_TEST(only_the_named_target_is_hit)
{
    const struct drill_order order = order_for("a/m");
    const struct drill *d = drill_add(&table, &order);

    ck_assert_ptr_nonnull(d);
    ck_assert_int_eq(d->id, 1);
    ck_assert(hit("a/m", 0));
    ck_assert(!hit("b/m", 0));
    ck_assert(!hit("a/mm", 0));
    ck_assert_int_eq(table.drills[0].hits, 1);
}

END_TEST

START_TEST(who_opted_out_is_left_alone_and_not_counted)
{
    const struct drill_order order = order_for("a/m");

    (void)drill_add(&table, &order);
    ck_assert_ptr_null(drill_pick(&table, "a/m", true, 0, &rng));
    ck_assert_int_eq(table.drills[0].hits, 0);
}

END_TEST

START_TEST(drill_is_over_at_its_time)
{
    const struct drill_order order = order_for("a/m");
    struct drill over;

    (void)drill_add(&table, &order);
    ck_assert(hit("a/m", 999));
    ck_assert(!drill_take_over(&table, 999, &over));
    ck_assert_int_eq(drill_count_at(&table, "a/m", 999), 1);
    ck_assert(!hit("a/m", 1000));
    ck_assert_int_eq(drill_count_at(&table, "a/m", 1000), 0);
    ck_assert(drill_take_over(&table, 1000, &over));
    ck_assert_int_eq(over.hits, 1);
    ck_assert_uint_eq(table.n, 0);
}

END_TEST

START_TEST(drill_is_over_after_its_count)
{
    struct drill_order order = order_for("a/m");
    struct drill over;

    order.count = 2;
    (void)drill_add(&table, &order);
    ck_assert(hit("a/m", 0));
    ck_assert(!drill_take_over(&table, 0, &over));
    ck_assert(hit("a/m", 0));
    ck_assert(!hit("a/m", 0));
    ck_assert(drill_take_over(&table, 0, &over));
    ck_assert_int_eq(over.hits, 2);
}

END_TEST

START_TEST(rate_is_the_share_that_is_hit)
{
    enum {
        N = 10000
    };

    struct drill_order order = order_for("a/m");
    int hits = 0;

    order.rate = 0.25;
    (void)drill_add(&table, &order);
    for (int i = 0; i < N; i++)
        hits += hit("a/m", 0);
    ck_assert_int_gt(hits, N / 4 - N / 40);
    ck_assert_int_lt(hits, N / 4 + N / 40);
}

END_TEST

START_TEST(rate_of_zero_hits_nothing)
{
    struct drill_order order = order_for("a/m");

    order.rate = 0;
    (void)drill_add(&table, &order);
    for (int i = 0; i < 1000; i++)
        ck_assert(!hit("a/m", 0));
}

END_TEST

START_TEST(oldest_of_several_comes_first)
{
    struct drill_order order = order_for("a/m");
    struct drill gone;

    order.count = 1;
    (void)drill_add(&table, &order);
    order.fault.kind = DRILL_CUT;
    (void)drill_add(&table, &order);
    ck_assert_int_eq(drill_pick(&table, "a/m", false, 0, &rng)->fault.kind,
                     DRILL_CONNECT);
    ck_assert_int_eq(drill_pick(&table, "a/m", false, 0, &rng)->fault.kind,
                     DRILL_CUT);
    ck_assert(!hit("a/m", 0));
    ck_assert(drill_remove(&table, 1, &gone));
    ck_assert_int_eq(gone.fault.kind, DRILL_CONNECT);
    ck_assert(!drill_remove(&table, 1, &gone));
    ck_assert_int_eq(table.drills[0].id, 2);
}

END_TEST

START_TEST(hits_are_news_at_most_once_a_second)
{
    const struct drill_order order = order_for("a/m");
    struct drill *d;

    (void)drill_add(&table, &order);
    d = &table.drills[0];
    ck_assert(!drill_has_news(d, 100));
    ck_assert(hit("a/m", 100));
    ck_assert(drill_has_news(d, 100));
    ck_assert(!drill_has_news(d, 100));
    ck_assert(hit("a/m", 200));
    ck_assert(hit("a/m", 300));
    ck_assert(!drill_has_news(d, 1099));
    ck_assert(drill_has_news(d, 1100));
    ck_assert(!drill_has_news(d, 5000));
}

END_TEST

START_TEST(full_list_takes_no_more)
{
    const struct drill_order order = order_for("a/m");
    struct drill gone;

    for (int i = 0; i < DRILL_MAX; i++)
        ck_assert_ptr_nonnull(drill_add(&table, &order));
    ck_assert_ptr_null(drill_add(&table, &order));
    ck_assert(drill_remove(&table, 5, &gone));
    ck_assert_int_eq(drill_add(&table, &order)->id, DRILL_MAX + 1);
}

END_TEST

START_TEST(name_that_is_too_long_is_refused)
{
    char name[DRILL_TARGET_SIZE + 1] = "";
    const struct drill_order order = order_for(name);

    memset(name, 'x', DRILL_TARGET_SIZE);
    ck_assert_ptr_null(drill_add(&table, &order));
    name[DRILL_TARGET_SIZE - 1] = '\0';
    ck_assert_ptr_nonnull(drill_add(&table, &order));
}

END_TEST

static const struct {
    struct drill_fault fault;
    const char *text;
} TEXTS[] = {
    {{.kind = DRILL_STATUS, .status = 503, .retry_after_s = -1}, "status=503"},
    {{.kind = DRILL_STATUS, .status = 429, .retry_after_s = 3},
     "status=429,retry_after_s=3"},
    {{.kind = DRILL_CONNECT}, "connect"},
    {{.kind = DRILL_EMPTY}, "empty"},
    {{.kind = DRILL_AUTH}, "auth"},
    {{.kind = DRILL_LATENCY, .ms = 500}, "latency=500"},
    {{.kind = DRILL_STALL, .after_tokens = 10}, "stall=10"},
    {{.kind = DRILL_CUT}, "cut=0"},
    {{.kind = DRILL_MALFORMED, .after_tokens = 3}, "malformed=3"},
};

START_TEST(fault_is_written_in_one_word)
{
    char text[DRILL_TEXT_SIZE];

    drill_fault_text(&TEXTS[_i].fault, text);
    ck_assert_str_eq(text, TEXTS[_i].text);
}

END_TEST

/* Each kind keeps the provider from being asked, delays it, or breaks what it
 * says. */
START_TEST(kind_does_one_thing)
{
    for (int kind = DRILL_STATUS; kind < DRILL_N; kind++) {
        int n = drill_is_invented((enum drill_kind)kind)
                + drill_breaks_answer((enum drill_kind)kind)
                + (kind == DRILL_LATENCY);

        ck_assert_int_eq(n, 1);
        ck_assert_str_ne(drill_kind_name((enum drill_kind)kind), "");
    }
}

END_TEST

static const char *const NAMES[] = {"a/m", "b/m", "c/m"};

/* What must hold of every list, whatever happened. */
static void
check_list(int64_t now_ms)
{
    int64_t running = 0;

    ck_assert_uint_le(table.n, DRILL_MAX);
    for (size_t i = 0; i < table.n; i++) {
        const struct drill *d = &table.drills[i];

        ck_assert_int_gt(d->id, i > 0 ? table.drills[i - 1].id : 0);
        ck_assert_int_le(d->id, table.last_id);
        if (d->count > 0)
            ck_assert_int_le(d->hits, d->count);
        running += !drill_is_over(d, now_ms);
    }
    for (size_t i = 0; i < array_count(NAMES); i++)
        running -= drill_count_at(&table, NAMES[i], now_ms);
    ck_assert_int_eq(running, 0);
}

static void
add_random(int64_t now_ms)
{
    (void)drill_add(&table,
                    &(struct drill_order){
                        .target = NAMES[rng_upto(&rng, array_count(NAMES) - 1)],
                        .fault = {.kind = DRILL_CUT},
                        .rate = rng_unit(&rng),
                        .count = rng_upto(&rng, 3),
                        .expires_ms = now_ms + rng_upto(&rng, 300),
                    });
}

static void
pick_random(int64_t now_ms)
{
    const char *name = NAMES[rng_upto(&rng, array_count(NAMES) - 1)];
    bool opted_out = rng_upto(&rng, 3) == 0;
    const struct drill *d = drill_pick(&table, name, opted_out, now_ms, &rng);

    if (!d)
        return;
    ck_assert(!opted_out);
    ck_assert_str_eq(d->target, name);
    ck_assert_int_lt(now_ms, d->expires_ms);
    ck_assert_int_gt(d->hits, 0);
}

START_TEST(random_events_keep_the_list_in_order)
{
    struct drill gone;
    int64_t now_ms = 0;

    rng_init(&rng, (uint64_t)_i);
    for (int step = 0; step < 1000; step++) {
        now_ms += rng_upto(&rng, 10);
        switch (rng_upto(&rng, 5)) {
        case 0:
            add_random(now_ms);
            break;
        case 1:
            (void)drill_remove(&table, rng_upto(&rng, table.last_id), &gone);
            break;
        case 2:
            if (drill_take_over(&table, now_ms, &gone))
                ck_assert(drill_is_over(&gone, now_ms));
            break;
        default:
            pick_random(now_ms);
        }
        check_list(now_ms);
    }
}

END_TEST

static Suite *
drill_suite(void)
{
    Suite *s = suite_create("drill");
    TCase *tc = tcase_create("list");

    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, only_the_named_target_is_hit);
    tcase_add_test(tc, who_opted_out_is_left_alone_and_not_counted);
    tcase_add_test(tc, drill_is_over_at_its_time);
    tcase_add_test(tc, drill_is_over_after_its_count);
    tcase_add_test(tc, rate_is_the_share_that_is_hit);
    tcase_add_test(tc, rate_of_zero_hits_nothing);
    tcase_add_test(tc, oldest_of_several_comes_first);
    tcase_add_test(tc, hits_are_news_at_most_once_a_second);
    tcase_add_test(tc, full_list_takes_no_more);
    tcase_add_test(tc, name_that_is_too_long_is_refused);
    tcase_add_loop_test(tc, random_events_keep_the_list_in_order, 0, 20);
    suite_add_tcase(s, tc);

    tc = tcase_create("faults");
    tcase_add_loop_test(tc, fault_is_written_in_one_word, 0,
                        array_count(TEXTS));
    tcase_add_test(tc, kind_does_one_thing);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(drill_suite());
}
