#include "base/proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static const int64_t MAX_AGE_MS = 1000;

/* The second number of statm: resident pages. */
static int64_t
read_rss_bytes(void)
{
    char text[128];
    char *end;
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    long pages;

    if (fd >= 0)
        (void)close(fd);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    (void)strtol(text, &end, 10);
    pages = strtol(end, NULL, 10);
    return pages > 0 ? (int64_t)pages * sysconf(_SC_PAGESIZE) : -1;
}

static int64_t
count_fds(void)
{
    enum {
        NOT_COUNTED = 3 /* ".", "..", and the folder itself. */
    };

    DIR *dir = opendir("/proc/self/fd");
    int64_t n = -NOT_COUNTED;

    if (!dir)
        return -1;
    while (readdir(dir))
        n++;
    (void)closedir(dir);
    return n;
}

static int64_t
read_fds_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0
        || limit.rlim_cur == RLIM_INFINITY)
        return -1;
    return (int64_t)limit.rlim_cur;
}

void
proc_usage_refresh(struct proc_usage *u, int64_t now_ms)
{
    if (u->known && now_ms - u->read_ms < MAX_AGE_MS)
        return;
    *u = (struct proc_usage){
        .known = true,
        .read_ms = now_ms,
        .rss_bytes = read_rss_bytes(),
        .fds = count_fds(),
        .fds_limit = read_fds_limit(),
    };
}
