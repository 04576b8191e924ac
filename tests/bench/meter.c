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
    long anon_kib;
    long rss_kib;
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

/* User and system time of a process, all threads. */
static int64_t
read_cpu_us(const struct meter *m, long pid)
{
    FILE *file = open_proc(pid, "stat");
    char text[1024];
    size_t n = fread(text, 1, sizeof(text) - 1, file);
    uint64_t user;
    uint64_t system;
    const char *rest;

    (void)fclose(file);
    text[n] = '\0';
    /* The second field is a name, which may hold anything. */
    rest = strrchr(text, ')');
    if (!rest
        || sscanf(rest,
                  ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
                  " %" SCNu64 " %" SCNu64,
                  &user, &system)
               != 2)
        die("cannot understand", "stat");
    return (int64_t)(user + system) * m->us_per_tick;
}

static struct machine
read_machine(const struct meter *m)
{
    uint64_t t[8] = {0};
    FILE *file = fopen("/proc/stat", "re");
    struct machine ret = {0};

    if (!file
        || fscanf(file,
                  "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                  " %" SCNu64 " %" SCNu64 " %" SCNu64,
                  &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7])
               != 8)
        die("cannot read", "/proc/stat");
    (void)fclose(file);
    for (int i = 0; i < 8; i++)
        ret.all_us += (int64_t)t[i] * m->us_per_tick;
    ret.idle_us = (int64_t)(t[3] + t[4]) * m->us_per_tick;
    return ret;
}

static void
sample_memory(struct meter *m)
{
    FILE *file = open_proc(m->pids[0], "status");
    char line[256];
    long kib;

    while (fgets(line, sizeof(line), file)) {
        if (sscanf(line, "RssAnon: %ld", &kib) == 1 && kib > m->anon_kib)
            m->anon_kib = kib;
        if (sscanf(line, "VmRSS: %ld", &kib) == 1 && kib > m->rss_kib)
            m->rss_kib = kib;
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
    printf("cpu_us=%" PRId64 " anon_kib=%ld rss_kib=%ld others_percent=%" PRId64
           " idle_percent=%" PRId64 "\n",
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
