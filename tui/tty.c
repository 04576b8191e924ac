#include "tui/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text/clock.h"
#include "text/mem.h"

enum {
    FAREWELL_MS = 200,
    USUAL_ROWS = 24,
    USUAL_COLS = 80
};

/* Ends an escape sequence of which only a part has been written. */
#define CANCEL "\x18"

/* The terminal once more, because stdout's own flags are shared with whoever
 * started this program and stay as they are.  After su(1) its file belongs to
 * somebody else, but /dev/tty is everybody's. */
static int
open_again(void)
{
    int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int fd = open("/proc/self/fd/1", flags);

    if (fd < 0 && tcgetsid(STDOUT_FILENO) == getsid(0))
        fd = open("/dev/tty", flags);
    return fd;
}

int
tty_open(struct tty *t, char ret_error[160])
{
    bool in = isatty(STDIN_FILENO), out = isatty(STDOUT_FILENO);

    *t = (struct tty){.out = -1};
    if (!in || !out) {
        (void)snprintf(ret_error, 160,
                       "%s is not a terminal; without one there is "
                       "aigw-top --batch",
                       in ? "stdout" : "stdin");
        return -1;
    }
    if (tcgetattr(STDIN_FILENO, &t->cooked) == 0)
        t->out = open_again();
    if (t->out >= 0)
        return 0;
    (void)snprintf(ret_error, 160, "cannot use the terminal: %s",
                   strerror(errno));
    return -1;
}

void
tty_close(struct tty *t)
{
    tty_end(t);
    free(t->queue);
    if (t->out >= 0)
        (void)close(t->out);
    *t = (struct tty){.out = -1};
}

void
tty_begin(struct tty *t)
{
    struct termios raw = t->cooked;

    raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL | INLCR | IGNCR | ISTRIP);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    t->begun = true;
    rescue_arm(t->out, &t->cooked, t->farewell, t->n_farewell);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

/* Writes the queue for at most FAREWELL_MS.  True if nothing is left. */
static bool
flush_patiently(struct tty *t)
{
    double end_ms = clock_now_ms() + FAREWELL_MS;

    while (!tty_flush(t)) {
        struct pollfd fd = {.fd = t->out, .events = POLLOUT};
        int left_ms = (int)(end_ms - clock_now_ms());

        if (left_ms <= 0 || poll(&fd, 1, left_ms) == 0)
            return false;
    }
    return true;
}

void
tty_end(struct tty *t)
{
    if (!t->begun)
        return;
    t->begun = false;
    if (!flush_patiently(t)) {
        /* Nobody reads: makes room for the one thing that matters. */
        (void)tcflush(t->out, TCOFLUSH);
        t->n_queue = 0;
        t->n_sent = 0;
        tty_write(t, CANCEL, strlen(CANCEL));
    }
    tty_write(t, t->farewell, t->n_farewell);
    (void)flush_patiently(t);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &t->cooked);
    rescue_disarm();
}

void
tty_set_farewell(struct tty *t, const char *bytes, size_t size)
{
    t->n_farewell = size < sizeof(t->farewell) ? size : sizeof(t->farewell);
    memcpy(t->farewell, bytes, t->n_farewell);
    if (t->begun)
        rescue_arm(t->out, &t->cooked, t->farewell, t->n_farewell);
}

void
tty_write(struct tty *t, const char *bytes, size_t size)
{
    t->queue = mem_resize(t->queue, t->n_queue + size + 1, 1);
    memcpy(t->queue + t->n_queue, bytes, size);
    t->n_queue += size;
    (void)tty_flush(t);
}

bool
tty_flush(struct tty *t)
{
    while (tty_is_behind(t)) {
        ssize_t n = write(t->out, t->queue + t->n_sent, t->n_queue - t->n_sent);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return false;
        if (n < 0)
            break; /* It is gone, as poll(2) will tell of stdin too. */
        t->n_sent += (size_t)n;
        t->written += (unsigned long long)n;
    }
    t->n_queue = 0;
    t->n_sent = 0;
    return true;
}

bool
tty_is_behind(const struct tty *t)
{
    return t->n_sent < t->n_queue;
}

static int
number_of(const char *variable, int usual)
{
    const char *text = getenv(variable);
    long value = text ? strtol(text, NULL, 10) : 0;

    return value > 0 && value <= 9999 ? (int)value : usual;
}

void
tty_size(const struct tty *t, int *ret_rows, int *ret_cols)
{
    struct winsize size = {0};

    (void)ioctl(t->out, TIOCGWINSZ, &size);
    *ret_rows = size.ws_row > 0 ? size.ws_row : number_of("LINES", USUAL_ROWS);
    *ret_cols =
        size.ws_col > 0 ? size.ws_col : number_of("COLUMNS", USUAL_COLS);
}
