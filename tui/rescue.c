#include "tui/rescue.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STACK_BYTES = 65536
};

static const int fatal_signals[] = {SIGABRT, SIGBUS,  SIGFPE,
                                    SIGILL,  SIGSEGV, SIGTRAP};

enum {
    N_FATAL = sizeof(fatal_signals) / sizeof(*fatal_signals)
};

static struct {
    volatile sig_atomic_t armed;
    bool installed;
    int fd;
    struct termios modes;
    char bytes[RESCUE_MAX_BYTES];
    size_t size;
    struct sigaction before[N_FATAL];
} rescue;

/* Only what a signal handler may do. */
static void
give_back(void)
{
    int saved = errno;

    if (rescue.armed) {
        ssize_t n = write(rescue.fd, rescue.bytes, rescue.size);

        (void)n; /* There is nothing more that could be done. */
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &rescue.modes);
        rescue.armed = 0;
    }
    errno = saved;
}

/* Whoever handled these signals before gets them again.  A fault comes again
 * by itself, with its address; what was sent by kill(2) or abort(3) does
 * not. */
static void
on_fatal(int signum, siginfo_t *info, void *context)
{
    (void)context;
    give_back();
    for (size_t i = 0; i < N_FATAL; i++)
        (void)sigaction(fatal_signals[i], &rescue.before[i], NULL);
    if (info->si_code <= 0)
        (void)raise(signum);
}

/* For a stack that is used up; a sanitizer has one of its own. */
static void
install_stack(void)
{
    static char stack[STACK_BYTES];
    stack_t now;

    if (sigaltstack(NULL, &now) == 0 && now.ss_flags & SS_DISABLE)
        (void)sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)},
                          NULL);
}

static void
install(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};

    action.sa_sigaction = on_fatal;
    (void)sigemptyset(&action.sa_mask);
    install_stack();
    for (size_t i = 0; i < N_FATAL; i++)
        (void)sigaction(fatal_signals[i], &action, &rescue.before[i]);
    (void)atexit(give_back);
    rescue.installed = true;
}

void
rescue_arm(int fd, const struct termios *modes, const char *bytes, size_t size)
{
    rescue.armed = 0;
    rescue.fd = fd;
    rescue.modes = *modes;
    rescue.size = size < RESCUE_MAX_BYTES ? size : RESCUE_MAX_BYTES;
    memcpy(rescue.bytes, bytes, rescue.size);
    if (!rescue.installed)
        install();
    rescue.armed = 1;
}

void
rescue_disarm(void)
{
    rescue.armed = 0;
}
