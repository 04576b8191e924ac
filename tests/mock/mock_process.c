/*
 * mock_process.c - starts an aigw-mock for a test; see mock_process.h.
 */
#include "mock_process.h"

#include "base/clock.h"
#include "base/mem.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ARGS_MAX = 64,
    START_MS = 10000,
    STOP_MS = 10000
};

static const struct wire_limits control_limits = {.timeout_ms = 5000};

/* In the child: becomes the mock, and dies with the test. */
static void
become_mock(const char *program, const char *const *args, int out)
{
    const char *const fixed[] = {program, "--listen", "127.0.0.1:0", "--admin",
                                 "127.0.0.1:0"};
    char *argv[ARGS_MAX] = {NULL};
    size_t n = 0;

    for (size_t i = 0; i < array_count(fixed); i++) {
        argv[n++] = mem_strdup(fixed[i]);
    }
    while (*args != NULL && n + 1 < ARGS_MAX) {
        argv[n++] = mem_strdup(*args++);
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(out, STDOUT_FILENO);
    close(out);
    execv(argv[0], argv);
    _exit(127);
}

/* Reads one line, at most `size` - 1 bytes of it, before `deadline_ms`. */
static int
read_line(int fd, char *line, size_t size, int64_t deadline_ms)
{
    size_t n = 0;

    while (n + 1 < size) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        int64_t left_ms = deadline_ms - clock_mono_ms();

        if (left_ms <= 0 || poll(&poll_fd, 1, (int)left_ms) != 1
            || read(fd, line + n, 1) != 1) {
            return -1;
        }
        if (line[n] == '\n') {
            line[n] = '\0';
            return 0;
        }
        n++;
    }
    return -1;
}

static int
read_port(int fd, const char *prefix, int64_t deadline_ms)
{
    char line[128];
    const char *colon;

    if (read_line(fd, line, sizeof(line), deadline_ms) != 0
        || strncmp(line, prefix, strlen(prefix)) != 0) {
        return -1;
    }
    colon = strrchr(line, ':');
    return colon != NULL ? (int)strtol(colon + 1, NULL, 10) : -1;
}

static int
start(struct mock_process *p, const char *program, const char *const *args)
{
    int64_t deadline_ms = clock_mono_ms() + START_MS;
    int ends[2];

    if (pipe(ends) != 0) {
        return -1;
    }
    p->pid = fork();
    if (p->pid == 0) {
        close(ends[0]);
        become_mock(program, args, ends[1]);
    }
    close(ends[1]);
    p->out = ends[0];
    p->port = read_port(p->out, "listening on ", deadline_ms);
    p->admin_port = read_port(p->out, "admin on ", deadline_ms);
    if (p->port > 0 && p->admin_port > 0) {
        return 0;
    }
    mock_process_stop(p);
    return -1;
}

/* The exit code once it has exited, -1 if a signal ended it. */
static int
await_exit(pid_t pid)
{
    int64_t deadline_ms = clock_mono_ms() + STOP_MS;
    int status = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (clock_mono_ms() > deadline_ms) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            break;
        }
        poll(NULL, 0, 5);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
mock_process_stop(struct mock_process *p)
{
    int status;

    kill(p->pid, SIGTERM);
    status = await_exit(p->pid);
    close(p->out);
    return status;
}

int
mock_process_start(struct mock_process *p, const char *const *args)
{
    return start(p, AIGW_MOCK_PROGRAM, args);
}

int
mock_process_start_h2(struct mock_process *p, const char *const *args)
{
    return start(p, AIGW_MOCK_H2_PROGRAM, args);
}

/* The JSON of a control request, or NULL unless it was answered with 200. */
static json_t *
control(const struct mock_process *p, const char *method, const char *path,
        const char *body)
{
    struct wire w =
        wire_request(p->admin_port, method, path, "", body, &control_limits);
    json_t *result = NULL;
    size_t size;
    bool whole;

    if (wire_status(&w) == 200) {
        char *text = wire_body(&w, &size, &whole);

        result = json_loadb(text, size, 0, NULL);
        free(text);
    }
    free(w.data);
    return result;
}

int
mock_process_fault(const struct mock_process *p, const char *spec)
{
    json_t *answer = control(p, "POST", "/__mock/faults", spec);
    json_t *id = json_array_get(json_object_get(answer, "ids"), 0);
    int result = json_is_integer(id) ? (int)json_integer_value(id) : -1;

    json_decref(answer);
    return result;
}

static int
control_ok(const struct mock_process *p, const char *method, const char *path)
{
    json_t *answer = control(p, method, path, "");
    int status = answer != NULL ? 0 : -1;

    json_decref(answer);
    return status;
}

int
mock_process_reset(const struct mock_process *p)
{
    return control_ok(p, "POST", "/__mock/reset");
}

int
mock_process_heal(const struct mock_process *p)
{
    return control_ok(p, "DELETE", "/__mock/faults");
}

json_t *
mock_process_stats(const struct mock_process *p)
{
    return control(p, "GET", "/__mock/stats", "");
}

json_t *
mock_process_stats_of(const struct mock_process *p, const char *prompt)
{
    char path[256] = "/__mock/stats?prompt=";
    size_t size = strlen(path);

    for (size_t i = 0; i < 64 && prompt[i]; i++) {
        char letter[2] = {prompt[i], '\0'};

        size += (size_t)snprintf(path + size, sizeof(path) - size, "%s",
                                 prompt[i] == ' ' ? "%20" : letter);
    }
    return control(p, "GET", path, "");
}

int64_t
mock_process_stat(const struct mock_process *p, const char *field)
{
    json_t *stats = mock_process_stats(p);
    const json_t *value = json_object_get(stats, field);
    int64_t result = json_is_integer(value) ? json_integer_value(value) : -1;

    json_decref(stats);
    return result;
}

bool
mock_process_await(const struct mock_process *p, const char *field,
                   int64_t want, int timeout_ms)
{
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;

    while (mock_process_stat(p, field) < want) {
        if (clock_mono_ms() > deadline_ms) {
            return false;
        }
        poll(NULL, 0, 5);
    }
    return true;
}
