/*
 * check_config_values.c - what a good configuration becomes, and that showing
 * it loses nothing.
 */
#include "app/config.h"
#include "base/mem.h"
#include "support/suite.h"

#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Every setting there is; %s: the name of a group twice, and a CA file. */
static const char COMPLETE[] =
    "listen = { socket = \"/run/aigw/aigw.sock\"; mode = \"0640\";\n"
    "  group = \"%s\"; admin_group = \"%s\"; };\n"
    "state_dir = \"/var/lib/aigw\";\n"
    "log = { level = \"debug\"; format = \"json\"; };\n"
    "providers = (\n"
    "  { name = \"holysheep\"; dialect = \"openai\";\n"
    "    base_url = \"https://api.holysheep.ai/v1\";\n"
    "    keys = ( { env = \"HOLYSHEEP_API_KEY\"; }, { file = \"/k\"; },\n"
    "      { credential = \"c\"; },\n"
    "      { command = [ \"/bin/token\", \"a\" ]; lifetime_s = 3600; } );\n"
    "    regions = ( { name = \"eu\";\n"
    "      base_url = \"https://eu.holysheep.ai/v1\"; } );\n"
    "    headers = ( { name = \"X-Team\"; value = \"se \\\"ar\\\\ch\"; } );\n"
    "    limits  = { rpm = 600; tpm = 2000000; concurrency = 64; };\n"
    "    http2   = true; tls = { ca_file = \"%s\"; };\n"
    "    timeouts = { connect_ms = 4000; };\n"
    "    breaker = { min_calls = 20; }; partial_refund = 0.5;\n"
    "    models  = (\n"
    "      { name = \"gpt-4.1\"; tier = \"premium\"; priority = 2;\n"
    "        max_tokens = 4096; context = 1047576;\n"
    "        price = { input = 2.0; output = 8; cached_input = 0.5;\n"
    "          per_request = 0.000001;\n"
    "          over = ( { context = 200000; input = 4; output = 16; } ); };\n"
    "        weight = 3; finish_reason_optional = true;\n"
    "        continuation = \"prefix\";\n"
    "        timeouts = { stall_ms = 1000; };\n"
    "        limits = { concurrency = 8; };\n"
    "        retry = { max_attempts = 2; }; partial_refund = 1.0; },\n"
    "      { name = \"gpt-4.1-mini\"; priority = 1; } ); },\n"
    "  { name = \"backup\"; base_url = \"http://127.0.0.1:9/\";\n"
    "    models = ( { name = \"claude-sonnet-4.5\"; } ); } );\n"
    "routes = (\n"
    "  { name = \"fast\";\n"
    "    targets = [ \"holysheep@eu/gpt-4.1\", \"holysheep/gpt-4.1\" ];\n"
    "    strategy = \"latency\"; on_break = \"restart\";\n"
    "    refusal_targets = ( \"backup/claude-sonnet-4.5\" ); },\n"
    "  { name = \"share\"; targets = ( \"holysheep/gpt-4.1\" );\n"
    "    strategy = \"weighted\"; } );\n"
    "breaker = { window_s = 30; min_calls = 11; failure_rate = 0.3;\n"
    "  failure_threshold = 6; recovery_timeout_s = 1.25;\n"
    "  recovery_timeout_max_s = 200.0; half_open_max_requests = 4;\n"
    "  success_threshold = 3; slow_call_ms = 9000; slow_call_rate = 0.7;\n"
    "  half_open_wait_s = 20.0; connect_failures = 2; };\n"
    "health = { interval_s = 20.0; timeout_s = 4.0; kind = \"tcp\";\n"
    "  paid_daily_usd = 0.01; };\n"
    "retry = { max_attempts = 4; budget_ratio = 0.1; budget_min = 5;\n"
    "  base_ms = 100; max_ms = 4000; };\n"
    "timeouts = { dns_ms = 1001; connect_ms = 1002; write_ms = 1003;\n"
    "  headers_ms = 1004; first_event_ms = 1005; first_token_ms = 1006;\n"
    "  stall_ms = 1007; content_stall_ms = 1008; answer_ms = 1009;\n"
    "  total_ms = 1010; };\n"
    "stream = { on_break = \"error\"; continue_max = 4;\n"
    "  on_disconnect = \"finish\"; detach_s = 2.5; };\n"
    "session = { persist = \"answers\"; ttl_h = 8784; max_mb = 1048576; };\n"
    "hedge = { enabled = true; delay_ms = 1500; };\n"
    "complexity = { standard = 0.25; premium = 0.75; };\n"
    "prices = ( { model = \"claude-sonnet-4.5\"; input = 3; output = 15; },\n"
    "  { model = \"gpt-4.1\"; input = 99; output = 99; } );\n"
    "drain_s = 12.5; partial_refund = 0.25;\n"
    "queue = { max = 255; max_wait_ms = 1500; };\n"
    "clients = ( { name = \"batch\"; limits = { rpm = 60; tpm = 100000;\n"
    "  concurrency = 4; }; }, { name = \"free\"; } );\n"
    "client_limits = { rpm = 600; };\n"
    "limits = { frame_bytes = 1048576; connections = 10; outstanding = 11;\n"
    "  partial_frame_ms = 12; client_stall_ms = 13;\n"
    "  response_bytes = 2097152; };\n"
    "budgets = ( { name = \"daily\"; scope = \"all\"; period = \"day\";\n"
    "  limit_usd = 300.0; on_exceeded = \"downgrade\"; soft = 0.8; },\n"
    "  { name = \"one\"; scope = \"route\"; match = \"fast\";\n"
    "    limit_usd = 1; } );\n";

