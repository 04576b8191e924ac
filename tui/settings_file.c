/*
 * settings_file.c - where the settings are kept: settings.h's functions that
 * touch files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/settings.h"

int
settings_path(char ret_path[PATH_MAX])
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n;

    /* A relative one is to be ignored, says the XDG specification. */
    if (config && config[0] == '/')
        n = snprintf(ret_path, PATH_MAX, "%s/aigw/top.conf", config);
    else if (home && home[0] == '/')
        n = snprintf(ret_path, PATH_MAX, "%s/.config/aigw/top.conf", home);
    else
        return -1;
    return n < PATH_MAX ? 0 : -1;
}

void
settings_load(const char *path, struct ui *ui, FILE *complaints)
{
    char *text = calloc(1, SETTINGS_MAX_BYTES + 1);
    FILE *in = fopen(path, "re");

    if (!in && errno != ENOENT && errno != ENOTDIR)
        (void)fprintf(complaints, "%s: %s\n", path, strerror(errno));
    if (in && text && fread(text, 1, SETTINGS_MAX_BYTES, in) > 0)
        settings_read(text, path, ui, complaints);
    if (in && ferror(in))
        (void)fprintf(complaints, "%s: %s\n", path, strerror(errno));
    if (in)
        (void)fclose(in);
    free(text);
}

/* Makes the folders that `path` lies in. */
static void
make_folders(const char *path)
{
    char folder[PATH_MAX];

    (void)snprintf(folder, sizeof(folder), "%s", path);
    for (char *p = strchr(folder + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        (void)mkdir(folder, 0700); /* What is missing shows at open(2). */
        *p = '/';
    }
}

/* Writes everything to `fd`, which is closed.  0 or a negative errno. */
static int
write_file(int fd, const struct ui *ui)
{
    FILE *out = fdopen(fd, "w");
    int status = 0;

    if (!out) {
        status = -errno;
        (void)close(fd);
        return status;
    }
    errno = 0;
    settings_write(ui, out);
    if (fflush(out) != 0 || ferror(out) || fsync(fd) != 0)
        status = errno ? -errno : -EIO;
    if (fclose(out) != 0 && status == 0)
        status = -errno;
    return status;
}

int
settings_save(const char *path, const struct ui *ui)
{
    char temporary[PATH_MAX];
    int fd, status;

    if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path)
        >= (int)sizeof(temporary))
        return -ENAMETOOLONG;
    make_folders(path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    status = write_file(fd, ui);
    if (status == 0 && rename(temporary, path) != 0)
        status = -errno;
    if (status != 0)
        (void)unlink(temporary);
    return status;
}
