/*
 * check_complexity_route.c - a route that goes by complexity: what `explain`
 * says is what then happens.
 */
#include "base/mem.h"
#include "support/gateway.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static const char SETTINGS[] =
    "routes = ( { name = \"default\"; targets = ( \"one/m\", \"two/m\" ); },\n"
    "  { name = \"smart\"; targets = ( \"one/m\", \"two/m\" );\n"
    "    strategy = \"complexity\"; } );\n";

#define SIMPLE   "What is the capital of France?"
#define ORDINARY "Explain how a heat pump works."
#define HARD     "Prove that the square root of 2 is irrational, step by step."

static struct test_gateway g;

static void
setup(void)
{
    test_gateway_start(&g, SETTINGS);
}

static void
teardown(void)
{
    test_gateway_stop(&g);
}

static const struct decision {
    const char *prompt;
    const char *more;     /* Further params. */
    const char *disabled; /* A target; NULL: none. */
    const char *tier;     /* NULL: none was chosen. */
    const char *chosen;   /* NULL: nobody can answer. */
} DECISIONS[] = {
    {SIMPLE, "", NULL, "economy", "two/m"},
    {HARD, "", NULL, "premium", "one/m"},

    /* Nobody is of this tier: up. */
    {ORDINARY, "", NULL, "standard", "one/m"},
    {ORDINARY, "", "one/m", "standard", "two/m"},

    /* Up, or else down, when nobody of the tier can be asked. */
    {SIMPLE, "", "two/m", "economy", "one/m"},
    {HARD, "", "one/m", "premium", "two/m"},

    /* A demand is strict. */
    {SIMPLE, ", 'tier': 'premium'", NULL, "premium", "one/m"},
    {SIMPLE, ", 'require_expensive_model': true", "one/m", "premium", NULL},
    {HARD, ", 'tier': 'economy'", "two/m", "economy", NULL},
};

START_TEST(explain_agrees_with_what_then_happens)
{
    const struct decision *row = &DECISIONS[_i];
    char *params = mem_printf("[{'prompt': '%s', 'route': 'smart'%s}]",
                              row->prompt, row->more);
    const json_t *r;

    if (row->disabled)
        (void)peer_result(g.peer, "target.set",
                          "[{'target': '%s', 'admin': 'disabled'}]",
                          row->disabled);
    r = peer_result(g.peer, "explain", "%s", params);
    ck_assert_str_eq(value_str(r, "tier"), row->tier);
    ck_assert(value_bool(r, "complexity.chooses") == (*row->more == '\0'));
    if (row->chosen)
        ck_assert_str_eq(value_str(r, "chosen"), row->chosen);
    else
        ck_assert(value_is_null(r, "chosen"));

    r = peer_result(g.peer, "generate", "%s", params);
    ck_assert(value_bool(r, "success") == (row->chosen != NULL));
    if (row->chosen) {
        ck_assert_str_eq(value_str(r, "attempts.0.target"), row->chosen);
        ck_assert_str_eq(value_str(r, "tier"),
                         strcmp(row->chosen, "one/m") ? "economy" : "premium");
    }
    free(params);
}

END_TEST

START_TEST(explain_shows_what_the_score_is_made_of)
{
    const json_t *r = peer_result(g.peer, "explain",
                                  "[{'prompt': '" HARD "', 'route': 'smart'}]");
    const json_t *features = value_at(r, "complexity.features");
    const json_t *feature;
    double sum = 0;
    size_t i;

    value_has_shape(r, "complexity", "score:f tier:s chooses:b features:a");
    json_array_foreach (features, i, feature) {
        value_has_shape(feature, "", "name:s count:f share:f reason:s");
        sum += value_real(feature, "share");
    }
    ck_assert_double_gt(sum, 0.65);
    ck_assert_double_eq_tol(value_real(r, "complexity.score"),
                            sum > 1 ? 1 : sum, 1e-9);
    ck_assert_int_eq(test_provider_count(&g.one, "sends"), 0);
}

END_TEST

START_TEST(other_routes_are_scored_but_not_decided)
{
    const json_t *r =
        peer_result(g.peer, "explain", "[{'prompt': '" SIMPLE "'}]");

    ck_assert(value_is_null(r, "tier"));
    ck_assert(!value_bool(r, "complexity.chooses"));
    ck_assert_str_eq(value_str(r, "complexity.tier"), "economy");
    ck_assert_str_eq(value_str(r, "chosen"), "one/m");
}

END_TEST

/* Its breaker is still closed, so the target is eligible, and fails. */
START_TEST(a_chosen_tier_whose_targets_fail_is_left)
{
    const json_t *r;

    test_provider_fault(&g.two, "kind=status,status=503");
    r = peer_result(g.peer, "generate",
                    "[{'prompt': '" SIMPLE "', 'route': 'smart'}]");
    ck_assert(value_bool(r, "success"));
    ck_assert_str_eq(value_str(r, "attempts.0.target"), "two/m");
    ck_assert_str_eq(value_str(r, "tier"), "premium");
}

END_TEST

START_TEST(the_limits_of_the_tiers_are_settings)
{
    const json_t *r;

    test_gateway_reconfigure(
        &g, "complexity = { standard = 0.0; premium = 0.0; };");
    ck_assert(value_bool(peer_result(g.peer, "config.reload", "[]"), "ok"));
    r = peer_result(g.peer, "explain", "[{'prompt': '" SIMPLE "'}]");
    ck_assert_str_eq(value_str(r, "complexity.tier"), "premium");
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("complexity_route");
    TCase *tc = tcase_create("routes");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, explain_agrees_with_what_then_happens, 0,
                        array_count(DECISIONS));
    tcase_add_test(tc, explain_shows_what_the_score_is_made_of);
    tcase_add_test(tc, other_routes_are_scored_but_not_decided);
    tcase_add_test(tc, a_chosen_tier_whose_targets_fail_is_left);
    tcase_add_test(tc, the_limits_of_the_tiers_are_settings);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
