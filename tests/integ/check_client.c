/*
 * check_client.c - libaigw against a scripted daemon, through its public
 * header alone.
 */
#include "support/scripted_server.h"
#include "support/suite.h"

#include <aigw/aigw.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[100];
static struct scripted_server *server;
static struct aigw *client;

static void
name_socket(void)
{
    snprintf(path, sizeof(path), "/tmp/aigw-check-client-%ld.sock",
             (long)getpid());
    (void)unlink(path);
}

static struct aigw *
make_client(unsigned flags, int timeout_ms)
{
    struct aigw_options options;
    struct aigw *made;

    aigw_options_init(&options);
    options.socket_path = path;
    options.client_name = "check_client";
    options.flags = flags;
    options.connect_timeout_ms = timeout_ms;
    made = aigw_new(&options);
    ck_assert_ptr_nonnull(made);
    return made;
}

static void
setup(void)
{
    name_socket();
    server = scripted_server_start(path, false);
    client = make_client(0, 5000);
}

static void
teardown(void)
{
    aigw_free(client);
    scripted_server_stop(server);
}

static void
assert_contains(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" lacks \"%s\"", text,
                  part);
}

static struct aigw_value *
call(const char *method, const char *params)
{
    struct aigw_value *result = NULL;
    int code = aigw_call_json(client, method, params, &result);

    ck_assert_msg(code == 0, "%s: %s", method, aigw_error_text(client));
    ck_assert_int_eq(aigw_error(client), 0);
    ck_assert_str_eq(aigw_error_text(client), "");
    return result;
}

static void
expect_failure(const char *method, const char *params, int code,
               const char *text)
{
    struct aigw_value *result = (struct aigw_value *)path;

    ck_assert_int_eq(aigw_call_json(client, method, params, &result), code);
    ck_assert_ptr_null(result);
    ck_assert_int_eq(aigw_error(client), code);
    assert_contains(aigw_error_text(client), text);
}

static int
generate(const char *prompt, const struct aigw_handlers *handlers,
         struct aigw_value **ret_result)
{
    struct aigw_generate_params params;

    aigw_generate_params_init(&params);
    params.prompt = prompt;
    return aigw_generate(client, &params, handlers, ret_result);
}

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

static void *
start_later(void *arg)
{
    const struct timespec pause = {.tv_nsec = 200000000};

    (void)arg;
    nanosleep(&pause, NULL);
    server = scripted_server_start(path, false);
    return NULL;
}

