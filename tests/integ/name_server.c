#include "name_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* An address that nobody else uses: the port cannot be chosen. */
#define ADDRESS "127.83.27.53"

static pid_t child;

/* Answers every query with that code (RFC 1035, 4.1.1), or with nothing. */
static _Noreturn void
serve(int fd, enum name_server_answer answer)
{
    unsigned char packet[512];
    struct sockaddr_in from;

    for (;;) {
        socklen_t size = sizeof(from);
        ssize_t n = recvfrom(fd, packet, sizeof(packet), 0,
                             (struct sockaddr *)&from, &size);

        if (n < 12 || answer == NAME_SERVER_SILENT)
            continue;
        packet[2] |= 0x80;
        packet[3] = answer == NAME_SERVER_SERVFAIL ? 0x82 : 0x83;
        (void)sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&from, size);
    }
}

static int
listen_at_port_53(void)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_port = htons(53),
        .sin_addr.s_addr = inet_addr(ADDRESS),
    };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* Puts another resolv.conf in place of the system's. */
static bool
take_over(void)
{
    static const char text[] = "nameserver " ADDRESS "\noptions attempts:1\n";
    char path[] = "/tmp/aigw-resolv-XXXXXX";
    int fd = mkstemp(path);
    bool done;

    if (fd < 0)
        return false;
    done = fchmod(fd, 0644) == 0
           && write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1
           && unshare(CLONE_NEWNS) == 0
           && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
           && mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0;
    (void)close(fd);
    (void)unlink(path);
    return done;
}

bool
name_server_start(enum name_server_answer answer)
{
    int fd = listen_at_port_53();

    if (fd < 0)
        return false;
    if (!take_over()) {
        (void)close(fd);
        return false;
    }
    child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fd, answer);
    }
    (void)close(fd);
    return child > 0;
}

void
name_server_stop(void)
{
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
}
