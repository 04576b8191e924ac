#include "proto/methods.h"

#include "proto/nearest.h"
#include "proto/rpc.h"
#include "proto/status.h"

#include <assert.h>
#include <string.h>

static const struct method METHODS[] = {
#define AIGW_METHOD(ident, name, admin, streaming, help)                       \
    {name, admin, streaming, help},
#include "proto/methods.def"
#undef AIGW_METHOD
};

static const char *const NAMES[] = {
#define AIGW_METHOD(ident, name, admin, streaming, help) name,
#include "proto/methods.def"
#undef AIGW_METHOD
};

const struct method *
methods_get(size_t index)
{
    assert(index < METHODS_COUNT);
    return &METHODS[index];
}

int
methods_find(const char *name, size_t size, size_t *ret_index)
{
    for (size_t i = 0; i < METHODS_COUNT; i++) {
        if (strlen(NAMES[i]) == size && memcmp(NAMES[i], name, size) == 0) {
            *ret_index = i;
            return 0;
        }
    }
    return AIGW_ENOMETHOD;
}

const char *
methods_nearest(const char *name, size_t size)
{
    char copy[RPC_METHOD_MAX + 1];

    if (size > RPC_METHOD_MAX)
        return NULL;
    memcpy(copy, name, size);
    copy[size] = '\0';
    return nearest_name(copy, NAMES, METHODS_COUNT);
}
