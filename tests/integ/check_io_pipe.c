/*
 * check_io_pipe.c - the Unix-domain socket: who gets it.
 */
#include "base/clock.h"
#include "pipe_server.h"
#include "support/suite.h"
#include "turns.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    N_RACES = 200
};

START_TEST(socket_has_the_asked_mode_and_disappears_at_the_end)
{
    struct stat st;

    listen_or_fail();
    ck_assert_int_eq(lstat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0660);
    pipe_listener_stop(s.listener);
    ck_assert_int_eq(lstat(path, &st), -1);
}

END_TEST

START_TEST(socket_of_a_successor_is_not_removed)
{
    struct stat st;
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    listen_or_fail();
    (void)unlink(path);
    memcpy(addr.sun_path, path, strlen(path));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    pipe_listener_stop(s.listener);
    ck_assert_int_eq(lstat(path, &st), 0);
    (void)close(fd);
}

END_TEST

static void
serve_until_killed(int ready_fd)
{
    struct pipe_listener *listener;
    struct pipe_listen_options options = default_options();
    struct loop *loop = loop_new();

    if (pipe_listen(loop, &options, on_accepted, &s, &listener, NULL) != 0
        || write(ready_fd, "x", 1) != 1)
        _exit(1);
    (void)close(ready_fd);
    (void)pause();
    _exit(0);
}

static pid_t
start_server(void)
{
    int fds[2];
    char byte;
    pid_t pid;

    ck_assert_int_eq(pipe(fds), 0);
    pid = fork();
    if (pid == 0)
        serve_until_killed(fds[1]);
    (void)close(fds[1]);
    ck_assert_int_eq(read(fds[0], &byte, 1), 1);
    (void)close(fds[0]);
    return pid;
}

START_TEST(second_daemon_is_told_the_pid_of_the_first)
{
    struct aigw_err err = {0};
    char expected[64];
    pid_t pid = start_server();

    ck_assert_int_eq(try_listen(&err), AIGW_EBUSY);
    (void)snprintf(expected, sizeof(expected), "pid %d", (int)pid);
    ck_assert_ptr_nonnull(strstr(err.text, expected));
    (void)close(dial());
    kill_process(pid);
}

END_TEST

/* F70 */
START_TEST(socket_of_a_killed_daemon_is_taken_over_within_100_ms)
{
    int64_t start;

    kill_process(start_server());
    ck_assert_int_eq(try_dial(), -1);
    start = clock_mono_ms();
    listen_or_fail();
    ck_assert_int_lt(clock_mono_ms() - start, 100);
    (void)close(dial());
}

END_TEST

START_TEST(socket_served_without_our_lock_is_left_alone)
{
    struct aigw_err err = {0};
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(addr.sun_path, path, strlen(path));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    ck_assert_int_eq(try_listen(&err), AIGW_EBUSY);
    (void)close(dial());
    (void)close(fd);
}

END_TEST

/* F71 */
START_TEST(doubtful_paths_are_refused)
{
    struct aigw_err err = {0};
    struct pipe_listen_options options = default_options();
    char long_path[200];
    int fd;

    ck_assert_int_eq(symlink("/tmp/elsewhere", path), 0);
    ck_assert_int_eq(try_listen(&err), AIGW_EACCES);
    (void)unlink(path);

    fd = open(path, O_CREAT | O_WRONLY, 0600);
    (void)close(fd);
    ck_assert_int_eq(try_listen(&err), AIGW_EACCES);
    (void)unlink(path);

    (void)chmod(folder, 0777);
    ck_assert_int_eq(try_listen(&err), AIGW_EACCES);
    (void)chmod(folder, 01777);
    listen_or_fail();
    pipe_listener_free(s.listener);
    s.listener = NULL;
    (void)chmod(folder, 0700);

    memset(long_path, 'x', sizeof(long_path));
    memcpy(long_path, "/tmp/", 5);
    long_path[108] = '\0';
    options.path = long_path;
    ck_assert_int_eq(
        pipe_listen(s.loop, &options, on_accepted, &s, &s.listener, &err),
        AIGW_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.text, "107"));
}

