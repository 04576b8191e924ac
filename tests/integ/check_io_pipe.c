/*
 * check_io_pipe.c - the Unix-domain socket: who gets it, who calls, and that
 * bytes and memory stay within their limits.
 */
#include "base/clock.h"
#include "io/pipe.h"
#include "io/timer.h"
#include "support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    HIGH_WATER = 256 * 1024,
    LOW_WATER = 64 * 1024,
    MAX_UNSENT = 4 * 1024 * 1024,
    PATIENCE_MS = 20000,
    N_RACES = 200,
};

/* One server with one connection of interest, driven by run_until(). */
static struct {
    struct loop *loop;
    struct pipe_listener *listener;
    struct pipe_conn *conn; /* The latest one; NULL after `closed`. */
    struct pipe_peer peer;
    int n_accepted, n_over_limit, n_closed, n_drained;
    int closed_status;
    size_t received, largest_piece;
    bool echo, refuse, close_on_data;
} s;

static char folder[64];
static char path[96];

static bool
conn_accepted(void)
{
    return s.n_accepted > 0;
}

static bool
conn_closed(void)
{
    return s.n_closed > 0;
}

static void
give_up(void *ctx)
{
    (void)ctx;
    ck_abort_msg("nothing happened for %d ms", PATIENCE_MS);
}

static void
check_condition(void *ctx)
{
    bool (*condition)(void) = *(bool (**)(void))ctx;

    if (condition())
        loop_stop(s.loop);
}

struct poll_task {
    bool (*condition)(void);
    struct loop_task task;
    struct timer *tick;
};

static void
on_tick(void *ctx)
{
    struct poll_task *p = ctx;

    check_condition(&p->condition);
    timer_arm_at(p->tick, loop_now_ms(s.loop) + 1);
}

static void
run_until(bool (*condition)(void))
{
    struct poll_task p = {.condition = condition};
    struct timer *limit = timer_new(s.loop, give_up, NULL);

    p.tick = timer_new(s.loop, on_tick, &p);
    timer_arm_at(p.tick, 0);
    loop_update(s.loop);
    timer_arm_at(limit, loop_now_ms(s.loop) + PATIENCE_MS);
    loop_run(s.loop);
    timer_free(p.tick);
    timer_free(limit);
}

static int64_t turns_end_ms;

static bool
time_is_up(void)
{
    return loop_now_ms(s.loop) >= turns_end_ms;
}

/* Only to show that something does not happen. */
static void
run_for_ms(int64_t ms)
{
    loop_update(s.loop);
    turns_end_ms = loop_now_ms(s.loop) + ms;
    run_until(time_is_up);
}

static void
on_data(void *ctx, const char *data, size_t size)
{
    ck_assert_ptr_eq(ctx, &s);
    s.received += size;
    if (size > s.largest_piece)
        s.largest_piece = size;
    if (s.echo)
        ck_assert_int_eq(pipe_write(s.conn, data, size), 0);
    if (s.close_on_data)
        pipe_close(s.conn, false, 0);
}

static void
on_drained(void *ctx)
{
    ck_assert_ptr_eq(ctx, &s);
    s.n_drained++;
}

static void
on_closed(void *ctx, int status)
{
    ck_assert_ptr_eq(ctx, &s);
    s.n_closed++;
    s.closed_status = status;
    s.conn = NULL;
}

static const struct pipe_conn_ops CONN_OPS = {
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
};

static bool
on_accepted(void *ctx, struct pipe_conn *conn, const struct pipe_peer *peer,
            bool over_limit)
{
    ck_assert_ptr_eq(ctx, &s);
    s.n_accepted++;
    s.peer = *peer;
    if (over_limit)
        s.n_over_limit++;
    if (s.refuse)
        return false;
    s.conn = conn;
    pipe_conn_start(conn, &CONN_OPS, &s);
    return true;
}

static struct pipe_listen_options
default_options(void)
{
    return (struct pipe_listen_options){
        .path = path,
        .mode = 0660,
        .gid = (gid_t)-1,
        .fd = -1,
        .max_conns = 256,
        .high_water = HIGH_WATER,
        .low_water = LOW_WATER,
        .max_unsent = MAX_UNSENT,
    };
}

