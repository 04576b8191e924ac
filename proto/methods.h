/*
 * methods.h - the table of RPC methods.
 *
 * Generated from methods.def, which whoever implements the methods includes
 * once more for a table of handlers in the same order.
 */
#ifndef AIGW_PROTO_METHODS_H
#define AIGW_PROTO_METHODS_H

#include <stdbool.h>
#include <stddef.h>

/* The indices: METHOD_hello and so on. */
enum {
#define AIGW_METHOD(ident, name, admin, streaming, help) METHOD_##ident,
#include "proto/methods.def"
#undef AIGW_METHOD
    METHODS_COUNT
};

struct method {
    const char *name;
    bool admin;     /* Needs the administrator's rights. */
    bool streaming; /* May send notifications besides its answer. */
    const char *help;
};

/* The method at `index` (below METHODS_COUNT). */
const struct method *methods_get(size_t index);

/* Gives the index of a method by its name, which need not be NUL-terminated.
 * AIGW_ENOMETHOD if there is none. */
int methods_find(const char *name, size_t size, size_t *ret_index);

/* The method that was probably meant by an unknown name; NULL if none looks
 * like it. */
const char *methods_nearest(const char *name, size_t size);

#endif
