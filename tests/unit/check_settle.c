/*
 * check_settle.c - what an attempt is charged with.
 */
#include "core/settle.h"

#include "support/suite.h"

/* USD 2 and 8 per million tokens. */
static struct price
price(void)
{
    struct price p = {0};

    price_rates_init(&p.rates, INT64_C(2000000000), INT64_C(8000000000));
    return p;
}

static const struct usage TOLD = {.prompt = 100, .completion = 80};

static struct settlement
settled(enum outcome outcome, int http_status, const struct usage *usage)
{
    struct price p = price();

    return settle(
        &(struct settle_facts){
            .outcome = outcome,
            .sent = true,
            .http_status = http_status,
            .usage = usage,
            .prompt_bytes = 400,
            .emitted_bytes = 40,
            .bytes_per_token_milli = 4000,
        },
        &p);
}

START_TEST(an_answer_costs_what_the_provider_counted)
{
    struct settlement s = settled(OUTCOME_OK, 200, &TOLD);

    ck_assert_int_eq(s.kind, SETTLE_EXACT);
    ck_assert_int_eq(s.prompt_tokens, 100);
    ck_assert_int_eq(s.completion_tokens, 80);
    ck_assert_int_eq(s.cost_nanousd, 200000 + 640000);
}

END_TEST

START_TEST(every_kind_of_token_is_told)
{
    static const struct usage ALL = {.prompt = 100,
                                     .completion = 80,
                                     .cached = 30,
                                     .cache_write = 20,
                                     .reasoning = 10};
    struct settlement s = settled(OUTCOME_OK, 200, &ALL);

    ck_assert_int_eq(s.cached_tokens, 30);
    ck_assert_int_eq(s.cache_write_tokens, 20);
    ck_assert_int_eq(s.reasoning_tokens, 10);
}

END_TEST

START_TEST(kinds_of_settlement_have_names)
{
    ck_assert_str_eq(settle_kind_name(SETTLE_ZERO), "zero");
    ck_assert_str_eq(settle_kind_name(SETTLE_EXACT), "exact");
    ck_assert_str_eq(settle_kind_name(SETTLE_ESTIMATED), "estimated");
    ck_assert_str_eq(settle_kind_name(SETTLE_PARTIAL), "partial");
}

END_TEST

START_TEST(f66_an_answer_without_usage_is_estimated_from_its_text)
{
    struct settlement s = settled(OUTCOME_OK, 200, NULL);

    ck_assert_int_eq(s.kind, SETTLE_PARTIAL);
    ck_assert_int_eq(s.prompt_tokens, 100);
    ck_assert_int_eq(s.completion_tokens, 10);
    ck_assert_int_eq(s.cost_nanousd, 200000 + 80000);
}

END_TEST

START_TEST(a_broken_stream_costs_a_tenth_more_than_was_seen)
{
    struct settlement s = settled(OUTCOME_STREAM_BROKEN, 200, NULL);

    ck_assert_int_eq(s.kind, SETTLE_PARTIAL);
    ck_assert_int_eq(s.completion_tokens, 11);
}

END_TEST

START_TEST(a_broken_stream_never_costs_less_than_was_told)
{
    struct settlement s = settled(OUTCOME_STREAM_BROKEN, 200, &TOLD);

    ck_assert_int_eq(s.kind, SETTLE_PARTIAL);
    ck_assert_int_eq(s.completion_tokens, 80);
    ck_assert_int_eq(s.cost_nanousd, 840000);
}

END_TEST

START_TEST(f07_what_may_have_been_carried_out_is_not_free)
{
    struct price p = price();
    struct settlement s = settle(
        &(struct settle_facts){
            .outcome = OUTCOME_AMBIGUOUS,
            .sent = true,
            .prompt_bytes = 400,
            .bytes_per_token_milli = 4000,
        },
        &p);

    ck_assert_int_eq(s.kind, SETTLE_ESTIMATED);
    ck_assert_int_eq(s.cost_nanousd, 200000);
}

END_TEST

