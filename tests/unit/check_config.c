/*
 * check_config.c - what a configuration file may say, and what comes of it.
 */
#include "app/config.h"
#include "base/mem.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

#define ROOT_HEAD                                                              \
    "providers = ( { name = \"p\"; base_url = \"https://h/v1\";"               \
    " models = ( { name = \"m\"; } ); } );\n"
#define PROVIDER_HEAD                                                          \
    "providers = ( { name = \"p\"; base_url = \"https://h/v1\";"               \
    " models = ( { name = \"m\"; } );\n"
#define MODEL_HEAD                                                             \
    "providers = ( { name = \"p\"; base_url = \"https://h/v1\";"               \
    " models = ( { name = \"m\";\n"

enum place {
    WHOLE,    /* The text is the file. */
    ROOT,     /* The text is the second line, after a provider. */
    PROVIDER, /* The second line, in the provider. */
    MODEL,    /* The second line, in the model. */
};

static struct config_report report;

/* Loads `text` at `place` of an otherwise minimal file. */
static struct config *
load(enum place place, const char *text)
{
    static const char *const heads[] = {"", ROOT_HEAD, PROVIDER_HEAD,
                                        MODEL_HEAD};
    static const char *const tails[] = {"", "", "\n} );", "\n} ); } );"};
    char *whole = mem_printf("%s%s%s", heads[place], text, tails[place]);
    struct config *config =
        config_parse(whole, strlen(whole), "aigwd.conf", &report);

    free(whole);
    return config;
}

static struct config *
load_good(enum place place, const char *text)
{
    struct config *config = load(place, text);
    char line[700] = "";

    if (report.n_issues > 0)
        config_issue_format(&report.issues[0], line, sizeof(line));
    ck_assert_msg(config != NULL, "%s", line);
    return config;
}

/* The first issue must read `want`. */
static void
expect_issue(const char *text, const char *want)
{
    char line[700] = "(nothing)";

    if (report.n_issues > 0)
        config_issue_format(&report.issues[0], line, sizeof(line));
    ck_assert_msg(strcmp(line, want) == 0, "%s\n gave: %s\n want: %s", text,
                  line, want);
}

