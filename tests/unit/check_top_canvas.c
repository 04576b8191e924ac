/*
 * check_top_canvas.c - text in a grid of cells: what is shown of it, in how
 * many columns, and that nothing gets outside.
 */
#include "tui/canvas.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

enum {
    RANDOM_SEEDS = 200,
    RANDOM_STEPS = 200
};

static struct canvas canvas;

static void
set_up(void)
{
    /* wcwidth() knows no character beyond ASCII in the locale "C". */
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 3, 10);
}

static void
tear_down(void)
{
    canvas_deinit(&canvas);
}

/* A row as text, to be freed. */
static char *
row_text(const struct canvas *c, int row)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    canvas_write_row(c, row, out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static void
expect_row(int row, const char *wanted)
{
    char *text = row_text(&canvas, row);

    ck_assert_str_eq(text, wanted);
    free(text);
}

/* What is put at the beginning of a row of ten columns, what then stands
 * there, and how many columns that is. */
static const struct {
    const char *text;
    const char *shown;
    int cols;
} texts[] = {
    {"", "", 0},
    {"abc", "abc", 3},
    {"0123456789abc", "0123456789", 10},
    {"na\xC3\xAFve", "na\xC3\xAFve", 5},
    /* A wide character takes two columns, and is not cut in half. */
    {"\xE6\xA8\xA1", "\xE6\xA8\xA1", 2},
    {"12345678\xE6\xA8\xA1", "12345678\xE6\xA8\xA1", 10},
    {"123456789\xE6\xA8\xA1x", "123456789", 9},
    {"\xF0\x9F\x99\x82!", "\xF0\x9F\x99\x82!", 3},
    /* Combining characters: with their base, two at most, never alone. */
    {"e\xCC\x81x", "e\xCC\x81x", 2},
    {"e\xCC\x81\xCC\x82\xCC\x83x", "e\xCC\x81\xCC\x82x", 2},
    {"123456789e\xCC\x81", "123456789e\xCC\x81", 10},
    {"\xCC\x81x", "?x", 2},
    /* An emoji's variation selector is left out. */
    {"\xE2\x9A\xA0\xEF\xB8\x8F!", "\xE2\x9A\xA0!", 2},
    /* Control characters of all kinds. */
    {"a\x1B[31mb", "a?[31mb", 7},
    {"\x01\x07\x08\x7F", "????", 4},
    {"\xC2\x9B"
     "31m",
     "?31m", 4},
    {"a\tb\nc\r", "a b c", 6},
    /* What turns text around, or hides. */
    {"a\xE2\x80\xAE"
     "b",
     "a?b", 3},
    {"a\xE2\x80\x8B"
     "b",
     "a?b", 3},
    {"a\xEF\xBB\xBF"
     "b",
     "a?b", 3},
    {"a\xC2\xAD"
     "b",
     "a?b", 3},
    /* What is not UTF-8: one for each byte. */
    {"\xFF\xFE", "??", 2},
    {"\x80", "?", 1},
    {"\xE6\xA8", "??", 2},
    {"\xE6\xA8x", "??x", 3},
    {"\xC0\xAF", "??", 2},
    {"\xED\xA0\x80", "???", 3},
    {"\xF4\x90\x80\x80", "????", 4},
    {"\xC3", "?", 1},
    /* Not assigned, or for private use. */
    {"\xF3\xBF\xBF\xBF", "?", 1},
};

START_TEST(text_is_shown_safely)
{
    int cols = canvas_put(&canvas, 0, 0, 10, STYLE_PLAIN, texts[_i].text);
    int width = canvas_text_width(&canvas, texts[_i].text);

    ck_assert_int_eq(cols, texts[_i].cols);
    expect_row(0, texts[_i].shown);
    ck_assert_int_ge(width, cols);
    if (width <= 10)
        ck_assert_int_eq(width, cols);
}

END_TEST

START_TEST(ascii_shows_nothing_beyond_ascii)
{
    canvas.ascii = true;
    canvas_put(&canvas, 0, 0, 10, STYLE_PLAIN, "na\xC3\xAFve \xE6\xA8\xA1");
    expect_row(0, "na?ve ?");
    canvas_put(&canvas, 1, 0, 10, STYLE_PLAIN, "e\xCC\x81x");
    expect_row(1, "e?x");
    canvas_put(&canvas, 2, 0, 10, STYLE_PLAIN, "\xE2\x96\x88\xFF\x1B");
    expect_row(2, "???");
}

END_TEST

START_TEST(a_locale_without_unicode_shows_ascii)
{
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C"));
    canvas_put(&canvas, 0, 0, 10, STYLE_PLAIN, "na\xC3\xAFve");
    expect_row(0, "na?ve");
}

END_TEST

START_TEST(each_byte_alone_takes_one_column)
{
    for (int byte = 1; byte < 256; byte++) {
        char text[] = {(char)byte, '\0'};
        bool printable = byte > ' ' && byte < 0x7F;
        bool space =
            byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';

        canvas_clear(&canvas);
        ck_assert_int_eq(canvas_put(&canvas, 0, 0, 10, STYLE_PLAIN, text), 1);
        expect_row(0, printable ? text : space ? "" : "?");
    }
}

END_TEST

START_TEST(only_the_columns_allowed_are_written)
{
    ck_assert_int_eq(canvas_put(&canvas, 0, 2, 3, STYLE_BAD, "abcdef"), 3);
    expect_row(0, "  abc");
    ck_assert_int_eq(canvas_put(&canvas, 1, 8, 9, STYLE_BAD, "abcdef"), 2);
    expect_row(1, "        ab");
    ck_assert_int_eq(canvas_put(&canvas, 2, 0, 0, STYLE_BAD, "abc"), 0);
    ck_assert_int_eq(canvas_put(&canvas, 2, 0, -1, STYLE_BAD, "abc"), 0);
    expect_row(2, "");
    ck_assert_int_eq(canvas_cell(&canvas, 0, 2).style, STYLE_BAD);
    ck_assert_int_eq(canvas_cell(&canvas, 0, 5).style, STYLE_PLAIN);
}

END_TEST

START_TEST(nothing_is_written_outside)
{
    static const int places[][2] = {
        {-1, 0}, {3, 0}, {0, -1}, {0, 10}, {1000, 1000}};

    for (int i = 0; i < ROWS(places); i++)
        ck_assert_int_eq(canvas_put(&canvas, places[i][0], places[i][1], 99,
                                    STYLE_BAD, "abc"),
                         0);
    for (int row = 0; row < 3; row++)
        expect_row(row, "");
    ck_assert_int_eq(canvas_cell(&canvas, -1, 0).chars[0], L' ');
    ck_assert_int_eq(canvas_cell(&canvas, 0, 10).chars[0], L' ');
}

END_TEST

START_TEST(half_of_a_wide_character_never_stays)
{
    canvas_put(&canvas, 0, 0, 10, STYLE_PLAIN, "\xE6\xA8\xA1\xE5\x9E\x8B");
    canvas_put(&canvas, 0, 1, 1, STYLE_PLAIN, "x");
    expect_row(0, " x\xE5\x9E\x8B");
    canvas_put(&canvas, 0, 2, 1, STYLE_PLAIN, "y");
    expect_row(0, " xy");
    canvas_put(&canvas, 1, 0, 10, STYLE_PLAIN, "\xE6\xA8\xA1\xE5\x9E\x8B");
    canvas_put(&canvas, 1, 1, 2, STYLE_PLAIN, "\xE5\x9E\x8B");
    expect_row(1, " \xE5\x9E\x8B");
    canvas_put(&canvas, 2, 0, 10, STYLE_PLAIN, "\xE6\xA8\xA1\xE5\x9E\x8B!");
    canvas_fill(&canvas, (struct area){2, 1, 1, 2}, STYLE_PLAIN);
    expect_row(2, "    !");
}

END_TEST

START_TEST(text_to_the_right_ends_at_the_edge)
{
    ck_assert_int_eq(canvas_put_right(&canvas, 0, 2, 6, STYLE_PLAIN, "abc"), 3);
    expect_row(0, "     abc");
    ck_assert_int_eq(canvas_put_right(&canvas, 1, 2, 3, STYLE_PLAIN, "abcde"),
                     3);
    expect_row(1, "  abc");
    ck_assert_int_eq(
        canvas_put_right(&canvas, 2, 0, 10, STYLE_PLAIN, "\xE6\xA8\xA1"), 2);
    expect_row(2, "        \xE6\xA8\xA1");
}

END_TEST

START_TEST(formats_are_printed)
{
    ck_assert_int_eq(
        canvas_printf(&canvas, 0, 0, 10, STYLE_PLAIN, "%d %s", 42, "\x1B"), 4);
    expect_row(0, "42 ?");
    /* Longer than what a format may make. */
    ck_assert_int_eq(canvas_printf(&canvas, 1, 0, 10, STYLE_PLAIN, "%2000d", 1),
                     10);
}

END_TEST

START_TEST(areas_are_filled_and_restyled_inside_of_the_grid)
{
    canvas_put(&canvas, 1, 0, 10, STYLE_PLAIN, "0123456789");
    canvas_restyle(&canvas, (struct area){-5, -5, 100, 7}, STYLE_SELECTED);
    expect_row(1, "0123456789");
    ck_assert_int_eq(canvas_cell(&canvas, 1, 1).style, STYLE_SELECTED);
    ck_assert_int_eq(canvas_cell(&canvas, 1, 2).style, STYLE_PLAIN);
    canvas_fill(&canvas, (struct area){1, 8, 1, 100}, STYLE_DIM);
    expect_row(1, "01234567");
    ck_assert_int_eq(canvas_cell(&canvas, 1, 9).style, STYLE_DIM);
    canvas_fill(&canvas, (struct area){7, 20, 3, 3}, STYLE_DIM);
    canvas_fill(&canvas, (struct area){0, 0, -3, -3}, STYLE_DIM);
    expect_row(1, "01234567");
}

END_TEST

START_TEST(sizes_are_cut_to_what_is_possible)
{
    canvas_resize(&canvas, 0, -7);
    ck_assert_int_eq(canvas.rows, 1);
    ck_assert_int_eq(canvas.cols, 1);
    canvas_resize(&canvas, 100000, 100000);
    ck_assert_int_eq(canvas.rows, CANVAS_MAX_ROWS);
    ck_assert_int_eq(canvas.cols, CANVAS_MAX_COLS);
    ck_assert_int_eq(canvas_put(&canvas, CANVAS_MAX_ROWS - 1,
                                CANVAS_MAX_COLS - 1, 9, STYLE_PLAIN, "xyz"),
                     1);
}

END_TEST

START_TEST(a_resized_canvas_is_blank)
{
    canvas_put(&canvas, 0, 0, 10, STYLE_BAD, "abc");
    canvas_resize(&canvas, 2, 5);
    expect_row(0, "");
    ck_assert_int_eq(canvas_cell(&canvas, 0, 0).style, STYLE_PLAIN);
}

END_TEST

/* Every right half has its left one, and every row is as wide as the grid. */
static void
check_invariant(void)
{
    for (int row = 0; row < canvas.rows; row++) {
        char *text = row_text(&canvas, row);

        ck_assert_int_le(canvas_text_width(&canvas, text), canvas.cols);
        free(text);
        for (int col = 0; col < canvas.cols; col++) {
            struct cell cell = canvas_cell(&canvas, row, col);
            struct cell next = canvas_cell(&canvas, row, col + 1);
            bool wide = cell.chars[0] && wcwidth(cell.chars[0]) == 2;

            ck_assert_int_eq(wide, next.chars[0] == 0);
            if (col == 0)
                ck_assert_int_ne(cell.chars[0], 0);
        }
    }
}

static int
random_int(int least, int most)
{
    return least + (int)(random() % (most - least + 1));
}

/* Pieces of text that meet in every order. */
static void
random_text(char ret_text[64])
{
    static const char *const pieces[] = {
        "a",    "\xE6\xA8\xA1", "\xCC\x81",     "\x1B",
        "\xE6", "\xA8",         "\xFF",         "\xF0\x9F\x99\x82",
        "\n",   "\xE2\x80\xAE", "\xEF\xB8\x8F", "zz"};

    ret_text[0] = '\0';
    for (int n = random_int(0, 12); n > 0; n--)
        strcat(ret_text, pieces[random_int(0, ROWS(pieces) - 1)]);
}

static void
random_step(void)
{
    struct area a = {random_int(-3, 8), random_int(-3, 30), random_int(-2, 9),
                     random_int(-2, 40)};
    char text[64];

    random_text(text);
    switch (random_int(0, 9)) {
    case 0:
        canvas_fill(&canvas, a, STYLE_DIM);
        break;
    case 1:
        canvas_restyle(&canvas, a, STYLE_BAD);
        break;
    case 2:
        canvas_put_right(&canvas, a.row, a.col, a.cols, STYLE_BAD, text);
        break;
    default:
        canvas_put(&canvas, a.row, a.col, a.cols, STYLE_BAD, text);
    }
}

START_TEST(random_writes_leave_whole_characters)
{
    for (unsigned seed = 0; seed < RANDOM_SEEDS; seed++) {
        srandom(seed);
        canvas_resize(&canvas, random_int(1, 6), random_int(1, 25));
        for (int i = 0; i < RANDOM_STEPS; i++)
            random_step();
        check_invariant();
    }
}

END_TEST

static Suite *
canvas_suite(void)
{
    Suite *suite = suite_create("top_canvas");
    TCase *text = tcase_create("text"), *grid = tcase_create("grid");

    tcase_add_checked_fixture(text, set_up, tear_down);
    tcase_add_loop_test(text, text_is_shown_safely, 0, ROWS(texts));
    tcase_add_test(text, ascii_shows_nothing_beyond_ascii);
    tcase_add_test(text, a_locale_without_unicode_shows_ascii);
    tcase_add_test(text, each_byte_alone_takes_one_column);
    tcase_add_test(text, formats_are_printed);
    suite_add_tcase(suite, text);

    tcase_add_checked_fixture(grid, set_up, tear_down);
    tcase_add_test(grid, only_the_columns_allowed_are_written);
    tcase_add_test(grid, nothing_is_written_outside);
    tcase_add_test(grid, half_of_a_wide_character_never_stays);
    tcase_add_test(grid, text_to_the_right_ends_at_the_edge);
    tcase_add_test(grid, areas_are_filled_and_restyled_inside_of_the_grid);
    tcase_add_test(grid, sizes_are_cut_to_what_is_possible);
    tcase_add_test(grid, a_resized_canvas_is_blank);
    tcase_add_test(grid, random_writes_leave_whole_characters);
    suite_add_tcase(suite, grid);
    return suite;
}

int
main(void)
{
    return suite_main(canvas_suite());
}