/* COMPLETE with a group and a file that this machine has.  The caller frees
 * it. */
static char *
complete_text(void)
{
    const struct group *group = getgrgid(getgid());
    const char *name = group ? group->gr_name : "root";

    return mem_printf(COMPLETE, name, name, AIGW_SOURCE_DIR "/etc/demo.conf");
}

static const struct config_target *
target(const struct config *config, const char *name)
{
    int i = config_find_target(config, name);

    ck_assert_msg(i >= 0, "no target %s", name);
    return &config->targets[i];
}

START_TEST(a_minimal_file_gets_the_documented_defaults)
{
    struct config *c = load(MINIMAL);
    const struct config_target *t = target(c, "p/org/m");

    ck_assert_uint_eq(report.n_issues, 0);
    ck_assert_int_eq(c->listen.mode, 0660);
    ck_assert_ptr_null(c->listen.group);
    ck_assert_int_eq(c->listen.gid, (gid_t)-1);
    ck_assert_int_eq(c->log_level, LOG_INFO);
    ck_assert(!c->has_log_format);
    ck_assert_int_eq(c->drain_ms, 25000);
    ck_assert_double_eq(t->partial_refund, 0);
    ck_assert_int_eq(c->limits.frame_bytes, 16777216);
    ck_assert_int_eq(c->limits.response_bytes, 67108864);
    ck_assert_int_eq(t->breaker.window_ms, 60000);
    ck_assert_int_eq(t->breaker.min_calls, 10);
    ck_assert_double_eq(t->breaker.failure_rate, 0.5);
    ck_assert_int_eq(t->breaker.recovery_timeout_ms, 5000);
    ck_assert_int_eq(t->breaker.recovery_timeout_max_ms, 300000);
    ck_assert_int_eq(t->health.kind, CONFIG_PROBE_MODELS);
    ck_assert_int_eq(t->health.interval_ms, 30000);
    ck_assert_int_eq(t->health.paid_daily_nanousd, 0);
    ck_assert_double_eq(t->retry.budget_ratio, 0.2);
    ck_assert_int_eq(t->timeouts.total_ms, 600000);
    ck_assert_int_eq(t->tier, CONFIG_TIER_STANDARD);
    ck_assert_int_eq(t->weight, 1);
    ck_assert_int_eq(t->continuation, CONFIG_CONTINUE_USER_TURN);
    ck_assert_int_eq(c->routes[0].on_break, CONFIG_BREAK_CONTINUE);
    ck_assert(!t->has_price);
    ck_assert(!c->providers[0].http2);
    ck_assert_str_eq(c->providers[0].dialect, "openai");
    ck_assert_str_eq(c->providers[0].regions[0].base_url, "https://h/v1");
    ck_assert_uint_eq(c->providers[0].n_keys, 1);
    ck_assert_int_eq(c->providers[0].keys[0].source, CONFIG_KEY_NONE);
    config_free(c);
}

END_TEST

START_TEST(the_complete_example_loads)
{
    char *text = complete_text();
    struct config *c = load(text);

    ck_assert_uint_eq(report.n_errors, 0);
    ck_assert_uint_eq(report.n_issues, 0);
    ck_assert_int_eq(c->listen.mode, 0640);
    ck_assert_int_eq(c->listen.gid, getgid());
    ck_assert_int_eq(c->log_format, LOG_JSON);
    ck_assert_int_eq(c->drain_ms, 12500);
    ck_assert_double_eq(c->complexity.standard, 0.25);
    ck_assert_double_eq(c->complexity.premium, 0.75);
    ck_assert_int_eq(c->breaker.recovery_timeout_ms, 1250);
    ck_assert_int_eq(c->health.paid_daily_nanousd, 10000000);
    ck_assert_uint_eq(c->providers[0].n_keys, 4);
    ck_assert_str_eq(c->providers[0].headers[0].value, "se \"ar\\ch");
    ck_assert(c->providers[0].http2);
    config_free(c);
    free(text);
}

