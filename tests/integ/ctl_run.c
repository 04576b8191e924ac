#include "integ/ctl_run.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
    DEADLINE_MS = 20000
};

static const char *program = AIGW_CTL;
static char directory[64];
static char socket_path[96];

void
ctl_run_set_up(void)
{
    strcpy(directory, "/tmp/check-ctl-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    (void)snprintf(socket_path, sizeof(socket_path), "%s/s", directory);
    ck_assert_int_eq(setenv("AIGW_SOCKET", socket_path, 1), 0);
    ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
    ck_assert_int_eq(setenv("NO_COLOR", "1", 1), 0);
    ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
}

void
ctl_run_tear_down(void)
{
    (void)unlink(socket_path);
    (void)rmdir(directory);
}

void
ctl_run_program(const char *path)
{
    program = path;
}

const char *
ctl_run_socket(void)
{
    return socket_path;
}

/* Two ends: a terminal that changes nothing, or a pipe. */
static void
open_ends(bool terminal, int *ret_ours, int *ret_theirs, bool we_write)
{
    struct termios raw = {0};
    int ends[2];

    cfmakeraw(&raw);
    if (terminal)
        ck_assert_int_eq(openpty(ret_ours, ret_theirs, NULL, &raw, NULL), 0);
    else
        ck_assert_int_eq(pipe(ends), 0);
    if (!terminal) {
        *ret_ours = ends[we_write];
        *ret_theirs = ends[!we_write];
    }
    ck_assert_int_eq(fcntl(*ret_ours, F_SETFD, FD_CLOEXEC), 0);
}

void
ctl_run_start(struct ctl_run *run, unsigned ttys, const char *const *words)
{
    char *argv[CTL_WORDS_MAX + 2] = {(char *)(uintptr_t)program};
    int in, out, err;

    *run = (struct ctl_run){.exit_code = -1};
    for (int i = 0; i < CTL_WORDS_MAX && words[i]; i++)
        argv[i + 1] = (char *)(uintptr_t)words[i];
    open_ends(ttys & CTL_TTY_IN, &run->in, &in, true);
    open_ends(ttys & CTL_TTY_OUT, &run->out, &out, false);
    open_ends(ttys & CTL_TTY_ERR, &run->err, &err, false);
    run->pid = fork();
    ck_assert_int_ge(run->pid, 0);
    if (run->pid == 0) {
        (void)dup2(in, STDIN_FILENO);
        (void)dup2(out, STDOUT_FILENO);
        (void)dup2(err, STDERR_FILENO);
        (void)close(in);
        (void)close(out);
        (void)close(err);
        (void)execv(program, argv);
        _exit(99);
    }
    (void)close(in);
    (void)close(out);
    (void)close(err);
}

/* Adds what can be read to `text`; false at the end. */
static bool
read_more(int *fd, char *text)
{
    size_t size = strlen(text);
    ssize_t n;

    ck_assert_uint_lt(size, CTL_OUTPUT_MAX - 1);
    n = read(*fd, text + size, CTL_OUTPUT_MAX - 1 - size);
    text[size + (n > 0 ? (size_t)n : 0)] = '\0';
    if (n <= 0) {
        (void)close(*fd);
        *fd = -1;
    }
    return n > 0;
}

void
ctl_run_read_until(struct ctl_run *run, const char *wanted)
{
    while ((run->out >= 0 || run->err >= 0)
           && !(wanted
                && (strstr(run->out_text, wanted)
                    || strstr(run->err_text, wanted)))) {
        struct pollfd p[2] = {{run->out, POLLIN, 0}, {run->err, POLLIN, 0}};

        ck_assert_msg(poll(p, 2, DEADLINE_MS) > 0, "silence after: %s%s",
                      run->out_text, run->err_text);
        if (p[0].revents)
            (void)read_more(&run->out, run->out_text);
        if (p[1].revents)
            (void)read_more(&run->err, run->err_text);
    }
    if (wanted)
        ck_assert_msg(
            strstr(run->out_text, wanted) || strstr(run->err_text, wanted),
            "no \"%s\" in: %s%s", wanted, run->out_text, run->err_text);
}

void
ctl_run_finish(struct ctl_run *run)
{
    int status;

    if (run->in >= 0)
        (void)close(run->in);
    run->in = -1;
    ctl_run_read_until(run, NULL);
    ck_assert_int_eq(waitpid(run->pid, &status, 0), run->pid);
    run->exit_code =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
ctl_run_type(struct ctl_run *run, const char *text)
{
    ck_assert_int_eq(write(run->in, text, strlen(text)), (ssize_t)strlen(text));
}

void
ctl_run_words(struct ctl_run *run, unsigned ttys, const char *input,
              const char *const *words)
{
    ctl_run_start(run, ttys, words);
    if (input)
        ctl_run_type(run, input);
    ctl_run_finish(run);
}
