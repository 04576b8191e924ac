/*
 * fault.h - the fault of a drill, in one word.
 *
 *     status=503   status=429,retry_after_s=3   connect   auth   empty
 *     latency=500  stall=10   cut=10   malformed=3
 *
 * What stands behind the kind is its first parameter; others follow by name.
 * Whether the values make sense is for the daemon to say.  Pure.
 */
#ifndef AIGW_CTL_FAULT_H
#define AIGW_CTL_FAULT_H

#include <aigw/aigw.h>
#include <stddef.h>

#include "text/format.h"

enum {
    FAULT_ERROR_SIZE = 200
};

/* The fault as the daemon takes it, for the caller to free; NULL with a
 * sentence in `ret_error` if `word` is none. */
struct aigw_value *fault_parse(const char *word,
                               char ret_error[FAULT_ERROR_SIZE]);

/* The word for a fault of the daemon's. */
struct text fault_text(const struct aigw_value *fault);

#endif
