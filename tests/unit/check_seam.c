/*
 * The rules of the seam between two attempts' texts (F51), by example, and in
 * time.  check_seam_texts.c has what holds for all texts.
 */
#include "core/seam.h"

#include "support/seam_run.h"
#include "support/suite.h"

#include <stdio.h>

#define TAIL "the quick brown fox" /* 19 bytes */

static const struct example {
    const char *name;
    const char *said;
    const char *head;
    const char *fresh; /* NULL: diverged. */
    size_t unseen;
} EXAMPLES[] = {
    /* clang-format off */
    {"a clean continuation passes",
     "I saw " TAIL, " jump", " jump", 0},
    {"a repeat is dropped",
     "I saw " TAIL, TAIL " jump", " jump", 0},
    {"a repeat of 16 bytes is dropped",
     "0123456789abcdefghij", "456789abcdefghij!", "!", 0},
    {"one of 15 is chance",
     "0123456789abcdefghij", "56789abcdefghij!", "56789abcdefghij!", 0},
    {"the longest repeat is dropped",
     "x: abcdabcdabcdabcdabcd", "abcdabcdabcdabcdabcde", "e", 0},
    {"a shorter repeat counts where a longer one fails",
     "x: abcdabcdabcdabcdabcd", "abcdabcdabcdabcdabce",
     "abce", 0},
    {"a new beginning is dropped",
     "I saw " TAIL, "I saw " TAIL " jump", " jump", 0},
    {"so is a short one",
     "Hel", "Hello", "lo", 0},
    {"and one of a single letter",
     "H", "Hello", "ello", 0},
    {"a short text that only begins alike is new",
     "Hello", "Help", "Help", 0},
    {"white space does not hide a new beginning",
     "I saw " TAIL, "\n\n I saw " TAIL " jump", " jump", 0},
    {"nor does its lack",
     "\n\nI saw " TAIL, "I saw " TAIL " jump", " jump", 0},
    {"nor with a short text",
     "Hel", " Hello", "lo", 0},
    {"white space that only might have hidden one is passed",
     "Hello", " Help", " Help", 0},
    {"a new beginning that goes another way is another answer",
     "I saw " TAIL, "I saw the quick red fox", NULL, 0},
    {"it is after 16 bytes",
     "0123456789abcdefghij", "0123456789abcdefX", NULL, 0},
    {"and not after 15",
     "0123456789abcdefghij", "0123456789abcdeX", "0123456789abcdeX", 0},
    {"a new beginning that ends early is another answer",
     "I saw " TAIL, "I saw the quick b", NULL, 0},
    {"unless it is too short to tell",
     "I saw " TAIL, "I saw the quick", "I saw the quick", 0},
    {"a new beginning that ends where the text did adds nothing",
     "I saw " TAIL, "I saw " TAIL, "", 0},
    {"a repeat that goes another way is new",
     "I saw " TAIL, "the quick brown dog", "the quick brown dog", 0},
    {"a new beginning that was a repeat after all",
     "abcabcabcabcabcabc-abcabcabcabcabcabc", "abcabcabcabcabcabc!", "!", 0},
    {"an empty continuation adds nothing",
     "I saw " TAIL, "", "", 0},
    {"a second space is dropped",
     "I saw ", " the", "the", 0},
    {"a second newline is dropped",
     "I saw:\n", "\nthe", "the", 0},
    {"only one of them",
     "I saw ", "  the", " the", 0},
    {"none where they differ",
     "I saw\n", " the", " the", 0},
    {"none after an indentation",
     "if (x)\n    ", "    y();", "    y();", 0},
    {"none after an empty line",
     "I saw\n\n", "\nthe", "\nthe", 0},
    {"a space not shown is dropped when it comes",
     "I saw ", " the", "the", 1},
    {"and need not come",
     "I saw ", "the", "the", 1},
    {"of an indentation not shown what comes is dropped",
     "if (x)\n    ", "\n    y();", "y();", 5},
    {"more than was not shown is passed",
     "if (x)\n    ", "\n        y();", "    y();", 5},
    {"less is dropped",
     "if (x)\n    ", "\n  y();", "y();", 5},
    {"other white space is passed",
     "if (x)\n    ", "\ty();", "\ty();", 5},
    {"a deep one, not shown, alone",
     "if (x)\n                    ", "\n                    ", "", 21},
    {"with more than there was",
     "if (x)\n                    ", "\n                      y();",
     "  y();", 21},
    {"a space after one that was dropped is passed",
     "a\n", "\n\nb", "\nb", 1},
    {"nothing but white space said, repeated",
     "\n\n", "\n\nHello", "Hello", 0},
    {"nothing but white space said, not repeated",
     "\n\n", "Hello", "Hello", 0},
    {"nothing but white space continued",
     "Hello", "  ", "  ", 0},
    {"characters that share their first bytes",
     "caf\xc3\xa9", "caf\xc3\xa8", "caf\xc3\xa8", 0},
    /* clang-format on */
};

