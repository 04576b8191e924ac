/*
 * load.c - what the two load generators share; see load.h.
 */
#include "load.h"

#include "base/clock.h"
#include "mock_answer.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    EVENTS = 64,
    DRAIN_MS = 30000, /* For the last answers. */
    NS_PER_MS = 1000000,
    NS_PER_US = 1000
};

void
load_die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static void
usage(const char *program)
{
    (void)fprintf(stderr,
                  "Usage: %s --connect ADDRESS [--connections N] [--depth N]\n"
                  "    [--duration-ms N] [--ramp-ms N] [--path PREFIX]\n"
                  "    [--prompt TEXT] [--stream] [--tokens N]\n",
                  program);
    exit(EX_USAGE);
}

static unsigned
number(const char *program)
{
    char *end;
    unsigned long value = strtoul(optarg, &end, 10);

    if (end == optarg || *end != '\0' || value > 1000000)
        usage(program);
    return (unsigned)value;
}

static void
take_option(struct load_options *o, int option, const char *program)
{
    switch (option) {
    case 'a':
        o->address = optarg;
        break;
    case 'c':
        o->connections = number(program);
        break;
    case 'd':
        o->depth = number(program);
        break;
    case 'm':
        o->duration_ms = number(program);
        break;
    case 'r':
        o->ramp_ms = number(program);
        break;
    case 'h':
        o->path = optarg;
        break;
    case 'p':
        o->prompt = optarg;
        break;
    case 's':
        o->stream = true;
        break;
    case 't':
        o->tokens = number(program);
        break;
    default:
        usage(program);
    }
}

static void
read_command_line(struct load_options *o, int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"connect", required_argument, NULL, 'a'},
        {"connections", required_argument, NULL, 'c'},
        {"depth", required_argument, NULL, 'd'},
        {"duration-ms", required_argument, NULL, 'm'},
        {"ramp-ms", required_argument, NULL, 'r'},
        {"path", required_argument, NULL, 'h'},
        {"prompt", required_argument, NULL, 'p'},
        {"stream", no_argument, NULL, 's'},
        {"tokens", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *o = (struct load_options){.connections = 1,
                               .depth = 1,
                               .tokens = 100,
                               .path = "",
                               .prompt = "Hello",
                               .duration_ms = 1000};
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        take_option(o, option, argv[0]);
    if (optind < argc || !o->address || o->connections == 0 || o->depth == 0)
        usage(argv[0]);
}

char *
load_prompt(const struct load *l, unsigned call)
{
    char *prompt;
    int size = l->options.stream
                   ? asprintf(&prompt, "%s %u", l->options.prompt, call)
                   : asprintf(&prompt, "%s", l->options.prompt);

    if (size < 0)
        load_die("out of memory");
    return prompt;
}

static void
raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

void
load_init(struct load *l, int argc, char **argv)
{
    memset(l, 0, sizeof(*l));
    read_command_line(&l->options, argc, argv);
    raise_file_limit();
    l->n_calls = l->options.connections * l->options.depth;
    l->calls = calloc(l->n_calls, sizeof(*l->calls));
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!l->calls || l->epoll < 0)
        load_die("cannot begin: %s", strerror(errno));
    for (unsigned i = 0; l->options.stream && i < l->n_calls; i++) {
        char *prompt = load_prompt(l, i);

        l->calls[i].text = mock_answer_text(prompt, l->options.tokens);
        if (!l->calls[i].text)
            load_die("out of memory");
        l->calls[i].text_size = strlen(l->calls[i].text);
        free(prompt);
    }
    hist_init(&l->latency);
    hist_init(&l->first);
    hist_init(&l->gaps);
}

void
load_deinit(struct load *l)
{
    for (unsigned i = 0; i < l->n_calls; i++)
        free(l->calls[i].text);
    free(l->calls);
    close(l->epoll);
}

void
load_add(struct load *l, int fd, unsigned connection)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = connection};

    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &event))
        load_die("epoll: %s", strerror(errno));
}