static const struct refusal {
    enum place place;
    const char *text;
    const char *want;
} refusals[] = {
    /* Syntax and types. */
    {WHOLE, "", "aigwd.conf: providers: missing"},
    {WHOLE, "a = ;", "aigwd.conf:1: syntax error"},
    {WHOLE, "\n\nb = { c = 1; c = 2; };",
     "aigwd.conf:3: duplicate setting name"},
    {WHOLE, "providers = 3;",
     "aigwd.conf:1: providers: expected a list ( ... )"},
    {WHOLE, "providers = ( );", "aigwd.conf:1: providers: is empty"},
    {WHOLE, "providers = ( 3 );",
     "aigwd.conf:1: providers[0]: expected a group { ... }"},
    {ROOT, "drains = 3;",
     "aigwd.conf:2: drains: unknown setting; did you mean \"drain_s\"?"},
    {ROOT, "zzzzzzzz = 3;", "aigwd.conf:2: zzzzzzzz: unknown setting"},
    {ROOT, "drain_s = \"x\";", "aigwd.conf:2: drain_s: expected a number"},
    {ROOT, "drain_s = true;", "aigwd.conf:2: drain_s: expected a number"},
    {ROOT, "drain_s = -1;", "aigwd.conf:2: drain_s: must be from 0 to 3600"},
    {ROOT, "drain_s = 1.0e999;",
     "aigwd.conf:2: drain_s: the number is too large"},
    {ROOT, "breaker = 1;", "aigwd.conf:2: breaker: expected a group { ... }"},
    {ROOT, "breaker = { min_calls = 2.5; };",
     "aigwd.conf:2: breaker.min_calls: expected a whole number"},
    {ROOT, "breaker = { failure_rate = 0; };",
     "aigwd.conf:2: breaker.failure_rate: must be from 0.01 to 1"},
    {ROOT, "breaker = { recovery_timeout_s = 301; };",
     "aigwd.conf:2: breaker: less than recovery_timeout_s"},
    {ROOT, "breaker = { recovery_timeout_max_s = 4; };",
     "aigwd.conf:2: breaker.recovery_timeout_max_s: "
     "less than recovery_timeout_s"},
    {ROOT, "retry = { base_ms = 9000; };",
     "aigwd.conf:2: retry: less than base_ms"},
    {ROOT, "health = { kind = \"ping\"; };",
     "aigwd.conf:2: health.kind: expected one of \"models\", \"tcp\", "
     "\"chat\", \"off\""},
    {ROOT, "log = { format = \"xml\"; };",
     "aigwd.conf:2: log.format: expected one of \"logfmt\", \"json\", "
     "\"journal\""},
    {ROOT, "log = \"info\";", "aigwd.conf:2: log: expected a group { ... }"},
    {ROOT, "state_dir = \"var\";",
     "aigwd.conf:2: state_dir: expected an absolute path"},
    {ROOT, "stream = 3;", "aigwd.conf:2: stream: expected a group { ... }"},
    {ROOT, "stream = { continue_max = -1; };",
     "aigwd.conf:2: stream.continue_max: must be from 0 to 100"},
    {ROOT, "stream = { on_disconnect = \"stay\"; };",
     "aigwd.conf:2: stream.on_disconnect: expected one of \"auto\", "
     "\"cancel\", \"detach\", \"finish\""},
    {ROOT, "session = { persist = \"some\"; };",
     "aigwd.conf:2: session.persist: expected one of \"all\", \"answers\", "
     "\"none\""},
    {ROOT, "session = { ttl_h = 0.5; };",
     "aigwd.conf:2: session.ttl_h: expected a whole number"},
    {ROOT, "session = { max_mb = 0; };",
     "aigwd.conf:2: session.max_mb: must be from 1 to 1048576"},
    {ROOT, "hedge = { delay_m = 1; };",
     "aigwd.conf:2: hedge.delay_m: unknown setting; did you mean "
     "\"delay_ms\"?"},
    /* The socket. */
    {ROOT, "listen = { socket = \"\"; };",
     "aigwd.conf:2: listen.socket: empty path"},
    {ROOT, "listen = { mode = 0660; };",
     "aigwd.conf:2: listen.mode: expected a string in quotes"},
    {ROOT, "listen = { mode = \"0680\"; };",
     "aigwd.conf:2: listen.mode: expected permissions in octal, such as "
     "\"0660\""},
    {ROOT, "listen = { group = \"no-such-group-here\"; };",
     "aigwd.conf:2: listen.group: there is no such group"},
    /* Providers. */
    {WHOLE,
     "providers = ( { name = \"p\"; models = ( { name = \"m\"; } ); } );",
     "aigwd.conf:1: providers[0].base_url: missing"},
    {WHOLE, "providers = ( { base_url = \"https://h\"; models = ( ); } );",
     "aigwd.conf:1: providers[0].name: missing"},
    {WHOLE,
     "providers = ( { name = \"p\"; base_url = \"https://h\"; models = ( ); } "
     ");",
     "aigwd.conf:1: providers[0].models: is empty"},
    {PROVIDER, "dialect = \"soap\";",
     "aigwd.conf:2: providers[0].dialect: unknown dialect; there is "
     "\"openai\""},
    {PROVIDER, "tls = { ca_file = \"/nonexistent/ca\"; };",
     "aigwd.conf:2: providers[0].tls.ca_file: No such file or directory"},
    {PROVIDER, "http2 = 1;",
     "aigwd.conf:2: providers[0].http2: expected true or false"},
    {PROVIDER, "key = \"sk-1\";",
     "aigwd.conf:2: providers[0].key: expected a group, such as "
     "{ env = \"NAME\"; }"},
    {PROVIDER, "key = { };",
     "aigwd.conf:2: providers[0].key: expected one of env, file, credential, "
     "command"},
    {PROVIDER, "key = { env = \"A\"; file = \"/b\"; };",
     "aigwd.conf:2: providers[0].key: expected one of env, file, credential, "
     "command"},
    {PROVIDER, "key = { env = \"A B\"; };",
     "aigwd.conf:2: providers[0].key.env: not the name of an environment "
     "variable"},
    {PROVIDER, "key = { file = \"key\"; };",
     "aigwd.conf:2: providers[0].key.file: expected an absolute path"},
    {PROVIDER, "key = { command = [ \"rel\" ]; };",
     "aigwd.conf:2: providers[0].key.command[0]: expected an absolute path"},
    {PROVIDER, "key = { command = [ ]; };",
     "aigwd.conf:2: providers[0].key.command: expected a program, and perhaps "
     "arguments"},
    {PROVIDER, "key = { command = [ 1 ]; };",
     "aigwd.conf:2: providers[0].key.command[0]: expected a string"},
    {PROVIDER, "key = { env = \"A\"; lifetime_s = 60; };",
     "aigwd.conf:2: providers[0].key.lifetime_s: only the key of a command has "
     "a lifetime"},
    {PROVIDER, "key = { credential = \"../x\"; };",
     "aigwd.conf:2: providers[0].key.credential: not the name of a "
     "credential: it is a file's name in $CREDENTIALS_DIRECTORY"},
    {PROVIDER, "key = { env = \"A\"; }; keys = ( { env = \"B\"; } );",
     "aigwd.conf:2: providers[0].key: there is \"keys\", too"},
    {PROVIDER, "headers = ( { name = \"authorization\"; value = \"x\"; } );",
     "aigwd.conf:2: providers[0].headers[0].name: carries a credential: keys "
     "belong in \"key\""},
    {PROVIDER, "headers = ( { name = \"Host\"; value = \"x\"; } );",
     "aigwd.conf:2: providers[0].headers[0].name: this header is set by the "
     "daemon alone"},
    {PROVIDER, "headers = ( { name = \"A b\"; value = \"x\"; } );",
     "aigwd.conf:2: providers[0].headers[0].name: not the name of a header"},
    {PROVIDER, "headers = ( { name = \"A\"; value = \"x\\r\\nHost: y\"; } );",
     "aigwd.conf:2: providers[0].headers[0].value: expected printable ASCII "
     "without spaces around it"},
    {PROVIDER,
     "headers = ( { name = \"A\"; value = \"1\"; }, "
     "{ name = \"a\"; value = \"2\"; } );",
     "aigwd.conf:2: providers[0].headers[1].name: \"a\" is already the name "
     "of [0]"},
    /* Models. */
    {MODEL, "tier = \"cheap\";",
     "aigwd.conf:2: providers[0].models[0].tier: expected one of "
     "\"economy\", \"standard\", \"premium\""},
    {MODEL, "}, { name = \"m\";",
     "aigwd.conf:2: providers[0].models[1].name: \"m\" is already the name of "
     "[0]"},
    {MODEL, "price = 3;",
     "aigwd.conf:2: providers[0].models[0].price: expected a group { ... }"},
    {MODEL, "price = { input = 1; };",
     "aigwd.conf:2: providers[0].models[0].price.output: missing"},
    {MODEL, "price = { input = 2.0; output = \"8\"; };",
     "aigwd.conf:2: providers[0].models[0].price.output: expected a number"},
    {MODEL, "price = { input = 1; output = -1; };",
     "aigwd.conf:2: providers[0].models[0].price.output: must be from 0 to "
     "1000000"},
    {MODEL,
     "price = { input = 1; output = 1; over = ( { input = 1; output = "
     "1; } ); };",
     "aigwd.conf:2: providers[0].models[0].price.over[0].context: missing"},
    {MODEL, "continuation = \"user\";",
     "aigwd.conf:2: providers[0].models[0].continuation: expected one of "
     "\"prefill\", \"prefix\", \"user_turn\", \"none\""},
    /* Routes. */
    {ROOT,
     "routes = ( { name = \"r\"; targets = ( \"p/m\" ); on_break = \"wait\"; } "
     ");",
     "aigwd.conf:2: routes[0].on_break: expected one of \"continue\", "
     "\"restart\", \"error\""},
    {ROOT, "routes = ( { name = \"r\"; targets = ( \"p/n\" ); } );",
     "aigwd.conf:2: routes[0].targets[0]: no target \"p/n\"; did you mean "
     "\"p/m\"?"},
    {ROOT, "routes = ( { name = \"r\"; targets = [ \"p/m\", \"p/m\" ]; } );",
     "aigwd.conf:2: routes[0].targets[1]: \"p/m\" stands here twice"},
    {ROOT, "routes = ( { name = \"r\"; targets = ( ); } );",
     "aigwd.conf:2: routes[0].targets: is empty"},
    {ROOT, "routes = ( { name = \"r\"; targets = ( 3 ); } );",
     "aigwd.conf:2: routes[0].targets[0]: expected a string"},
    {ROOT, "routes = ( { name = \"r/s\"; targets = ( \"p/m\" ); } );",
     "aigwd.conf:2: routes[0].name: expected letters, digits, '.', '_' and "
     "'-'"},
    {ROOT, "complexity = { standard = 0.7; };",
     "aigwd.conf:2: complexity: standard is greater than premium"},
    {ROOT,
     "prices = ( { model = \"a\"; input = 1; output = 1; }, "
     "{ model = \"a\"; input = 1; output = 1; } );",
     "aigwd.conf:2: prices[1].model: \"a\" is already the model of [0]"},
};

