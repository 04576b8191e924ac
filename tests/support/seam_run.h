/*
 * seam_run.h - a whole continuation fed to a seam in pieces.
 *
 * For the tests of core/seam and its fuzz target.  No time passes.
 */
#ifndef AIGW_TESTS_SEAM_RUN_H
#define AIGW_TESTS_SEAM_RUN_H

#include "base/mem.h"
#include "base/rng.h"
#include "core/seam.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

struct seam_run {
    struct json_slice said;
    size_t unseen;
    struct json_slice head;
    enum seam_verdict verdict;
    bool was_cut;   /* A piece was handed on that ends within a character. */
    char *new_text; /* What was handed on; seam_run_deinit() frees it. */
    size_t new_size;
};

static inline void
seam_run_take(struct seam_run *run, struct json_slice piece)
{
    if (!utf8_valid(piece.text, piece.size))
        run->was_cut = true;
    if (piece.size > 0)
        memcpy(run->new_text + run->new_size, piece.text, piece.size);
    run->new_size += piece.size;
}

/* The next piece of the head: everything, or as many characters as `cuts`
 * says. */
static inline size_t
seam_run_piece(const struct seam_run *run, size_t at, struct rng *cuts,
               int64_t most)
{
    int64_t n = cuts ? 1 + rng_upto(cuts, most - 1) : INT64_MAX;
    size_t end = at;

    for (; n > 0 && end < run->head.size; n--) {
        size_t step = utf8_next(run->head.text + end, run->head.size - end);

        end += step > 0 ? step : 1;
    }
    return end - at;
}

/* Feeds the head in pieces of at most `most` characters; whole without
 * `cuts`.  Then the continuation ends properly. */
static inline void
seam_run_play(struct seam_run *run, struct rng *cuts, int64_t most)
{
    struct seam *s = mem_new(sizeof(*s));
    struct seam_pass pass;

    run->new_text = mem_new(run->head.size + 1);
    run->new_size = 0;
    run->was_cut = false;
    seam_init(s, run->said, run->unseen);
    for (size_t at = 0, size; at < run->head.size; at += size) {
        /* A copy of its own, so that a sanitizer sees who reads too far. */
        char *copy;

        size = seam_run_piece(run, at, cuts, most);
        copy = mem_new(size);
        memcpy(copy, run->head.text + at, size);
        (void)seam_feed(s, (struct json_slice){copy, size}, 0, &pass);
        seam_run_take(run, pass.held);
        seam_run_take(run, pass.fresh);
        free(copy);
    }
    run->verdict = seam_finish(s, true, &pass);
    seam_run_take(run, pass.held);
    seam_run_take(run, pass.fresh);
    free(s);
}

static inline void
seam_run_deinit(struct seam_run *run)
{
    free(run->new_text);
}

#endif
