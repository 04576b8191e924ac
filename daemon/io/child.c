#include "io/child.h"

#include "io/loop_uv.h"

#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

enum {
    FIRST_OTHER_FD = 3,
    N_STDIO = 3,
    N_HANDLES = 3, /* Of one child. */

    /* How long a killed one is waited for, when it must be at once. */
    REAP_TRIES = 100,
    REAP_PAUSE_NS = 1000000,
};

struct child {
    uv_process_t process;
    uv_pipe_t out;
    uv_timer_t timer;
    int n_open; /* Handles that are not closed yet. */
    char *output;
    size_t max_bytes;
    child_done_fn done; /* NULL: nobody wants to know any more. */
    void *ctx;
    struct child_result result;
    bool closing;
    char surplus; /* Where the byte goes that is one too many. */
};

static void
on_closed(uv_handle_t *handle)
{
    struct child *c = handle->data;

    if (--c->n_open == 0)
        free(c);
}

static void
close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

/* It is over, except that the process may have to be waited for. */
static void
finish(struct child *c)
{
    child_done_fn done = c->done;
    struct child_result result = c->result;

    c->closing = true;
    c->done = NULL;
    close_handle((uv_handle_t *)&c->out);
    close_handle((uv_handle_t *)&c->timer);
    if (done)
        done(c->ctx, &result);
}

/* Until the leader has been waited for, its number means this group. */
static void
stop(struct child *c, enum child_end why)
{
    (void)kill(-c->process.pid, SIGKILL);
    c->result.end = why;
    finish(c);
}

static void
on_timeout(uv_timer_t *timer)
{
    stop(timer->data, CHILD_TOO_LONG);
}

static void
give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    struct child *c = handle->data;
    size_t room = c->max_bytes - c->result.n_bytes;

    (void)suggested;
    *ret_buf = room > 0
                   ? uv_buf_init(c->output + c->result.n_bytes, (unsigned)room)
                   : uv_buf_init(&c->surplus, 1);
}

static void
on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct child *c = stream->data;

    if (n < 0) {
        (void)uv_read_stop(stream);
    } else if (n > 0 && buf->base == &c->surplus) {
        c->surplus = 0;
        stop(c, CHILD_TOO_MUCH);
    } else {
        c->result.n_bytes += (size_t)n;
    }
}

/* What it wrote before it ended is in the pipe by now.  Others of its group may
 * hold the pipe open for long, so nobody waits for the end of that. */
static void
take_rest(struct child *c)
{
    uv_os_fd_t fd;
    ssize_t n = 1;

    if (uv_fileno((uv_handle_t *)&c->out, &fd) != 0)
        return;
    while (n > 0 && c->result.n_bytes < c->max_bytes) {
        n = read(fd, c->output + c->result.n_bytes,
                 c->max_bytes - c->result.n_bytes);
        if (n > 0)
            c->result.n_bytes += (size_t)n;
    }
    if (n > 0 && read(fd, &c->surplus, 1) > 0)
        c->result.end = CHILD_TOO_MUCH;
    c->surplus = 0;
}

static void
on_exited(uv_process_t *process, int64_t code, int signum)
{
    struct child *c = process->data;

    close_handle((uv_handle_t *)process);
    if (c->closing)
        return;
    c->result.end = signum ? CHILD_SIGNALLED : CHILD_EXITED;
    c->result.code = signum ? signum : (int)code;
    take_rest(c);
    finish(c);
}

/* F84: whatever some library opened without close-on-exec. */
static void
guard_descriptors(void)
{
    (void)close_range(FIRST_OTHER_FD, ~0U, CLOSE_RANGE_CLOEXEC);
}

static int
spawn(struct loop *loop, struct child *c, const struct child_options *o)
{
    uv_stdio_container_t stdio[N_STDIO] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
         .data.stream = (uv_stream_t *)&c->out},
        {.flags = UV_IGNORE},
    };
    const uv_process_options_t options = {
        .exit_cb = on_exited,
        .file = o->argv[0],
        .args = o->argv,
        .env = o->env,
        .cwd = "/",
        .flags = UV_PROCESS_DETACHED,
        .stdio_count = N_STDIO,
        .stdio = stdio,
    };

    guard_descriptors();
    return uv_spawn(loop_uv(loop), &c->process, &options);
}

static void
init_handles(struct loop *loop, struct child *c)
{
    (void)uv_pipe_init(loop_uv(loop), &c->out, 0);
    (void)uv_timer_init(loop_uv(loop), &c->timer);
    c->n_open = N_HANDLES;
    c->process.data = c->out.data = c->timer.data = c;
}

int
child_start(struct loop *loop, const struct child_options *options,
            child_done_fn done, void *ctx, struct child **ret_child,
            struct aigw_err *err)
{
    struct child *c = calloc(1, sizeof(*c));
    int status;

    if (!c)
        return aigw_err_set(err, AIGW_ENOMEM, "out of memory");
    c->output = options->output;
    c->max_bytes = options->max_bytes;
    init_handles(loop, c);
    status = spawn(loop, c, options);
    if (status < 0) {
        finish(c);
        close_handle((uv_handle_t *)&c->process);
        return aigw_err_set(err, AIGW_EIO, "%s", uv_strerror(status));
    }
    c->done = done;
    c->ctx = ctx;
    (void)uv_timer_start(&c->timer, on_timeout, (uint64_t)options->timeout_ms,
                         0);
    (void)uv_read_start((uv_stream_t *)&c->out, give_room, on_output);
    *ret_child = c;
    return 0;
}

/* libuv waits for nobody whose handle is closed, and an open one would have to
 * outlive the loop. */
static void
reap(pid_t pid)
{
    const struct timespec pause = {.tv_nsec = REAP_PAUSE_NS};

    for (int i = 0; i < REAP_TRIES && waitpid(pid, NULL, WNOHANG) == 0; i++)
        (void)nanosleep(&pause, NULL);
}

void
child_kill(struct child *child)
{
    if (!child)
        return;
    child->done = NULL;
    close_handle((uv_handle_t *)&child->process);
    stop(child, CHILD_SIGNALLED);
    reap(child->process.pid);
}
