#include "app/credentials_read.h"

#include "app/credentials.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Cuts the line end off and refuses what cannot be a key. */
static int
check(struct secret *secret, struct aigw_err *err)
{
    size_t n = strlen(secret->text);

    while (n > 0
           && (secret->text[n - 1] == '\n' || secret->text[n - 1] == '\r'))
        secret->text[--n] = '\0';
    if (n == 0)
        return aigw_err_set(err, AIGW_EINVAL, "is empty");
    for (size_t i = 0; i < n; i++) {
        if (secret->text[i] < '!' || secret->text[i] > '~')
            return aigw_err_set(err, AIGW_EINVAL,
                                "holds a space or an unprintable byte");
    }
    return 0;
}

static struct secret *
read_variable(const char *name, struct aigw_err *err)
{
    const char *value = getenv(name);
    size_t n = value ? strlen(value) : 0;
    struct secret *secret;

    if (!value || n > CREDENTIALS_MAX_BYTES) {
        (void)aigw_err_set(err, AIGW_EINVAL, "%s",
                           value ? "is too long" : "is not set");
        return NULL;
    }
    secret = secret_new(n);
    if (secret)
        memcpy(secret->text, value, n);
    else
        (void)aigw_err_set(err, AIGW_ENOMEM, "out of memory");
    return secret;
}

static int
check_private(const struct stat *st, struct aigw_err *err)
{
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return aigw_err_set(err, AIGW_EACCES,
                            "belongs to uid %u, neither root nor this user",
                            (unsigned)st->st_uid);
    if (st->st_mode & 077)
        return aigw_err_set(err, AIGW_EACCES,
                            "is open to others (mode %04o): chmod 600 it",
                            (unsigned)st->st_mode & 07777);
    return 0;
}

static int
check_file(int fd, bool owner_only, struct stat *ret_st, struct aigw_err *err)
{
    if (fstat(fd, ret_st) < 0)
        return aigw_err_set(err, AIGW_EIO, "%s", strerror(errno));
    if (!S_ISREG(ret_st->st_mode))
        return aigw_err_set(err, AIGW_EINVAL, "is not a regular file");
    if (ret_st->st_size > CREDENTIALS_MAX_BYTES)
        return aigw_err_set(err, AIGW_ETOOBIG, "is larger than %d bytes",
                            CREDENTIALS_MAX_BYTES);
    return owner_only ? check_private(ret_st, err) : 0;
}

static int
fill(int fd, struct secret *secret, struct aigw_err *err)
{
    size_t n = 0;
    ssize_t got = 1;

    while (n < secret->size && got > 0) {
        got = read(fd, secret->text + n, secret->size - n);
        if (got > 0)
            n += (size_t)got;
    }
    if (got < 0)
        return aigw_err_set(err, AIGW_EIO, "%s", strerror(errno));
    if (memchr(secret->text, '\0', n))
        return aigw_err_set(err, AIGW_EINVAL,
                            "holds a space or an unprintable byte");
    return 0;
}

static struct secret *
read_fd(int fd, bool owner_only, struct aigw_err *err)
{
    struct secret *secret;
    struct stat st;

    if (check_file(fd, owner_only, &st, err) < 0)
        return NULL;
    secret = secret_new((size_t)st.st_size);
    if (!secret) {
        (void)aigw_err_set(err, AIGW_ENOMEM, "out of memory");
        return NULL;
    }
    if (fill(fd, secret, err) < 0) {
        secret_free(secret);
        return NULL;
    }
    return secret;
}

static struct secret *
read_file(const char *path, bool owner_only, struct aigw_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct secret *secret;

    if (fd < 0) {
        (void)aigw_err_set(err, AIGW_EIO, "%s", strerror(errno));
        return NULL;
    }
    secret = read_fd(fd, owner_only, err);
    (void)close(fd);
    return secret;
}

/* systemd keeps the folder to the service, and shows the files with the mask
 * of an ACL as their mode. */
static struct secret *
read_credential(const char *name, struct aigw_err *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    struct secret *secret;
    char *path;

    if (!folder) {
        (void)aigw_err_set(err, AIGW_EINVAL,
                           "$CREDENTIALS_DIRECTORY is not set: the unit has "
                           "no LoadCredential=");
        return NULL;
    }
    path = mem_printf("%s/%s", folder, name);
    secret = read_file(path, false, err);
    free(path);
    return secret;
}

static struct secret *
fetch(const struct config_key *key, struct aigw_err *err)
{
    switch (key->source) {
    case CONFIG_KEY_ENV:
        return read_variable(key->name, err);
    case CONFIG_KEY_FILE:
        return read_file(key->name, true, err);
    case CONFIG_KEY_CREDENTIAL:
        return read_credential(key->name, err);
    case CONFIG_KEY_NONE:
    case CONFIG_KEY_COMMAND:
        break;
    }
    (void)aigw_err_set(err, AIGW_ENOTSUP, "is not a source of keys");
    return NULL;
}

struct secret *
credentials_read(const struct config_key *key, struct aigw_err *err)
{
    struct secret *secret = fetch(key, err);

    if (secret && check(secret, err) < 0) {
        secret_free(secret);
        return NULL;
    }
    return secret;
}

int
credentials_read_check(const char *program, struct aigw_err *err)
{
    if (access(program, X_OK) < 0)
        return aigw_err_set(err, AIGW_EINVAL, "cannot be run: %s",
                            strerror(errno));
    return 0;
}

static int64_t
nanoseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

void
credentials_read_stamp(const char *path, struct credentials_stamp *ret_stamp)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        *ret_stamp = (struct credentials_stamp){.error = errno};
        return;
    }
    *ret_stamp = (struct credentials_stamp){
        .device = st.st_dev,
        .inode = st.st_ino,
        .size = st.st_size,
        .modified_ns = nanoseconds(&st.st_mtim),
        .changed_ns = nanoseconds(&st.st_ctim),
    };
}

void
credentials_read_erase(const char *variable)
{
    size_t n = strlen(variable);

    for (char **entry = environ; entry && *entry; entry++) {
        if (strncmp(*entry, variable, n) == 0 && (*entry)[n] == '=')
            mem_wipe(*entry + n + 1, strlen(*entry + n + 1));
    }
    (void)unsetenv(variable);
}
