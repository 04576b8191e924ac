#include "app/secret.h"

#include "base/mem.h"

#include <sys/mman.h>
#include <unistd.h>

struct secret *
secret_new(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t mapped = (sizeof(struct secret) + size + page) / page * page;
    struct secret *secret = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (secret == MAP_FAILED)
        return NULL;
    secret->mapped = mapped;
    secret->size = size;
    secret->locked = mlock(secret, mapped) == 0;
    (void)madvise(secret, mapped, MADV_DONTDUMP);
    (void)madvise(secret, mapped, MADV_DONTFORK);
    return secret;
}

void
secret_free(struct secret *secret)
{
    size_t mapped;

    if (!secret)
        return;
    mapped = secret->mapped;
    mem_wipe(secret, mapped);
    (void)munmap(secret, mapped);
}