START_TEST(a_mistake_is_refused_with_its_place)
{
    const struct refusal *row = &refusals[_i];
    struct config *config = load(row->place, row->text);

    expect_issue(row->text, row->want);
    ck_assert_ptr_null(config);
    ck_assert_uint_ge(report.n_errors, 1);
}

END_TEST

static const char *const bad_names[] = {
    "", "a/b", "a@b", "a b", "a\\x01", "a\\n", "\\xc3\\xa4", "a\\x1b[2J"};

START_TEST(a_weird_name_of_a_provider_is_refused)
{
    char *text = mem_printf("providers = ( { name = \"%s\"; base_url = "
                            "\"https://h\"; models = ( { name = \"m\"; } ); } "
                            ");",
                            bad_names[_i]);

    ck_assert_ptr_null(load(WHOLE, text));
    expect_issue(text, "aigwd.conf:1: providers[0].name: expected letters, "
                       "digits, '.', '_' and '-'");
    free(text);
}

END_TEST

static const struct url {
    const char *text;
    bool good;
    bool exposed;
} urls[] = {
    {"https://h", true, false},
    {"https://api.example.com:8443/v1/", true, false},
    {"http://127.0.0.1:8080", true, false},
    {"http://localhost/v1", true, false},
    {"http://[::1]:80/v1", true, false},
    {"http://api.example.com/v1", true, true},
    {"http://127.0.0.1.example.com/v1", true, true},
    {"http://localhost.example.com/v1", true, true},
    {"https://", false, false},
    {"https:///v1", false, false},
    {"https://:80/v1", false, false},
    {"https://h:0/", false, false},
    {"https://h:65536/", false, false},
    {"https://h:8x/", false, false},
    {"https://h x/", false, false},
    {"https://user:secret@h/", false, false},
    {"https://h/?key=1", false, false},
    {"https://h/#x", false, false},
    {"https://[::1/", false, false},
    {"https://[::1]x/", false, false},
    {"ftp://h/", false, false},
    {"h/v1", false, false},
    {"https://h\\x0d\\x0a/", false, false},
    {"https://h\\xff/", false, false},
};