static struct json_slice
slice_of(const char *text)
{
    return (struct json_slice){text, strlen(text)};
}

static void
assert_outcome(const struct example *e, const struct seam_run *run)
{
    enum seam_verdict want = e->fresh ? SEAM_CLEAR : SEAM_DIVERGED;

    ck_assert_msg(run->verdict == want, "%s: verdict %d", e->name,
                  (int)run->verdict);
    run->new_text[run->new_size] = '\0';
    ck_assert_msg(strcmp(run->new_text, e->fresh ? e->fresh : "") == 0,
                  "%s: got \"%s\"", e->name, run->new_text);
    ck_assert_msg(!run->was_cut, "%s: cut", e->name);
}

START_TEST(what_is_new_of_a_continuation)
{
    const struct example *e = &EXAMPLES[_i];
    struct rng cuts;

    rng_init(&cuts, 1);
    for (int64_t most = 0; most < 8; most++) {
        struct seam_run run = {.said = slice_of(e->said),
                               .unseen = e->unseen,
                               .head = slice_of(e->head)};

        seam_run_play(&run, most > 0 ? &cuts : NULL, most);
        assert_outcome(e, &run);
        seam_run_deinit(&run);
    }
}

END_TEST

static struct seam s;
static struct seam_pass pass;

static void
assert_passed(const char *held, const char *fresh)
{
    ck_assert_uint_eq(pass.held.size, strlen(held));
    ck_assert_mem_eq(pass.held.text, held, pass.held.size);
    ck_assert_uint_eq(pass.fresh.size, strlen(fresh));
    ck_assert_mem_eq(pass.fresh.text, fresh, pass.fresh.size);
}

static void
feed(const char *text, int64_t now_ms, enum seam_verdict want)
{
    ck_assert_int_eq(seam_feed(&s, slice_of(text), now_ms, &pass), want);
}

/* A text that must outlive its seam. */
static void
begin(const char *said)
{
    seam_init(&s, slice_of(said), 0);
    ck_assert_int_eq(seam_wakeup(&s), INT64_MAX);
}

START_TEST(a_head_that_cannot_be_a_repeat_is_not_held)
{
    begin("I saw " TAIL);
    feed("z", 0, SEAM_CLEAR);
    assert_passed("", "z");
    feed(TAIL, 0, SEAM_CLEAR);
    assert_passed("", TAIL);
    ck_assert_int_eq(seam_timer(&s, 9000, &pass), SEAM_CLEAR);
    assert_passed("", "");
    ck_assert_int_eq(seam_finish(&s, true, &pass), SEAM_CLEAR);
    assert_passed("", "");
}

END_TEST

START_TEST(what_was_held_comes_before_what_is_fresh)
{
    begin("I saw " TAIL);
    feed("the qu", 0, SEAM_HOLD);
    assert_passed("", "");
    feed("ick grey", 0, SEAM_CLEAR);
    assert_passed("the qu", "ick grey");
}

END_TEST

START_TEST(few_bytes_in_common_are_held_for_half_a_second)
{
    begin("I saw " TAIL);
    feed("the quick", 1000, SEAM_HOLD);
    ck_assert_int_eq(seam_wakeup(&s), 1500);
    feed(" br", 1400, SEAM_HOLD);
    ck_assert_int_eq(seam_wakeup(&s), 1500);
    ck_assert_int_eq(seam_timer(&s, 1499, &pass), SEAM_HOLD);
    assert_passed("", "");
    ck_assert_int_eq(seam_timer(&s, 1500, &pass), SEAM_CLEAR);
    assert_passed("the quick br", "");
    ck_assert_int_eq(seam_wakeup(&s), INT64_MAX);
    feed("own fox", 1600, SEAM_CLEAR);
    assert_passed("", "own fox");
}

