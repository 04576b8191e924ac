/*
 * check_credentials.c - where keys come from, and where they must not go.
 */
#include "credentials_fixture.h"

START_TEST(a_variable_is_read_and_removed_from_the_environment)
{
    name_key(0, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    setenv("AIGW_TEST_KEY", SECRET "\n", 1);
    ck_assert_int_eq(load(), 0);
    ck_assert_str_eq(key(0), SECRET);
    ck_assert_str_eq(credentials_name(store, credentials_find(store, &keys[0])),
                     "env AIGW_TEST_KEY");
    ck_assert_ptr_null(getenv("AIGW_TEST_KEY"));
}

END_TEST

START_TEST(a_variable_survives_reloads)
{
    int handle;

    name_key(0, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    setenv("AIGW_TEST_KEY", SECRET, 1);
    ck_assert_int_eq(load(), 0);
    handle = credentials_find(store, &keys[0]);
    ck_assert_int_eq(load(), 0);
    ck_assert_int_eq(credentials_find(store, &keys[0]), handle);
    ck_assert_str_eq(key(0), SECRET);

    /* Also one in which nobody named it. */
    name_key(0, CONFIG_KEY_NONE, "");
    ck_assert_int_eq(load(), 0);
    name_key(0, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    ck_assert_int_eq(load(), 0);
    ck_assert_str_eq(key(0), SECRET);
}

END_TEST

START_TEST(a_variable_may_be_named_twice)
{
    name_key(0, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    name_key(1, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    setenv("AIGW_TEST_KEY", SECRET, 1);
    ck_assert_int_eq(load(), 0);
    ck_assert_int_eq(credentials_find(store, &keys[0]),
                     credentials_find(store, &keys[1]));
    ck_assert_str_eq(key(1), SECRET);
}

END_TEST

START_TEST(a_provider_without_a_key_has_none)
{
    name_key(0, CONFIG_KEY_NONE, "");
    ck_assert_int_eq(load(), 0);
    ck_assert_int_eq(credentials_find(store, &keys[0]), CREDENTIALS_NO_KEY);
    ck_assert_ptr_null(key(0));
    ck_assert_ptr_null(credentials_get(store, -1));
    ck_assert_ptr_null(credentials_get(store, 99));
}

END_TEST

START_TEST(a_file_is_read_without_its_line_end)
{
    name_file();
    write_key(SECRET "\r\n", strlen(SECRET) + 2, 0400);
    ck_assert_int_eq(load(), 0);
    ck_assert_str_eq(key(0), SECRET);
}

END_TEST

START_TEST(a_changed_file_is_noticed_at_reload)
{
    int handle;

    name_file();
    write_key(SECRET, strlen(SECRET), 0600);
    ck_assert_int_eq(load(), 0);
    handle = credentials_find(store, &keys[0]);

    write_key(SECRET "\n", strlen(SECRET) + 1, 0600);
    ck_assert_int_eq(load(), 0);

    write_key(OTHER, strlen(OTHER), 0600);
    ck_assert_int_eq(load(), 0);
    ck_assert_int_eq(credentials_find(store, &keys[0]), handle);
    ck_assert_str_eq(key(0), OTHER);

    ck_assert_int_eq(load(), 0);
}

END_TEST

START_TEST(a_key_that_is_no_longer_named_is_gone)
{
    int handle;

    name_file();
    write_key(SECRET, strlen(SECRET), 0600);
    ck_assert_int_eq(load(), 0);
    handle = credentials_find(store, &keys[0]);

    name_key(0, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    setenv("AIGW_TEST_KEY", OTHER, 1);
    ck_assert_int_eq(load(), 0);
    ck_assert_ptr_null(credentials_get(store, handle));
    ck_assert_int_ne(credentials_find(store, &keys[0]), handle);
}

END_TEST

static const struct bad_file {
    const char *text;
    size_t size;
    mode_t mode;
    const char *message; /* How it ends. */
} bad_files[] = {
    {SECRET, 25, 0644, "is open to others (mode 0644): chmod 600 it"},
    {SECRET, 25, 0640, "is open to others (mode 0640): chmod 600 it"},
    {SECRET, 25, 0601, "is open to others (mode 0601): chmod 600 it"},
    {"", 0, 0600, "is empty"},
    {"\n\n", 2, 0600, "is empty"},
    {"sk-a b", 6, 0600, "holds a space or an unprintable byte"},
    {"sk-a\nsk-b\n", 10, 0600, "holds a space or an unprintable byte"},
    {"sk-a\0b", 6, 0600, "holds a space or an unprintable byte"},
    {"sk-\xc3\xa4", 5, 0600, "holds a space or an unprintable byte"},
};

START_TEST(an_unfit_file_is_refused_without_telling_its_content)
{
    const struct bad_file *row = &bad_files[_i];
    const char *message = report.issues[0].message;

    name_file();
    write_key(row->text, row->size, row->mode);
    ck_assert_int_eq(load(), AIGW_EINVAL);
    ck_assert_uint_eq(report.n_errors, 1);
    ck_assert_str_eq(report.issues[0].path, "providers[0].keys[0]");
    ck_assert_uint_ge(strlen(message), strlen(row->message));
    ck_assert_str_eq(message + strlen(message) - strlen(row->message),
                     row->message);
    expect_no_secret();
    ck_assert_ptr_null(key(0));
}

END_TEST

START_TEST(a_file_may_not_be_too_large)
{
    char text[CREDENTIALS_MAX_BYTES + 1];

    memset(text, 'k', sizeof(text));
    name_file();
    write_key(text, CREDENTIALS_MAX_BYTES, 0600);
    ck_assert_int_eq(load(), 0);
    ck_assert_uint_eq(strlen(key(0)), CREDENTIALS_MAX_BYTES);
    write_key(text, sizeof(text), 0600);
    ck_assert_int_eq(load(), AIGW_EINVAL);
}

END_TEST

START_TEST(a_file_of_somebody_else_is_refused)
{
    if (geteuid() != 0) {
        (void)printf("skipped: needs root\n");
        return;
    }
    name_file();
    write_key(SECRET, strlen(SECRET), 0600);
    ck_assert_int_eq(chown(keys[0].name, 12345, 0), 0);
    ck_assert_int_eq(load(), AIGW_EINVAL);
    expect_no_secret();
}

END_TEST

START_TEST(what_is_no_file_is_refused)
{
    name_file();
    ck_assert_int_eq(load(), AIGW_EINVAL);
    ck_assert_int_eq(mkdir(keys[0].name, 0700), 0);
    ck_assert_int_eq(load(), AIGW_EINVAL);
    ck_assert_ptr_nonnull(
        strstr(report.issues[0].message, "is not a regular file"));
}

END_TEST

/* F76. */
START_TEST(a_failed_reload_changes_nothing)
{
    name_file();
    write_key(SECRET, strlen(SECRET), 0600);
    ck_assert_int_eq(load(), 0);

    write_key(OTHER, strlen(OTHER), 0600);
    name_key(1, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    name_key(2, CONFIG_KEY_ENV, "AIGW_UNSET_KEY");
    setenv("AIGW_TEST_KEY", OTHER, 1);
    ck_assert_int_eq(load(), AIGW_EINVAL);
    ck_assert_uint_eq(report.n_errors, 1);
    ck_assert_str_eq(report.issues[0].message,
                     "provider \"p\": env AIGW_UNSET_KEY is not set");
    ck_assert_str_eq(key(0), SECRET);
    ck_assert_str_eq(getenv("AIGW_TEST_KEY"), OTHER);
    ck_assert_int_eq(credentials_find(store, &keys[1]), -1);
}

END_TEST

START_TEST(staged_keys_are_not_there_before_they_are_committed)
{
    struct credentials_batch *batch;
    int handle;

    name_file();
    write_key(SECRET, strlen(SECRET), 0600);
    ck_assert_int_eq(load(), 0);
    write_key(OTHER, strlen(OTHER), 0600);
    name_key(1, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    setenv("AIGW_TEST_KEY", OTHER, 1);

    batch = credentials_stage(store, &config, &report);
    ck_assert_ptr_nonnull(batch);
    handle = credentials_find(store, &keys[1]);
    ck_assert_int_gt(handle, 0);
    ck_assert_ptr_null(credentials_get(store, handle));
    credentials_discard(batch);
    ck_assert_str_eq(key(0), SECRET);
    ck_assert_ptr_null(key(1));
    ck_assert_str_eq(getenv("AIGW_TEST_KEY"), OTHER);

    batch = credentials_stage(store, &config, &report);
    ck_assert_str_eq(key(0), SECRET);
    credentials_commit(store, batch);
    ck_assert_str_eq(key(0), OTHER);
    ck_assert_str_eq(credentials_get(store, handle), OTHER);
    ck_assert_ptr_null(getenv("AIGW_TEST_KEY"));
}

END_TEST

START_TEST(a_check_changes_nothing)
{
    name_key(0, CONFIG_KEY_ENV, "AIGW_TEST_KEY");
    setenv("AIGW_TEST_KEY", SECRET, 1);
    ck_assert_int_eq(credentials_check(store, &config, &report), 0);
    ck_assert_str_eq(getenv("AIGW_TEST_KEY"), SECRET);
    ck_assert_int_eq(credentials_find(store, &keys[0]), -1);
    unsetenv("AIGW_TEST_KEY");
    ck_assert_int_eq(credentials_check(store, &config, &report), AIGW_EINVAL);
}

END_TEST

START_TEST(a_credential_comes_from_systemds_folder)
{
    name_key(0, CONFIG_KEY_CREDENTIAL, "key");
    unsetenv("CREDENTIALS_DIRECTORY");
    ck_assert_int_eq(load(), AIGW_EINVAL);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    ck_assert_int_eq(load(), AIGW_EINVAL);
    write_key(SECRET "\n", strlen(SECRET) + 1, 0440);
    ck_assert_int_eq(load(), 0);
    ck_assert_str_eq(key(0), SECRET);
}

END_TEST

/* Makes the only key that of a command. */
static void
name_command(const char *program, char **argv, int64_t lifetime_ms)
{
    name_key(0, CONFIG_KEY_COMMAND, program);
    keys[0].argv = argv;
    keys[0].lifetime_ms = lifetime_ms;
}

START_TEST(a_command_is_there_but_its_key_is_awaited)
{
    static char sh[] = "/bin/sh";
    static char *argv[] = {sh, NULL};
    int handle;

    name_command(sh, argv, 0);
    ck_assert_int_eq(load(), 0);
    handle = credentials_find(store, &keys[0]);
    ck_assert_int_gt(handle, 0);
    ck_assert_ptr_null(credentials_get(store, handle));
    ck_assert_str_eq(credentials_name(store, handle), "command /bin/sh");
    ck_assert_int_eq(credentials_state(store, handle), CREDENTIALS_AWAITED);
}

END_TEST

START_TEST(a_command_that_cannot_be_run_is_refused)
{
    static char missing[] = "/nonexistent/program";
    static char *argv[] = {missing, NULL};

    name_command(missing, argv, 0);
    ck_assert_int_eq(load(), AIGW_EINVAL);
    ck_assert_ptr_nonnull(strstr(report.issues[0].message,
                                 "command /nonexistent/program cannot be run"));
}

END_TEST

START_TEST(other_arguments_or_another_lifetime_make_another_key)
{
    static char sh[] = "/bin/sh";
    static char a[] = "a";
    static char *one[] = {sh, NULL};
    static char *two[] = {sh, a, NULL};
    int handle;

    name_command(sh, one, 0);
    ck_assert_int_eq(load(), 0);
    handle = credentials_find(store, &keys[0]);
    name_command(sh, two, 0);
    ck_assert_int_eq(credentials_find(store, &keys[0]), -1);
    name_command(sh, one, 1000);
    ck_assert_int_eq(credentials_find(store, &keys[0]), -1);
    ck_assert_int_eq(load(), 0);
    ck_assert_int_ne(credentials_find(store, &keys[0]), handle);
    ck_assert_int_eq(credentials_state(store, handle), CREDENTIALS_MISSING);
}

END_TEST

START_TEST(keys_are_numbered)
{
    int handle;

    write_key(SECRET, strlen(SECRET), 0600);
    name_file();
    ck_assert_int_eq(load(), 0);
    handle = credentials_find(store, &keys[0]);
    ck_assert_uint_eq(credentials_version(store, handle), 1);
    ck_assert_int_eq(load(), 0);
    ck_assert_uint_eq(credentials_version(store, handle), 1);
    ck_assert(!credentials_refused(store, handle, 1));

    /* The refusal makes it look. */
    write_key(OTHER, strlen(OTHER), 0600);
    ck_assert(credentials_refused(store, handle, 1));
    ck_assert_uint_eq(credentials_version(store, handle), 2);
    ck_assert_str_eq(credentials_get(store, handle), OTHER);
    ck_assert(!credentials_refused(store, handle, 2));
}

END_TEST

static Suite *
credentials_suite(void)
{
    Suite *s = suite_create("credentials");
    TCase *tc = tcase_create("sources");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_variable_is_read_and_removed_from_the_environment);
    tcase_add_test(tc, a_variable_survives_reloads);
    tcase_add_test(tc, a_variable_may_be_named_twice);
    tcase_add_test(tc, a_provider_without_a_key_has_none);
    tcase_add_test(tc, a_file_is_read_without_its_line_end);
    tcase_add_test(tc, a_changed_file_is_noticed_at_reload);
    tcase_add_test(tc, a_key_that_is_no_longer_named_is_gone);
    tcase_add_loop_test(tc,
                        an_unfit_file_is_refused_without_telling_its_content, 0,
                        array_count(bad_files));
    tcase_add_test(tc, a_file_may_not_be_too_large);
    tcase_add_test(tc, a_file_of_somebody_else_is_refused);
    tcase_add_test(tc, what_is_no_file_is_refused);
    tcase_add_test(tc, a_failed_reload_changes_nothing);
    tcase_add_test(tc, staged_keys_are_not_there_before_they_are_committed);
    tcase_add_test(tc, a_check_changes_nothing);
    tcase_add_test(tc, a_credential_comes_from_systemds_folder);
    suite_add_tcase(s, tc);

    tc = tcase_create("changes");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_command_is_there_but_its_key_is_awaited);
    tcase_add_test(tc, a_command_that_cannot_be_run_is_refused);
    tcase_add_test(tc, other_arguments_or_another_lifetime_make_another_key);
    tcase_add_test(tc, keys_are_numbered);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(credentials_suite());
}
