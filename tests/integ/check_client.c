/*
 * check_client.c - libaigw against a scripted daemon: connecting, and the calls
 * that block.
 */
#include "support/client_fixture.h"
#include "support/suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

START_TEST(a_socket_that_is_not_there_is_an_error_that_names_it)
{
    name_socket();
    client = make_client(0, 5000);
    ck_assert_int_eq(aigw_connect(client), AIGW_ERR_CONNECT);
    assert_contains(aigw_error_text(client), path);
    assert_contains(aigw_error_text(client), "No such file or directory");
    ck_assert_int_eq(aigw_get_state(client), AIGW_STATE_WAITING);
    aigw_free(client);
}

END_TEST

START_TEST(a_call_waits_for_its_connection_no_longer_than_it_may)
{
    name_socket();
    client = make_client(0, 100);
    expect_failure("echo", "[1]", AIGW_ERR_CONNECT,
                   "No such file or directory");
    aigw_free(client);
}

END_TEST

START_TEST(a_path_that_is_too_long_is_an_error)
{
    struct aigw_options options;
    char long_path[200];

    memset(long_path, 'x', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    aigw_options_init(&options);
    options.socket_path = long_path;
    options.connect_timeout_ms = 100;
    client = aigw_new(&options);
    ck_assert_int_eq(aigw_connect(client), AIGW_ERR_INVALID);
    assert_contains(aigw_error_text(client), "107");
    expect_failure("echo", NULL, AIGW_ERR_INVALID, "107");
    aigw_free(client);
}

END_TEST

START_TEST(the_path_comes_from_the_environment)
{
    setenv("AIGW_SOCKET", "/tmp/x.sock", 1);
    client = aigw_new(NULL);
    ck_assert_str_eq(aigw_socket_path(client), "/tmp/x.sock");
    aigw_free(client);

    setenv("AIGW_SOCKET", "", 1);
    setenv("XDG_RUNTIME_DIR", "/nowhere", 1);
    client = aigw_new(NULL);
    ck_assert_str_eq(aigw_socket_path(client), "/run/aigw/aigw.sock");
    aigw_free(client);
}

END_TEST

START_TEST(a_daemon_that_does_not_answer_is_given_up)
{
    name_socket();
    server = scripted_server_start(path, true);
    client = make_client(0, 100);
    ck_assert_int_eq(aigw_connect(client), AIGW_ERR_TIMEDOUT);
    assert_contains(aigw_error_text(client), "nobody answers");
    teardown();
}

END_TEST

/* Starts the daemon after somebody has looked for it in vain. */
static void
start_when_missed(void *ctx, enum aigw_state state, int code, const char *text)
{
    (void)ctx;
    (void)code;
    (void)text;
    if (state == AIGW_STATE_WAITING && !server)
        server = scripted_server_start(path, false);
}

START_TEST(a_client_may_be_told_to_wait_for_the_daemon)
{
    name_socket();
    client = make_client(AIGW_FLAG_WAIT, 10000);
    aigw_on_state(client, start_when_missed, NULL);
    ck_assert_int_eq(aigw_connect(client), 0);
    ck_assert_ptr_nonnull(server);
    teardown();
}

END_TEST

START_TEST(connecting_learns_who_is_there)
{
    ck_assert_ptr_null(aigw_server(client));
    ck_assert_int_eq(aigw_connect(client), 0);
    ck_assert_int_eq(aigw_connect(client), 0);
    ck_assert_int_eq(aigw_get_int(aigw_server(client), "connection", 0), 1);
    ck_assert_int_eq(aigw_get_state(client), AIGW_STATE_UP);
}

END_TEST

START_TEST(a_call_brings_its_answer)
{
    struct aigw_value *result = call("echo", "{\"a\":[1,2.5,null]}");

    ck_assert_double_eq(aigw_get_double(result, "a.1", 0), 2.5);
    aigw_value_free(result);
    result = call("drip", "{\"s\":\"caf\xc3\xa9\"}");
    ck_assert_str_eq(aigw_get_str(result, "s", ""), "caf\xc3\xa9");
    aigw_value_free(result);
}

END_TEST

START_TEST(an_error_of_the_daemon_is_passed_on)
{
    expect_failure("fail", NULL, AIGW_ERR_NOT_FOUND, "no such thing");
    expect_failure("echo", "{\"a\":", AIGW_ERR_INVALID, "line 1");
    expect_failure("", NULL, AIGW_ERR_INVALID, "method");
}

END_TEST

START_TEST(a_prompt_is_answered)
{
    struct aigw_value *result;

    ck_assert_int_eq(generate("why", NULL, &result), 0);
    ck_assert_str_eq(aigw_get_str(result, "content", ""), "why");
    aigw_value_free(result);
    ck_assert_int_eq(generate(NULL, NULL, &result), AIGW_ERR_INVALID);
    ck_assert_ptr_null(result);
}

END_TEST

START_TEST(a_chat_request_is_passed_on_as_text)
{
    struct aigw_value *result;

    ck_assert_int_eq(
        aigw_chat(client, "{\"model\":\"m\"}", NULL, NULL, &result), 0);
    ck_assert_str_eq(aigw_value_str(result, ""), "{\"model\":\"m\"}");
    aigw_value_free(result);
    ck_assert_int_eq(aigw_chat(client, NULL, NULL, NULL, &result),
                     AIGW_ERR_INVALID);
}

END_TEST

START_TEST(an_answer_is_streamed_and_then_whole)
{
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_value *result;

    ck_assert_int_eq(generate("why is the sky blue", &h, &result), 0);
    ck_assert_str_eq(story.text, "why is the sky blue");
    ck_assert_uint_eq(story.seq, 5);
    ck_assert_int_eq(story.n_done, 0);
    ck_assert_str_eq(aigw_get_str(result, "content", ""), story.text);
    aigw_value_free(result);
}

END_TEST

static void *
cancel_when_asked(void *arg)
{
    ck_assert(scripted_server_saw_hanging(server, 1));
    aigw_cancel(arg);
    return NULL;
}

START_TEST(another_thread_can_cancel_a_call)
{
    struct aigw_value *result;
    pthread_t thread;

    pthread_create(&thread, NULL, cancel_when_asked, client);
    ck_assert_int_eq(generate("hang", NULL, &result), AIGW_ERR_CANCELLED);
    pthread_join(thread, NULL);
    ck_assert_ptr_null(result);
    ck_assert(scripted_server_saw_cancels(server, 1));
    aigw_value_free(call("echo", "[1]"));
}

END_TEST

static void
on_alarm(int number)
{
    (void)number;
    aigw_cancel(client);
}

START_TEST(a_signal_handler_can_cancel_a_call)
{
    struct aigw_value *result;

    ck_assert_int_eq(aigw_connect(client), 0);
    (void)signal(SIGUSR1, on_alarm);
    (void)raise(SIGUSR1);
    ck_assert_int_eq(generate("hang", NULL, &result), AIGW_ERR_CANCELLED);
    aigw_value_free(call("echo", "[1]"));
}

END_TEST

START_TEST(a_call_ends_at_its_deadline)
{
    struct aigw_value *result;

    ck_assert_int_eq(aigw_connect(client), 0);
    aigw_set_call_timeout(client, 50);
    ck_assert_int_eq(generate("hang", NULL, &result), AIGW_ERR_TIMEDOUT);
    aigw_set_call_timeout(client, 0);
    aigw_value_free(call("echo", "[1]"));
    ck_assert(scripted_server_saw_cancels(server, 1));
}

END_TEST

START_TEST(a_question_that_only_reads_survives_its_connection)
{
    struct aigw_value *result;

    ck_assert_int_eq(aigw_connect(client), 0);
    result = call("status", "[7]");
    ck_assert_int_eq(aigw_value_int(result, 0), 7);
    ck_assert_int_eq(aigw_get_int(aigw_server(client), "connection", 0), 2);
    aigw_value_free(result);
}

END_TEST

START_TEST(a_prompt_is_never_sent_twice)
{
    struct aigw_value *result;

    ck_assert_int_eq(generate("die_once", NULL, &result), AIGW_ERR_CLOSED);
    assert_contains(aigw_error_text(client), "may have been produced");
    ck_assert_int_eq(generate("die_once", NULL, &result), 0);
    aigw_value_free(result);
}

END_TEST

/* A connection that ended between two calls costs nothing, and SIGPIPE, whose
 * default would end this test, is not raised. */
START_TEST(a_restart_between_two_calls_goes_unnoticed)
{
    struct aigw_value *result;

    aigw_value_free(call("echo", "[1]"));
    scripted_server_stop(server);
    server = scripted_server_start(path, false);
    ck_assert_int_eq(generate("again", NULL, &result), 0);
    aigw_value_free(result);
}

END_TEST

START_TEST(a_large_message_goes_both_ways)
{
    enum {
        SIZE = 8 << 20
    };

    char *text = malloc(SIZE);
    struct aigw_value *array = aigw_value_array();
    struct aigw_value *result;

    memset(text, 'x', SIZE);
    (void)aigw_value_append(array, aigw_value_new_strn(text, SIZE));
    ck_assert_int_eq(aigw_call(client, "echo", array, &result), 0);
    ck_assert_uint_eq(aigw_value_size(result), SIZE);
    ck_assert_mem_eq(aigw_value_str(result, ""), text, SIZE);
    aigw_value_free(result);
    aigw_value_free(array);
    free(text);
}

END_TEST

START_TEST(a_message_beyond_the_limit_breaks_the_connection)
{
    struct aigw_options options;

    aigw_free(client);
    aigw_options_init(&options);
    options.socket_path = path;
    options.max_response_bytes = 64;
    client = aigw_new(&options);
    aigw_value_free(call("echo", "[\"short\"]"));
    expect_failure("echo",
                   "[\"................................................"
                   "........................\"]",
                   AIGW_ERR_TOOBIG, "size limits");
    aigw_value_free(call("echo", "[\"short\"]"));
}

END_TEST

/* F84: nothing is inherited by a child. */
START_TEST(every_descriptor_closes_on_exec)
{
    DIR *dir;
    const struct dirent *entry;

    ck_assert_int_eq(aigw_connect(client), 0);
    dir = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir))) {
        int fd = atoi(entry->d_name);
        char target[128] = "";
        char link[64];

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        if (fd <= 2 || readlink(link, target, sizeof(target) - 1) < 0)
            continue;
        if (strncmp(target, "socket:", 7) == 0
            || strncmp(target, "anon_inode:", 11) == 0)
            ck_assert_msg(fcntl(fd, F_GETFD) & FD_CLOEXEC, "%s", target);
    }
    closedir(dir);
}