START_TEST(a_client_may_be_told_to_wait_for_the_daemon)
{
    pthread_t thread;

    name_socket();
    client = make_client(AIGW_FLAG_WAIT, 10000);
    pthread_create(&thread, NULL, start_later, NULL);
    ck_assert_int_eq(aigw_connect(client), 0);
    pthread_join(thread, NULL);
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

struct story {
    char text[256];
    uint64_t seq;
    int n_done;
    int code;
};

static void
on_delta(void *ctx, const struct aigw_delta *delta)
{
    struct story *story = ctx;

    ck_assert_uint_eq(delta->seq, story->seq + 1);
    ck_assert_uint_eq(delta->size, strlen(delta->text));
    story->seq = delta->seq;
    strncat(story->text, delta->text,
            sizeof(story->text) - strlen(story->text) - 1);
}

static void
on_done(void *ctx, int code, const struct aigw_value *result, const char *text)
{
    struct story *story = ctx;

    ck_assert_int_eq(code == 0, result != NULL);
    ck_assert_int_eq(code == 0, text[0] == '\0');
    story->n_done++;
    story->code = code;
}

static struct aigw_handlers
handlers_for(struct story *story)
{
    struct aigw_handlers h;

    aigw_handlers_init(&h);
    h.ctx = story;
    h.delta = on_delta;
    h.done = on_done;
    return h;
}

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
cancel_soon(void *arg)
{
    const struct timespec pause = {.tv_nsec = 100000000};

    nanosleep(&pause, NULL);
    aigw_cancel(arg);
    return NULL;
}

START_TEST(another_thread_can_cancel_a_call)
{
    struct aigw_value *result;
    pthread_t thread;

    pthread_create(&thread, NULL, cancel_soon, client);
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

static void
run_until(const int *n, int wanted)
{
    while (*n < wanted) {
        struct pollfd p = {.fd = aigw_fd(client),
                           .events = aigw_events(client)};

        ck_assert_int_ge(poll(&p, 1, aigw_timeout_ms(client)), 0);
        ck_assert_int_eq(aigw_dispatch(client), 0);
    }
}

START_TEST(many_calls_are_in_flight_and_answered_in_any_order)
{
    enum {
        N = 100
    };
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_value *now = aigw_value_array();

    (void)aigw_value_append_str(now, "now");
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(
            aigw_submit(client, "reverse", i < N - 1 ? NULL : now, &h, NULL),
            0);
    ck_assert_uint_eq(aigw_in_flight(client), N);
    ck_assert_int_eq(story.n_done, 0);
    run_until(&story.n_done, N);
    ck_assert_int_eq(story.code, 0);
    ck_assert_uint_eq(aigw_in_flight(client), 0);
    aigw_value_free(now);
}

END_TEST

START_TEST(a_submitted_call_can_be_forgotten)
{
    struct story story = {.seq = 0};
    struct story other = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);
    struct aigw_handlers g = handlers_for(&other);
    uint64_t id = 0;

    ck_assert_int_eq(aigw_connect(client), 0);
    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, &id), 0);
    ck_assert_int_eq(aigw_dispatch(client), 0);
    aigw_call_cancel(client, id);
    aigw_call_cancel(client, id);
    aigw_call_cancel(client, 12345);
    ck_assert_int_eq(aigw_submit(client, "echo", NULL, &g, NULL), 0);
    run_until(&other.n_done, 1);
    ck_assert_int_eq(story.n_done, 0);
    ck_assert(scripted_server_saw_cancels(server, 1));
}

END_TEST

START_TEST(freeing_ends_the_calls_in_flight)
{
    struct story story = {.seq = 0};
    struct aigw_handlers h = handlers_for(&story);

    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, NULL), 0);
    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, NULL), 0);
    ck_assert_int_eq(aigw_dispatch(client), 0);
    aigw_free(client);
    client = NULL;
    ck_assert_int_eq(story.n_done, 2);
    ck_assert_int_eq(story.code, AIGW_ERR_CANCELLED);
}

END_TEST

static void
free_on_delta(void *ctx, const struct aigw_delta *delta)
{
    int *n = ctx;

    (void)delta;
    (*n)++;
    aigw_free(client);
}

START_TEST(a_callback_may_free_the_client_of_a_blocking_call)
{
    struct aigw_handlers h;
    struct aigw_value *result;
    int n = 0;

    aigw_handlers_init(&h);
    h.ctx = &n;
    h.delta = free_on_delta;
    ck_assert_int_eq(generate("one two three", &h, &result),
                     AIGW_ERR_CANCELLED);
    ck_assert_ptr_null(result);
    ck_assert_int_eq(n, 1);
    client = NULL;
}

END_TEST

static void
free_on_done(void *ctx, int code, const struct aigw_value *result,
             const char *text)
{
    int *n = ctx;

    (void)result;
    (void)text;
    if ((*n)++ == 0) {
        ck_assert_int_eq(code, 0);
        aigw_free(client);
        ck_assert_int_eq(aigw_submit(client, "echo", NULL, NULL, NULL),
                         AIGW_ERR_CLOSED);
    } else {
        ck_assert_int_eq(code, AIGW_ERR_CANCELLED);
    }
}

START_TEST(a_callback_may_free_the_client_of_a_loop)
{
    struct aigw_handlers h;
    int n = 0;
    int code = 0;

    aigw_handlers_init(&h);
    h.ctx = &n;
    h.done = free_on_done;
    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, NULL), 0);
    ck_assert_int_eq(aigw_submit(client, "echo", NULL, &h, NULL), 0);
    ck_assert_int_eq(aigw_submit(client, "hang", NULL, &h, NULL), 0);
    while (code == 0) {
        struct pollfd p = {.fd = aigw_fd(client), .events = POLLIN};

        (void)poll(&p, 1, aigw_timeout_ms(client));
        code = aigw_dispatch(client);
    }
    ck_assert_int_eq(code, AIGW_ERR_CANCELLED);
    ck_assert_int_eq(n, 3);
    client = NULL;
}

