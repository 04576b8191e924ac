#include "support/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

/* In the child: a session of its own, with the terminal. */
static _Noreturn void
become(const struct pty *p, const char *const *argv, const char *folder)
{
    char *words[PROCESS_MAX_ARGS] = {0};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (login_tty(p->slave) != 0 || chdir(folder) != 0)
        _exit(126);
    for (size_t i = 0; argv[i] && i + 1 < PROCESS_MAX_ARGS; i++)
        words[i] = strdup(argv[i]);
    (void)execv(words[0], words);
    _exit(127);
}

void
pty_start(struct pty *p, const char *const *argv, const char *folder, int rows,
          int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows,
                           .ws_col = (unsigned short)cols};

    memset(p, 0, sizeof(*p));
    vt_init(&p->vt, rows, cols);
    ck_assert_int_eq(openpty(&p->master, &p->slave, NULL, NULL, &size), 0);
    ck_assert_int_eq(tcgetattr(p->slave, &p->before), 0);
    ck_assert_int_eq(fcntl(p->master, F_SETFD, FD_CLOEXEC), 0);
    ck_assert_int_eq(fcntl(p->master, F_SETFL, O_NONBLOCK), 0);
    p->pid = fork();
    ck_assert_int_ge(p->pid, 0);
    if (p->pid == 0)
        become(p, argv, folder);
    ck_assert_int_eq(fcntl(p->slave, F_SETFD, FD_CLOEXEC), 0);
}

/* False if nothing was there. */
static bool
take_in(struct pty *p)
{
    char bytes[4096];
    ssize_t n = read(p->master, bytes, sizeof(bytes));

    if (n <= 0)
        return false;
    p->n_bytes += (uint64_t)n;
    vt_write(&p->vt, bytes, (size_t)n);
    return true;
}

void
pty_pump(struct pty *p, int ms)
{
    int64_t end_ms = process_now_ms() + ms;
    int64_t left_ms = ms;

    do {
        struct pollfd fd = {.fd = p->master, .events = POLLIN};

        if (poll(&fd, 1, (int)left_ms) > 0)
            (void)take_in(p);
        left_ms = end_ms - process_now_ms();
    } while (left_ms > 0);
}

static void
print_screen(const struct pty *p)
{
    for (int row = 0; row < p->vt.rows; row++) {
        char text[VT_MAX_COLS * 4];

        vt_row(&p->vt, row, text, sizeof(text));
        (void)fprintf(stderr, "|%s\n", text);
    }
}

static void
await(struct pty *p, const char *text, bool there)
{
    int64_t give_up_ms = process_now_ms() + PATIENCE_MS;

    while (vt_shows(&p->vt, text) != there) {
        if (process_now_ms() >= give_up_ms) {
            print_screen(p);
            ck_abort_msg("\"%s\" is %s on the screen", text,
                         there ? "not" : "still");
        }
        pty_pump(p, 10);
    }
}

void
pty_await(struct pty *p, const char *text)
{
    await(p, text, true);
}

void
pty_await_gone(struct pty *p, const char *text)
{
    await(p, text, false);
}

void
pty_type_bytes(struct pty *p, const char *bytes, size_t size)
{
    int64_t give_up_ms = process_now_ms() + PATIENCE_MS;

    while (size > 0) {
        ssize_t n = write(p->master, bytes, size);

        ck_assert_msg(n >= 0 || errno == EAGAIN, "%s", strerror(errno));
        ck_assert_int_lt(process_now_ms(), give_up_ms);
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        } else {
            pty_pump(p, 5);
        }
    }
}

void
pty_type(struct pty *p, const char *keys)
{
    pty_type_bytes(p, keys, strlen(keys));
}

void
pty_resize(struct pty *p, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows,
                           .ws_col = (unsigned short)cols};

    ck_assert_int_eq(ioctl(p->master, TIOCSWINSZ, &size), 0);
    vt_resize(&p->vt, rows, cols);
}

void
pty_signal(struct pty *p, int signum)
{
    ck_assert_int_gt(p->pid, 0);
    ck_assert_int_eq(kill(p->pid, signum), 0);
}

static int
wait_for_end(struct pty *p, bool reading)
{
    int64_t give_up_ms = process_now_ms() + PATIENCE_MS;

    while (waitpid(p->pid, &p->status, WNOHANG) != p->pid) {
        ck_assert_msg(process_now_ms() < give_up_ms,
                      "the program does not end");
        if (reading)
            pty_pump(p, 5);
        else
            process_pause();
    }
    p->pid = 0;
    while (reading && take_in(p))
        continue;
    return WIFEXITED(p->status) ? WEXITSTATUS(p->status) : -WTERMSIG(p->status);
}

int
pty_wait(struct pty *p)
{
    return wait_for_end(p, true);
}

int
pty_wait_unread(struct pty *p)
{
    return wait_for_end(p, false);
}

bool
pty_is_cooked(const struct pty *p)
{
    struct termios now;

    ck_assert_int_eq(tcgetattr(p->slave, &now), 0);
    return now.c_iflag == p->before.c_iflag && now.c_oflag == p->before.c_oflag
           && now.c_lflag == p->before.c_lflag;
}

void
pty_expect_restored(struct pty *p)
{
    while (take_in(p))
        continue;
    ck_assert_int_eq(pty_is_cooked(p), true);
    ck_assert_int_eq(p->vt.other, false);
    ck_assert_int_eq(p->vt.cursor_hidden, false);
    ck_assert_int_eq(p->vt.mouse, false);
    ck_assert_int_eq(p->vt.keys_sent_as_applications, false);
}

void
pty_stop(struct pty *p)
{
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
        (void)waitpid(p->pid, &p->status, 0);
    }
    (void)close(p->master);
    (void)close(p->slave);
    p->pid = 0;
}
