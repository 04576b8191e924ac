#include "base/clock.h"
#include "base/mem.h"
#include "io/db_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    MS_PER_S = 1000,
    MAX_NAMES = 100, /* Damaged files of one second. */
};

/* What SQLite keeps beside a file in WAL mode. */
static const char *const suffixes[] = {"", "-wal", "-shm"};

static int
errno_err(struct aigw_err *err, const char *what, const char *path)
{
    int status = errno == EACCES || errno == EPERM ? AIGW_EACCES : AIGW_EIO;

    return aigw_err_set(err, status, "cannot %s %s: %s", what, path,
                        strerror(errno));
}

/* Every part that is missing, for this user alone. */
static int
make_folder(const char *folder, struct aigw_err *err)
{
    char *path = mem_strdup(folder);
    int status = 0;

    for (char *slash = path; slash && status == 0;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
            status = errno_err(err, "make the folder", path);
        if (slash)
            *slash = '/';
    }
    free(path);
    return status;
}

/* Whoever may rename in the folder may exchange the file. */
static int
check_folder(const char *folder, struct aigw_err *err)
{
    struct stat st;

    if (stat(folder, &st) != 0)
        return errno_err(err, "use the folder", folder);
    if (!S_ISDIR(st.st_mode))
        return aigw_err_set(err, AIGW_EACCES, "%s is not a folder", folder);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return aigw_err_set(err, AIGW_EACCES,
                            "the folder %s belongs to user %ld", folder,
                            (long)st.st_uid);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX))
        return aigw_err_set(err, AIGW_EACCES,
                            "%s: others may replace files in this folder",
                            folder);
    return 0;
}

/* The mode of -wal and -shm follows from that of the file. */
static int
check_file(const char *path, struct aigw_err *err)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? 0 : errno_err(err, "look at", path);
    if (S_ISLNK(st.st_mode))
        return aigw_err_set(err, AIGW_EACCES, "%s is a symbolic link", path);
    if (!S_ISREG(st.st_mode))
        return aigw_err_set(err, AIGW_EACCES, "%s is not a file", path);
    if (st.st_uid != geteuid())
        return aigw_err_set(err, AIGW_EACCES, "%s belongs to user %ld", path,
                            (long)st.st_uid);
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
        return 0;
    return chmod(path, S_IRUSR | S_IWUSR) == 0
               ? 0
               : errno_err(err, "change the mode of", path);
}

/* An existing file is not opened: closing it would end the locks that this
 * process may have on it (POSIX). */
static int
create_file(const char *path, struct aigw_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  S_IRUSR | S_IWUSR);

    if (fd < 0)
        return errno == EEXIST ? 0 : errno_err(err, "create", path);
    return close(fd) == 0 ? 0 : errno_err(err, "create", path);
}

static int
check_files(const char *path, struct aigw_err *err)
{
    int status = 0;

    for (size_t i = 0; i < array_count(suffixes) && status == 0; i++) {
        char *name = mem_printf("%s%s", path, suffixes[i]);

        status = check_file(name, err);
        free(name);
    }
    return status ? status : create_file(path, err);
}

/* SQLite is told to follow no link at all, so the folder, whose links are
 * fine, is resolved before. */
static int
resolve(const char *folder, const char *path, char **ret_path,
        struct aigw_err *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *real;

    if (*name == '\0')
        return aigw_err_set(err, AIGW_EINVAL, "%s names no file", path);
    real = realpath(folder, NULL);
    if (!real)
        return errno_err(err, "use the folder", folder);
    *ret_path = mem_printf("%s/%s", real, name);
    free(real);
    return 0;
}

int
db_file_prepare(const char *path, char **ret_path, struct aigw_err *err)
{
    char *copy = mem_strdup(path);
    const char *folder = dirname(copy);
    char *full = NULL;
    int status = make_folder(folder, err);

    if (status == 0)
        status = check_folder(folder, err);
    if (status == 0)
        status = resolve(folder, path, &full, err);
    if (full)
        status = check_files(full, err);
    if (status == 0)
        *ret_path = full;
    else
        free(full);
    free(copy);
    return status;
}

static char *
choose_name(const char *path)
{
    time_t now = (time_t)(clock_wall_ms() / MS_PER_S);
    struct tm utc = {0};
    char stamp[32];
    struct stat st;
    char *to;

    (void)gmtime_r(&now, &utc);
    (void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
    to = mem_printf("%s.damaged-%s", path, stamp);
    for (int i = 2; i < MAX_NAMES && lstat(to, &st) == 0; i++) {
        free(to);
        to = mem_printf("%s.damaged-%s.%d", path, stamp, i);
    }
    return to;
}

/* The file goes first: a log without its file is removed by SQLite, but a
 * file without its log would look complete. */
int
db_file_move_aside(const char *path, char **ret_to, struct aigw_err *err)
{
    char *name = choose_name(path);
    int status = 0;

    for (size_t i = 0; i < array_count(suffixes) && status == 0; i++) {
        char *from = mem_printf("%s%s", path, suffixes[i]);
        char *to = mem_printf("%s%s", name, suffixes[i]);

        if (rename(from, to) != 0 && errno != ENOENT)
            status = errno_err(err, "move aside", from);
        free(from);
        free(to);
    }
    if (status == 0)
        *ret_to = name;
    else
        free(name);
    return status;
}
