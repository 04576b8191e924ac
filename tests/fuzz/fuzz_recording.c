/*
 * fuzz_recording.c - any file as a recording of aigw-top, read and played.
 */
#include "tui/recording.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[160];
    struct recording r;
    FILE *in;

    if (size == 0)
        return 0;
    in = fmemopen((void *)(uintptr_t)data, size, "r");
    if (!in || recording_open(&r, in, "fuzz", error))
        return 0;
    for (size_t i = 0; i < r.n_entries; i++)
        aigw_value_free(recording_read(&r, i));
    (void)recording_find(&r, 1000);
    recording_close(&r);
    return 0;
}