START_TEST(a_base_url_is_http_or_https_and_nothing_else)
{
    const struct url *row = &urls[_i];
    char *text = mem_printf("providers = ( { name = \"p\"; base_url = \"%s\"; "
                            "models = ( { name = \"m\"; } ); } );",
                            row->text);
    struct config *config = load(WHOLE, text);

    ck_assert_msg((config != NULL) == row->good, "%s", row->text);
    if (config)
        ck_assert_msg((report.n_issues == 1) == row->exposed, "%s", row->text);
    config_free(config);
    free(text);
}

END_TEST

START_TEST(a_number_that_libconfig_would_wrap_is_refused)
{
    static const char *const texts[] = {"5000000000",
                                        "+2147483648",
                                        "-2147483649",
                                        "0x80000000",
                                        "0xFFFFFFFFFFFFFFFFFFFF",
                                        "99999999999999999999999"};

    for (size_t i = 0; i < array_count(texts); i++) {
        char *text = mem_printf("# 5000000000\nprices = ( { model = \"5e10 "
                                "5000000000\";\n input = 1; output = %s; } );",
                                texts[i]);
        char *want = mem_printf("aigwd.conf:4: %s does not fit in 32 bits; "
                                "write an L after it",
                                texts[i]);

        ck_assert_ptr_null(load(ROOT, text));
        expect_issue(text, want);
        free(text);
        free(want);
    }
}

END_TEST

