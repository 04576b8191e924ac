/*
 * error.c - what the public header says about versions and errors.
 */
#include <aigw/aigw.h>

#include "proto/status.h"

#include <assert.h>

#define SAME(public_name, name)                                                \
    static_assert((int)AIGW_ERR_##public_name == (int)AIGW_##name,             \
                  "the public number differs from the protocol's")

SAME(NONE, OK);
SAME(NOMEM, ENOMEM);
SAME(TOOBIG, ETOOBIG);
SAME(IO, EIO);
SAME(CONNECT, ECONNECT);
SAME(TIMEDOUT, ETIMEDOUT);
SAME(CANCELLED, ECANCELLED);
SAME(CLOSED, ECLOSED);
SAME(INVALID, EINVAL);
SAME(BUSY, EBUSY);
SAME(ACCESS, EACCES);
SAME(OVERLOADED, EOVERLOADED);
SAME(DRAINING, EDRAINING);
SAME(PERMISSION, EPERMISSION);
SAME(NOT_FOUND, ENOTFOUND);
SAME(CONFLICT, ECONFLICT);
SAME(REQUEST, EREQUEST);
SAME(NO_METHOD, ENOMETHOD);
SAME(PARAMS, EPARAMS);
SAME(INTERNAL, EINTERNAL);
SAME(MALFORMED, EMALFORMED);

const char *
aigw_version(void)
{
    return AIGW_VERSION;
}

const char *
aigw_code_name(int code)
{
    return aigw_status_name(code);
}

const char *
aigw_code_text(int code)
{
    return aigw_status_text(code);
}
