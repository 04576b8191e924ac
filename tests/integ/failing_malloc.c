/*
 * failing_malloc.c - linked into the daemon in place of its allocator: the
 * k-th large allocation after a signal fails.
 *
 * Each SIGUSR2 begins to count anew, with k one higher than before.  Large is
 * what a peer can make large: nothing that is sized by the configuration comes
 * near.  What happens is told on stderr.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum {
    LARGE_BYTES = 128 * 1024,
};

/* The linker's names for our allocator and the real one. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);

static volatile sig_atomic_t failing; /* k; 0: not yet. */
static volatile sig_atomic_t seen;

static void
tell(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));

    (void)n;
}

static void
arm(int signum)
{
    (void)signum;
    seen = 0;
    failing++;
    tell("nomem: armed\n");
}

static void __attribute__((constructor)) install(void)
{
    (void)signal(SIGUSR2, arm);
}

static int
fails(size_t size)
{
    if (failing == 0 || size < LARGE_BYTES || ++seen != failing)
        return 0;
    tell("nomem: failed\n");
    errno = ENOMEM;
    return 1;
}

void *
__wrap_malloc(size_t size)
{
    return fails(size) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails(n * size) ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *block, size_t size)
{
    return fails(size) ? NULL : __real_realloc(block, size);
}
