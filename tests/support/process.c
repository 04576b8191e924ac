#include "support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int64_t
process_now_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
process_pause(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

/* In the child. */
static _Noreturn void
become(const struct process_options *options, int out, pid_t parent)
{
    char *argv[PROCESS_MAX_ARGS] = {0};
    int err = -1;

    /* Between fork() and prctl() the parent may have ended already. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    if (out >= 0)
        (void)dup2(out, STDOUT_FILENO);
    if (options->stderr_path)
        err = open(options->stderr_path,
                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (err >= 0)
        (void)dup2(err, STDERR_FILENO);
    /* Nothing of the test's own is any business of the child's. */
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    for (size_t i = 0; options->argv[i] && i + 1 < PROCESS_MAX_ARGS; i++)
        argv[i] = strdup(options->argv[i]);
    (void)execv(argv[0], argv);
    _exit(127);
}

void
process_start(struct process *p, const struct process_options *options)
{
    pid_t parent = getpid();
    int fds[2] = {-1, -1};

    ck_assert_ptr_nonnull(options->argv[0]);
    if (options->capture)
        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    *p = (struct process){.out = fds[0]};
    p->pid = fork();
    ck_assert_int_ge(p->pid, 0);
    if (p->pid == 0)
        become(options, fds[1], parent);
    if (fds[1] >= 0)
        (void)close(fds[1]);
}

void
process_read_line(struct process *p, char *line, size_t size)
{
    int64_t give_up_ms = process_now_ms() + PATIENCE_MS;
    size_t n = 0;

    for (;;) {
        struct pollfd fd = {.fd = p->out, .events = POLLIN};
        int64_t left_ms = give_up_ms - process_now_ms();

        ck_assert_msg(left_ms > 0 && poll(&fd, 1, (int)left_ms) == 1,
                      "no line came from the process");
        ck_assert_msg(read(p->out, &line[n], 1) == 1,
                      "the process ended its output");
        if (line[n] == '\n')
            break;
        n++;
        ck_assert_uint_lt(n, size);
    }
    line[n] = '\0';
}

void
process_signal(const struct process *p, int signum)
{
    ck_assert_int_gt(p->pid, 0);
    ck_assert_int_eq(kill(p->pid, signum), 0);
}

static void
release(struct process *p)
{
    p->pid = 0;
    if (p->out >= 0)
        (void)close(p->out);
    p->out = -1;
}

bool
process_has_ended(struct process *p)
{
    if (p->pid == 0)
        return true;
    if (waitpid(p->pid, &p->status, WNOHANG) != p->pid)
        return false;
    release(p);
    return true;
}

int
process_wait(struct process *p, int64_t within_ms)
{
    int64_t give_up_ms = process_now_ms() + within_ms;

    while (!process_has_ended(p)) {
        if (process_now_ms() >= give_up_ms) {
            process_kill(p);
            ck_abort_msg("the process did not end within %lld ms",
                         (long long)within_ms);
        }
        process_pause();
    }
    return WIFEXITED(p->status) ? WEXITSTATUS(p->status) : -WTERMSIG(p->status);
}

void
process_kill(struct process *p)
{
    if (process_has_ended(p))
        return;
    (void)kill(p->pid, SIGKILL);
    while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
        continue;
    release(p);
}
