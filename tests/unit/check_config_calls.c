/*
 * check_config_calls.c - what a configuration says of broken calls, and of
 * where calls are kept.
 */
#include "app/config.h"
#include "base/mem.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct config_report report;

static struct config *
load(const char *text)
{
    struct config *config =
        config_parse(text, strlen(text), "aigwd.conf", &report);
    char line[700] = "";

    if (report.n_issues > 0)
        config_issue_format(&report.issues[0], line, sizeof(line));
    ck_assert_msg(config != NULL, "%s", line);
    return config;
}

static const char MINIMAL[] =
    "providers = ( { name = \"p\"; base_url = \"https://h/v1/\";"
    " models = ( { name = \"org/m\"; } ); } );\n";

/* Every setting about broken and stored calls, and none at its default. */
static const char CHOSEN[] =
    "state_dir = \"/var/lib/aigw\";\n"
    "providers = ( { name = \"p\"; base_url = \"http://127.0.0.1:9/\";\n"
    "  models = ( { name = \"m\"; continuation = \"prefix\"; },\n"
    "             { name = \"n\"; } ); } );\n"
    "routes = (\n"
    "  { name = \"fast\"; targets = ( \"p/m\" ); on_break = \"restart\"; },\n"
    "  { name = \"share\"; targets = ( \"p/m\" ); } );\n"
    "stream = { on_break = \"error\"; continue_max = 4;\n"
    "  on_disconnect = \"finish\"; detach_s = 2.5; };\n"
    "session = { persist = \"answers\"; ttl_h = 8784; max_mb = 1048576; };\n"
    "hedge = { enabled = true; delay_ms = 1500; };\n";

static const struct config_target *
target(const struct config *config, const char *name)
{
    int i = config_find_target(config, name);

    ck_assert_msg(i >= 0, "no target %s", name);
    return &config->targets[i];
}

START_TEST(what_becomes_of_broken_calls_has_documented_defaults)
{
    struct config *c = load(MINIMAL);

    ck_assert_int_eq(c->stream.on_break, CONFIG_BREAK_CONTINUE);
    ck_assert_int_eq(c->stream.continue_max, 3);
    ck_assert_int_eq(c->stream.on_disconnect, CONFIG_DISCONNECT_AUTO);
    ck_assert_int_eq(c->stream.detach_ms, 30000);
    ck_assert_int_eq(c->session.persist, CONFIG_PERSIST_ALL);
    ck_assert_int_eq(c->session.ttl_ms, 24 * INT64_C(3600000));
    ck_assert_int_eq(c->session.max_bytes, INT64_C(256) << 20);
    ck_assert(!c->hedge.enabled);
    ck_assert_int_eq(c->hedge.delay_ms, 1000);
    config_free(c);
}

END_TEST

START_TEST(what_becomes_of_broken_calls_can_be_chosen)
{
    struct config *c = load(CHOSEN);

    ck_assert_str_eq(c->state_dir, "/var/lib/aigw");
    ck_assert_int_eq(c->stream.on_break, CONFIG_BREAK_ERROR);
    ck_assert_int_eq(c->stream.continue_max, 4);
    ck_assert_int_eq(c->stream.on_disconnect, CONFIG_DISCONNECT_FINISH);
    ck_assert_int_eq(c->stream.detach_ms, 2500);
    ck_assert_int_eq(c->session.persist, CONFIG_PERSIST_ANSWERS);
    ck_assert_int_eq(c->session.ttl_ms, 8784 * INT64_C(3600000));
    ck_assert_int_eq(c->session.max_bytes, INT64_C(1) << 40);
    ck_assert(c->hedge.enabled);
    ck_assert_int_eq(c->hedge.delay_ms, 1500);
    ck_assert_int_eq(target(c, "p/m")->continuation, CONFIG_CONTINUE_PREFIX);
    ck_assert_int_eq(target(c, "p/n")->continuation, CONFIG_CONTINUE_USER_TURN);
    config_free(c);
}

END_TEST

START_TEST(a_route_breaks_as_it_says_or_as_all_do)
{
    struct config *c = load(CHOSEN);

    ck_assert_int_eq(c->routes[config_find_route(c, "fast")].on_break,
                     CONFIG_BREAK_RESTART);
    ck_assert_int_eq(c->routes[config_find_route(c, "share")].on_break,
                     CONFIG_BREAK_ERROR);
    ck_assert_int_eq(c->routes[config_find_route(c, "default")].on_break,
                     CONFIG_BREAK_ERROR);
    config_free(c);
}

END_TEST

static const struct state_dir {
    const char *given; /* $STATE_DIRECTORY */
    const char *state; /* $XDG_STATE_HOME */
    const char *home;
    const char *setting;
    const char *want;
} state_dirs[] = {
    {NULL, NULL, "/home/x", "", "/home/x/.local/state/aigw"},
    {NULL, "/s", "/home/x", "", "/s/aigw"},
    {"/var/lib/a", "/s", "/home/x", "", "/var/lib/a"},
    {"/var/lib/a:/var/lib/b", NULL, NULL, "", "/var/lib/a"},
    {NULL, NULL, NULL, "", "/var/lib/aigw"},
    {"", "", "", "", "/var/lib/aigw"},
    {"a", "s", "/home/x", "", "/home/x/.local/state/aigw"},
    {"/var/lib/a", "/s", "/home/x", "state_dir = \"/t\";", "/t"},
    {"/var/lib/a", "/s", "/home/x", "state_dir = \"\";", ""},
};

static void
put_variable(const char *name, const char *value)
{
    ck_assert_int_eq(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

START_TEST(state_is_kept_where_the_file_or_the_environment_says)
{
    const struct state_dir *row = &state_dirs[_i];
    char *text = mem_printf("%s%s", MINIMAL, row->setting);
    struct config *c;

    put_variable("STATE_DIRECTORY", row->given);
    put_variable("XDG_STATE_HOME", row->state);
    put_variable("HOME", row->home);
    c = load(text);
    ck_assert_str_eq(c->state_dir, row->want);
    ck_assert_uint_eq(report.n_issues, 0);
    config_free(c);
    free(text);
}

END_TEST

static Suite *
calls_suite(void)
{
    Suite *s = suite_create("config_calls");
    TCase *tc = tcase_create("values");

    tcase_add_test(tc, what_becomes_of_broken_calls_has_documented_defaults);
    tcase_add_test(tc, what_becomes_of_broken_calls_can_be_chosen);
    tcase_add_test(tc, a_route_breaks_as_it_says_or_as_all_do);
    tcase_add_loop_test(tc,
                        state_is_kept_where_the_file_or_the_environment_says, 0,
                        array_count(state_dirs));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(calls_suite());
}
