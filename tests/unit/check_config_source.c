/*
 * check_config_source.c - one text out of many files, and where its lines came
 * from.
 */
#include "app/config_scan.h"
#include "app/config_source.h"
#include "base/mem.h"
#include "base/rng.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/check_config_source.XXXXXX";
static struct config_report report;

static void
setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    report = (struct config_report){0};
}

static void
teardown(void)
{
    static const char *const names[] = {"main", "a", "b", "sub/c", "pipe"};
    char path[200];

    for (size_t i = 0; i < array_count(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof(path), "%s/sub", folder);
    (void)rmdir(path);
    (void)rmdir(folder);
}

static void
write_file(const char *name, const char *text)
{
    char path[200];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static struct config_source *
open_main(const char *text)
{
    char path[200];

    write_file("main", text);
    (void)snprintf(path, sizeof(path), "%s/main", folder);
    return config_source_open(path, &report);
}

/* The text of line `line` must have come from `name`, line `want`. */
static void
expect_place(const struct config_source *source, int line, const char *name,
             int want)
{
    struct config_place place = config_source_place(source, line);

    ck_assert_str_eq(strrchr(place.file, '/') + 1, name);
    ck_assert_int_eq(place.line, want);
}

START_TEST(an_included_file_stands_in_place_of_its_line)
{
    struct config_source *source;

    write_file("a", "a1\na2");
    write_file("b", "b1\n@include \"a\"\nb3\n");
    source = open_main("m1\n  @include\t\"b\" # why\nm3\n");
    ck_assert_ptr_nonnull(source);
    ck_assert_str_eq(config_source_text(source),
                     "m1\nb1\na1\na2\n\n\nb3\n\n\n # why\nm3\n\n");
    expect_place(source, 1, "main", 1);
    expect_place(source, 2, "b", 1);
    expect_place(source, 3, "a", 1);
    expect_place(source, 4, "a", 2);
    expect_place(source, 7, "b", 3);
    expect_place(source, 10, "main", 2);
    expect_place(source, 11, "main", 3);
    config_source_free(source);
}

END_TEST

START_TEST(a_path_is_relative_to_the_main_file_or_absolute)
{
    struct config_source *source;
    char path[200];
    char text[400];

    (void)snprintf(path, sizeof(path), "%s/sub", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    write_file("a", "x = 1;");
    write_file("sub/c", "@include \"a\"");
    (void)snprintf(text, sizeof(text), "@include \"%s/a\"\n@include \"sub/c\"",
                   folder);
    source = open_main(text);
    ck_assert_ptr_nonnull(source);
    ck_assert_uint_eq(report.n_issues, 0);
    config_source_free(source);
}

END_TEST

START_TEST(an_include_in_a_comment_or_string_is_none)
{
    struct config_source *source =
        open_main("# @include \"x\"\n/*\n@include \"x\"\n*/\n"
                  "s = \"\n@include \\\"x\";\nb = 1; @include \"x\"\n");

    ck_assert_ptr_nonnull(source);
    ck_assert_uint_eq(report.n_issues, 0);
    config_source_free(source);
}

END_TEST

static const struct broken {
    const char *text;
    int line;
    const char *message; /* How it begins. */
} brokens[] = {
    {"\n@include \"none\"\n", 2, "cannot read "},
    {"@include \".\"\n", 1, "cannot read "},
    {"@include \"pipe\"\n", 1, "cannot read "},
    {"\n@include \"main\"\n", 2, "included files include each other"},
    {"a = 1;\n/* b\n", 2, "comment without an end"},
    {"a = \"b\n\n", 1, "string without an end"},
    {"@include \"main\n", 1, "string without an end"},
};

START_TEST(what_cannot_be_read_is_refused_with_its_place)
{
    const struct broken *row = &brokens[_i];
    char path[200];

    (void)snprintf(path, sizeof(path), "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_ptr_null(open_main(row->text));
    ck_assert_uint_ge(report.n_errors, 1);
    ck_assert_int_eq(report.issues[0].line, row->line);
    ck_assert_msg(
        strncmp(report.issues[0].message, row->message, strlen(row->message))
            == 0,
        "%s", report.issues[0].message);
}

END_TEST

START_TEST(a_missing_main_file_is_an_error)
{
    ck_assert_ptr_null(config_source_open("/nonexistent/aigwd.conf", &report));
    ck_assert_uint_eq(report.n_errors, 1);
    ck_assert_str_eq(report.issues[0].file, "/nonexistent/aigwd.conf");
}

END_TEST

START_TEST(a_nul_byte_is_refused)
{
    ck_assert_ptr_null(config_source_from_text("f", "a = 1;\0b", 8, &report));
    ck_assert_uint_eq(report.n_errors, 1);
}

END_TEST

START_TEST(files_that_include_many_are_limited)
{
    char text[64 * 16] = "";

    write_file("a", "x = 1;\n");
    for (int i = 0; i < CONFIG_SOURCE_MAX_FILES; i++)
        strcat(text, "@include \"a\"\n");
    ck_assert_ptr_null(open_main(text));
    ck_assert_str_eq(report.issues[0].message, "too many included files");
}

END_TEST

START_TEST(a_wrong_number_in_an_included_file_is_placed_there)
{
    struct config_source *source;

    write_file("a", "\n\nx = 5000000000;\n");
    source = open_main("y = 1;\n@include \"a\"\n");
    ck_assert_ptr_nonnull(source);
    ck_assert_uint_eq(report.n_errors, 1);
    ck_assert_int_eq(report.issues[0].line, 3);
    ck_assert_str_eq(strrchr(report.issues[0].file, '/'), "/a");
    config_source_free(source);
}

END_TEST

static const struct number {
    const char *text;
    bool wraps;
} numbers[] = {
    {"0", false},
    {"2147483647", false},
    {"2147483648", true},
    {"-2147483648", false},
    {"-2147483649", true},
    {"+5", false},
    {"0x7fffffff", false},
    {"0x80000000", true},
    {"0xFFFFFFFF", true},
    {"5000000000L", false},
    {"5000000000LL", false},
    {"5000000000.0", false},
    {"5000000000e1", false},
    {"-", false},
    {".5", false},
    {"000000000000001", false},
};

START_TEST(a_whole_number_without_l_must_fit)
{
    struct config_scan scan;
    struct config_piece piece;

    config_scan_start(&scan, numbers[_i].text, strlen(numbers[_i].text));
    piece = config_scan_next(&scan);
    ck_assert_int_eq(piece.kind, CONFIG_PIECE_NUMBER);
    ck_assert_uint_eq(piece.size, strlen(numbers[_i].text));
    ck_assert_int_eq(config_scan_wraps(&piece), numbers[_i].wraps);
}

END_TEST

/* Whatever the text: the pieces follow each other without a gap, none is
 * empty, and the lines are counted right. */
START_TEST(pieces_put_together_are_the_text)
{
    static const char alphabet[] = "@include \"\"\n\n\t/*#\\a1-+.eL0x={};";
    struct rng rng;
    char text[60];

    rng_init(&rng, (uint64_t)_i + 1);
    for (int round = 0; round < 2000; round++) {
        size_t size = (size_t)rng_upto(&rng, sizeof(text) - 1);
        struct config_scan scan;
        struct config_piece piece;
        const char *at = text;
        int line = 1;

        for (size_t i = 0; i < size; i++)
            text[i] = alphabet[rng_upto(&rng, sizeof(alphabet) - 2)];
        config_scan_start(&scan, text, size);
        for (piece = config_scan_next(&scan); piece.kind != CONFIG_PIECE_END;
             piece = config_scan_next(&scan)) {
            ck_assert_ptr_eq(piece.text, at);
            ck_assert_uint_gt(piece.size, 0);
            ck_assert_int_eq(piece.line, line);
            for (size_t i = 0; i < piece.size; i++)
                line += piece.text[i] == '\n';
            at += piece.size;
        }
        ck_assert_ptr_eq(at, text + size);
    }
}

END_TEST

static Suite *
config_source_suite(void)
{
    Suite *s = suite_create("config_source");
    TCase *tc = tcase_create("files");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, an_included_file_stands_in_place_of_its_line);
    tcase_add_test(tc, a_path_is_relative_to_the_main_file_or_absolute);
    tcase_add_test(tc, an_include_in_a_comment_or_string_is_none);
    tcase_add_loop_test(tc, what_cannot_be_read_is_refused_with_its_place, 0,
                        array_count(brokens));
    tcase_add_test(tc, a_missing_main_file_is_an_error);
    tcase_add_test(tc, a_nul_byte_is_refused);
    tcase_add_test(tc, files_that_include_many_are_limited);
    tcase_add_test(tc, a_wrong_number_in_an_included_file_is_placed_there);
    suite_add_tcase(s, tc);

    tc = tcase_create("scan");
    tcase_add_loop_test(tc, a_whole_number_without_l_must_fit, 0,
                        array_count(numbers));
    tcase_add_loop_test(tc, pieces_put_together_are_the_text, 0, 20);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(config_source_suite());
}