END_TEST

START_TEST(text_that_comes_late_is_looked_at_before_time_decides)
{
    begin("I saw " TAIL);
    feed("the quick", 0, SEAM_HOLD);
    feed(" brown", 700, SEAM_CLEAR);
    assert_passed("the quick", " brown");
    begin("I saw " TAIL);
    feed("the quick", 0, SEAM_HOLD);
    feed(" brown fox", 700, SEAM_CLEAR);
    assert_passed("", "");
}

END_TEST

START_TEST(sixteen_bytes_in_common_are_held_without_limit)
{
    begin("I saw " TAIL " jump over the lazy dog");
    feed("the quick brown", 0, SEAM_HOLD);
    ck_assert_int_eq(seam_wakeup(&s), 500);
    feed(" ", 100, SEAM_HOLD);
    ck_assert_int_eq(seam_wakeup(&s), INT64_MAX);
    ck_assert_int_eq(seam_timer(&s, 60000, &pass), SEAM_HOLD);
    feed("fox jump over the lazy ", 60000, SEAM_HOLD);
    feed("dog.", 90000, SEAM_CLEAR);
    assert_passed("", ".");
}

END_TEST

static void
feed_blanks(size_t n, enum seam_verdict want)
{
    char blanks[SEAM_HOLD_BYTES];

    memset(blanks, '\n', sizeof(blanks));
    ck_assert_int_eq(seam_feed(&s, (struct json_slice){blanks, n}, 0, &pass),
                     want);
}

/* Only white space before a new beginning lets so much be doubtful. */
START_TEST(with_few_bytes_in_common_256_are_held)
{
    begin("I saw " TAIL);
    feed_blanks(SEAM_HOLD_BYTES - 1, SEAM_HOLD);
    feed("Ixx", 0, SEAM_CLEAR);
    ck_assert_uint_eq(pass.held.size, SEAM_HOLD_BYTES - 1);
    ck_assert_uint_eq(pass.fresh.size, 3);
    begin("I saw " TAIL);
    feed_blanks(SEAM_HOLD_BYTES, SEAM_CLEAR);
    ck_assert_uint_eq(pass.fresh.size, SEAM_HOLD_BYTES);
}

END_TEST

START_TEST(with_16_bytes_in_common_256_are_no_limit)
{
    begin("I saw " TAIL);
    feed_blanks(SEAM_HOLD_BYTES - 16, SEAM_HOLD);
    feed("I saw the quick ", 0, SEAM_HOLD);
    feed("brown fox!", 0, SEAM_CLEAR);
    assert_passed("", "!");
    begin("I saw " TAIL);
    feed_blanks(SEAM_HOLD_BYTES - 15, SEAM_HOLD);
    feed("I saw the quick", 0, SEAM_CLEAR);
    ck_assert_uint_eq(pass.held.size, SEAM_HOLD_BYTES - 15);
    ck_assert_uint_eq(pass.fresh.size, 15);
}

END_TEST

START_TEST(a_repeat_is_found_when_time_runs_out_over_a_new_beginning)
{
    static const char INDENT[] = "                "; /* 16 */
    char said[64];

    (void)snprintf(said, sizeof(said), "x = y;%s", INDENT);
    begin(said);
    feed(INDENT, 0, SEAM_HOLD);
    feed("x", 10, SEAM_HOLD);
    ck_assert_int_eq(seam_timer(&s, 500, &pass), SEAM_CLEAR);
    assert_passed("x", "");
}

END_TEST

START_TEST(what_breaks_off_while_held_is_nobodys)
{
    begin("I saw " TAIL);
    feed("the quick", 0, SEAM_HOLD);
    ck_assert_int_eq(seam_finish(&s, false, &pass), SEAM_HOLD);
    assert_passed("", "");
}

END_TEST

START_TEST(another_answer_stays_one)
{
    begin("I saw " TAIL);
    feed("I saw the quick red", 0, SEAM_DIVERGED);
    assert_passed("", "");
    feed("more", 0, SEAM_DIVERGED);
    assert_passed("", "");
    ck_assert_int_eq(seam_timer(&s, 900, &pass), SEAM_DIVERGED);
    ck_assert_int_eq(seam_finish(&s, true, &pass), SEAM_DIVERGED);
    ck_assert_int_eq(seam_wakeup(&s), INT64_MAX);
}

END_TEST

