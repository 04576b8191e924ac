/*
 * fuzz_seam.c - the seam between two attempts' texts: the first byte says how
 * much of the rest was said, the second what of it the provider was not shown
 * and how the head is cut.  However it is cut, the outcome is the same, and
 * what is handed on is an end of the head.
 */
#include "support/seam_run.h"

#include <stdint.h>
#include <stdlib.h>

static void
play(struct seam_run *run, struct rng *cuts)
{
    seam_run_play(run, cuts, 9);
    if (run->new_size > run->head.size
        || memcmp(run->new_text,
                  run->head.text + run->head.size - run->new_size,
                  run->new_size)
               != 0)
        abort();
    if (run->verdict == SEAM_HOLD
        || (run->verdict == SEAM_DIVERGED && run->new_size > 0))
        abort();
    seam_run_deinit(run);
}

static void
check(struct seam_run *run, uint64_t seed)
{
    bool whole = utf8_valid(run->said.text, run->said.size)
                 && utf8_valid(run->head.text, run->head.size);
    struct seam_run cut = *run;
    struct rng cuts;

    rng_init(&cuts, seed);
    play(run, NULL);
    play(&cut, &cuts);
    if (run->verdict != cut.verdict || run->new_size != cut.new_size)
        abort();
    if (whole && (run->was_cut || cut.was_cut))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 2;
    struct seam_run run = {.unseen = 0};
    size_t said;

    if (size < 3)
        return 0;
    said = 1 + (size - 3) * data[0] / 255;
    run.said = (struct json_slice){text, said};
    run.head = (struct json_slice){text + said, size - 2 - said};
    while (run.unseen < said && run.unseen < data[1] % 8u
           && strchr(" \n\t", text[said - 1 - run.unseen])
           && text[said - 1 - run.unseen])
        run.unseen++;
    check(&run, data[1]);
    return 0;
}
