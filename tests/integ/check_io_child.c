/*
 * check_io_child.c - programs that are run for what they print: well-behaved
 * ones and others.
 */
#include "io/child.h"

#include "base/mem.h"
#include "support/process.h"
#include "support/procfs.h"
#include "support/suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_BYTES = 4096,
    PATIENT_MS = 20000,
    SHORT_MS = 200,
};

static struct loop *loop;
static char output[MAX_BYTES + 1];
static struct child_result result;
static int n_done;

static void
setup(void)
{
    loop = loop_new();
    ck_assert_ptr_nonnull(loop);
}

static void
teardown(void)
{
    ck_assert_int_eq(loop_free(loop), 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}

static void
on_done(void *ctx, const struct child_result *r)
{
    (void)ctx;
    result = *r;
    n_done++;
}

static struct child *
start(const char *script, int64_t timeout_ms)
{
    static char sh[] = "/bin/sh";
    static char option[] = "-c";
    static char path[] = "PATH=/usr/bin:/bin";
    static char only[] = "ONLY=this";
    char *copy = mem_strdup(script);
    char *argv[] = {sh, option, copy, NULL};
    char *env[] = {path, only, NULL};
    struct child *child = NULL;
    struct aigw_err err = {0};

    memset(output, 0, sizeof(output));
    ck_assert_int_eq(child_start(loop,
                                 &(struct child_options){
                                     .argv = argv,
                                     .env = env,
                                     .output = output,
                                     .max_bytes = MAX_BYTES,
                                     .timeout_ms = timeout_ms,
                                 },
                                 on_done, NULL, &child, &err),
                     0);
    free(copy);
    return child;
}

static void
run(const char *script, int64_t timeout_ms)
{
    (void)start(script, timeout_ms);
    ck_assert_int_eq(n_done, 0);
    loop_run(loop);
    ck_assert_int_eq(n_done, 1);
    ck_assert_uint_le(result.n_bytes, MAX_BYTES);
}

START_TEST(what_it_prints_is_there_when_it_has_ended)
{
    run("printf abc; printf 'not this' >&2; printf def", PATIENT_MS);
    ck_assert_int_eq(result.end, CHILD_EXITED);
    ck_assert_int_eq(result.code, 0);
    ck_assert_uint_eq(result.n_bytes, 6);
    ck_assert_str_eq(output, "abcdef");
}

END_TEST

START_TEST(the_exit_code_and_the_signal_are_told)
{
    run("exit 7", PATIENT_MS);
    ck_assert_int_eq(result.end, CHILD_EXITED);
    ck_assert_int_eq(result.code, 7);
    n_done = 0;
    run("kill -TERM $$", PATIENT_MS);
    ck_assert_int_eq(result.end, CHILD_SIGNALLED);
    ck_assert_int_eq(result.code, SIGTERM);
}

END_TEST

START_TEST(stdin_is_empty_and_the_environment_is_what_was_given)
{
    run("cat; env | sort | grep -v -e PWD -e _= -e SHLVL", PATIENT_MS);
    ck_assert_str_eq(output, "ONLY=this\nPATH=/usr/bin:/bin\n");
}

END_TEST

/* F84 */
START_TEST(f84_no_descriptor_is_inherited)
{
    int leaky[2];
    int file = open("/etc/hostname", O_RDONLY);

    ck_assert_int_eq(pipe(leaky), 0);
    ck_assert_int_ge(file, 0);
    ck_assert_int_ge(socket(AF_INET, SOCK_STREAM, 0), 0);
    run("exec ls /proc/self/fd", PATIENT_MS);
    /* Its own three, and the folder it reads. */
    ck_assert_str_eq(output, "0\n1\n2\n3\n");
}

END_TEST

START_TEST(one_that_takes_too_long_is_killed_with_all_it_started)
{
    int64_t start_ms = loop_now_ms(loop);
    pid_t pid;

    run("sleep 60 & echo $!; wait", SHORT_MS);
    loop_update(loop);
    ck_assert_int_eq(result.end, CHILD_TOO_LONG);
    ck_assert_int_ge(loop_now_ms(loop) - start_ms, SHORT_MS);
    pid = (pid_t)strtol(output, NULL, 10);
    ck_assert_int_gt(pid, 0);
    eventually(kill(pid, 0) != 0 || procfs_contains(pid, "stat", ") Z "));
}

END_TEST

START_TEST(one_that_prints_too_much_is_killed)
{
    run("while :; do echo 0123456789012345678901234567890123456789; done",
        PATIENT_MS);
    ck_assert_int_eq(result.end, CHILD_TOO_MUCH);
    ck_assert_uint_eq(result.n_bytes, MAX_BYTES);
    ck_assert_int_eq(output[MAX_BYTES], 0);
}

END_TEST

START_TEST(as_much_as_allowed_is_not_too_much)
{
    run("head -c 4096 /dev/zero | tr '\\0' x", PATIENT_MS);
    ck_assert_int_eq(result.end, CHILD_EXITED);
    ck_assert_uint_eq(result.n_bytes, MAX_BYTES);
    n_done = 0;
    run("head -c 4097 /dev/zero | tr '\\0' x", PATIENT_MS);
    ck_assert_int_eq(result.end, CHILD_TOO_MUCH);
}

END_TEST

START_TEST(nobody_waits_for_what_it_leaves_behind)
{
    int64_t start_ms = loop_now_ms(loop);

    run("sleep 30 & echo abc", PATIENT_MS);
    loop_update(loop);
    ck_assert_int_eq(result.end, CHILD_EXITED);
    ck_assert_str_eq(output, "abc\n");
    ck_assert_int_lt(loop_now_ms(loop) - start_ms, PATIENT_MS);
}

END_TEST

START_TEST(one_that_is_killed_is_never_heard_of)
{
    struct child *child = start("echo abc; sleep 60", PATIENT_MS);

    child_kill(child);
    loop_run(loop);
    ck_assert_int_eq(n_done, 0);
}

END_TEST

START_TEST(a_program_that_is_not_there_is_refused_at_once)
{
    static char program[] = "/nonexistent/program";
    char *argv[] = {program, NULL};
    char *env[] = {NULL};
    struct child *child = NULL;
    struct aigw_err err = {0};

    ck_assert_int_eq(child_start(loop,
                                 &(struct child_options){
                                     .argv = argv,
                                     .env = env,
                                     .output = output,
                                     .max_bytes = MAX_BYTES,
                                     .timeout_ms = PATIENT_MS,
                                 },
                                 on_done, NULL, &child, &err),
                     AIGW_EIO);
    ck_assert_str_eq(err.text, "no such file or directory");
    loop_run(loop);
    ck_assert_int_eq(n_done, 0);
}

END_TEST

static Suite *
child_suite(void)
{
    Suite *suite = suite_create("io_child");
    TCase *tc = tcase_create("child");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, what_it_prints_is_there_when_it_has_ended);
    tcase_add_test(tc, the_exit_code_and_the_signal_are_told);
    tcase_add_test(tc, stdin_is_empty_and_the_environment_is_what_was_given);
    tcase_add_test(tc, f84_no_descriptor_is_inherited);
    tcase_add_test(tc, one_that_takes_too_long_is_killed_with_all_it_started);
    tcase_add_test(tc, one_that_prints_too_much_is_killed);
    tcase_add_test(tc, as_much_as_allowed_is_not_too_much);
    tcase_add_test(tc, nobody_waits_for_what_it_leaves_behind);
    tcase_add_test(tc, one_that_is_killed_is_never_heard_of);
    tcase_add_test(tc, a_program_that_is_not_there_is_refused_at_once);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(child_suite());
}
