#include "pipe_server.h"

#include "turns.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct pipe_server s;

char folder[64];
char path[96];

bool
conn_accepted(void)
{
    return s.n_accepted > 0;
}

bool
conn_closed(void)
{
    return s.n_closed > 0;
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

bool
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

struct pipe_listen_options
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

int
try_listen(struct aigw_err *err)
{
    struct pipe_listen_options options = default_options();

    return pipe_listen(s.loop, &options, on_accepted, &s, &s.listener, err);
}

void
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

int
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

int
dial(void)
{
    int fd = try_dial();

    ck_assert_int_ge(fd, 0);
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

int
dial_accepted(void)
{
    int fd;

    s.n_accepted = 0;
    fd = dial();
    turns_until(s.loop, conn_accepted);
    return fd;
}

TCase *
pipe_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(suite, tc);
    return tc;
}

void
kill_process(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}
