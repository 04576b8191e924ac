/*
 * meter.c - runs a command, and measures other processes meanwhile.
 *
 *     meter PID[,PID...] COMMAND [ARGUMENT]...
 *
 * Prints one line of key=value after the command has ended well: the CPU time
 * of the first process (cpu_us) and the most memory it had (anon_kib,
 * rss_kib), and, in per cent of the machine, the CPU time that neither those
 * processes nor the command used (others_percent) and that nobody did
 * (idle_percent).  Those two tell how far the figures can be trusted.
 */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
    PIDS_MAX = 8,
    SAMPLE_NS = 50000000,
    NOT_STARTED = 127
};

struct machine {
    int64_t all_us;
    int64_t idle_us;
};

struct meter {
    int64_t us_per_tick;
    unsigned n_pids;
    long pids[PIDS_MAX];
    int64_t cpu_us[PIDS_MAX]; /* At the start; later, used since then. */
    struct machine machine;   /* Likewise. */
    int64_t anon_kib;         /* The most that was seen. */
    int64_t rss_kib;
};

static void
die(const char *what, const char *name)
{
    (void)fprintf(stderr, "meter: %s %s\n", what, name);
    exit(EXIT_FAILURE);
}

static FILE *
open_proc(long pid, const char *name)
{
    char path[64];
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
    file = fopen(path, "re");
    if (!file)
        die("cannot read", path);
    return file;
}

static int64_t
take_number(const char **at)
{
    char *end;
    long long value = strtoll(*at, &end, 10);

    if (end == *at)
        die("expected a number:", *at);
    *at = end;
    return value;
}

/* The first line, as far as it fits. */
static void
read_line(FILE *file, char *line, size_t size)
{
    if (!fgets(line, (int)size, file))
        die("cannot read", "/proc");
    (void)fclose(file);
}

/* User and system time of a process, all threads. */
static int64_t
read_cpu_us(const struct meter *m, long pid)
{
    char line[1024];
    const char *at;
    int64_t ticks;

    read_line(open_proc(pid, "stat"), line, sizeof(line));
    /* The second field is a name, which may hold anything; a letter is the
     * third, and the times are the 14th and 15th. */
    at = strrchr(line, ')');
    if (!at || strlen(at) < 4)
        die("cannot understand", "stat");
    at += 3;
    for (int field = 4; field < 14; field++)
        (void)take_number(&at);
    ticks = take_number(&at);
    ticks += take_number(&at);
    return ticks * m->us_per_tick;
}

static struct machine
read_machine(const struct meter *m)
{
    FILE *file = fopen("/proc/stat", "re");
    struct machine ret = {0};
    char line[256];
    const char *at = line + strlen("cpu");

    if (!file)
        die("cannot read", "/proc/stat");
    read_line(file, line, sizeof(line));
    /* user nice system idle iowait irq softirq steal */
    for (int field = 0; field < 8; field++) {
        int64_t us = take_number(&at) * m->us_per_tick;

        ret.all_us += us;
        ret.idle_us += field == 3 || field == 4 ? us : 0;
    }
    return ret;
}

static void
keep_most(const char *line, const char *name, int64_t *most)
{
    const char *at = line + strlen(name);
    int64_t kib;

    if (strncmp(line, name, strlen(name)) != 0)
        return;
    kib = take_number(&at);
    if (kib > *most)
        *most = kib;
}

static void
sample_memory(struct meter *m)
{
    FILE *file = open_proc(m->pids[0], "status");
    char line[256];

    while (fgets(line, sizeof(line), file)) {
        keep_most(line, "RssAnon:", &m->anon_kib);
        keep_most(line, "VmRSS:", &m->rss_kib);
    }
    (void)fclose(file);
}

static void
read_pids(struct meter *m, const char *list)
{
    char *end;

    for (; m->n_pids < PIDS_MAX; list = end + 1) {
        m->pids[m->n_pids] = strtol(list, &end, 10);
        if (end == list || m->pids[m->n_pids++] <= 0)
            break;
        if (*end == '\0')
            return;
    }
    die("no list of processes:", list);
}

static void
run(struct meter *m, char **command)
{
    const struct timespec pause = {.tv_nsec = SAMPLE_NS};
    pid_t child = fork();
    int status;

    if (child == 0) {
        (void)execvp(command[0], command);
        _exit(NOT_STARTED);
    }
    while (child > 0 && waitpid(child, &status, WNOHANG) == 0) {
        sample_memory(m);
        (void)nanosleep(&pause, NULL);
    }
    if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("failed:", command[0]);
}

static void
begin(struct meter *m)
{
    m->us_per_tick = 1000000 / sysconf(_SC_CLK_TCK);
    m->machine = read_machine(m);
    for (unsigned i = 0; i < m->n_pids; i++)
        m->cpu_us[i] = read_cpu_us(m, m->pids[i]);
}

static void
end(struct meter *m)
{
    struct machine now = read_machine(m);

    m->machine.all_us = now.all_us - m->machine.all_us;
    m->machine.idle_us = now.idle_us - m->machine.idle_us;
    for (unsigned i = 0; i < m->n_pids; i++)
        m->cpu_us[i] = read_cpu_us(m, m->pids[i]) - m->cpu_us[i];
}

static int64_t
time_us(const struct timeval *t)
{
    return (int64_t)t->tv_sec * 1000000 + t->tv_usec;
}

static void
report(const struct meter *m)
{
    struct rusage child;
    int64_t others_us = m->machine.all_us - m->machine.idle_us;
    int64_t all_us = m->machine.all_us > 0 ? m->machine.all_us : 1;

    (void)getrusage(RUSAGE_CHILDREN, &child);
    others_us -= time_us(&child.ru_utime) + time_us(&child.ru_stime);
    for (unsigned i = 0; i < m->n_pids; i++)
        others_us -= m->cpu_us[i];
    printf("cpu_us=%" PRId64 " anon_kib=%" PRId64 " rss_kib=%" PRId64
           " others_percent=%" PRId64 " idle_percent=%" PRId64 "\n",
           m->cpu_us[0], m->anon_kib, m->rss_kib,
           others_us > 0 ? others_us * 100 / all_us : 0,
           m->machine.idle_us * 100 / all_us);
}

int
main(int argc, char **argv)
{
    struct meter m = {0};

    if (argc < 3) {
        (void)fputs("Usage: meter PID[,PID...] COMMAND [ARGUMENT]...\n",
                    stderr);
        return EX_USAGE;
    }
    read_pids(&m, argv[1]);
    begin(&m);
    sample_memory(&m);
    run(&m, argv + 2);
    end(&m);
    report(&m);
    return EXIT_SUCCESS;
}