END_TEST

START_TEST(socket_of_another_user_is_refused)
{
    struct aigw_err err = {0};

    if (geteuid() != 0)
        return;
    kill_process(start_server());
    ck_assert_int_eq(lchown(path, 12345, (gid_t)-1), 0);
    ck_assert_int_eq(try_listen(&err), AIGW_EACCES);
    ck_assert_ptr_nonnull(strstr(err.text, "12345"));
}

END_TEST

/* Returns 0 when this process got the socket and it answers, 1 when it was
 * told a pid, else 2. */
static int
race_once(int start_fd, int end_fd)
{
    struct aigw_err err = {0};
    char byte;
    int status;

    if (read(start_fd, &byte, 1) < 0)
        return 2;
    status = try_listen(&err);
    if (status == AIGW_EBUSY)
        return strstr(err.text, "as pid 0") ? 2 : 1;
    if (read(end_fd, &byte, 1) < 0)
        return 2;
    return status == 0 && access(path, F_OK) == 0 ? 0 : 2;
}

static void
race(void)
{
    int start[2], end[2], outcomes[3] = {0};
    pid_t pids[2];

    ck_assert_int_eq(pipe(start), 0);
    ck_assert_int_eq(pipe(end), 0);
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] != 0)
            continue;
        (void)close(start[1]);
        (void)close(end[1]);
        _exit(race_once(start[0], end[0]));
    }
    (void)close(start[1]); /* Both are off. */
    for (int i = 0; i < 2; i++) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, 0);

        ck_assert_int_gt(pid, 0);
        ck_assert(WIFEXITED(status));
        outcomes[WEXITSTATUS(status)]++;
        if (i == 0) {
            int fd = -1;

            /* The winner had the lock first, and listens soon. */
            for (int tries = 0; fd < 0 && tries < 1000; tries++) {
                (void)usleep(1000);
                fd = try_dial();
            }
            ck_assert_int_ge(fd, 0);
            (void)close(fd);
            (void)close(end[1]);
        }
    }
    (void)close(start[0]);
    (void)close(end[0]);
    ck_assert_int_eq(outcomes[0], 1);
    ck_assert_int_eq(outcomes[1], 1);
}

/* F69: the winner exits without cleaning up, so each race also meets a stale
 * socket and the pid of a dead process in the lock. */
START_TEST(of_two_daemons_started_at_once_exactly_one_wins)
{
    for (int i = 0; i < N_RACES; i++)
        race();
}

END_TEST

START_TEST(activated_socket_is_served_and_never_removed)
{
    struct aigw_err err = {0};
    struct pipe_listen_options options = default_options();
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int client;

    options.fd = fd;
    ck_assert_int_eq(
        pipe_listen(s.loop, &options, on_accepted, &s, &s.listener, &err),
        AIGW_EINVAL);
    memcpy(addr.sun_path, path, strlen(path));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    ck_assert_int_eq(
        pipe_listen(s.loop, &options, on_accepted, &s, &s.listener, &err), 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    client = dial_accepted();
    pipe_listener_stop(s.listener);
    ck_assert_int_eq(access(path, F_OK), 0);
    (void)close(client);
}

END_TEST

static Suite *
pipe_suite(void)
{
    Suite *suite = suite_create("io_pipe");
    TCase *place = pipe_case(suite, "place");

    tcase_add_test(place, socket_has_the_asked_mode_and_disappears_at_the_end);
    tcase_add_test(place, socket_of_a_successor_is_not_removed);
    tcase_add_test(place, second_daemon_is_told_the_pid_of_the_first);
    tcase_add_test(place,
                   socket_of_a_killed_daemon_is_taken_over_within_100_ms);
    tcase_add_test(place, socket_served_without_our_lock_is_left_alone);
    tcase_add_test(place, doubtful_paths_are_refused);
    tcase_add_test(place, socket_of_another_user_is_refused);
    tcase_add_test(place, of_two_daemons_started_at_once_exactly_one_wins);
    tcase_add_test(place, activated_socket_is_served_and_never_removed);
    return suite;
}

int
main(void)
{
    return suite_main(pipe_suite());
}
