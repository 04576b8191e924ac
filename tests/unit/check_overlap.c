/*
 * The longest overlap of a known text and a growing one, against the plain
 * way to find it.
 */
#include "core/overlap.h"

#include "base/mem.h"
#include "base/rng.h"
#include "support/suite.h"

#include <string.h>

static struct overlap o;

static struct json_slice
slice(const char *text, size_t size)
{
    return (struct json_slice){text, size};
}

/* Grows the head until nothing is pending; returns how long it was then. */
static size_t
grow(const char *head, size_t size)
{
    size_t n = 0;

    while (n < size && overlap_is_pending(&o))
        overlap_grow(&o, slice(head, ++n));
    if (overlap_is_pending(&o))
        overlap_end(&o, slice(head, size));
    ck_assert(!overlap_is_pending(&o));
    return n;
}

static size_t
plain_overlap(const char *text, size_t text_size, const char *head, size_t size)
{
    size_t most = text_size < size ? text_size : size;

    for (size_t k = most; k > 0; k--)
        if (memcmp(text + text_size - k, head, k) == 0)
            return k;
    return 0;
}

static const struct example {
    const char *text;
    const char *head;
    size_t least;
    size_t bytes;   /* The overlap. */
    size_t decided; /* Bytes of the head until that is known. */
} EXAMPLES[] = {
    {"say hello", "hello you", 1, 5, 5},
    {"say hello", "hello you", 5, 5, 5},
    {"say hello", "hello you", 6, 0, 1},
    {"say hello", "say hello", 1, 9, 9},
    {"say hello", "x", 1, 0, 1},
    {"say hello", "hell", 1, 0, 4},
    {"abababab", "ababX", 1, 4, 5},
    {"abababab", "abababababX", 1, 8, 8},
    {"aabaaab", "aab", 1, 3, 3},
    {"", "abc", 1, 0, 0},
    {"abc", "", 1, 0, 0},
};

START_TEST(the_longest_overlap_is_known_as_early_as_can_be)
{
    const struct example *e = &EXAMPLES[_i];
    size_t decided;

    overlap_init(&o, slice(e->text, strlen(e->text)), e->least);
    decided = grow(e->head, strlen(e->head));
    ck_assert_uint_eq(overlap_bytes(&o), e->bytes);
    ck_assert_uint_eq(decided, e->decided);
}

END_TEST

static void
fill(struct rng *r, int64_t letters, char *ret_text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ret_text[i] = (char)('a' + rng_upto(r, letters - 1));
}

/* Half of the heads begin with an end of the text. */
static size_t
invent_head(struct rng *r, const char *text, size_t size, char *ret_head)
{
    size_t taken = 0, more = (size_t)rng_upto(r, 30);

    if (rng_upto(r, 1) == 0) {
        taken = (size_t)rng_upto(r, (int64_t)size);
        memcpy(ret_head, text + size - taken, taken);
    }
    fill(r, 2, ret_head + taken, more);
    return taken + more;
}

START_TEST(it_is_what_the_plain_way_finds)
{
    struct rng r;

    rng_init(&r, (uint64_t)_i);
    for (int round = 0; round < 2000; round++) {
        char text[64], head[128];
        size_t text_size = (size_t)rng_upto(&r, sizeof(text));
        size_t least = 1 + (size_t)rng_upto(&r, 8);
        size_t size, want;

        fill(&r, 2 + round % 2, text, text_size);
        size = invent_head(&r, text, text_size, head);
        overlap_init(&o, slice(text, text_size), least);
        grow(head, size);
        want = plain_overlap(text, text_size, head, size);
        ck_assert_uint_eq(overlap_bytes(&o), want >= least ? want : 0);
    }
}

END_TEST

START_TEST(only_the_end_of_a_long_text_counts)
{
    char text[OVERLAP_MAX_BYTES + 10];

    memset(text, 'a', sizeof(text));
    text[9] = 'b';
    overlap_init(&o, slice(text, sizeof(text)), 1);
    ck_assert_uint_eq(grow(text + 10, OVERLAP_MAX_BYTES), OVERLAP_MAX_BYTES);
    ck_assert_uint_eq(overlap_bytes(&o), OVERLAP_MAX_BYTES);
    overlap_init(&o, slice(text, sizeof(text)), 1);
    ck_assert_uint_eq(grow(text + 9, OVERLAP_MAX_BYTES + 1), 1);
    ck_assert_uint_eq(overlap_bytes(&o), 0);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("overlap");
    TCase *tc = tcase_create("overlap");

    tcase_add_loop_test(tc, the_longest_overlap_is_known_as_early_as_can_be, 0,
                        array_count(EXAMPLES));
    tcase_add_loop_test(tc, it_is_what_the_plain_way_finds, 0, 10);
    tcase_add_test(tc, only_the_end_of_a_long_text_counts);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