END_TEST

START_TEST(limits_are_those_of_targets_and_of_clients)
{
    char *text = complete_text();
    struct config *c = load(text);
    const struct config_target *big = target(c, "holysheep/gpt-4.1");
    const struct config_target *mini = target(c, "holysheep/gpt-4.1-mini");
    const struct config_target *backup = target(c, "backup/claude-sonnet-4.5");

    ck_assert_int_eq(big->limits.rpm, 600);
    ck_assert_int_eq(big->limits.tpm, 2000000);
    ck_assert_int_eq(big->limits.concurrency, 8);
    ck_assert_int_eq(mini->limits.concurrency, 64);
    ck_assert_int_eq(backup->limits.concurrency, 0);
    ck_assert_int_eq(c->queue.max, 255);
    ck_assert_int_eq(c->queue.max_wait_ms, 1500);
    ck_assert_uint_eq(c->n_clients, 2);
    ck_assert_str_eq(c->clients[0].name, "batch");
    ck_assert_int_eq(c->clients[0].limits.tpm, 100000);
    ck_assert_int_eq(c->clients[1].limits.rpm, 0);
    ck_assert_int_eq(c->client_limits.rpm, 600);
    config_free(c);
    free(text);
}

END_TEST

START_TEST(a_model_inherits_from_its_provider_and_that_from_the_file)
{
    char *text = complete_text();
    struct config *c = load(text);
    const struct config_target *big = target(c, "holysheep/gpt-4.1");
    const struct config_target *mini = target(c, "holysheep/gpt-4.1-mini");
    const struct config_target *backup = target(c, "backup/claude-sonnet-4.5");

    ck_assert_int_eq(big->timeouts.stall_ms, 1000);
    ck_assert_int_eq(big->timeouts.connect_ms, 4000);
    ck_assert_int_eq(big->timeouts.total_ms, 1010);
    ck_assert_int_eq(big->retry.max_attempts, 2);
    ck_assert_int_eq(big->retry.base_ms, 100);
    ck_assert_int_eq(mini->timeouts.stall_ms, 1007);
    ck_assert_int_eq(mini->timeouts.connect_ms, 4000);
    ck_assert_int_eq(mini->breaker.min_calls, 20);
    ck_assert_int_eq(mini->retry.max_attempts, 4);
    ck_assert_int_eq(backup->breaker.min_calls, 11);
    ck_assert_int_eq(backup->timeouts.connect_ms, 1002);
    ck_assert_int_eq(backup->health.kind, CONFIG_PROBE_TCP);
    ck_assert_double_eq(big->partial_refund, 1);
    ck_assert_double_eq(mini->partial_refund, 0.5);
    ck_assert_double_eq(backup->partial_refund, 0.25);
    config_free(c);
    free(text);
}

END_TEST

START_TEST(a_region_is_a_target_of_its_own)
{
    char *text = complete_text();
    struct config *c = load(text);
    const struct config_target *eu = target(c, "holysheep@eu/gpt-4.1");

    ck_assert_uint_eq(c->n_targets, 5);
    ck_assert_str_eq(c->providers[0].regions[eu->region].base_url,
                     "https://eu.holysheep.ai/v1");
    ck_assert_str_eq(eu->model, "gpt-4.1");
    ck_assert(eu->has_price);
    config_free(c);
    free(text);

    c = load("providers = ( { name = \"p\"; regions = ( { name = \"eu\";\n"
             "base_url = \"https://h\"; } ); models = ( { name = \"m\"; } ); "
             "} );");
    ck_assert_uint_eq(c->n_targets, 1);
    ck_assert_str_eq(c->targets[0].name, "p@eu/m");
    config_free(c);
}

END_TEST

