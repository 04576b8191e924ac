/*
 * mem.h - allocation for a program that can only give up without memory.
 *
 * Each function ends the program with a message when memory runs out, so no
 * caller checks.  What comes from outside is bounded where it is read.
 */
#ifndef AIGW_TEXT_MEM_H
#define AIGW_TEXT_MEM_H

#include <stddef.h>
#include <stdio.h>

/* Zeroed room for `count` things of `size` bytes. */
void *mem_alloc(size_t count, size_t size);

/* Grows or shrinks `block` to `count` things of `size` bytes. */
void *mem_resize(void *block, size_t count, size_t size);

/* A copy of `text`. */
char *mem_copy(const char *text);

/* Text that grows while it is written: print to `stream`, then take the text
 * with mem_text_end, which closes the stream. */
struct mem_text {
    FILE *stream;
    char *data;
    size_t size;
};

void mem_text_begin(struct mem_text *text);

/* Returns the text written since mem_text_begin; the caller frees it. */
char *mem_text_end(struct mem_text *text);

#endif
