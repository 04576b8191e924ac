/*
 * check_downgrade.c - a budget that downgrades, from the first call to the one
 * that is refused: before each of them `explain` says what then happens.
 */
#include "support/gateway.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Every answer costs about 60 millionths of a dollar at the dear target, and 15
 * at the cheap one. */
static const char SETTINGS[] =
    "routes = ( { name = \"default\"; targets = ( \"one/m\", \"two/m\" );\n"
    "    strategy = \"complexity\"; } );\n"
    "budgets = ( { name = \"daily\"; limit_usd = 0.002;\n"
    "    on_exceeded = \"downgrade\"; } );\n";

#define ORDINARY "Explain how a heat pump works."
#define HARD     "Prove that the square root of 2 is irrational, step by step."

enum {
    MAX_CALLS = 200
};

static struct test_gateway g;

/* Calls of one prompt, by who answered them. */
struct answered {
    int dear, cheap;
};

static const json_t *
ask(const char *method, const char *prompt)
{
    return peer_result(g.peer, method, "[{'prompt': '%s', 'max_tokens': 10}]",
                       prompt);
}

static int64_t
sends(void)
{
    return test_provider_count(&g.one, "sends")
           + test_provider_count(&g.two, "sends");
}

static double
spent(void)
{
    return value_real(peer_result(g.peer, "budget.list", "[]"),
                      "budgets.0.spent_usd");
}

/* It says when there is more, which is at the next midnight of UTC. */
static void
check_refusal(const char *prompt)
{
    const int64_t day_ms = INT64_C(24) * 3600 * 1000;
    int64_t before = sends();
    int64_t resets_at_ms, now_ms = (int64_t)time(NULL) * 1000;
    const json_t *r = ask("generate", prompt);

    ck_assert(!value_bool(r, "success"));
    ck_assert_str_eq(value_str(r, "error_code"), "budget_exceeded");
    ck_assert_double_gt(value_real(r, "needed_usd"),
                        value_real(r, "remaining_usd"));
    resets_at_ms = value_int(r, "resets_at_ms");
    ck_assert_int_eq(resets_at_ms % day_ms, 0);
    ck_assert_int_gt(resets_at_ms, now_ms);
    ck_assert_int_le(resets_at_ms, now_ms + day_ms);
    ck_assert_int_eq(value_int(ask("explain", prompt), "budget.resets_at_ms"),
                     resets_at_ms);
    ck_assert_int_eq(sends(), before);
}

/* One call, as it was foretold.  False: it was to be refused, and was. */
static bool
call(const char *prompt, bool *ret_scarce, struct answered *counts)
{
    const json_t *e = ask("explain", prompt);
    bool nobody = value_is_null(e, "chosen");
    char chosen[16] = "";
    const json_t *r;

    *ret_scarce = value_bool(e, "budget.scarce");
    ck_assert(*ret_scarce == (spent() >= 0.8 * 0.002));
    if (nobody) {
        check_refusal(prompt);
        return false;
    }
    (void)snprintf(chosen, sizeof(chosen), "%s", value_str(e, "chosen"));
    r = ask("generate", prompt);
    ck_assert(value_bool(r, "success"));
    ck_assert_str_eq(value_str(r, "attempts.0.target"), chosen);
    ck_assert_str_eq(value_str(r, "tier"),
                     strcmp(chosen, "one/m") == 0 ? "premium" : "economy");
    if (strcmp(chosen, "one/m") == 0)
        counts->dear++;
    else
        counts->cheap++;
    return true;
}

START_TEST(what_is_ordinary_gets_cheaper_and_what_is_hard_stays)
{
    struct answered ordinary[2] = {{0}}, hard[2] = {{0}}, now;
    bool more = true, scarce;

    test_gateway_start(&g, SETTINGS);
    for (int i = 0; more && i < MAX_CALLS; i++) {
        bool is_hard = i % 4 == 3;

        now = (struct answered){0};
        more = call(is_hard ? HARD : ORDINARY, &scarce, &now);
        (is_hard ? hard : ordinary)[scarce].dear += now.dear;
        (is_hard ? hard : ordinary)[scarce].cheap += now.cheap;
    }
    ck_assert(!more);
    ck_assert_int_gt(ordinary[false].dear, 0);
    ck_assert_int_eq(ordinary[false].cheap, 0);
    ck_assert_int_eq(ordinary[true].dear, 0);
    ck_assert_int_gt(ordinary[true].cheap, 0);
    ck_assert_int_eq(hard[false].cheap, 0);
    ck_assert_int_gt(hard[true].dear, 0);
    ck_assert_double_le(spent(), 0.002);
    ck_assert(
        test_daemon_logged(&g.daemon, "msg=\"budget\" from=open to=soft"));
    ck_assert(test_daemon_logged(&g.daemon, "to=refused"));
    test_gateway_stop(&g);
}

END_TEST

static Suite *
downgrade_suite(void)
{
    Suite *s = suite_create("downgrade");
    TCase *tc = tcase_create("downgrade");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, what_is_ordinary_gets_cheaper_and_what_is_hard_stays);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(downgrade_suite());
}