static int
try_listen(struct aigw_err *err)
{
    struct pipe_listen_options options = default_options();

    return pipe_listen(s.loop, &options, on_accepted, &s, &s.listener, err);
}

static void
listen_or_fail(void)
{
    struct aigw_err err = {0};

    ck_assert_msg(try_listen(&err) == 0, "%s", err.text);
}

static void
setup(void)
{
    memset(&s, 0, sizeof(s));
    s.loop = loop_new();
    ck_assert_ptr_nonnull(s.loop);
    (void)snprintf(folder, sizeof(folder), "/tmp/aigw-pipe-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/rpc.sock", folder);
}

static void
teardown(void)
{
    char lock[128];

    pipe_listener_free(s.listener);
    ck_assert_int_eq(loop_free(s.loop), 0);
    (void)snprintf(lock, sizeof(lock), "%s.lock", path);
    (void)unlink(lock);
    (void)unlink(path);
    (void)rmdir(folder);
}

static int
try_dial(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(addr.sun_path, path, strlen(path));
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static int
dial(void)
{
    int fd = try_dial();

    ck_assert_int_ge(fd, 0);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static int
dial_accepted(void)
{
    int fd;

    s.n_accepted = 0;
    fd = dial();
    run_until(conn_accepted);
    return fd;
}

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

    if (pipe_listen(loop, &options, on_accepted, &s, &listener, NULL) == 0)
        (void)write(ready_fd, "x", 1);
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

static void
kill_server(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
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
    kill_server(pid);
}

END_TEST

/* F70 */
START_TEST(socket_of_a_killed_daemon_is_taken_over_within_100_ms)
{
    int64_t start;

    kill_server(start_server());
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
    kill_server(start_server());
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

    (void)read(start_fd, &byte, 1);
    status = try_listen(&err);
    if (status == AIGW_EBUSY)
        return strstr(err.text, "as pid 0") ? 2 : 1;
    (void)read(end_fd, &byte, 1);
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
            int fd = try_dial();

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

/* F72: known before a byte is read. */
START_TEST(caller_is_known_by_pid_user_and_groups)
{
    int client;
    gid_t groups[3] = {4, 24, 27};

    listen_or_fail();
    if (geteuid() == 0)
        ck_assert_int_eq(setgroups(3, groups), 0);
    client = dial_accepted();
    ck_assert_int_eq(s.peer.pid, getpid());
    ck_assert_int_eq((int)s.peer.uid, (int)geteuid());
    ck_assert(pipe_peer_in_group(&s.peer, getegid()));
    if (geteuid() == 0)
        ck_assert(pipe_peer_in_group(&s.peer, 24));
    ck_assert(!pipe_peer_in_group(&s.peer, 54321));
    ck_assert_int_eq((int)s.received, 0);
    (void)close(client);
}

END_TEST

START_TEST(caller_in_a_hundred_groups_is_served)
{
    gid_t groups[100];
    int client;

    if (geteuid() != 0)
        return;
    for (int i = 0; i < 100; i++)
        groups[i] = (gid_t)(1000 + i);
    listen_or_fail();
    ck_assert_int_eq(setgroups(100, groups), 0);
    client = dial_accepted();
    ck_assert_int_eq(s.peer.n_groups, 64);
    ck_assert(pipe_peer_in_group(&s.peer, 1063));
    (void)close(client);
}

END_TEST

START_TEST(refused_caller_sees_the_end_and_its_owner_nothing)
{
    char byte;
    int client;

    s.refuse = true;
    listen_or_fail();
    client = dial_accepted();
    run_for_ms(5);
    ck_assert_int_eq(recv(client, &byte, 1, 0), 0);
    ck_assert_int_eq(pipe_listener_conns(s.listener), 0);
    ck_assert_int_eq(s.n_closed, 0);
    (void)close(client);
}

END_TEST

static int wanted_accepts;

static bool
enough_accepted(void)
{
    return s.n_accepted >= wanted_accepts;
}

START_TEST(callers_above_the_limit_are_marked)
{
    struct pipe_listen_options options = default_options();
    int clients[4];

    options.max_conns = 2;
    ck_assert_int_eq(
        pipe_listen(s.loop, &options, on_accepted, &s, &s.listener, NULL), 0);
    for (int i = 0; i < 4; i++)
        clients[i] = dial();
    wanted_accepts = 4;
    run_until(enough_accepted);
    ck_assert_int_eq(s.n_over_limit, 2);
    ck_assert_int_eq(pipe_listener_conns(s.listener), 4);
    for (int i = 0; i < 4; i++)
        (void)close(clients[i]);
}

END_TEST

static int64_t
cpu_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Dials `n` times from another process, which then keeps the connections. */
static pid_t
start_dialler(int n)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    for (int i = 0; i < n; i++)
        (void)try_dial();
    (void)pause();
    _exit(0);
}

/* F60 */
START_TEST(without_descriptors_callers_are_closed_and_the_loop_rests)
{
    struct rlimit limit, small;
    int64_t cpu;
    pid_t dialler;

    listen_or_fail();
    dialler = start_dialler(200);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    small = limit;
    small.rlim_cur = 64;
    (void)setrlimit(RLIMIT_NOFILE, &small);
    run_for_ms(200);
    cpu = cpu_ms();
    run_for_ms(400);
    ck_assert_int_lt(cpu_ms() - cpu, 200);
    ck_assert_int_lt(s.n_accepted, 64);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    kill_server(dialler);
    (void)close(dial_accepted());
}

END_TEST

START_TEST(reserve_of_descriptors_is_left_to_the_daemon)
{
    struct rlimit small = {.rlim_cur = 64, .rlim_max = 64};
    int spare[16], n_spare = 0;
    pid_t dialler;

    (void)setrlimit(RLIMIT_NOFILE, &small);
    listen_or_fail();
    dialler = start_dialler(60);
    run_for_ms(200);
    while (n_spare < 16 && (spare[n_spare] = dup(STDERR_FILENO)) >= 0)
        n_spare++;
    ck_assert_int_ge(n_spare, 15);
    while (n_spare > 0)
        (void)close(spare[--n_spare]);
    kill_server(dialler);
    (void)close(dial_accepted());
}

END_TEST

static size_t client_received;

static bool
read_all_available(int fd)
{
    static char buffer[65536];
    ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

    if (n > 0)
        client_received += (size_t)n;
    return n > 0;
}

static int client_fd;
static size_t wanted_bytes;

static bool
client_got_enough(void)
{
    while (read_all_available(client_fd))
        ;
    return client_received >= wanted_bytes;
}

START_TEST(bytes_come_back_in_order)
{
    const char *text = "one two three";
    char answer[64] = "";

    s.echo = true;
    listen_or_fail();
    client_fd = dial_accepted();
    for (const char *p = text; *p; p++) {
        ck_assert_int_eq(send(client_fd, p, 1, 0), 1);
        run_for_ms(1);
    }
    run_for_ms(5);
    ck_assert_int_eq(recv(client_fd, answer, sizeof(answer), 0), 13);
    ck_assert_str_eq(answer, text);
    (void)close(client_fd);
    run_until(conn_closed);
    ck_assert_int_eq(s.closed_status, AIGW_ECLOSED);
}

END_TEST

/* Semantics 1.14: fair reads. */
START_TEST(one_turn_reads_at_most_64_kib)
{
    static char block[1 << 20];
    ssize_t sent;
    int size = 1 << 20;

    listen_or_fail();
    client_fd = dial();
    (void)setsockopt(client_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    sent = send(client_fd, block, sizeof(block), 0);
    ck_assert_int_gt(sent, 128 * 1024);
    run_until(conn_accepted);
    run_for_ms(20);
    ck_assert_uint_eq(s.received, (size_t)sent);
    ck_assert_uint_le(s.largest_piece, 65536);
    (void)close(client_fd);
}

END_TEST

START_TEST(writes_of_one_turn_go_out_together)
{
    char answer[64];

    listen_or_fail();
    client_fd = dial_accepted();
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(pipe_write(s.conn, "abc", 3), 0);
    ck_assert_uint_eq(pipe_unsent(s.conn), 30);
    ck_assert_int_eq(recv(client_fd, answer, sizeof(answer), 0), -1);
    run_for_ms(2);
    ck_assert_uint_eq(pipe_unsent(s.conn), 0);
    ck_assert_int_eq(recv(client_fd, answer, sizeof(answer), 0), 30);
    (void)close(client_fd);
}

END_TEST

/* F58 */
START_TEST(reader_that_stops_is_seen_as_stalled_and_later_drained)
{
    static char block[2 << 20];
    int64_t stalled_ms;

    listen_or_fail();
    client_fd = dial_accepted();
    ck_assert_int_eq(pipe_write(s.conn, block, sizeof(block)), 0);
    run_for_ms(20);
    ck_assert_uint_gt(pipe_unsent(s.conn), HIGH_WATER);
    stalled_ms = pipe_stalled_since_ms(s.conn);
    run_for_ms(30);
    ck_assert_int_eq(pipe_stalled_since_ms(s.conn), stalled_ms);
    ck_assert_int_ge(loop_now_ms(s.loop) - stalled_ms, 30);
    ck_assert_int_eq(s.n_drained, 0);
    wanted_bytes = sizeof(block);
    run_until(client_got_enough);
    run_for_ms(2);
    ck_assert_int_eq(s.n_drained, 1);
    ck_assert_uint_eq(pipe_unsent(s.conn), 0);
    ck_assert_int_gt(pipe_stalled_since_ms(s.conn), stalled_ms);
    (void)close(client_fd);
}

END_TEST

START_TEST(more_than_the_maximum_unsent_ends_the_connection)
{
    static char block[1 << 20];
    int status = 0;

    listen_or_fail();
    client_fd = dial_accepted();
    for (int i = 0; i < 8 && status == 0; i++)
        status = pipe_write(s.conn, block, sizeof(block));
    ck_assert_int_eq(status, AIGW_ETOOBIG);
    ck_assert_int_eq(s.n_closed, 0);
    ck_assert_int_eq(pipe_write(s.conn, "x", 1), AIGW_ECLOSED);
    run_until(conn_closed);
    ck_assert_int_eq(s.closed_status, AIGW_ETOOBIG);
    (void)close(client_fd);
}

END_TEST

START_TEST(whole_maximum_fits_into_one_turn)
{
    static char block[MAX_UNSENT];

    listen_or_fail();
    client_fd = dial_accepted();
    ck_assert_int_eq(pipe_write(s.conn, block, sizeof(block)), 0);
    ck_assert_int_eq(pipe_write(s.conn, block, 100 * 1024), 0);
    wanted_bytes = sizeof(block) + 100 * 1024;
    run_until(client_got_enough);
    (void)close(client_fd);
}

END_TEST

START_TEST(paused_connection_reads_nothing_but_notices_the_end)
{
    listen_or_fail();
    client_fd = dial_accepted();
    pipe_pause(s.conn);
    ck_assert_int_eq(send(client_fd, "abc", 3, 0), 3);
    run_for_ms(10);
    ck_assert_uint_eq(s.received, 0);
    pipe_resume(s.conn);
    run_for_ms(5);
    ck_assert_uint_eq(s.received, 3);
    pipe_pause(s.conn);
    (void)close(client_fd);
    run_until(conn_closed);
    ck_assert_int_eq(s.closed_status, AIGW_ECLOSED);
}

END_TEST

START_TEST(connection_may_be_closed_from_its_own_callback)
{
    s.close_on_data = true;
    listen_or_fail();
    client_fd = dial_accepted();
    (void)send(client_fd, "abc", 3, 0);
    run_until(conn_closed);
    ck_assert_int_eq(s.closed_status, 0);
    ck_assert_int_eq(s.n_closed, 1);
    (void)close(client_fd);
}

END_TEST

START_TEST(flushing_close_sends_what_is_queued)
{
    static char block[1 << 20];

    listen_or_fail();
    client_fd = dial_accepted();
    ck_assert_int_eq(pipe_write(s.conn, block, sizeof(block)), 0);
    pipe_close(s.conn, true, PATIENCE_MS);
    ck_assert_int_eq(pipe_write(s.conn, "x", 1), AIGW_ECLOSED);
    wanted_bytes = sizeof(block);
    run_until(client_got_enough);
    run_until(conn_closed);
    ck_assert_int_eq(s.closed_status, 0);
    ck_assert_uint_eq(client_received, sizeof(block));
    (void)close(client_fd);
}

END_TEST

START_TEST(flushing_close_ends_with_its_patience)
{
    static char block[1 << 20];
    int64_t start;

    listen_or_fail();
    client_fd = dial_accepted();
    ck_assert_int_eq(pipe_write(s.conn, block, sizeof(block)), 0);
    start = clock_mono_ms();
    pipe_close(s.conn, true, 30);
    run_until(conn_closed);
    ck_assert_int_ge(clock_mono_ms() - start, 29);
    ck_assert_int_eq(s.closed_status, 0);
    (void)close(client_fd);
}

END_TEST

START_TEST(peer_that_leaves_with_unread_bytes_is_a_plain_end)
{
    static char block[1 << 20];

    listen_or_fail();
    client_fd = dial_accepted();
    ck_assert_int_eq(pipe_write(s.conn, block, sizeof(block)), 0);
    run_for_ms(5);
    (void)close(client_fd);
    run_until(conn_closed);
    ck_assert_int_eq(s.closed_status, AIGW_ECLOSED);
}

END_TEST

START_TEST(freeing_the_listener_closes_its_connections)
{
    listen_or_fail();
    client_fd = dial_accepted();
    pipe_listener_free(s.listener);
    s.listener = NULL;
    ck_assert_int_eq(s.n_closed, 0);
    run_until(conn_closed);
    ck_assert_int_eq(s.closed_status, 0);
    (void)close(client_fd);
}

END_TEST

static TCase *
new_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(suite, tc);
    return tc;
}

static Suite *
pipe_suite(void)
{
    Suite *suite = suite_create("io_pipe");
    TCase *place = new_case(suite, "place");
    TCase *callers = new_case(suite, "callers");
    TCase *data = new_case(suite, "data");

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

    tcase_add_test(callers, caller_is_known_by_pid_user_and_groups);
    tcase_add_test(callers, caller_in_a_hundred_groups_is_served);
    tcase_add_test(callers, refused_caller_sees_the_end_and_its_owner_nothing);
    tcase_add_test(callers, callers_above_the_limit_are_marked);
    tcase_add_test(callers,
                   without_descriptors_callers_are_closed_and_the_loop_rests);
    tcase_add_test(callers, reserve_of_descriptors_is_left_to_the_daemon);

    tcase_add_test(data, bytes_come_back_in_order);
    tcase_add_test(data, one_turn_reads_at_most_64_kib);
    tcase_add_test(data, writes_of_one_turn_go_out_together);
    tcase_add_test(data,
                   reader_that_stops_is_seen_as_stalled_and_later_drained);
    tcase_add_test(data, more_than_the_maximum_unsent_ends_the_connection);
    tcase_add_test(data, whole_maximum_fits_into_one_turn);
    tcase_add_test(data, paused_connection_reads_nothing_but_notices_the_end);
    tcase_add_test(data, connection_may_be_closed_from_its_own_callback);
    tcase_add_test(data, flushing_close_sends_what_is_queued);
    tcase_add_test(data, flushing_close_ends_with_its_patience);
    tcase_add_test(data, peer_that_leaves_with_unread_bytes_is_a_plain_end);
    tcase_add_test(data, freeing_the_listener_closes_its_connections);
    return suite;
}

int
main(void)
{
    return suite_main(pipe_suite());
}