/* F68. */
START_TEST(a_price_is_exact_and_its_gaps_follow_from_the_rest)
{
    char *text = complete_text();
    struct config *c = load(text);
    const struct price *own = &target(c, "holysheep/gpt-4.1")->price;
    const struct price *listed = &target(c, "backup/claude-sonnet-4.5")->price;

    ck_assert_int_eq(own->rates.input, INT64_C(2000000000));
    ck_assert_int_eq(own->rates.output, INT64_C(8000000000));
    ck_assert_int_eq(own->rates.cached_input, 500000000);
    ck_assert_int_eq(own->rates.cache_write, INT64_C(2000000000));
    ck_assert_int_eq(own->rates.cache_write_1h, INT64_C(2000000000));
    ck_assert_int_eq(own->rates.reasoning, INT64_C(8000000000));
    ck_assert_int_eq(own->per_request_nanousd, 1000);
    ck_assert_uint_eq(own->n_over, 1);
    ck_assert_int_eq(own->over[0].context, 200000);
    ck_assert_int_eq(own->over[0].rates.reasoning, INT64_C(16000000000));
    ck_assert_int_eq(listed->rates.input, INT64_C(3000000000));
    ck_assert(!target(c, "holysheep/gpt-4.1-mini")->has_price);
    config_free(c);
    free(text);
}

END_TEST

START_TEST(the_default_route_holds_all_targets_by_priority)
{
    char *text = complete_text();
    struct config *c = load(text);
    int i = config_find_route(c, "default");
    const struct config_route *route;

    ck_assert_int_eq(i, 2);
    route = &c->routes[i];
    ck_assert_uint_eq(route->n_targets, 5);
    ck_assert_str_eq(c->targets[route->targets[0]].name,
                     "holysheep/gpt-4.1-mini");
    ck_assert_str_eq(c->targets[route->targets[1]].name,
                     "holysheep@eu/gpt-4.1-mini");
    ck_assert_str_eq(c->targets[route->targets[2]].name,
                     "backup/claude-sonnet-4.5");
    ck_assert_str_eq(c->targets[route->targets[3]].name, "holysheep/gpt-4.1");
    ck_assert_int_eq(c->routes[0].strategy, CONFIG_LATENCY);
    ck_assert_str_eq(c->targets[c->routes[0].targets[0]].name,
                     "holysheep@eu/gpt-4.1");
    config_free(c);
    free(text);
}

END_TEST

START_TEST(the_socket_is_where_the_environment_says)
{
    char folder[200];
    char *text = mem_printf("listen = { };\n%s", MINIMAL);
    struct config *c;

    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    c = load(text);
    ck_assert_str_eq(c->listen.socket, "/run/user/7/aigw.sock");
    config_free(c);

    unsetenv("XDG_RUNTIME_DIR");
    c = load(text);
    ck_assert_str_eq(c->listen.socket, "/run/aigw/aigw.sock");
    config_free(c);

    memset(folder, 'x', sizeof(folder));
    folder[0] = '/';
    folder[97] = '\0';
    setenv("XDG_RUNTIME_DIR", folder, 1);
    c = load(text);
    ck_assert_uint_eq(strlen(c->listen.socket), CONFIG_MAX_SOCKET);
    config_free(c);

    folder[97] = 'x';
    folder[98] = '\0';
    setenv("XDG_RUNTIME_DIR", folder, 1);
    ck_assert_ptr_null(config_parse(text, strlen(text), "aigwd.conf", &report));
    free(text);
}

END_TEST

START_TEST(a_number_may_be_whole_where_a_fraction_is_due)
{
    char *text = mem_printf("%sbreaker = { failure_rate = 1; };\n"
                            "complexity = { standard = 0; premium = 1; };\n"
                            "drain_s = 0x10;",
                            MINIMAL);
    struct config *c = load(text);

    ck_assert_double_eq(c->breaker.failure_rate, 1.0);
    ck_assert_int_eq(c->drain_ms, 16000);
    config_free(c);
    free(text);
}

END_TEST

START_TEST(the_default_path_is_the_users_if_it_exists)
{
    char folder[] = "/tmp/check_config.XXXXXX";
    char *sub;
    char *path;
    FILE *file;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
    path = config_default_path();
    ck_assert_str_eq(path, "/etc/aigw/aigwd.conf");
    free(path);

    sub = mem_printf("%s/aigw", folder);
    path = mem_printf("%s/aigwd.conf", sub);
    ck_assert_int_eq(mkdir(sub, 0700), 0);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
    {
        char *found = config_default_path();

        ck_assert_str_eq(found, path);
        free(found);
    }
    unlink(path);
    rmdir(sub);
    rmdir(folder);
    free(sub);
    free(path);
}

END_TEST

/* Shows `c`, loads that, shows it again: both texts must be the same, and the
 * second load must have nothing to say. */
