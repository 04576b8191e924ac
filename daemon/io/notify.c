#include "io/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    FIRST_PASSED_FD = 3, /* SD_LISTEN_FDS_START of sd_listen_fds(3) */
    MAX_PASSED_FDS = 64,
};

/* A leading '@' stands for the abstract namespace. */
static bool
notify_address(struct sockaddr_un *addr, socklen_t *ret_size)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t length = path ? strlen(path) : 0;

    if (length < 2 || length >= sizeof(addr->sun_path))
        return false;
    if (path[0] != '@' && path[0] != '/')
        return false;
    *addr = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(addr->sun_path, path, length);
    if (path[0] == '@')
        addr->sun_path[0] = '\0';
    *ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

/* Never waits: a manager that does not read loses a message, not the loop. */
void
notify_send(const char *state)
{
    struct sockaddr_un addr;
    socklen_t size;
    int fd;

    if (!notify_address(&addr, &size))
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
                 (const struct sockaddr *)&addr, size);
    (void)close(fd);
}

void
notify_reloading(int64_t mono_ns)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
                   mono_ns / 1000);
    notify_send(text);
}

/* False unless the variable holds a decimal number in [1, max]. */
static bool
env_number(const char *name, int64_t max, int64_t *ret_number)
{
    const char *text = getenv(name);
    char *end = NULL;
    long long number;

    if (!text || text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0' || number < 1 || number > max)
        return false;
    *ret_number = number;
    return true;
}

static bool
is_for_us(const char *pid_name)
{
    int64_t pid;

    return env_number(pid_name, INT32_MAX, &pid) && pid == (int64_t)getpid();
}

int64_t
notify_watchdog_ms(void)
{
    int64_t usec, half_ms;

    if (!env_number("WATCHDOG_USEC", INT64_MAX, &usec))
        return 0;
    if (getenv("WATCHDOG_PID") && !is_for_us("WATCHDOG_PID"))
        return 0;
    half_ms = usec / 2000;
    return half_ms > 0 ? half_ms : 1;
}

/* The index of `name` in a list separated by colons, or -1. */
static int
find_name(const char *names, const char *name)
{
    size_t length = strlen(name);

    for (int i = 0; names; i++) {
        const char *end = strchrnul(names, ':');

        if ((size_t)(end - names) == length && !memcmp(names, name, length))
            return i;
        names = *end ? end + 1 : NULL;
    }
    return -1;
}

int
notify_listen_fd(const char *name)
{
    int64_t n_fds = 0;
    int index = -1;

    if (is_for_us("LISTEN_PID")
        && env_number("LISTEN_FDS", MAX_PASSED_FDS, &n_fds)) {
        for (int fd = FIRST_PASSED_FD; fd < FIRST_PASSED_FD + n_fds; fd++)
            (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        index = find_name(getenv("LISTEN_FDNAMES"), name);
        if (index < 0 || index >= n_fds)
            index = 0;
    }
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    return index < 0 ? -1 : FIRST_PASSED_FD + index;
}
