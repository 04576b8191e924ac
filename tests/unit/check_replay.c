/*
 * check_replay.c - what is appended is read again, from every place, also by
 * readers that are slow and after it was stored (F56).
 */
#include "core/replay.h"

#include "base/rng.h"
#include "proto/status.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

enum {
    KEEP = 256,
    MAX = 4096,
    MODEL_STEPS = 1000,
    MODEL_ENTRIES = MODEL_STEPS,
    N_SEEDS = 50,
};

static struct replay r;

static void
set_up(void)
{
    replay_init(&r, KEEP, MAX);
}

static void
tear_down(void)
{
    replay_deinit(&r);
}

static void
add(enum replay_kind kind, const char *text)
{
    ck_assert_int_eq(replay_append(&r, kind, text, strlen(text)), 0);
}

/* Reads the next entry as "kind:seq:data"; "" at the end. */
static const char *
next(struct replay_cursor *cursor)
{
    static char text[128];
    struct replay_entry e;

    if (!replay_next(&r, cursor, &e))
        return "";
    (void)snprintf(text, sizeof(text), "%d:%d:%.*s", (int)e.kind, (int)e.seq,
                   (int)e.size, e.data);
    return text;
}

static struct replay_cursor
seek(int64_t seq)
{
    struct replay_cursor cursor;

    ck_assert(replay_seek(&r, seq, &cursor));
    return cursor;
}

START_TEST(entries_are_read_in_order_with_the_numbers_of_their_deltas)
{
    struct replay_cursor c = seek(1);

    ck_assert_str_eq(next(&c), "");
    add(REPLAY_EVENT, "attempt");
    add(REPLAY_TEXT, "Hello");
    add(REPLAY_DELTA, "{}");
    add(REPLAY_RESET, "reset");
    add(REPLAY_TEXT, "");
    ck_assert_str_eq(next(&c), "2:0:attempt");
    ck_assert_str_eq(next(&c), "0:1:Hello");
    ck_assert_str_eq(next(&c), "1:2:{}");
    ck_assert_str_eq(next(&c), "3:2:reset");
    ck_assert_str_eq(next(&c), "0:3:");
    ck_assert_str_eq(next(&c), "");
    add(REPLAY_TEXT, "more");
    ck_assert_str_eq(next(&c), "0:4:more");
}

END_TEST

START_TEST(reading_begins_behind_the_delta_before_the_one_asked_for)
{
    struct replay_cursor c;

    add(REPLAY_EVENT, "attempt");
    add(REPLAY_TEXT, "one");
    add(REPLAY_EVENT, "seam");
    add(REPLAY_TEXT, "two");
    c = seek(2);
    ck_assert_str_eq(next(&c), "2:1:seam");
    ck_assert_str_eq(next(&c), "0:2:two");
    c = seek(3);
    ck_assert_str_eq(next(&c), "");
    c = seek(99);
    add(REPLAY_TEXT, "three");
    ck_assert_str_eq(next(&c), "0:3:three");
}

END_TEST

START_TEST(the_oldest_entries_are_dropped_beyond_what_is_kept)
{
    struct replay_cursor c;

    for (int i = 0; i < 30; i++) {
        add(REPLAY_TEXT, "fifteen letters");
        replay_trim(&r, UINT64_MAX);
        ck_assert_uint_le(r.bytes.size, KEEP);
    }
    ck_assert_int_eq(replay_first_seq(&r), 30 - KEEP / 20 + 1);
    ck_assert(!replay_seek(&r, 1, &c));
    ck_assert(!replay_seek(&r, replay_first_seq(&r) - 1, &c));
    c = seek(replay_first_seq(&r));
    ck_assert_str_eq(next(&c), "0:19:fifteen letters");
}

END_TEST

START_TEST(what_a_reader_has_before_it_is_spared)
{
    struct replay_cursor slow = seek(1);

    for (int i = 0; i < 100; i++) {
        add(REPLAY_TEXT, "fifteen letters");
        replay_trim(&r, slow.at);
    }
    for (int i = 1; i <= 100; i++) {
        char want[32];

        (void)snprintf(want, sizeof(want), "0:%d:fifteen letters", i);
        ck_assert_str_eq(next(&slow), want);
    }
    replay_trim(&r, slow.at);
    ck_assert_uint_le(r.bytes.size, KEEP);
}

