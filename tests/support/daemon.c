#include "support/daemon.h"

#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    LOG_MAX = 1024 * 1024,
    EXIT_MS = 2 * PATIENCE_MS,
};

static void __attribute__((format(printf, 2, 0)))
write_config(const struct test_daemon *d, const char *format, va_list args)
{
    FILE *file = fopen(d->config, "we");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(vfprintf(file, format, args), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* A daemon that is not told where to keep its state must not do so in the home
 * of whoever runs the tests. */
static void
keep_state_in(const char *folder)
{
    ck_assert_int_eq(unsetenv("STATE_DIRECTORY"), 0);
    ck_assert_int_eq(setenv("XDG_STATE_HOME", folder, 1), 0);
}

static void
make_folder(struct test_daemon *d)
{
    *d = (struct test_daemon){.folder = "/tmp/aigw-test-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(d->folder));
    keep_state_in(d->folder);
    (void)snprintf(d->config, sizeof(d->config), "%s/aigwd.conf", d->folder);
    (void)snprintf(d->socket, sizeof(d->socket), "%s/aigw.sock", d->folder);
    (void)snprintf(d->log, sizeof(d->log), "%s/log", d->folder);
}

void
test_daemon_configure(struct test_daemon *d, const char *config, ...)
{
    va_list args;

    make_folder(d);
    va_start(args, config);
    write_config(d, config, args);
    va_end(args);
}

void
test_daemon_reconfigure(struct test_daemon *d, const char *config, ...)
{
    va_list args;

    va_start(args, config);
    write_config(d, config, args);
    va_end(args);
}

void
test_daemon_spawn(struct test_daemon *d, const char *const *args)
{
    const char *argv[PROCESS_MAX_ARGS] = {AIGWD_PATH, "-c", d->config,
                                          "--socket", d->socket};
    size_t n = 5;

    for (size_t i = 0; args && args[i] && n + 1 < PROCESS_MAX_ARGS; i++)
        argv[n++] = args[i];
    process_start(&d->process, &(struct process_options){
                                   .argv = argv, .stderr_path = d->log});
}

/* The log, NUL-terminated; the caller frees it. */
static char *
read_log(const struct test_daemon *d)
{
    FILE *file = fopen(d->log, "re");
    char *text = calloc(1, LOG_MAX);

    ck_assert_ptr_nonnull(text);
    if (file) {
        text[fread(text, 1, LOG_MAX - 1, file)] = '\0';
        (void)fclose(file);
    }
    return text;
}

static bool
answers(const struct test_daemon *d)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int status;

    ck_assert_int_ge(fd, 0);
    memcpy(addr.sun_path, d->socket, sizeof(d->socket));
    status = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
    (void)close(fd);
    return status == 0;
}

void
test_daemon_await(struct test_daemon *d)
{
    int64_t give_up_ms = process_now_ms() + PATIENCE_MS;

    while (!answers(d)) {
        bool ended = process_has_ended(&d->process);

        if (ended || process_now_ms() > give_up_ms)
            ck_abort_msg("the daemon %s: %s",
                         ended ? "ended" : "does not open its socket",
                         read_log(d));
        process_pause();
    }
}

void
test_daemon_start(struct test_daemon *d, const char *config, ...)
{
    va_list args;

    make_folder(d);
    va_start(args, config);
    write_config(d, config, args);
    va_end(args);
    test_daemon_spawn(d, NULL);
    test_daemon_await(d);
}

int
test_daemon_wait(struct test_daemon *d)
{
    return process_wait(&d->process, EXIT_MS);
}

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

void
test_daemon_clean(struct test_daemon *d)
{
    (void)nftw(d->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

bool
test_daemon_logged(const struct test_daemon *d, const char *text)
{
    char *log = read_log(d);
    bool found = strstr(log, text) != NULL;

    free(log);
    return found;
}

void
test_daemon_stop(struct test_daemon *d)
{
    int code;

    process_signal(&d->process, SIGTERM);
    code = test_daemon_wait(d);
    if (code != 0 || test_daemon_logged(d, "Sanitizer")
        || test_daemon_logged(d, "runtime error:"))
        ck_abort_msg("the daemon ended with %d: %s", code, read_log(d));
    test_daemon_clean(d);
}