START_TEST(what_was_refused_is_free)
{
    static const enum outcome FREE[] = {OUTCOME_NOT_SENT,  OUTCOME_OVERLOAD,
                                        OUTCOME_RATE,      OUTCOME_QUOTA_LOCK,
                                        OUTCOME_AUTH_LOCK, OUTCOME_MODEL_GONE,
                                        OUTCOME_CLIENT};
    struct settlement s = settled(FREE[_i], 400, NULL);

    ck_assert_int_eq(s.kind, SETTLE_ZERO);
    ck_assert_int_eq(s.cost_nanousd, 0);
}

END_TEST

START_TEST(what_was_not_sent_is_free)
{
    struct price p = price();
    struct settlement s;

    p.per_request_nanousd = 1000;
    s = settle(&(struct settle_facts){.outcome = (enum outcome)_i,
                                      .prompt_bytes = 400,
                                      .reserved_nanousd = 5000},
               &p);
    ck_assert_int_eq(s.kind, SETTLE_ZERO);
    ck_assert_int_eq(s.cost_nanousd, 0);
}

END_TEST

enum {
    RESERVED = 5000000,
    SEEN = 200000 + 11 * 8000, /* Of a break after 40 bytes. */
};

static int64_t
cost_with(enum outcome outcome, const struct usage *usage, int64_t refund_milli)
{
    struct price p = price();

    return settle(
               &(struct settle_facts){
                   .outcome = outcome,
                   .sent = true,
                   .http_status = 200,
                   .usage = usage,
                   .prompt_bytes = 400,
                   .emitted_bytes = 40,
                   .bytes_per_token_milli = 4000,
                   .reserved_nanousd = RESERVED,
                   .partial_refund_milli = refund_milli,
               },
               &p)
        .cost_nanousd;
}

static const enum outcome UNCOUNTED[] = {
    OUTCOME_STREAM_BROKEN, OUTCOME_CANCELLED, OUTCOME_AMBIGUOUS,
    OUTCOME_SERVER,        OUTCOME_LOCAL,     OUTCOME_OK,
};

START_TEST(f66_what_was_set_aside_and_not_seen_is_spent)
{
    ck_assert_int_eq(cost_with(UNCOUNTED[_i], NULL, 0), RESERVED);
}

END_TEST

/* A count that was told on the way is of the tokens until then. */
START_TEST(f66_a_whole_answer_without_usage_refunds_nothing)
{
    ck_assert_int_eq(cost_with(OUTCOME_OK_LIMITED, NULL, 0), RESERVED);
    ck_assert_int_eq(cost_with(OUTCOME_STREAM_BROKEN, &TOLD, 0), RESERVED);
}

END_TEST

START_TEST(a_share_of_what_was_not_seen_may_come_back)
{
    static const int64_t SHARES[] = {0, 1, 500, SETTLE_REFUND_ALL};

    ck_assert_int_eq(cost_with(OUTCOME_STREAM_BROKEN, NULL, SHARES[_i]),
                     RESERVED
                         - (RESERVED - SEEN) * SHARES[_i] / SETTLE_REFUND_ALL);
}

END_TEST

START_TEST(what_was_seen_never_comes_back)
{
    static const struct usage MORE = {.prompt = 100, .completion = 1000};

    ck_assert_int_eq(cost_with(OUTCOME_STREAM_BROKEN, &MORE, 500),
                     200000 + 1000 * 8000);
}

END_TEST

START_TEST(a_count_of_the_whole_answer_refunds_the_rest)
{
    ck_assert_int_eq(cost_with(OUTCOME_OK, &TOLD, 0), 840000);
}

END_TEST

/* Some servers tell zeros of every stream, or nothing but the prompt. */
START_TEST(f66_a_count_of_no_tokens_for_a_text_is_none)
{
    static const struct usage NONE = {.prompt = 100};

    ck_assert_int_eq(settled(OUTCOME_OK, 200, &NONE).kind, SETTLE_PARTIAL);
    ck_assert_int_eq(settled(OUTCOME_OK, 200, &NONE).completion_tokens, 10);
    ck_assert_int_eq(cost_with(OUTCOME_OK_LIMITED, &NONE, 0), RESERVED);
}

END_TEST

START_TEST(a_200_that_is_no_answer_is_not_free_but_a_500_is)
{
    ck_assert_int_eq(settled(OUTCOME_SERVER, 200, NULL).kind, SETTLE_ESTIMATED);
    ck_assert_int_eq(settled(OUTCOME_SERVER, 500, NULL).kind, SETTLE_ZERO);
}