END_TEST

START_TEST(the_last_entry_is_held_however_large)
{
    char large[KEEP * 2];
    struct replay_cursor c;

    memset(large, 'x', sizeof(large));
    add(REPLAY_TEXT, "small");
    ck_assert_int_eq(replay_append(&r, REPLAY_TEXT, large, sizeof(large)), 0);
    replay_trim(&r, UINT64_MAX);
    ck_assert_int_eq(replay_first_seq(&r), 2);
    c = seek(2);
    ck_assert_str_ne(next(&c), "");
}

END_TEST

START_TEST(more_than_the_maximum_is_refused_and_changes_nothing)
{
    static char huge[MAX];
    struct replay_cursor c = seek(1);

    add(REPLAY_TEXT, "a");
    ck_assert_int_eq(replay_append(&r, REPLAY_TEXT, huge, sizeof(huge)),
                     AIGW_ETOOBIG);
    ck_assert_str_eq(next(&c), "0:1:a");
    ck_assert_str_eq(next(&c), "");
    add(REPLAY_TEXT, "b");
    ck_assert_str_eq(next(&c), "0:2:b");
}

END_TEST

START_TEST(stored_entries_are_taken_back)
{
    struct replay stored;
    struct replay_cursor c;
    const char *data;
    uint64_t middle;
    size_t size;

    add(REPLAY_EVENT, "attempt");
    add(REPLAY_TEXT, "one");
    middle = r.end.at;
    add(REPLAY_DELTA, "{}");
    add(REPLAY_TEXT, "three");
    stored = r;
    replay_init(&r, KEEP, MAX);
    replay_since(&stored, 0, &data, &size);
    ck_assert_int_eq(replay_load(&r, 1, data, (size_t)middle), 0);
    replay_since(&stored, middle, &data, &size);
    ck_assert_int_eq(replay_load(&r, 2, data, size), 0);
    replay_deinit(&stored);
    c = seek(1);
    ck_assert_str_eq(next(&c), "2:0:attempt");
    ck_assert_str_eq(next(&c), "0:1:one");
    ck_assert_str_eq(next(&c), "1:2:{}");
    ck_assert_str_eq(next(&c), "0:3:three");
    ck_assert_str_eq(next(&c), "");
}

END_TEST

START_TEST(a_gap_in_what_was_stored_leaves_what_follows_it)
{
    static const char ENTRY[] = "\0\1\0\0\0x";
    struct replay_cursor c;

    ck_assert_int_eq(replay_load(&r, 1, ENTRY, 6), 0);
    ck_assert_int_eq(replay_load(&r, 5, ENTRY, 6), 0);
    ck_assert_int_eq(replay_first_seq(&r), 5);
    c = seek(5);
    ck_assert_str_eq(next(&c), "0:5:x");
    ck_assert_str_eq(next(&c), "");
    ck_assert(!replay_seek(&r, 4, &c));
}

END_TEST

#define DAMAGED(bytes)                                                         \
    {                                                                          \
        bytes, sizeof(bytes) - 1                                               \
    }

static const struct damaged {
    const char *data;
    size_t size;
} DAMAGED_ENTRIES[] = {
    DAMAGED("\0"),
    DAMAGED("\0\1\0\0\0"),
    DAMAGED("\0\0\0\0\0\0"),
    DAMAGED("\4\0\0\0\0"),
    DAMAGED("\0\377\377\377\377x"),
    DAMAGED("\377\1\0\0\0x"),
};

START_TEST(what_cannot_have_been_stored_is_refused)
{
    const struct damaged *d = &DAMAGED_ENTRIES[_i];
    struct replay_cursor c = seek(1);

    ck_assert_int_eq(replay_load(&r, 1, d->data, d->size), AIGW_EMALFORMED);
    ck_assert_int_eq(replay_load(&r, 0, "", 0), AIGW_EMALFORMED);
    ck_assert_int_eq(replay_load(&r, INT64_MAX, "", 0), AIGW_EMALFORMED);
    ck_assert_str_eq(next(&c), "");
}

END_TEST

