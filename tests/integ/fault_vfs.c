#include "fault_vfs.h"

#include <check.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

/* Ours in front, the real one behind it. */
struct file {
    sqlite3_file base;
    sqlite3_file *real;
};

static sqlite3_vfs vfs;
static sqlite3_io_methods methods;

static struct {
    enum fault_kind kind;
    long first, past;
} fault;

static atomic_long n_ops, n_failed, n_syncs;

static sqlite3_file *
real(sqlite3_file *f)
{
    return ((struct file *)(void *)f)->real;
}

static bool
fails(bool is_write, bool is_sync)
{
    long n = atomic_fetch_add(&n_ops, 1);
    bool hit = n >= fault.first && n < fault.past;

    if (fault.kind == FAULT_FSYNC)
        hit = hit && is_sync;
    else if (fault.kind != FAULT_EIO)
        hit = hit && is_write;
    if (hit)
        atomic_fetch_add(&n_failed, 1);
    return hit;
}

static int
on_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int
on_read(sqlite3_file *f, void *data, int size, sqlite3_int64 at)
{
    if (fails(false, false))
        return SQLITE_IOERR_READ;
    return real(f)->pMethods->xRead(real(f), data, size, at);
}

static int
on_write(sqlite3_file *f, const void *data, int size, sqlite3_int64 at)
{
    if (!fails(true, false))
        return real(f)->pMethods->xWrite(real(f), data, size, at);
    if (fault.kind == FAULT_SHORT_WRITE)
        (void)real(f)->pMethods->xWrite(real(f), data, size / 2, at);
    return fault.kind == FAULT_ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int
on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    if (fails(true, false))
        return SQLITE_IOERR_TRUNCATE;
    return real(f)->pMethods->xTruncate(real(f), size);
}

static int
on_sync(sqlite3_file *f, int flags)
{
    atomic_fetch_add(&n_syncs, 1);
    if (fails(false, true))
        return SQLITE_IOERR_FSYNC;
    return real(f)->pMethods->xSync(real(f), flags);
}

static int
on_file_size(sqlite3_file *f, sqlite3_int64 *ret_size)
{
    return real(f)->pMethods->xFileSize(real(f), ret_size);
}

static int
on_lock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xLock(real(f), level);
}

static int
on_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int
on_check_lock(sqlite3_file *f, int *ret_held)
{
    return real(f)->pMethods->xCheckReservedLock(real(f), ret_held);
}

static int
on_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
on_sector_size(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int
on_device(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int
on_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, ret);
}

static int
on_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void
on_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int
on_shm_unmap(sqlite3_file *f, int remove)
{
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

static int
on_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags,
        int *ret_flags)
{
    sqlite3_vfs *below = v->pAppData;
    struct file *file = (struct file *)(void *)f;
    int code;

    file->real = (sqlite3_file *)(void *)(file + 1);
    code = below->xOpen(below, name, file->real, flags, ret_flags);
    f->pMethods = file->real->pMethods ? &methods : NULL;
    return code;
}

void
fault_vfs_register(void)
{
    sqlite3_vfs *below = sqlite3_vfs_find(NULL);

    methods = (sqlite3_io_methods){
        .iVersion = 2,
        .xClose = on_close,
        .xRead = on_read,
        .xWrite = on_write,
        .xTruncate = on_truncate,
        .xSync = on_sync,
        .xFileSize = on_file_size,
        .xLock = on_lock,
        .xUnlock = on_unlock,
        .xCheckReservedLock = on_check_lock,
        .xFileControl = on_control,
        .xSectorSize = on_sector_size,
        .xDeviceCharacteristics = on_device,
        .xShmMap = on_shm_map,
        .xShmLock = on_shm_lock,
        .xShmBarrier = on_shm_barrier,
        .xShmUnmap = on_shm_unmap,
    };
    vfs = *below;
    vfs.zName = FAULT_VFS;
    vfs.pNext = NULL;
    vfs.pAppData = below;
    vfs.szOsFile = (int)sizeof(struct file) + below->szOsFile;
    vfs.xOpen = on_open;
    ck_assert_int_eq(sqlite3_vfs_register(&vfs, 0), SQLITE_OK);
}

void
fault_vfs_set(enum fault_kind kind, long first, long n)
{
    fault.kind = kind;
    fault.first = first;
    fault.past = first + n;
    atomic_store(&n_ops, 0);
    atomic_store(&n_failed, 0);
}

void
fault_vfs_clear(void)
{
    fault.first = fault.past = 0;
}

long
fault_vfs_syncs(void)
{
    return atomic_load(&n_syncs);
}

long
fault_vfs_count(void)
{
    return atomic_load(&n_ops);
}

long
fault_vfs_failed(void)
{
    return atomic_load(&n_failed);
}
