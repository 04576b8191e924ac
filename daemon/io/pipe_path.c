#include "base/mem.h"
#include "io/pipe_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    PID_WAIT_MS = 1000, /* The holder writes its pid just after locking. */
    BACKLOG = 1024,
};

static int
errno_err(struct aigw_err *err, const char *what, const char *path)
{
    int status = errno == EACCES || errno == EPERM ? AIGW_EACCES : AIGW_EIO;

    return aigw_err_set(err, status, "cannot %s %s: %s", what, path,
                        strerror(errno));
}

static int
check_folder(const char *path, struct aigw_err *err)
{
    char *copy = mem_strdup(path);
    const char *folder = dirname(copy);
    struct stat st;
    int status = 0;

    if (stat(folder, &st) != 0)
        status = errno_err(err, "use the folder", folder);
    else if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
        status =
            aigw_err_set(err, AIGW_EACCES,
                         "%s: anyone may replace files in this folder", folder);
    free(copy);
    return status;
}

/* The number in the lock file, or 0 while there is none. */
static pid_t
read_pid(int fd)
{
    char text[32];
    ssize_t size = pread(fd, text, sizeof(text) - 1, 0);

    if (size <= 0)
        return 0;
    text[size] = '\0';
    return (pid_t)strtol(text, NULL, 10);
}

/* A killed daemon leaves its pid behind, which its successor has not yet
 * overwritten in the moment after locking. */
static bool
is_alive(pid_t pid)
{
    return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

/* Waiting blocks, but only in a process that is about to give up. */
static int
locked_err(int fd, const char *path, struct aigw_err *err)
{
    const struct timespec ms = {.tv_nsec = 1000000};
    pid_t pid = read_pid(fd);

    for (int i = 0; i < PID_WAIT_MS && !is_alive(pid); i++) {
        (void)nanosleep(&ms, NULL);
        pid = read_pid(fd);
    }
    return aigw_err_set(err, AIGW_EBUSY, "already running as pid %ld on %s",
                        (long)pid, path);
}

static int
write_pid(int fd, const char *lock_path, struct aigw_err *err)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        return errno_err(err, "write", lock_path);
    return 0;
}

/* The lock file is never removed: a process could hold the lock of a file
 * that the next one no longer finds. */
static int
take_lock(const char *path, int *ret_fd, struct aigw_err *err)
{
    char *lock_path = mem_printf("%s.lock", path);
    int fd =
        open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
             S_IRUSR | S_IWUSR);
    int status = 0;

    if (fd < 0)
        status = errno_err(err, "open", lock_path);
    else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        status = errno == EWOULDBLOCK ? locked_err(fd, path, err)
                                      : errno_err(err, "lock", lock_path);
    else
        status = write_pid(fd, lock_path, err);
    if (status == 0)
        *ret_fd = fd;
    else if (fd >= 0)
        (void)close(fd);
    free(lock_path);
    return status;
}

/* A server that knows nothing of our lock may live behind the file, such as
 * a service manager that keeps an activated socket: ask the file itself. */
static int
check_not_served(const struct sockaddr_un *addr, struct aigw_err *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct ucred cred = {0};
    socklen_t size = sizeof(cred);
    bool served;

    if (fd < 0)
        return errno_err(err, "make a socket for", addr->sun_path);
    served = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0
             || errno == EAGAIN;
    (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size);
    (void)close(fd);
    if (!served)
        return 0;
    return aigw_err_set(err, AIGW_EBUSY, "pid %ld already serves %s",
                        (long)cred.pid, addr->sun_path);
}

static int
remove_stale(const struct sockaddr_un *addr, struct aigw_err *err)
{
    const char *path = addr->sun_path;
    struct stat st;
    int status;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? 0 : errno_err(err, "look at", path);
    if (!S_ISSOCK(st.st_mode))
        return aigw_err_set(err, AIGW_EACCES, "%s exists and is not a socket",
                            path);
    if (st.st_uid != geteuid())
        return aigw_err_set(err, AIGW_EACCES, "%s belongs to user %ld", path,
                            (long)st.st_uid);
    status = check_not_served(addr, err);
    if (status)
        return status;
    return unlink(path) == 0 ? 0 : errno_err(err, "remove", path);
}

static void
remember(struct pipe_path *path, const char *name)
{
    struct stat st;

    if (lstat(name, &st) != 0)
        return;
    path->path = mem_strdup(name);
    path->device = st.st_dev;
    path->inode = st.st_ino;
}

/* The file comes into being for its owner alone (Linux takes the mode from
 * the socket); group and mode widen it before anybody can connect. */
static int
bind_file(struct pipe_path *path, int fd, const struct sockaddr_un *addr,
          const struct pipe_listen_options *options, struct aigw_err *err)
{
    const char *name = addr->sun_path;

    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0
        || bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) != 0)
        return errno_err(err, "bind", name);
    remember(path, name);
    if (options->gid != (gid_t)-1 && lchown(name, (uid_t)-1, options->gid) != 0)
        return errno_err(err, "change the group of", name);
    if (chmod(name, options->mode) != 0)
        return errno_err(err, "change the mode of", name);
    if (listen(fd, BACKLOG) != 0)
        return errno_err(err, "listen on", name);
    return 0;
}

static int
bind_socket(struct pipe_path *path, const struct sockaddr_un *addr,
            const struct pipe_listen_options *options, int *ret_fd,
            struct aigw_err *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int status;

    if (fd < 0)
        return errno_err(err, "make a socket for", addr->sun_path);
    status = bind_file(path, fd, addr, options, err);
    if (status == 0)
        *ret_fd = fd;
    else
        (void)close(fd);
    return status;
}

int
pipe_path_bind(struct pipe_path *path,
               const struct pipe_listen_options *options, int *ret_fd,
               struct aigw_err *err)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    size_t length = strlen(options->path);
    int status;

    *path = (struct pipe_path){.lock_fd = -1};
    if (length == 0 || length >= sizeof(addr.sun_path))
        return aigw_err_set(
            err, AIGW_EINVAL,
            "the socket path has %zu bytes; between 1 and %zu are possible",
            length, sizeof(addr.sun_path) - 1);
    memcpy(addr.sun_path, options->path, length);
    status = check_folder(options->path, err);
    if (status == 0)
        status = take_lock(options->path, &path->lock_fd, err);
    if (status == 0)
        status = remove_stale(&addr, err);
    if (status == 0)
        status = bind_socket(path, &addr, options, ret_fd, err);
    if (status)
        pipe_path_release(path);
    return status;
}

static void
remove_own_file(const struct pipe_path *path)
{
    struct stat st;

    if (lstat(path->path, &st) == 0 && st.st_dev == path->device
        && st.st_ino == path->inode)
        (void)unlink(path->path);
}

void
pipe_path_release(struct pipe_path *path)
{
    if (path->path)
        remove_own_file(path);
    free(path->path);
    if (path->lock_fd >= 0)
        (void)close(path->lock_fd);
    *path = (struct pipe_path){.lock_fd = -1};
}
