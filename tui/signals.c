#include "tui/signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void
fill_set(sigset_t *set)
{
    static const int handled[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                  SIGTSTP, SIGCONT, SIGWINCH};

    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof(handled) / sizeof(*handled); i++)
        (void)sigaddset(set, handled[i]);
}

int
signals_open(void)
{
    sigset_t set;

    fill_set(&set);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int
signals_read(int fd)
{
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return 0;
    return (int)info.ssi_signo;
}

void
signals_stop(void)
{
    sigset_t stop;

    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTSTP);
    /* ncurses may have put a handler there. */
    (void)signal(SIGTSTP, SIG_DFL);
    (void)raise(SIGTSTP);
    /* cppcheck-suppress unreachableCode ; raise() returns. */
    (void)sigprocmask(SIG_UNBLOCK, &stop, NULL);
    (void)sigprocmask(SIG_BLOCK, &stop, NULL);
}

void
signals_close(int fd)
{
    sigset_t set;

    if (fd < 0)
        return;
    (void)close(fd);
    fill_set(&set);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}
