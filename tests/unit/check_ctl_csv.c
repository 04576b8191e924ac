/*
 * check_ctl_csv.c - rows for a spreadsheet.
 */
#include "text/csv.h"

#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static const char *const PATHS[] = {"n", "deep.usd", "missing", "nothing"};

static const struct {
    const char *key;
    const char *line;
} ROWS[] = {
    {"a/m", "\"a/m\",3,0.5,,\r\n"},
    {"", "\"\",3,0.5,,\r\n"},
    {"two, \"words\"", "\"two, \"\"words\"\"\",3,0.5,,\r\n"},
    {"=1+1", "\"'=1+1\",3,0.5,,\r\n"},
    {"@x", "\"'@x\",3,0.5,,\r\n"},
    {"a=b", "\"a=b\",3,0.5,,\r\n"},
};

/* Closing the stream is what gives its text. */
static void
expect(FILE *out, char **text, const char *wanted)
{
    (void)fclose(out);
    ck_assert_str_eq(*text, wanted);
    free(*text);
}

START_TEST(rows_are_quoted_where_they_are_text)
{
    struct aigw_value *row = aigw_value_map();
    struct aigw_value *deep = aigw_value_map();
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    aigw_value_set_str(row, "key", ROWS[_i].key);
    aigw_value_set_int(row, "n", 3);
    aigw_value_set_double(deep, "usd", 0.5);
    aigw_value_set(row, "deep", deep);
    aigw_value_set_nil(row, "nothing");
    csv_print_row(row, "key", PATHS, 4, out);
    expect(out, &text, ROWS[_i].line);
    aigw_value_free(row);
}

END_TEST

START_TEST(titles_are_the_paths)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    csv_print_titles("target", PATHS, 2, out);
    expect(out, &text, "\"target\",\"n\",\"deep.usd\"\r\n");
}

END_TEST

static Suite *
csv_suite(void)
{
    Suite *s = suite_create("ctl_csv");
    TCase *tc = tcase_create("csv");

    tcase_add_loop_test(tc, rows_are_quoted_where_they_are_text, 0,
                        sizeof(ROWS) / sizeof(*ROWS));
    tcase_add_test(tc, titles_are_the_paths);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(csv_suite());
}
