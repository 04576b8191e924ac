/*
 * check_ctl_text.c - text for terminals: filtered, aligned, and guessed at.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/fit.h"
#include "ctl/progress.h"
#include "ctl/table.h"
#include "support/suite.h"
#include "text/mem.h"
#include "text/sanitize.h"
#include "text/suggest.h"
#include "text/utf8.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

/* `text` filtered in pieces of `step` bytes; to be freed. */
static char *
filter(const char *text, size_t size, size_t step)
{
    struct sanitize sanitize;
    struct mem_text out;

    mem_text_begin(&out);
    sanitize_init(&sanitize);
    for (size_t at = 0; at < size; at += step)
        sanitize_write(&sanitize, text + at,
                       size - at < step ? size - at : step, out.stream);
    sanitize_end(&sanitize, out.stream);
    return mem_text_end(&out);
}

static const struct {
    const char *text;
    const char *shown;
} texts[] = {
    {"plain\n\ttext", "plain\n\ttext"},
    {"\033[31mred\033[0m", "?[31mred?[0m"},
    {"\033]0;title\007", "?]0;title?"},
    {"bell\007 del\177 bs\b", "bell? del? bs?"},
    {"dos\r\nline\rover", "dos\nlineover"},
    {"gr\303\274\303\237e \342\202\254 \360\237\230\200",
     "gr\303\274\303\237e \342\202\254 \360\237\230\200"},
    /* C1 controls: CSI as U+009B, and as a bare byte. */
    {"a\302\233m b\233m", "a?m b?m"},
    {"\302\240", "\302\240"},
    /* Overlong, surrogate, beyond Unicode, cut off, stray. */
    {"\300\257", "??"},
    {"\340\200\257", "?"},
    {"\355\240\200", "?"},
    {"\364\220\200\200", "?"},
    {"\342\202", "?"},
    {"\342\202x", "?x"},
    {"\200\277", "??"},
    {"\377\376", "??"},
};

START_TEST(control_bytes_become_question_marks)
{
    const char *text = texts[_i].text;

    for (size_t step = 1; step <= strlen(text); step++) {
        char *shown = filter(text, strlen(text), step);

        ck_assert_str_eq(shown, texts[_i].shown);
        free(shown);
    }
}

END_TEST

START_TEST(whatever_comes_out_is_printable_text)
{
    uint32_t state = (uint32_t)_i * 2654435761U + 1;
    char noise[64];

    for (size_t i = 0; i < sizeof(noise); i++) {
        state = state * 1664525U + 1013904223U;
        noise[i] = (char)(state >> 24);
    }
    char *shown = filter(noise, sizeof(noise), 1 + (size_t)_i % 7);

    for (size_t at = 0, size; at < strlen(shown); at += size) {
        unsigned char byte = (unsigned char)shown[at];

        size = utf8_sequence(shown + at, strlen(shown + at));
        ck_assert_uint_ge(size, 1);
        ck_assert_int_ne(byte, 0x7F);
        if (byte != '\n' && byte != '\t')
            ck_assert_uint_ge(byte, 0x20);
    }
    free(shown);
}

END_TEST

START_TEST(a_line_stays_one_line)
{
    struct mem_text out;
    char *line;

    mem_text_begin(&out);
    sanitize_line("two\nlines\tand \033[2J", out.stream);
    line = mem_text_end(&out);
    ck_assert_str_eq(line, "two lines and ?[2J");
    free(line);
}

END_TEST

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
    static const struct table_column columns[] = {
        {"NAME", false}, {"P50", true}, {"WHY", false}};
    static const char *const cells[] = {
        "a", "402", NULL, "gr\303\274n/x", "1.1s", "bad\nday\033"};
    struct table table;
    struct mem_text out;
    char *text;

    table_init(&table, columns, 3);
    for (int i = 0; i < ROWS(cells); i++)
        table_add(&table, cells[i]);
    mem_text_begin(&out);
    table_print(&table, out.stream);
    text = mem_text_end(&out);
    ck_assert_str_eq(text, "NAME     P50  WHY\n"
                           "a        402  -\n"
                           "gr\303\274n/x  1.1s  bad day?\n");
    free(text);
    table_deinit(&table);
}

