/*
 * fault_vfs.h - a file system for SQLite whose operations fail on demand.
 *
 * It passes everything on to the default one and counts reads, writes,
 * truncations and synchronisations; from the k-th of them on, some fail.
 * Counting works across threads; the faults are set while nothing runs.
 */
#ifndef AIGW_TESTS_FAULT_VFS_H
#define AIGW_TESTS_FAULT_VFS_H

#define FAULT_VFS "faulty"

enum fault_kind {
    FAULT_EIO,         /* Any operation fails. */
    FAULT_ENOSPC,      /* Writes and truncations fail. */
    FAULT_SHORT_WRITE, /* Half of it is written, then an error. */
    FAULT_FSYNC,       /* Only synchronisations fail. */
    FAULT_KINDS,
};

/* Once per process. */
void fault_vfs_register(void);

/* Operations number `first` to first + n - 1 fail, counted from now. */
void fault_vfs_set(enum fault_kind kind, long first, long n);
void fault_vfs_clear(void);

/* Synchronisations since the start of the process. */
long fault_vfs_syncs(void);

/* Operations since fault_vfs_set(), and how many of them failed. */
long fault_vfs_count(void);
long fault_vfs_failed(void);

#endif