START_TEST(white_space_not_shown_is_dropped_as_it_comes)
{
    static const struct {
        const char *text;
        enum seam_verdict verdict;
        const char *fresh;
    } LAST[] = {
        {" ", SEAM_HOLD, ""},       {"  ", SEAM_CLEAR, ""},
        {"  y", SEAM_CLEAR, "y"},   {" y", SEAM_CLEAR, "y"},
        {"\ty", SEAM_CLEAR, "\ty"}, {"     y", SEAM_CLEAR, "   y"},
    };

    seam_init(&s, slice_of("if (x)\n    "), 5);
    feed("\n", 0, SEAM_HOLD);
    ck_assert_int_eq(seam_timer(&s, 500, &pass), SEAM_HOLD);
    ck_assert_int_eq(seam_wakeup(&s), INT64_MAX);
    feed("  ", 600, SEAM_HOLD);
    feed(LAST[_i].text, 700, LAST[_i].verdict);
    assert_passed("", LAST[_i].fresh);
}

END_TEST

START_TEST(white_space_not_shown_is_dropped_at_once)
{
    seam_init(&s, slice_of("if (x)\n    "), 5);
    feed("\n    ", 0, SEAM_HOLD);
    ck_assert_int_eq(seam_timer(&s, 500, &pass), SEAM_CLEAR);
    assert_passed("", "");
    feed("  y", 600, SEAM_CLEAR);
    assert_passed("", "  y");
}

END_TEST

/* Its end is a repeat of its beginning, which a restart passes by. */
START_TEST(a_long_new_beginning_is_no_repeat_any_more)
{
    static char said[2 * SEAM_TAIL_BYTES];
    struct json_slice head = {said, SEAM_TAIL_BYTES + 1};

    for (size_t i = 0; i < sizeof(said); i++)
        said[i] = (char)('a' + (i * i / 7 + i) % 26);
    memcpy(said + sizeof(said) - 20, said, 20);
    seam_init(&s, (struct json_slice){said, sizeof(said)}, 0);
    ck_assert_int_eq(seam_feed(&s, head, 0, &pass), SEAM_HOLD);
    feed("#", 0, SEAM_DIVERGED);
    seam_init(&s, (struct json_slice){said, sizeof(said)}, 0);
    head.size = SEAM_TAIL_BYTES;
    ck_assert_int_eq(seam_feed(&s, head, 0, &pass), SEAM_HOLD);
    feed("#", 0, SEAM_DIVERGED);
    seam_init(&s, (struct json_slice){said, sizeof(said)}, 0);
    head.size = SEAM_TAIL_BYTES - 1;
    ck_assert_int_eq(seam_feed(&s, head, 0, &pass), SEAM_HOLD);
    feed("#!", 0, SEAM_CLEAR);
    ck_assert_uint_eq(pass.held.size, SEAM_TAIL_BYTES - 1 - 20);
    ck_assert_uint_eq(pass.fresh.size, 2);
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("seam");
    TCase *tc = tcase_create("text");

    tcase_add_loop_test(tc, what_is_new_of_a_continuation, 0,
                        array_count(EXAMPLES));
    tcase_add_test(tc, what_was_held_comes_before_what_is_fresh);
    tcase_add_test(tc, a_long_new_beginning_is_no_repeat_any_more);
    tcase_add_loop_test(tc, white_space_not_shown_is_dropped_as_it_comes, 0, 6);
    tcase_add_test(tc, white_space_not_shown_is_dropped_at_once);
    tcase_add_test(tc, another_answer_stays_one);
    tcase_add_test(tc, what_breaks_off_while_held_is_nobodys);
    suite_add_tcase(suite, tc);
    tc = tcase_create("waiting");
    tcase_add_test(tc, a_head_that_cannot_be_a_repeat_is_not_held);
    tcase_add_test(tc, few_bytes_in_common_are_held_for_half_a_second);
    tcase_add_test(tc, text_that_comes_late_is_looked_at_before_time_decides);
    tcase_add_test(tc, sixteen_bytes_in_common_are_held_without_limit);
    tcase_add_test(tc, with_few_bytes_in_common_256_are_held);
    tcase_add_test(tc, with_16_bytes_in_common_256_are_no_limit);
    tcase_add_test(tc,
                   a_repeat_is_found_when_time_runs_out_over_a_new_beginning);
    suite_add_tcase(suite, tc);
    return suite_main(suite);
}