END_TEST

static const struct {
    const char *word;
    const char *best;
} words[] = {
    {"tragets", "targets"},
    {"target", "targets"},
    {"stauts", "status"},
    {"stat", "status"},
    {"pign", "ping"},
    {"pnig", "ping"},
    {"xyzzy", NULL},
    {"", NULL},
    {"t", NULL},
    {"status", "status"},
    {"a-word-that-is-longer-than-thirty-two-letters", NULL},
};

START_TEST(the_nearest_word_is_suggested_if_it_is_near)
{
    struct suggest s;

    suggest_init(&s, words[_i].word);
    suggest_offer(&s, "targets");
    suggest_offer(&s, "status");
    suggest_offer(&s, "ping");
    if (words[_i].best) {
        ck_assert_ptr_nonnull(s.best);
        ck_assert_str_eq(s.best, words[_i].best);
    } else {
        ck_assert_ptr_null(s.best);
    }
}

END_TEST

START_TEST(distance_counts_slips)
{
    ck_assert_uint_eq(suggest_distance("", ""), 0);
    ck_assert_uint_eq(suggest_distance("", "abc"), 3);
    ck_assert_uint_eq(suggest_distance("kitten", "sitting"), 3);
    ck_assert_uint_eq(suggest_distance("ab", "ba"), 1);
    ck_assert_uint_eq(suggest_distance("sitting", "kitten"), 3);
}

END_TEST

START_TEST(progress_fits_one_line_and_names_failures)
{
    struct progress progress = {
        .done = 50, .total = 100, .failed = 2, .elapsed_ms = 4000};
    struct mem_text out;
    char *text;

    mem_text_begin(&out);
    progress_draw(&progress, out.stream);
    text = mem_text_end(&out);
    ck_assert_str_eq(
        text, "\r[###############               ]  50/100  12/s  2 failed  ");
    free(text);
    progress = (struct progress){.done = 10000000,
                                 .total = 10000000,
                                 .failed = 10000000,
                                 .elapsed_ms = 1};
    mem_text_begin(&out);
    progress_draw(&progress, out.stream);
    text = mem_text_end(&out);
    ck_assert_uint_le(strlen(text), 1 + 90);
    free(text);
}

END_TEST

START_TEST(a_line_is_cut_to_the_columns_there_are)
{
    static const struct {
        const char *text;
        size_t columns;
        const char *written;
    } rows[] = {
        {"abcdef\ng\n", 0, "abcdef\ng\n"},
        {"abcdef\ng\n", 6, "abcdef\ng\n"},
        {"abcdef\ng\n", 5, "abcd>\ng\n"},
        {"abc", 1, ">"},
        {"\xc3\xa9\xc3\xa9", 2, "\xc3\xa9\xc3\xa9"},
        {"\xc3\xa9\xc3\xa9z", 2, "\xc3\xa9>"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct mem_text out;
        char *text;

        mem_text_begin(&out);
        fit_write(rows[i].text, rows[i].columns, out.stream);
        text = mem_text_end(&out);
        ck_assert_str_eq(text, rows[i].written);
        free(text);
    }
}

END_TEST

int
main(void)
{
    Suite *suite = suite_create("ctl_text");
    TCase *tcase = tcase_create("text");

    tcase_add_loop_test(tcase, control_bytes_become_question_marks, 0,
                        ROWS(texts));
    tcase_add_loop_test(tcase, whatever_comes_out_is_printable_text, 0, 200);
    tcase_add_test(tcase, a_line_stays_one_line);
    tcase_add_test(tcase, columns_are_as_wide_as_their_widest_cell);
    tcase_add_loop_test(tcase, the_nearest_word_is_suggested_if_it_is_near, 0,
                        ROWS(words));
    tcase_add_test(tcase, distance_counts_slips);
    tcase_add_test(tcase, progress_fits_one_line_and_names_failures);
    tcase_add_test(tcase, a_line_is_cut_to_the_columns_there_are);
    suite_add_tcase(suite, tcase);
    return suite_main(suite);
}
