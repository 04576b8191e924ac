/*
 * procfs.h - what /proc tells about another process.
 *
 * All functions fail the test when the process is gone or may not be looked
 * at.
 */
#ifndef AIGW_TESTS_PROCFS_H
#define AIGW_TESTS_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Resident memory of all kinds (VmRSS). */
int64_t procfs_rss_bytes(pid_t pid);

/* CPU time that it has used, in user and system mode. */
int64_t procfs_cpu_ms(pid_t pid);

/* Open descriptors: the smallest one at or above `from`, or -1. */
int procfs_next_fd(pid_t pid, int from);
int procfs_count_fds(pid_t pid);

/* The open flags of a descriptor, O_CLOEXEC included; -1: it is closed. */
int procfs_fd_flags(pid_t pid, int fd);

/* What the descriptor refers to, as "socket:[123]". */
void procfs_fd_name(pid_t pid, int fd, char *name, size_t size);

/* True if /proc/PID/`file` contains the text. */
bool procfs_contains(pid_t pid, const char *file, const char *text);

/* True if this process may read the other's memory. */
bool procfs_may_read_memory(pid_t pid);

#endif
