/*
 * check_config_routes.c - routes as they are written: regions named alone and
 * together, and who is asked when a policy refuses.
 */
#include "app/config.h"

#include "base/mem.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

/* "own" has a place of its own beside its regions, "far" has regions alone. */
static const char PROVIDERS[] =
    "providers = ("
    " { name = \"own\"; base_url = \"http://127.0.0.1:1/v1\"; regions = ("
    "   { name = \"x\"; base_url = \"http://127.0.0.1:2/v1\"; } );"
    "   models = ( { name = \"m\"; }, { name = \"n\"; } ); },"
    " { name = \"far\"; regions = ("
    "   { name = \"x\"; base_url = \"http://127.0.0.1:3/v1\"; },"
    "   { name = \"y\"; base_url = \"http://127.0.0.1:4/v1\"; } );"
    "   models = ( { name = \"m\"; } ); } );\n";

static struct config_report report;

static struct config *
parse(const char *text)
{
    return config_parse(text, strlen(text), "aigwd.conf", &report);
}

/* A route with these settings beside its name. */
static struct config *
load(const char *settings)
{
    char *text = mem_printf("%sroutes = ( { name = \"default\"; %s } );",
                            PROVIDERS, settings);
    struct config *config = parse(text);

    free(text);
    return config;
}

/* The targets of the first route with their groups, such as
 * "own/m:1 own@x/m:1". */
static char *
describe(const struct config *c)
{
    const struct config_route *route = &c->routes[0];
    char *text = mem_strdup("");

    for (size_t i = 0; i < route->n_targets; i++) {
        char *more =
            mem_printf("%s%s%s:%d", text, *text ? " " : "",
                       c->targets[route->targets[i]].name, route->groups[i]);

        free(text);
        text = more;
    }
    return text;
}

static const struct {
    const char *targets;
    const char *meant;
} MEANINGS[] = {
    {"\"own/m\"", "own/m:1 own@x/m:1"},
    {"\"far/m\"", "far@x/m:1 far@y/m:1"},
    {"\"far/m\", \"own/n\"", "far@x/m:1 far@y/m:1 own/n:2 own@x/n:2"},
    {"\"far@y/m\", \"far@x/m\"", "far@y/m:0 far@x/m:0"},
    {"\"own@x/m\"", "own@x/m:0"},
    {"\"own@x/m\", \"own/m\"", "own@x/m:0 own/m:0"},
};

START_TEST(a_name_without_a_region_means_all_that_are_not_named)
{
    char *settings = mem_printf("targets = ( %s );", MEANINGS[_i].targets);
    struct config *c = load(settings);
    char *meant, *shown, *again;

    ck_assert_ptr_nonnull(c);
    ck_assert_uint_eq(report.n_issues, 0);
    meant = describe(c);
    ck_assert_str_eq(meant, MEANINGS[_i].meant);
    shown = config_show(c);
    config_free(c);
    c = parse(shown);
    ck_assert_ptr_nonnull(c);
    again = describe(c);
    ck_assert_str_eq(again, meant);
    config_free(c);
    free(again);
    free(shown);
    free(meant);
    free(settings);
}

END_TEST

START_TEST(without_routes_regions_stand_for_each_other)
{
    struct config *c = parse(PROVIDERS);
    char *text = describe(c);

    ck_assert_str_eq(text,
                     "own/m:1 own@x/m:1 own/n:3 own@x/n:3 far@x/m:5 far@y/m:5");
    free(text);
    config_free(c);
}

END_TEST

static const struct {
    const char *settings;
    const char *issue;
} WRONG[] = {
    {"targets = ( \"far/m\", \"far@x/m\" );", "\"far@x/m\" stands here twice"},
    {"targets = ( \"own/m\", \"own/m\" );", "\"own/m\" stands here twice"},
    {"targets = ( \"far/n\" );", "no target \"far/n\""},
    {"targets = ( \"own/n\" ); refusal_targets = ( \"own@z/n\" );",
     "no target \"own@z/n\"; did you mean \"own@x/n\"?"},
};

START_TEST(what_is_wrong_with_a_route_is_said)
{
    ck_assert_ptr_null(load(WRONG[_i].settings));
    ck_assert_str_eq(report.issues[0].message, WRONG[_i].issue);
}

END_TEST

START_TEST(refuges_are_shown_and_loaded_again)
{
    struct config *c = load("targets = ( \"own/n\" );"
                            " refusal_targets = ( \"far/m\", \"own@x/n\" );");
    char *first = config_show(c), *second;

    ck_assert_ptr_nonnull(
        strstr(first, "refusal_targets = ( \"far/m\", \"own@x/n\" );"));
    ck_assert_uint_eq(c->routes[0].n_refusal_targets, 3);
    config_free(c);
    c = parse(first);
    second = config_show(c);
    ck_assert_str_eq(first, second);
    config_free(c);
    free(second);
    free(first);
}

END_TEST

static char *
many_models(size_t n)
{
    char *text = mem_strdup("");

    for (size_t i = 0; i < n; i++) {
        char *more =
            mem_printf("%s%s{ name = \"m%zu\"; }", text, i > 0 ? ", " : "", i);

        free(text);
        text = more;
    }
    return text;
}

START_TEST(a_route_names_no_more_targets_than_a_call_may_have)
{
    char *models = many_models(33);
    char *names = mem_strdup("\"p/m0\"");
    char *text;

    for (int i = 1; i < 32; i++) {
        char *more = mem_printf("%s, \"p/m%d\"", names, i);

        free(names);
        names = more;
    }
    text =
        mem_printf("providers = ( { name = \"p\";"
                   " base_url = \"http://127.0.0.1:1/v1\";"
                   " models = ( %s ); } ); routes = ( { name = \"default\";"
                   " targets = ( %s ); refusal_targets = ( \"p/m32\" ); } );",
                   models, names);
    ck_assert_ptr_null(parse(text));
    ck_assert_str_eq(report.issues[0].message, "names more than 32 targets");
    free(text);
    free(names);
    free(models);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("config_routes");
    TCase *tc = tcase_create("routes");

    tcase_add_loop_test(tc,
                        a_name_without_a_region_means_all_that_are_not_named, 0,
                        array_count(MEANINGS));
    tcase_add_test(tc, without_routes_regions_stand_for_each_other);
    tcase_add_loop_test(tc, what_is_wrong_with_a_route_is_said, 0,
                        array_count(WRONG));
    tcase_add_test(tc, refuges_are_shown_and_loaded_again);
    tcase_add_test(tc, a_route_names_no_more_targets_than_a_call_may_have);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