void
load_send(int fd, const void *data, size_t size)
{
    ssize_t sent = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);

    /* Requests are small and few: a peer without room for one hangs. */
    if (sent < 0 || (size_t)sent < size)
        load_die("cannot send a request: %s",
                 sent < 0 ? strerror(errno) : "the peer does not read");
}

static void
begin(struct load *l, unsigned call, int64_t now_ns, const struct load_ops *ops)
{
    struct load_call *c = &l->calls[call];

    c->start_ns = now_ns;
    c->last_ns = now_ns;
    c->text_at = 0;
    c->tokens = 0;
    c->wrong = false;
    l->in_flight++;
    ops->begin(l, call);
}

/* Begins the first calls that are due; how long until the next one. */
static int
begin_due(struct load *l, const struct load_ops *ops)
{
    int64_t now_ns = clock_mono_ns();

    while (l->n_begun < l->n_calls) {
        int64_t due_ns =
            l->start_ns
            + l->options.ramp_ms * NS_PER_MS * l->n_begun / l->n_calls;

        if (due_ns > now_ns)
            return (int)((due_ns - now_ns) / NS_PER_MS) + 1;
        begin(l, l->n_begun++, now_ns, ops);
    }
    return DRAIN_MS;
}

void
load_run(struct load *l, const struct load_ops *ops)
{
    l->start_ns = clock_mono_ns();
    l->stop_ns = l->start_ns + l->options.duration_ms * NS_PER_MS;
    for (;;) {
        struct epoll_event events[EVENTS];
        int wait_ms = begin_due(l, ops);
        int n;

        if (l->in_flight == 0 && l->n_begun == l->n_calls)
            return;
        n = epoll_wait(l->epoll, events, EVENTS, wait_ms);
        if (n == 0 && wait_ms == DRAIN_MS)
            load_die("%u calls are without an answer", l->in_flight);
        if (n < 0 && errno != EINTR)
            load_die("epoll: %s", strerror(errno));
        for (int i = 0; i < n; i++)
            ops->readable(l, events[i].data.u32);
    }
}

void
load_token(struct load *l, struct load_call *c, int64_t now_ns)
{
    int64_t gap_us = (now_ns - c->last_ns) / NS_PER_US;

    l->tokens++;
    c->last_ns = now_ns;
    if (c->tokens++ == 0) {
        hist_record(&l->first, gap_us);
        return;
    }
    hist_record(&l->gaps, gap_us);
    l->stalls += gap_us > LOAD_STALL_US;
    l->late += gap_us >= LOAD_LATE_US;
}

void
load_compare(struct load_call *c, const char *text, size_t size)
{
    if (size > c->text_size - c->text_at
        || memcmp(c->text + c->text_at, text, size) != 0)
        c->wrong = true;
    else
        c->text_at += size;
}

void
load_end(struct load *l, unsigned call, bool good, const struct load_ops *ops)
{
    struct load_call *c = &l->calls[call];
    int64_t now_ns = clock_mono_ns();
    int64_t latency_us = (now_ns - c->start_ns) / NS_PER_US;

    l->in_flight--;
    l->ended++;
    l->failed += !good;
    l->late += !l->options.stream && latency_us >= LOAD_LATE_US;
    hist_record(&l->latency, latency_us);
    if (now_ns < l->stop_ns)
        begin(l, call, now_ns, ops);
}

void
load_report(const struct load *l)
{
    int64_t elapsed_us = (clock_mono_ns() - l->start_ns) / NS_PER_US;

    printf("calls=%" PRIu64 " failed=%" PRIu64 " elapsed_us=%" PRId64
           " p50_us=%" PRId64 " p99_us=%" PRId64 " late=%" PRIu64,
           l->ended, l->failed, elapsed_us, hist_quantile_us(&l->latency, 0.50),
           hist_quantile_us(&l->latency, 0.99), l->late);
    if (l->options.stream)
        printf(" tokens=%" PRIu64 " stalls=%" PRIu64 " gap_max_us=%" PRId64
               " first_p50_us=%" PRId64 " first_p99_us=%" PRId64,
               l->tokens, l->stalls, l->gaps.max_us,
               hist_quantile_us(&l->first, 0.50),
               hist_quantile_us(&l->first, 0.99));
    (void)putchar('\n');
}
