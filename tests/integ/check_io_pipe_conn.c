/*
 * check_io_pipe_conn.c - the Unix-domain socket: who calls, and that bytes and
 * memory stay within their limits.
 */
#include "pipe_server.h"
#include "support/suite.h"
#include "turns.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

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

static int client_fd;

static bool
client_sees_the_end(void)
{
    char byte;

    return recv(client_fd, &byte, 1, 0) == 0;
}

static bool
nobody_is_connected(void)
{
    return pipe_listener_conns(s.listener) == 0;
}

START_TEST(refused_caller_sees_the_end_and_its_owner_nothing)
{
    s.refuse = true;
    listen_or_fail();
    client_fd = dial_accepted();
    turns_until(s.loop, client_sees_the_end);
    turns_until(s.loop, nobody_is_connected);
    ck_assert_int_eq(s.n_closed, 0);
    (void)close(client_fd);
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
    turns_until(s.loop, enough_accepted);
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

static int refusals_fd;

/* The other process: dials up to `n` times, tells when the last of them was
 * hung up on, and keeps the rest. */
static _Noreturn void
dial_for_ever(int n, int report_fd)
{
    struct pollfd last = {.fd = -1, .events = POLLIN};

    for (int i = 0; i < n; i++) {
        int fd = try_dial();

        last.fd = fd >= 0 ? fd : last.fd;
    }
    (void)poll(&last, 1, -1);
    if (write(report_fd, "", 1) == 1)
        (void)pause();
    _exit(0);
}

/* `n` must be more than the listener can keep. */
static pid_t
start_dialler(int n)
{
    int ends[2];
    pid_t pid;

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        dial_for_ever(n, ends[1]);
    (void)close(ends[1]);
    refusals_fd = ends[0];
    return pid;
}

static bool
last_is_refused(void)
{
    char byte;

    return read(refusals_fd, &byte, 1) == 1;
}

/* All calls of the dialler were accepted or hung up on. */
static void
await_dialler(void)
{
    turns_until(s.loop, last_is_refused);
    (void)close(refusals_fd);
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
    await_dialler();
    cpu = cpu_ms();
    turns_for_ms(s.loop, 400);
    ck_assert_int_lt(cpu_ms() - cpu, 200);
    ck_assert_int_lt(s.n_accepted, 64);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    kill_process(dialler);
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
    await_dialler();
    while (n_spare < 16 && (spare[n_spare] = dup(STDERR_FILENO)) >= 0)
        n_spare++;
    ck_assert_int_ge(n_spare, 15);
    while (n_spare > 0)
        (void)close(spare[--n_spare]);
    kill_process(dialler);
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

static size_t wanted_bytes;

static void
expect_bytes(size_t n)
{
    client_received = 0;
    wanted_bytes = n;
}

static bool
client_got_enough(void)
{
    while (read_all_available(client_fd))
        ;
    return client_received >= wanted_bytes;
}

static size_t wanted_received;

static bool
all_is_received(void)
{
    return s.received >= wanted_received;
}

static bool
all_is_sent(void)
{
    return all_is_received() && pipe_unsent(s.conn) == 0;
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
        turns_for_ms(s.loop, 1);
    }
    wanted_received = strlen(text);
    turns_until(s.loop, all_is_sent);
    ck_assert_int_eq(recv(client_fd, answer, sizeof(answer), 0), 13);
    ck_assert_str_eq(answer, text);
    (void)close(client_fd);
    turns_until(s.loop, conn_closed);
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
    turns_until(s.loop, conn_accepted);
    wanted_received = (size_t)sent;
    turns_until(s.loop, all_is_received);
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
    turns_until(s.loop, all_is_sent);
    ck_assert_int_eq(recv(client_fd, answer, sizeof(answer), 0), 30);
    (void)close(client_fd);
}

END_TEST

static size_t written;

static bool
some_is_sent(void)
{
    return pipe_unsent(s.conn) < written;
}

/* F58 */
START_TEST(reader_that_stops_is_seen_as_stalled_and_later_drained)
{
    static char block[2 << 20];
    int64_t stalled_ms;

    listen_or_fail();
    client_fd = dial_accepted();
    ck_assert_int_eq(pipe_write(s.conn, block, sizeof(block)), 0);
    written = sizeof(block);
    turns_until(s.loop, some_is_sent);
    ck_assert_uint_gt(pipe_unsent(s.conn), HIGH_WATER);
    stalled_ms = pipe_stalled_since_ms(s.conn);
    turns_for_ms(s.loop, 30);
    ck_assert_int_eq(pipe_stalled_since_ms(s.conn), stalled_ms);
    ck_assert_int_ge(loop_now_ms(s.loop) - stalled_ms, 30);
    ck_assert_int_eq(s.n_drained, 0);
    expect_bytes(sizeof(block));
    turns_until(s.loop, client_got_enough);
    turns_until(s.loop, all_is_sent);
    ck_assert_int_eq(s.n_drained, 1);
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
    turns_until(s.loop, conn_closed);
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
    expect_bytes(sizeof(block) + 100 * 1024);
    turns_until(s.loop, client_got_enough);
    (void)close(client_fd);
}

END_TEST

START_TEST(paused_connection_reads_nothing_but_notices_the_end)
{
    listen_or_fail();
    client_fd = dial_accepted();
    pipe_pause(s.conn);
    ck_assert_int_eq(send(client_fd, "abc", 3, 0), 3);
    turns_for_ms(s.loop, 10);
    ck_assert_uint_eq(s.received, 0);
    pipe_resume(s.conn);
    wanted_received = 3;
    turns_until(s.loop, all_is_received);
    ck_assert_uint_eq(s.received, 3);
    pipe_pause(s.conn);
    (void)close(client_fd);
    turns_until(s.loop, conn_closed);
    ck_assert_int_eq(s.closed_status, AIGW_ECLOSED);
}

END_TEST

START_TEST(connection_may_be_closed_from_its_own_callback)
{
    s.close_on_data = true;
    listen_or_fail();
    client_fd = dial_accepted();
    (void)send(client_fd, "abc", 3, 0);
    turns_until(s.loop, conn_closed);
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
    expect_bytes(sizeof(block));
    turns_until(s.loop, client_got_enough);
    turns_until(s.loop, conn_closed);
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
    start = loop_now_ms(s.loop);
    pipe_close(s.conn, true, 30);
    turns_until(s.loop, conn_closed);
    ck_assert_int_ge(loop_now_ms(s.loop) - start, 30);
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
    written = sizeof(block);
    turns_until(s.loop, some_is_sent);
    (void)close(client_fd);
    turns_until(s.loop, conn_closed);
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
    turns_until(s.loop, conn_closed);
    ck_assert_int_eq(s.closed_status, 0);
    (void)close(client_fd);
}

END_TEST

static Suite *
pipe_suite(void)
{
    Suite *suite = suite_create("io_pipe_conn");
    TCase *callers = pipe_case(suite, "callers");
    TCase *data = pipe_case(suite, "data");

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
