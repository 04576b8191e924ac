/*
 * mem.h - memory whose size is known when the program or its configuration
 * is written.
 *
 * These abort when there is none: a daemon that cannot hold its own fixed
 * structures has nothing useful left to do.  Whatever a peer can size goes
 * through proto/bytes.h or a checked malloc instead.
 */
#ifndef AIGW_BASE_MEM_H
#define AIGW_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed. */
void *mem_new(size_t size);
void *mem_new_array(size_t n, size_t size);

/* Grows `array` to `n` elements; new elements are not initialised. */
void *mem_grow(void *array, size_t n, size_t size);

char *mem_strdup(const char *text);
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* True for the same text, and for two NULLs. */
bool mem_same_text(const char *a, const char *b);

/* Overwrites a secret so that the compiler may not leave it out. */
void mem_wipe(void *data, size_t size);

/* Gives free memory back to the system; for the time after a peak, since the
 * allocator keeps what is free below something that lives. */
void mem_trim(void);

/* The struct that `member` at `ptr` is embedded in. */
#define container_of(ptr, type, member)                                        \
    ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define array_count(a) (sizeof(a) / sizeof(*(a)))

#endif