/* The plainest thing that does the same: everything, for ever. */
static struct model {
    struct replay_entry entries[MODEL_ENTRIES];
    char data[MODEL_ENTRIES][40];
    size_t n;
    int64_t seq;
} model;

static void
model_append(struct rng *rng)
{
    struct replay_entry *e = &model.entries[model.n];
    char *data = model.data[model.n++];

    e->kind = (enum replay_kind)rng_upto(rng, REPLAY_N_KINDS - 1);
    e->size = (size_t)rng_upto(rng, 39);
    for (size_t i = 0; i < e->size; i++)
        data[i] = (char)rng_upto(rng, 255);
    e->data = data;
    model.seq += replay_is_delta(e->kind);
    e->seq = model.seq;
    if (replay_append(&r, e->kind, e->data, e->size))
        ck_abort_msg("an entry does not fit");
}

/* Asserted by hand: Check notes each of its assertions, and there are millions
 * of these. */
static void
expect_entry(const struct replay_entry *is, const struct replay_entry *want)
{
    if (is->kind != want->kind || is->seq != want->seq || is->size != want->size
        || memcmp(is->data, want->data, is->size) != 0)
        ck_abort_msg("entry %d of delta %d is not entry %d of delta %d",
                     (int)is->kind, (int)is->seq, (int)want->kind,
                     (int)want->seq);
}

/* The first entry behind delta `seq` - 1. */
static size_t
model_seek(int64_t seq)
{
    size_t i = 0;
    int64_t before = 0;

    while (i < model.n && before < seq - 1)
        before = model.entries[i++].seq;
    return i;
}

static void
expect_all_from(int64_t seq)
{
    size_t i = model_seek(seq);
    struct replay_cursor c;
    struct replay_entry e;

    if (!replay_seek(&r, seq, &c)) {
        ck_assert_int_lt(seq, replay_first_seq(&r));
        return;
    }
    for (; replay_next(&r, &c, &e); i++)
        expect_entry(&e, &model.entries[i]);
    ck_assert_uint_eq(i, model.n);
}

static void
play(uint64_t seed)
{
    struct replay_cursor slow = {0};
    struct replay_entry e;
    size_t slow_index = 0;
    struct rng rng;

    rng_init(&rng, seed);
    model = (struct model){.n = 0};
    replay_init(&r, KEEP, (size_t)1 << 20);
    for (int step = 0; step < MODEL_STEPS; step++) {
        int64_t what = rng_upto(&rng, 9);

        if (what < 5)
            model_append(&rng);
        else if (what < 8 && replay_next(&r, &slow, &e))
            expect_entry(&e, &model.entries[slow_index++]);
        else if (what == 8)
            replay_trim(&r, slow.at);
        else
            expect_all_from(1 + rng_upto(&rng, model.seq + 1));
    }
    while (replay_next(&r, &slow, &e))
        expect_entry(&e, &model.entries[slow_index++]);
    ck_assert_int_eq(r.end.seq, model.seq);
    ck_assert_uint_eq(slow_index, model.n);
    replay_deinit(&r);
}

START_TEST(any_number_of_readers_sees_every_entry_once_and_in_order)
{
    for (uint64_t seed = 0; seed < N_SEEDS; seed++)
        play(seed);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("replay");
    TCase *tc = tcase_create("replay");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc,
                   entries_are_read_in_order_with_the_numbers_of_their_deltas);
    tcase_add_test(tc,
                   reading_begins_behind_the_delta_before_the_one_asked_for);
    tcase_add_test(tc, the_oldest_entries_are_dropped_beyond_what_is_kept);
    tcase_add_test(tc, what_a_reader_has_before_it_is_spared);
    tcase_add_test(tc, the_last_entry_is_held_however_large);
    tcase_add_test(tc, more_than_the_maximum_is_refused_and_changes_nothing);
    tcase_add_test(tc, stored_entries_are_taken_back);
    tcase_add_test(tc, a_gap_in_what_was_stored_leaves_what_follows_it);
    tcase_add_loop_test(tc, what_cannot_have_been_stored_is_refused, 0,
                        sizeof(DAMAGED_ENTRIES) / sizeof(*DAMAGED_ENTRIES));
    tcase_add_loop_test(
        tc, any_number_of_readers_sees_every_entry_once_and_in_order, 0, 15);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