END_TEST

/* It has no content, but its end, and a count. */
START_TEST(an_empty_answer_costs_what_the_provider_counted)
{
    static const struct usage EMPTY = {.prompt = 100};
    struct price p = price();
    struct settle_facts facts = {
        .outcome = OUTCOME_SERVER,
        .sent = true,
        .whole = true,
        .http_status = 200,
        .usage = &EMPTY,
        .prompt_bytes = 400,
        .reserved_nanousd = RESERVED,
    };

    ck_assert_int_eq(settle(&facts, &p).kind, SETTLE_EXACT);
    ck_assert_int_eq(settle(&facts, &p).cost_nanousd, 200000);
    facts.whole = false;
    ck_assert_int_eq(settle(&facts, &p).kind, SETTLE_ESTIMATED);
    ck_assert_int_eq(settle(&facts, &p).cost_nanousd, RESERVED);
}

END_TEST

START_TEST(without_a_price_there_are_tokens_but_no_cost)
{
    struct settlement s = settle(&(struct settle_facts){.outcome = OUTCOME_OK,
                                                        .sent = true,
                                                        .usage = &TOLD},
                                 NULL);

    ck_assert_int_eq(s.completion_tokens, 80);
    ck_assert_int_eq(s.cost_nanousd, 0);
    ck_assert_int_eq(settle_reserve(NULL, 10, 10), -1);
}

END_TEST

START_TEST(the_reserve_is_an_upper_bound)
{
    struct price p = price();

    /* A token for every two bytes, and the whole answer. */
    ck_assert_int_eq(settle_reserve(&p, 400, 80), 400000 + 640000);
    /* It may all go into the cache, and all be reasoning. */
    p.rates.cache_write = INT64_C(3000000000);
    p.rates.cached_input = 0;
    ck_assert_int_eq(settle_reserve(&p, 400, 80), 600000 + 640000);
    p.rates.reasoning = INT64_C(9000000000);
    ck_assert_int_eq(settle_reserve(&p, 400, 80), 600000 + 720000);
    p.rates.cache_write_1h = INT64_C(4000000000);
    ck_assert_int_eq(settle_reserve(&p, 400, 80), 800000 + 720000);
}

END_TEST

static Suite *
settle_suite(void)
{
    Suite *s = suite_create("settle");
    TCase *tc = tcase_create("settlement");

    tcase_add_test(tc, an_answer_costs_what_the_provider_counted);
    tcase_add_test(tc, every_kind_of_token_is_told);
    tcase_add_test(tc, kinds_of_settlement_have_names);
    tcase_add_test(tc, f66_an_answer_without_usage_is_estimated_from_its_text);
    tcase_add_test(tc, a_broken_stream_costs_a_tenth_more_than_was_seen);
    tcase_add_test(tc, a_broken_stream_never_costs_less_than_was_told);
    tcase_add_test(tc, f07_what_may_have_been_carried_out_is_not_free);
    tcase_add_loop_test(tc, what_was_refused_is_free, 0, 7);
    tcase_add_loop_test(tc, what_was_not_sent_is_free, 0, OUTCOME_N);
    tcase_add_loop_test(tc, f66_what_was_set_aside_and_not_seen_is_spent, 0, 6);
    tcase_add_test(tc, f66_a_whole_answer_without_usage_refunds_nothing);
    tcase_add_loop_test(tc, a_share_of_what_was_not_seen_may_come_back, 0, 4);
    tcase_add_test(tc, what_was_seen_never_comes_back);
    tcase_add_test(tc, a_count_of_the_whole_answer_refunds_the_rest);
    tcase_add_test(tc, f66_a_count_of_no_tokens_for_a_text_is_none);
    tcase_add_test(tc, a_200_that_is_no_answer_is_not_free_but_a_500_is);
    tcase_add_test(tc, an_empty_answer_costs_what_the_provider_counted);
    tcase_add_test(tc, without_a_price_there_are_tokens_but_no_cost);
    tcase_add_test(tc, the_reserve_is_an_upper_bound);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(settle_suite());
}