END_TEST

START_TEST(without_a_client_everything_says_so)
{
    struct aigw_value *result;

    ck_assert_int_eq(aigw_error(NULL), AIGW_ERR_NOMEM);
    ck_assert_str_eq(aigw_error_text(NULL), "out of memory");
    ck_assert_int_eq(aigw_connect(NULL), AIGW_ERR_NOMEM);
    ck_assert_int_eq(aigw_call(NULL, "x", NULL, &result), AIGW_ERR_NOMEM);
    ck_assert_int_eq(aigw_call_json(NULL, "x", "{", &result), AIGW_ERR_NOMEM);
    ck_assert_int_eq(aigw_submit(NULL, "x", NULL, NULL, NULL), AIGW_ERR_NOMEM);
    ck_assert_int_eq(aigw_dispatch(NULL), AIGW_ERR_NOMEM);
    ck_assert_int_eq(aigw_wait(NULL, 0), AIGW_ERR_NOMEM);
    ck_assert_int_eq(aigw_fd(NULL), -1);
    aigw_start(NULL);
    aigw_cancel(NULL);
    aigw_call_cancel(NULL, 1);
    aigw_free(NULL);
}

END_TEST

static void
add_calls(TCase *tc)
{
    tcase_add_test(tc, connecting_learns_who_is_there);
    tcase_add_test(tc, a_call_brings_its_answer);
    tcase_add_test(tc, an_error_of_the_daemon_is_passed_on);
    tcase_add_test(tc, a_prompt_is_answered);
    tcase_add_test(tc, a_chat_request_is_passed_on_as_text);
    tcase_add_test(tc, an_answer_is_streamed_and_then_whole);
    tcase_add_test(tc, another_thread_can_cancel_a_call);
    tcase_add_test(tc, a_signal_handler_can_cancel_a_call);
    tcase_add_test(tc, a_call_ends_at_its_deadline);
    tcase_add_test(tc, a_question_that_only_reads_survives_its_connection);
    tcase_add_test(tc, a_prompt_is_never_sent_twice);
    tcase_add_test(tc, a_restart_between_two_calls_goes_unnoticed);
    tcase_add_test(tc, a_large_message_goes_both_ways);
    tcase_add_test(tc, a_message_beyond_the_limit_breaks_the_connection);
    tcase_add_test(tc, every_descriptor_closes_on_exec);
}

static Suite *
client_suite(void)
{
    Suite *suite = suite_create("client");
    TCase *tc = tcase_create("connecting");

    tcase_add_test(tc, a_socket_that_is_not_there_is_an_error_that_names_it);
    tcase_add_test(tc, a_call_waits_for_its_connection_no_longer_than_it_may);
    tcase_add_test(tc, a_path_that_is_too_long_is_an_error);
    tcase_add_test(tc, the_path_comes_from_the_environment);
    tcase_add_test(tc, a_daemon_that_does_not_answer_is_given_up);
    tcase_add_test(tc, a_client_may_be_told_to_wait_for_the_daemon);
    tcase_add_test(tc, without_a_client_everything_says_so);
    suite_add_tcase(suite, tc);

    tc = tcase_create("blocking");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 30);
    add_calls(tc);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(client_suite());
}