START_TEST(a_number_with_an_l_is_judged_by_its_value)
{
    ck_assert_ptr_null(load(ROOT, "breaker = { min_calls = 5000000000L; };"));
    expect_issue("5000000000L",
                 "aigwd.conf:2: breaker.min_calls: must be from 1 to 1000000");
    ck_assert_ptr_null(load(ROOT, "drain_s = 99999999999999999999999999999L;"));
    config_free(load_good(ROOT, "breaker = { min_calls = 5L; };"));
    config_free(load_good(ROOT, "breaker = { min_calls = 0x10; };"));
}

END_TEST

START_TEST(all_errors_of_a_file_are_reported)
{
    ck_assert_ptr_null(load(ROOT, "drain_s = -1;\nbreaker = { min_calls = 0; "
                                  "bogus = 1; };\nlog = { level = \"x\"; };\n"
                                  "retry = { max_attempts = 5000000000; };\n"
                                  "routes = ( { targets = ( \"a/b\" ); } );"));
    ck_assert_uint_eq(report.n_errors, 8);
    ck_assert_uint_eq(report.n_issues, 8);
}

END_TEST

START_TEST(more_errors_than_are_kept_are_still_counted)
{
    char text[4000] = "routes = ( ";

    for (int i = 0; i < 50; i++)
        strcat(text, i ? ", { bogus = 1; }" : "{ bogus = 1; }");
    strcat(text, " );");
    ck_assert_ptr_null(load(ROOT, text));
    ck_assert_uint_eq(report.n_issues, CONFIG_MAX_ISSUES);
    ck_assert_uint_eq(report.n_errors, 150);
}

END_TEST

START_TEST(control_bytes_of_a_file_do_not_reach_the_message)
{
    ck_assert_ptr_null(
        load(ROOT, "routes = ( { name = \"r\"; targets = ( \"\\x1b[2J\" ); } "
                   ");"));
    expect_issue("", "aigwd.conf:2: routes[0].targets[0]: no target \"?[2J\"");
}

END_TEST

START_TEST(the_queue_is_validated)
{
    static const char *const texts[] = {
        "queue = { max = 1.5; };",
        "queue = 3;",
    };

    for (size_t i = 0; i < array_count(texts); i++) {
        ck_assert_msg(load(ROOT, texts[i]) == NULL, "%s", texts[i]);
        ck_assert_uint_eq(report.n_errors, 1);
    }
}

END_TEST

START_TEST(a_command_may_be_a_key)
{
    struct config *config = load_good(
        PROVIDER, "key = { command = [ \"/bin/x\", \"a b\" ]; lifetime_s = "
                  "1.5; };");
    const struct config_key *key = &config->providers[0].keys[0];
    char *text = config_show(config);

    ck_assert_uint_eq(report.n_issues, 0);
    ck_assert_int_eq(key->source, CONFIG_KEY_COMMAND);
    ck_assert_str_eq(key->name, "/bin/x");
    ck_assert_str_eq(key->argv[0], "/bin/x");
    ck_assert_str_eq(key->argv[1], "a b");
    ck_assert_ptr_null(key->argv[2]);
    ck_assert_int_eq(key->lifetime_ms, 1500);
    ck_assert_ptr_nonnull(strstr(text, "{ command = [ \"/bin/x\", \"a b\" ]; "
                                       "lifetime_s = 1.500; }"));
    free(text);
    config_free(config);
}

END_TEST

static Suite *
config_suite(void)
{
    Suite *s = suite_create("config");
    TCase *tc = tcase_create("refusals");

    tcase_add_loop_test(tc, a_mistake_is_refused_with_its_place, 0,
                        array_count(refusals));
    tcase_add_loop_test(tc, a_weird_name_of_a_provider_is_refused, 0,
                        array_count(bad_names));
    tcase_add_loop_test(tc, a_base_url_is_http_or_https_and_nothing_else, 0,
                        array_count(urls));
    tcase_add_test(tc, a_number_that_libconfig_would_wrap_is_refused);
    tcase_add_test(tc, a_number_with_an_l_is_judged_by_its_value);
    tcase_add_test(tc, all_errors_of_a_file_are_reported);
    tcase_add_test(tc, more_errors_than_are_kept_are_still_counted);
    tcase_add_test(tc, control_bytes_of_a_file_do_not_reach_the_message);
    suite_add_tcase(s, tc);

    tc = tcase_create("values");
    tcase_add_test(tc, the_queue_is_validated);
    tcase_add_test(tc, a_command_may_be_a_key);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(config_suite());
}
