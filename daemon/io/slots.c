#include "io/slots.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SLOT_BYTES = 1024, /* A part of a page: never half in the file. */
};

static const uint32_t MAGIC = 0x31574741; /* "AGW1" */

struct slot {
    uint32_t magic; /* 0: it is free. */
    uint32_t size;
    uint64_t sum; /* Of the data: power may fail between two sectors. */
    unsigned char data[SLOTS_MAX_BYTES];
};

_Static_assert(sizeof(struct slot) == SLOT_BYTES, "slots have one size");

struct slots {
    int fd;
    char *path;
    int *free; /* A stack: the one that is used next was used last. */
    int n_free;
    int n; /* Slots of the file. */
};

/* FNV-1a. */
static uint64_t
sum_of(const unsigned char *data, size_t size)
{
    uint64_t sum = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < size; i++)
        sum = (sum ^ data[i]) * UINT64_C(1099511628211);
    return sum;
}

static off_t
place_of(int slot)
{
    return (off_t)slot * SLOT_BYTES;
}

/* False: it is free, or damaged. */
static bool
read_slot(const struct slots *s, int slot, struct slot *ret)
{
    ssize_t n = pread(s->fd, ret, SLOT_BYTES, place_of(slot));
    const size_t head = offsetof(struct slot, data);

    return n >= (ssize_t)head && ret->magic == MAGIC
           && ret->size <= SLOTS_MAX_BYTES && (size_t)n >= head + ret->size
           && ret->sum == sum_of(ret->data, ret->size);
}

static void
add_free(struct slots *s, int slot)
{
    s->free[s->n_free++] = slot;
}

static int
look_through(struct slots *s)
{
    struct stat st;
    struct slot slot;

    if (fstat(s->fd, &st) != 0)
        return AIGW_EIO;
    if (st.st_uid != geteuid() || !S_ISREG(st.st_mode))
        return AIGW_EACCES;
    s->n = (int)((st.st_size + SLOT_BYTES - 1) / SLOT_BYTES);
    if (st.st_size > (off_t)SLOTS_MAX * SLOT_BYTES)
        s->n = SLOTS_MAX;
    s->free = mem_new_array(SLOTS_MAX, sizeof(*s->free));
    for (int i = s->n - 1; i >= 0; i--)
        if (!read_slot(s, i, &slot))
            add_free(s, i);
    return 0;
}

static int
open_file(struct slots *s)
{
    s->fd = open(s->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                 S_IRUSR | S_IWUSR);
    if (s->fd < 0)
        return errno == EACCES || errno == ELOOP ? AIGW_EACCES : AIGW_EIO;
    if (flock(s->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? AIGW_EBUSY : AIGW_EIO;
    return look_through(s);
}

static void
free_slots(struct slots *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    free(s->path);
    free(s->free);
    free(s);
}

int
slots_open(const char *path, struct slots **ret_slots, struct aigw_err *err)
{
    struct slots *s = mem_new(sizeof(*s));
    int status;

    s->path = mem_strdup(path);
    status = open_file(s);
    if (status == 0) {
        *ret_slots = s;
        return 0;
    }
    (void)aigw_err_set(err, status, "cannot use %s: %s", path,
                       status == AIGW_EBUSY ? "another process has it"
                                            : strerror(errno));
    free_slots(s);
    return status;
}

void
slots_each(const struct slots *s,
           void (*fn)(void *ctx, int slot, const void *data, size_t size),
           void *ctx)
{
    struct slot slot;

    for (int i = 0; i < s->n; i++)
        if (read_slot(s, i, &slot))
            fn(ctx, i, slot.data, slot.size);
}

static int
take_free(struct slots *s)
{
    if (s->n_free > 0)
        return s->free[--s->n_free];
    return s->n < SLOTS_MAX ? s->n++ : AIGW_EOVERLOADED;
}

int
slots_put(struct slots *s, const void *data, size_t size)
{
    struct slot record = {.magic = MAGIC, .size = (uint32_t)size};
    size_t whole = offsetof(struct slot, data) + size;
    int slot;

    if (size > SLOTS_MAX_BYTES)
        return AIGW_ETOOBIG;
    slot = take_free(s);
    if (slot < 0)
        return slot;
    memcpy(record.data, data, size);
    record.sum = sum_of(record.data, size);
    if (pwrite(s->fd, &record, whole, place_of(slot)) == (ssize_t)whole)
        return slot;
    slots_erase(s, slot);
    return AIGW_EIO;
}

void
slots_erase(struct slots *s, int slot)
{
    static const uint32_t FREE = 0;

    /* What cannot be erased is found by the next one, which knows of it. */
    if (pwrite(s->fd, &FREE, sizeof(FREE), place_of(slot)) < 0)
        errno = 0;
    add_free(s, slot);
}

void
slots_close(struct slots *s)
{
    if (!s)
        return;
    if (s->n_free == s->n)
        (void)unlink(s->path);
    free_slots(s);
}
