#include "support/procfs.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_MAX = 1024 * 1024,
};

static void
path_of(pid_t pid, const char *file, char path[64])
{
    int n = snprintf(path, 64, "/proc/%ld/%s", (long)pid, file);

    ck_assert_int_lt(n, 64);
}

/* The whole file, NUL-terminated; the caller frees it. */
static char *
read_file(pid_t pid, const char *file, size_t *ret_size)
{
    char *text = calloc(1, FILE_MAX);
    char path[64];
    FILE *stream;

    ck_assert_ptr_nonnull(text);
    path_of(pid, file, path);
    stream = fopen(path, "re");
    ck_assert_msg(stream, "cannot open %s", path);
    *ret_size = fread(text, 1, FILE_MAX - 1, stream);
    (void)fclose(stream);
    return text;
}

/* The number behind `label` in such a file. */
static int64_t
number_after(pid_t pid, const char *file, const char *label, int base)
{
    size_t size;
    char *text = read_file(pid, file, &size);
    const char *at = strstr(text, label);
    int64_t n;

    ck_assert_msg(at, "no %s in /proc/%ld/%s", label, (long)pid, file);
    n = strtoll(at + strlen(label), NULL, base);
    free(text);
    return n;
}

int64_t
procfs_rss_bytes(pid_t pid)
{
    return number_after(pid, "status", "VmRSS:", 10) * 1024;
}

/* utime and stime are the fields 14 and 15 of proc(5)'s stat; the name in
 * field 2 may hold blanks. */
int64_t
procfs_cpu_ms(pid_t pid)
{
    long ticks = sysconf(_SC_CLK_TCK);
    long long utime = 0, stime = 0;
    size_t size;
    char *text = read_file(pid, "stat", &size);
    const char *at = strrchr(text, ')');

    ck_assert_ptr_nonnull(at);
    for (int field = 2; field < 14; field++) {
        at = strchr(at + 1, ' ');
        ck_assert_ptr_nonnull(at);
    }
    ck_assert_int_eq(sscanf(at, " %lld %lld", &utime, &stime), 2);
    free(text);
    return (utime + stime) * 1000 / ticks;
}

int
procfs_next_fd(pid_t pid, int from)
{
    int best = -1;
    char path[64];
    DIR *dir;
    struct dirent *entry;

    path_of(pid, "fd", path);
    dir = opendir(path);
    ck_assert_msg(dir, "cannot open %s", path);
    while ((entry = readdir(dir))) {
        int fd = entry->d_name[0] == '.' ? -1 : atoi(entry->d_name);

        if (fd >= from && (best < 0 || fd < best))
            best = fd;
    }
    (void)closedir(dir);
    return best;
}

int
procfs_count_fds(pid_t pid)
{
    int n = 0;

    for (int fd = procfs_next_fd(pid, 0); fd >= 0;
         fd = procfs_next_fd(pid, fd + 1))
        n++;
    return n;
}

int
procfs_fd_flags(pid_t pid, int fd)
{
    char file[32], path[64];

    (void)snprintf(file, sizeof(file), "fdinfo/%d", fd);
    path_of(pid, file, path);
    if (access(path, F_OK) != 0)
        return -1;
    return (int)number_after(pid, file, "flags:", 8);
}

void
procfs_fd_name(pid_t pid, int fd, char *name, size_t size)
{
    char file[32], path[64];
    ssize_t n;

    (void)snprintf(file, sizeof(file), "fd/%d", fd);
    path_of(pid, file, path);
    n = readlink(path, name, size - 1);
    name[n > 0 ? n : 0] = '\0';
}

bool
procfs_contains(pid_t pid, const char *file, const char *text)
{
    size_t size;
    char *content = read_file(pid, file, &size);
    bool found = memmem(content, size, text, strlen(text)) != NULL;

    free(content);
    return found;
}

bool
procfs_may_read_memory(pid_t pid)
{
    char path[64];
    int fd;

    path_of(pid, "mem", path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}
