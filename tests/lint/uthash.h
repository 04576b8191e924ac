/*
 * uthash.h - stands in for uthash where analyzers read: its macros are made of
 * branches, which they would count as the callers'.
 */
#ifndef AIGW_TESTS_LINT_UTHASH_H
#define AIGW_TESTS_LINT_UTHASH_H

#include <stddef.h>
#include <string.h>

typedef struct UT_hash_handle {
    void *next;
} UT_hash_handle;

void *uthash_find(const void *head, const void *key, size_t size);
void *uthash_add(void *head, void *el, const void *key, size_t size);
void *uthash_delete(void *head, const void *el);
unsigned uthash_count(const void *head);

#define HASH_FIND(hh, head, key, size, out)                                    \
    ((out) = uthash_find((head), (key), (size)))
#define HASH_FIND_STR(head, key, out)                                          \
    ((out) = uthash_find((head), (key), strlen(key)))
#define HASH_ADD(hh, head, field, size, el)                                    \
    ((head) = uthash_add((head), (el), &(el)->field, (size)))
#define HASH_ADD_KEYPTR(hh, head, key, size, el)                               \
    ((head) = uthash_add((head), (el), (key), (size)))
#define HASH_ADD_STR(head, field, el)                                          \
    ((head) = uthash_add((head), (el), (el)->field, strlen((el)->field)))
#define HASH_DELETE(hh, head, el) ((head) = uthash_delete((head), (el)))
#define HASH_COUNT(head)          (uthash_count(head))
#define HASH_ITER(hh, head, el, after)                                         \
    for ((el) = (head), (after) = (el) ? (el)->hh.next : NULL; (el);           \
         (el) = (after), (after) = (el) ? (el)->hh.next : NULL)

#endif