static void
expect_fixed_point(const struct config *c)
{
    char *first = config_show(c);
    struct config *again = load(first);
    char *second = config_show(again);

    ck_assert_str_eq(first, second);
    ck_assert_uint_eq(report.n_issues, 0);
    ck_assert_uint_eq(c->n_targets, again->n_targets);
    for (size_t i = 0; i < c->n_targets; i++) {
        ck_assert_str_eq(c->targets[i].name, again->targets[i].name);
        ck_assert_mem_eq(&c->targets[i].breaker, &again->targets[i].breaker,
                         sizeof(c->targets[i].breaker));
        ck_assert_mem_eq(&c->targets[i].retry, &again->targets[i].retry,
                         sizeof(c->targets[i].retry));
        ck_assert_mem_eq(&c->targets[i].timeouts, &again->targets[i].timeouts,
                         sizeof(c->targets[i].timeouts));
        ck_assert_mem_eq(&c->targets[i].price.rates,
                         &again->targets[i].price.rates,
                         sizeof(c->targets[i].price.rates));
        ck_assert_int_eq(c->targets[i].continuation,
                         again->targets[i].continuation);
    }
    ck_assert_mem_eq(&c->stream, &again->stream, sizeof(c->stream));
    ck_assert_mem_eq(&c->session, &again->session, sizeof(c->session));
    ck_assert_str_eq(c->state_dir, again->state_dir);
    config_free(again);
    free(first);
    free(second);
}

START_TEST(what_is_shown_can_be_loaded_and_shows_the_same)
{
    char *text = complete_text();
    struct config *c = load(text);

    expect_fixed_point(c);
    config_free(c);
    free(text);
    c = load(MINIMAL);
    expect_fixed_point(c);
    config_free(c);
}

END_TEST

START_TEST(names_that_differ_in_case_are_different_names)
{
    char text[1024];
    struct config *c;

    (void)snprintf(text, sizeof(text),
                   "%s routes = ( { name = \"Default\"; "
                   "targets = ( \"p/org/m\" ); } );",
                   MINIMAL);
    c = load(text);
    ck_assert_int_ge(config_find_route(c, "Default"), 0);
    ck_assert_int_ge(config_find_route(c, "default"), 0);
    expect_fixed_point(c);
    config_free(c);
}

END_TEST

START_TEST(the_files_that_come_with_the_project_are_good)
{
    static const char *const paths[] = {AIGW_SOURCE_DIR "/etc/aigwd.conf",
                                        AIGW_SOURCE_DIR "/etc/demo.conf"};

    for (size_t i = 0; i < array_count(paths); i++) {
        struct config *c = config_load(paths[i], &report);

        ck_assert_msg(c != NULL, "%s", report.issues[0].message);
        ck_assert_uint_eq(report.n_issues, 0);
        expect_fixed_point(c);
        config_free(c);
    }
}

END_TEST

/* Every beginning of the complete file either loads or says why not, and
 * nothing is lost or read beyond its end (sanitizers). */
START_TEST(a_file_cut_anywhere_is_handled)
{
    char *text = complete_text();
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i += 7) {
        char *cut = strndup(text, i);
        struct config *c = config_parse(cut, i, "aigwd.conf", &report);

        ck_assert_msg((c == NULL) == (report.n_errors > 0), "cut at %zu", i);
        config_free(c);
        free(cut);
    }
    free(text);
}

END_TEST

static Suite *
config_values_suite(void)
{
    Suite *s = suite_create("config_values");
    TCase *tc = tcase_create("values");

    tcase_add_test(tc, a_minimal_file_gets_the_documented_defaults);
    tcase_add_test(tc, the_complete_example_loads);
    tcase_add_test(tc, limits_are_those_of_targets_and_of_clients);
    tcase_add_test(tc,
                   a_model_inherits_from_its_provider_and_that_from_the_file);
    tcase_add_test(tc, a_region_is_a_target_of_its_own);
    tcase_add_test(tc, a_price_is_exact_and_its_gaps_follow_from_the_rest);
    tcase_add_test(tc, the_default_route_holds_all_targets_by_priority);
    tcase_add_test(tc, the_socket_is_where_the_environment_says);
    tcase_add_test(tc, a_number_may_be_whole_where_a_fraction_is_due);
    tcase_add_test(tc, the_default_path_is_the_users_if_it_exists);
    suite_add_tcase(s, tc);

    tc = tcase_create("show");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, what_is_shown_can_be_loaded_and_shows_the_same);
    tcase_add_test(tc, names_that_differ_in_case_are_different_names);
    tcase_add_test(tc, the_files_that_come_with_the_project_are_good);
    tcase_add_test(tc, a_file_cut_anywhere_is_handled);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(config_values_suite());
}