END_TEST

static void
block_on_delta(void *ctx, const struct aigw_delta *delta)
{
    struct aigw_value *result;

    (void)ctx;
    (void)delta;
    ck_assert_int_eq(aigw_call(client, "echo", NULL, &result), AIGW_ERR_BUSY);
    ck_assert_int_eq(aigw_wait(client, 0), AIGW_ERR_BUSY);
    ck_assert_int_eq(aigw_dispatch(client), AIGW_ERR_BUSY);
}

START_TEST(a_callback_cannot_block)
{
    struct aigw_handlers h;
    struct aigw_value *result;

    aigw_handlers_init(&h);
    h.delta = block_on_delta;
    ck_assert_int_eq(generate("one", &h, &result), 0);
    ck_assert_int_eq(aigw_error(client), 0);
    aigw_value_free(result);
}

END_TEST

static void
on_status(void *ctx, const char *method, const struct aigw_value *params)
{
    int *sum = ctx;

    ck_assert_str_eq(method, "status");
    *sum += (int)aigw_get_int(params, "0.n", 0);
}

START_TEST(notifications_are_waited_for)
{
    int sum = 0;

    aigw_on_notification(client, on_status, &sum);
    aigw_value_free(call("watch", NULL));
    while (sum < 3)
        ck_assert_int_eq(aigw_wait(client, 5000), 0);
    ck_assert_int_eq(aigw_wait(client, 20), AIGW_ERR_TIMEDOUT);
    aigw_cancel(client);
    ck_assert_int_eq(aigw_wait(client, -1), AIGW_ERR_CANCELLED);
}

END_TEST

static void
on_state(void *ctx, enum aigw_state state, int code, const char *text)
{
    char *log = ctx;
    size_t n = strlen(log);

    ck_assert_int_eq(state == AIGW_STATE_WAITING, code != 0);
    ck_assert_int_eq(state == AIGW_STATE_WAITING, text[0] != '\0');
    if (n < 60)
        log[n] = "icuw"[state];
}

START_TEST(states_are_told)
{
    char log[64] = "";

    aigw_on_state(client, on_state, log);
    ck_assert_int_eq(aigw_get_state(client), AIGW_STATE_IDLE);
    aigw_start(client);
    while (aigw_get_state(client) != AIGW_STATE_UP)
        ck_assert_int_eq(aigw_wait(client, 5000), 0);
    ck_assert_str_eq(log, "cu");
    scripted_server_stop(server);
    while (aigw_get_state(client) == AIGW_STATE_UP)
        ck_assert_int_eq(aigw_wait(client, 5000), 0);
    server = scripted_server_start(path, false);
    while (aigw_get_state(client) != AIGW_STATE_UP)
        ck_assert_int_eq(aigw_wait(client, 5000), 0);
    ck_assert_int_eq(strncmp(log, "cuwc", 4), 0);
    ck_assert_int_eq(log[strlen(log) - 1], 'u');
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

static void
add_loops(TCase *tc)
{
    tcase_add_test(tc, many_calls_are_in_flight_and_answered_in_any_order);
    tcase_add_test(tc, a_submitted_call_can_be_forgotten);
    tcase_add_test(tc, freeing_ends_the_calls_in_flight);
    tcase_add_test(tc, a_callback_may_free_the_client_of_a_blocking_call);
    tcase_add_test(tc, a_callback_may_free_the_client_of_a_loop);
    tcase_add_test(tc, a_callback_cannot_block);
    tcase_add_test(tc, notifications_are_waited_for);
    tcase_add_test(tc, states_are_told);
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

    tc = tcase_create("loops and callbacks");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 30);
    add_loops(tc);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(client_suite());
}
