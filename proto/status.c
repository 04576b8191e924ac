#include "proto/status.h"

#include <stdarg.h>
#include <stdio.h>

const char *
aigw_status_text(int status)
{
    switch (status) {
#define X(name, value, short_name, text)                                       \
    case value:                                                                \
        return text;
        AIGW_STATUS_MAP(X)
#undef X
    }
    return "unknown error";
}

const char *
aigw_status_name(int status)
{
    switch (status) {
#define X(name, value, short_name, text)                                       \
    case value:                                                                \
        return short_name;
        AIGW_STATUS_MAP(X)
#undef X
    }
    return "unknown";
}

int
aigw_err_set(struct aigw_err *err, int status, const char *format, ...)
{
    if (err) {
        va_list args;

        err->status = status;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return status;
}
