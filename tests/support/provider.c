#include "support/provider.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REPLY_MAX = 4 * 1024 * 1024,
};

static int
read_port(struct process *p)
{
    char line[128];
    const char *colon;

    process_read_line(p, line, sizeof(line));
    colon = strrchr(line, ':');
    ck_assert_msg(colon, "no port in \"%s\"", line);
    return atoi(colon + 1);
}

void
test_provider_start(struct test_provider *m, ...)
{
    const char *argv[PROCESS_MAX_ARGS] = {
        AIGW_MOCK_PATH, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"};
    size_t n = 5;
    va_list args;

    va_start(args, m);
    while ((argv[n] = va_arg(args, const char *)))
        ck_assert_uint_lt(++n, PROCESS_MAX_ARGS);
    va_end(args);
    process_start(&m->process,
                  &(struct process_options){.argv = argv, .capture = true});
    m->port = read_port(&m->process);
    m->admin_port = read_port(&m->process);
}

void
test_provider_stop(struct test_provider *m)
{
    if (m->process.pid == 0)
        return;
    process_signal(&m->process, SIGTERM);
    ck_assert_int_eq(process_wait(&m->process, PATIENCE_MS), 0);
}

static int
dial(int port)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ck_assert_msg(connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0,
                  "cannot connect to the mock: %s", strerror(errno));
    return fd;
}

/* Reads to the end of the connection. */
static char *
read_all(int fd)
{
    char *text = malloc(REPLY_MAX);
    size_t size = 0;
    ssize_t n;

    ck_assert_ptr_nonnull(text);
    while ((n = recv(fd, text + size, REPLY_MAX - 1 - size, 0)) > 0)
        size += (size_t)n;
    ck_assert_msg(n == 0, "the mock's answer broke off");
    text[size] = '\0';
    return text;
}

char *
test_provider_admin(const struct test_provider *m, const char *method,
                    const char *path, const char *body)
{
    int fd = dial(m->admin_port);
    char *answer, *result, *end;

    (void)dprintf(fd,
                  "%s %s HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n"
                  "Content-Length: %zu\r\n\r\n%s",
                  method, path, strlen(body), body);
    answer = read_all(fd);
    (void)close(fd);
    ck_assert_msg(strncmp(answer, "HTTP/1.1 2", 10) == 0, "%s %s: %.400s",
                  method, path, answer);
    end = strstr(answer, "\r\n\r\n");
    ck_assert_ptr_nonnull(end);
    result = strdup(end + 4);
    free(answer);
    return result;
}

static json_t *
admin_json(const struct test_provider *m, const char *method, const char *path,
           const char *body)
{
    char *text = test_provider_admin(m, method, path, body);
    json_t *value = json_loads(text, 0, NULL);

    ck_assert_msg(value, "not JSON: %.400s", text);
    free(text);
    return value;
}

int
test_provider_fault(struct test_provider *m, const char *spec)
{
    json_t *answer = admin_json(m, "POST", "/__mock/faults", spec);
    int id = (int)value_int(answer, "ids.0");

    json_decref(answer);
    return id;
}

void
test_provider_heal(struct test_provider *m)
{
    free(test_provider_admin(m, "DELETE", "/__mock/faults", ""));
}

json_t *
test_provider_stats(const struct test_provider *m)
{
    return admin_json(m, "GET", "/__mock/stats", "");
}

int64_t
test_provider_count(const struct test_provider *m, const char *path)
{
    json_t *stats = test_provider_stats(m);
    int64_t n = value_int(stats, path);

    json_decref(stats);
    return n;
}
