/*
 * JSON: what is accepted, what is written, and that the walk hands out the
 * caller's own bytes.
 */
#include "core/json.h"

#include "base/mem.h"
#include "base/rng.h"
#include "core/json_scan.h"
#include "core/utf8.h"
#include "support/suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct json_slice
slice(const char *text)
{
    return (struct json_slice){text, strlen(text)};
}

static const struct {
    const char *text;
    bool valid;
} DOCUMENTS[] = {
    {"{}", true},
    {" [1, 2.5, -0, 1e9, 1E-2, true, false, null, \"x\"] ", true},
    {"\"\"", true},
    {"{\"a\":{\"b\":[[],{}]}}", true},
    {"\"\\u00e9\\ud83d\\ude00\\n\\/\\\\\"", true},
    {"\"\x7f\xc3\xa9\"", true},
    {"0", true},
    {"", false},
    {" ", false},
    {"{", false},
    {"[1,]", false},
    {"{\"a\":1,}", false},
    {"{\"a\" 1}", false},
    {"{a:1}", false},
    {"[1}", false},
    {"{\"a\":1]", false},
    {"01", false},
    {"1.", false},
    {".5", false},
    {"+1", false},
    {"-", false},
    {"1e", false},
    {"tru", false},
    {"nul", false},
    {"NaN", false},
    {"\"\n\"", false},
    {"\"\\x\"", false},
    {"\"\\u12g4\"", false},
    {"\"\\ud83d\"", false},
    {"\"\\ude00\"", false},
    {"\"\\ud83dxx\"", false},
    {"\"\\ud83d\\u0041\"", false},
    {"\"\xff\"", false},
    {"\"\xc3\"", false},
    {"\"\xed\xa0\x80\"", false},
    {"\"\xc0\x80\"", false},
    {"\"\xf4\x90\x80\x80\"", false},
    {"\"open", false},
    {"1 2", false},
    {"{} x", false},
};

START_TEST(a_document_is_accepted_or_refused)
{
    const char *text = DOCUMENTS[_i].text;
    json_t *value = NULL;
    int want = DOCUMENTS[_i].valid ? 0 : AIGW_EMALFORMED;

    ck_assert_msg(json_check(text, strlen(text), NULL) == want, "%s", text);
    ck_assert_msg(json_parse(text, strlen(text), &value, NULL) == want, "%s",
                  text);
    json_decref(value);
}

END_TEST

START_TEST(complaints_name_line_and_column)
{
    struct aigw_err err;
    json_t *value;

    ck_assert_int_eq(json_check("{\n  \"a\": x}", 11, &err), AIGW_EMALFORMED);
    ck_assert_str_eq(err.text, "line 2, column 8: not valid JSON");
    ck_assert_int_eq(json_parse("{\"a\":1,\"a\":2}", 13, &value, &err),
                     AIGW_EMALFORMED);
    ck_assert_ptr_nonnull(strstr(err.text, "duplicate object key"));
    ck_assert_int_eq(json_check("{} {}", 5, &err), AIGW_EMALFORMED);
    ck_assert_ptr_nonnull(strstr(err.text, "column 4"));
}

END_TEST

START_TEST(nesting_has_a_limit)
{
    char text[2 * JSON_MAX_DEPTH + 4];

    memset(text, '[', JSON_MAX_DEPTH + 1);
    memset(text + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
    /* The innermost pair is empty and needs no level. */
    ck_assert_int_eq(json_check(text, 2 * JSON_MAX_DEPTH + 2, NULL), 0);
    text[JSON_MAX_DEPTH + 1] = '1';
    memset(text + JSON_MAX_DEPTH + 2, ']', JSON_MAX_DEPTH + 1);
    ck_assert_int_eq(json_check(text, 2 * JSON_MAX_DEPTH + 3, NULL),
                     AIGW_EMALFORMED);
}

END_TEST

START_TEST(too_many_values_are_no_tree)
{
    struct bytes b;
    json_t *value;

    bytes_init(&b, 2 * JSON_MAX_VALUES + 64);
    (void)bytes_append(&b, "[0", 2);
    for (int i = 0; i < JSON_MAX_VALUES; i++)
        (void)bytes_append(&b, ",0", 2);
    (void)bytes_append(&b, "]", 1);
    ck_assert_int_eq(json_check(b.data, b.size, NULL), 0);
    ck_assert_int_eq(json_parse(b.data, b.size, &value, NULL), AIGW_EMALFORMED);
    ck_assert_int_eq(json_parse_lenient(b.data, b.size, &value),
                     AIGW_EMALFORMED);
    bytes_deinit(&b);
}

END_TEST

/* The check must agree with jansson on everything, or text that passed the
 * one would surprise the other. */
START_TEST(the_check_agrees_with_jansson_on_mutated_documents)
{
    struct rng rng;

    rng_init(&rng, (uint64_t)_i + 1);
    for (int round = 0; round < 4000; round++) {
        const char *seed = DOCUMENTS[rng_upto(&rng, 5)].text;
        size_t size = strlen(seed);
        char text[128];
        json_error_t error;
        json_t *value;
        bool valid;

        memcpy(text, seed, size);
        for (int64_t n = rng_upto(&rng, 3); n >= 0; n--) {
            static const char bytes[] = "{}[]\",:0-.eEtn\\u\xc3\xa9\x01 d8";
            size_t at = (size_t)rng_upto(&rng, (int64_t)size - 1);

            text[at] = bytes[rng_upto(&rng, (int64_t)sizeof(bytes) - 2)];
        }
        valid = json_check(text, size, NULL) == 0;
        value =
            json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
        if (!value && json_error_code(&error) == json_error_numeric_overflow)
            continue;
        ck_assert_msg(valid == (value != NULL), "%.*s: %s", (int)size, text,
                      value ? "jansson reads it" : error.text);
        json_decref(value);
    }
}

END_TEST

static const struct {
    const char *text;
    size_t size;
    const char *json;
} STRINGS[] = {
    {"", 0, "\"\""},
    {"plain", 5, "\"plain\""},
    {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
    {"\n\t\r\b\f", 5, "\"\\n\\t\\r\\b\\f\""},
    {"\0\x1f", 2, "\"\\u0000\\u001f\""},
    {"\xc3\xa9\xf0\x9f\x98\x80", 6, "\"\xc3\xa9\xf0\x9f\x98\x80\""},
    {"a\xff"
     "b\xc3",
     4,
     "\"a\xef\xbf\xbd"
     "b\xef\xbf\xbd\""},
    {"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

START_TEST(a_string_is_escaped)
{
    struct bytes b;

    bytes_init(&b, 256);
    ck_assert_int_eq(json_append_string(&b, STRINGS[_i].text, STRINGS[_i].size),
                     0);
    ck_assert_str_eq(bytes_cstr(&b), STRINGS[_i].json);
    ck_assert_int_eq(json_check(b.data, b.size, NULL), 0);
    bytes_deinit(&b);
}

END_TEST

START_TEST(a_string_that_does_not_fit_leaves_nothing_behind)
{
    struct bytes b;

    bytes_init(&b, 8);
    (void)bytes_append(&b, "ab", 2);
    ck_assert_int_eq(json_append_string(&b, "\n\n\n\n", 4), AIGW_ETOOBIG);
    ck_assert_uint_eq(b.size, 2);
    bytes_deinit(&b);
}

END_TEST

static const struct {
    double value;
    const char *text;
} DOUBLES[] = {
    {0.7, "0.7"},
    {1, "1"},
    {0, "0"},
    {-2.5, "-2.5"},
    {1e21, "1e+21"},
    {5e-324, "5e-324"},
    {0.1 + 0.2, "0.30000000000000004"},
};

START_TEST(a_double_is_as_short_as_it_can_be)
{
    struct bytes b;

    bytes_init(&b, 64);
    ck_assert_int_eq(json_append_double(&b, DOUBLES[_i].value), 0);
    ck_assert_str_eq(bytes_cstr(&b), DOUBLES[_i].text);
    bytes_clear(&b);
    ck_assert_int_eq(json_append_double(&b, (double)NAN), AIGW_EINVAL);
    ck_assert_int_eq(json_append_double(&b, (double)INFINITY), AIGW_EINVAL);
    bytes_deinit(&b);
}

END_TEST

/* The shortest of printf's forms that reads back as the same double. */
static void
check_double(double value)
{
    char want[40];
    struct bytes b;

    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(want, sizeof(want), "%.*g", digits, value);
        if (strtod(want, NULL) == value)
            break;
    }
    bytes_init(&b, 64);
    ck_assert_int_eq(json_append_double(&b, value), 0);
    ck_assert_str_eq(bytes_cstr(&b), want);
    bytes_deinit(&b);
}

START_TEST(common_doubles_are_written_as_any_other)
{
    struct rng rng;

    rng_init(&rng, 1);
    for (int i = 0; i <= 110000; i++)
        check_double(i / 10000.0);
    for (int i = 0; i <= 10000; i++) {
        double value = (double)rng_upto(&rng, 100000) / 10000;

        check_double(-value);
        check_double(nextafter(value, 11));
        check_double(nextafter(value, -1));
        check_double((double)rng_upto(&rng, INT64_MAX) / 1e17);
    }
}

END_TEST

START_TEST(integers_are_written_as_printf_does)
{
    static const int64_t values[] = {
        0, 1, -1, 9, 10, -10, 99, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    char want[32];
    struct bytes b;
    struct rng rng;

    rng_init(&rng, 1);
    bytes_init(&b, 64);
    for (int i = 0; i < 1000; i++) {
        int64_t value = i < (int)array_count(values)
                            ? values[i]
                            : rng_upto(&rng, INT64_MAX) >> (i % 63);

        bytes_clear(&b);
        (void)snprintf(want, sizeof(want), "%lld", (long long)value);
        ck_assert_int_eq(json_append_int(&b, value), 0);
        ck_assert_str_eq(bytes_cstr(&b), want);
    }
    bytes_deinit(&b);
}

END_TEST

static bool
is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"'
           && c != '\\';
}

START_TEST(a_plain_run_ends_at_the_first_byte_that_means_something_else)
{
    char text[24];

    for (int byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < sizeof(text); at++) {
            size_t want = is_plain((char)byte) ? sizeof(text) : at;

            /* What follows looks like more of the same, and may borrow. */
            memset(text, 'a', at);
            memset(text + at, byte, sizeof(text) - at);
            ck_assert_uint_eq(json_plain_run(text, sizeof(text)), want);
            ck_assert_uint_eq(json_plain_run(text, at), at);
        }
}

END_TEST

START_TEST(integers_and_trees_are_written)
{
    struct bytes b;
    json_t *value;

    bytes_init(&b, 64);
    ck_assert_int_eq(json_append_int(&b, INT64_MIN), 0);
    ck_assert_str_eq(bytes_cstr(&b), "-9223372036854775808");
    bytes_clear(&b);
    ck_assert_int_eq(json_parse("{ \"a\" : [1] }", 13, &value, NULL), 0);
    ck_assert_int_eq(json_append_value(&b, value), 0);
    ck_assert_str_eq(bytes_cstr(&b), "{\"a\":[1]}");
    b.max = b.size + 3;
    ck_assert_int_eq(json_append_value(&b, value), AIGW_ETOOBIG);
    ck_assert_uint_eq(b.size, 9);
    json_decref(value);
    bytes_deinit(&b);
}

END_TEST

START_TEST(the_walk_hands_out_the_bytes_as_they_are)
{
    const char *text =
        " { \"a\" : [ 1 , 2 ] ,\"b\\u0063\":\"x\\n\" , \"d\":{}} ";
    struct json_walk walk;

    ck_assert_int_eq(json_check(text, strlen(text), NULL), 0);
    json_walk_init(&walk, slice(text));
    ck_assert(json_walk_next(&walk));
    ck_assert(json_key_is(walk.key, "a"));
    ck_assert_mem_eq(walk.value.text, "[ 1 , 2 ]", walk.value.size);
    ck_assert_uint_eq(walk.value.size, 9);
    ck_assert(json_walk_next(&walk));
    ck_assert(json_key_is(walk.key, "bc"));
    ck_assert_uint_eq(walk.value.size, 5);
    ck_assert(json_walk_next(&walk));
    ck_assert(json_key_is(walk.key, "d"));
    ck_assert(!json_walk_next(&walk));
    ck_assert(!json_walk_next(&walk));
}

END_TEST

START_TEST(the_walk_goes_through_arrays_and_stops_at_anything_else)
{
    static const char *const none[] = {"[]", "{}", "1", "\"a\"", "null", ""};
    struct json_walk walk;
    int n = 0;

    json_walk_init(&walk, slice("[1,[2,3],{\"a\":4}]"));
    while (json_walk_next(&walk))
        n++;
    ck_assert_int_eq(n, 3);
    for (size_t i = 0; i < array_count(none); i++) {
        json_walk_init(&walk, slice(none[i]));
        ck_assert(!json_walk_next(&walk));
    }
    ck_assert_ptr_null(json_find(slice("[\"a\",1]"), "a").text);
    ck_assert_ptr_null(json_find((struct json_slice){NULL, 0}, "a").text);
    ck_assert_mem_eq(json_find(slice("{\"b\":1,\"a\":2}"), "a").text, "2", 1);
}

END_TEST

static const struct {
    const char *sent;
    const char *meant;
} MENDS[] = {
    {"{\"a\":\"\xff\"}", "{\"a\":\"\xef\xbf\xbd\"}"},
    {"{\"a\":\"\xc3\"}", "{\"a\":\"\xef\xbf\xbd\"}"},
    {"{\"a\":\"\\ud83d\"}", "{\"a\":\"\xef\xbf\xbd\"}"},
    {"{\"a\":\"\\ude00\\ud83d\"}", "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\"}"},
    {"{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\xf0\x9f\x98\x80\"}"},
    {"{\"a\":\"x\ny\"}", "{\"a\":\"x y\"}"},
    {"{\"a\":1,\"a\":2}", "{\"a\":2}"},
    {"{\"a\":\"\\\"\\\\\"}", "{\"a\":\"\\\"\\\\\"}"},
    {"{\"a\":9223372036854775808,\"b\":2}",
     "{\"a\":9.2233720368547758e18,\"b\":2}"},
    {"{\"a\":-9223372036854775807,\"b\":18446744073709551615}",
     "{\"a\":-9223372036854775807,\"b\":1.8446744073709552e19}"},
    {"[0.1234567890123456789012345,99999999999999999999e1,18446744073709551615]",
     "[0.12345678901234568,1e21,1.8446744073709552e19]"},
    {"{\"a\":99999999999999999999999}", "{\"a\":9.9999999999999992e22}"},
};

START_TEST(what_can_be_understood_is_read)
{
    struct bytes b;
    json_t *value;

    bytes_init(&b, 256);
    ck_assert_int_eq(
        json_parse_lenient(MENDS[_i].sent, strlen(MENDS[_i].sent), &value), 0);
    ck_assert_int_eq(json_append_value(&b, value), 0);
    ck_assert_str_eq(bytes_cstr(&b), MENDS[_i].meant);
    json_decref(value);
    bytes_deinit(&b);
}

END_TEST

START_TEST(what_cannot_be_understood_is_refused)
{
    json_t *value;

    ck_assert_int_eq(json_parse_lenient("{\"a\":", 5, &value), AIGW_EMALFORMED);
    ck_assert_int_eq(json_parse_lenient("", 0, &value), AIGW_EMALFORMED);
    ck_assert_int_eq(json_parse_lenient("\"\\", 2, &value), AIGW_EMALFORMED);
    ck_assert_int_eq(json_parse_lenient("1e999", 5, &value), AIGW_EMALFORMED);
}

END_TEST

START_TEST(escapes_are_resolved)
{
    struct bytes b;

    bytes_init(&b, 64);
    ck_assert_int_eq(
        json_unescape(slice("a\\n\\u00e9\\u20ac\\ud83d\\ude00\\u0000\\/\\\""),
                      &b),
        0);
    ck_assert_uint_eq(b.size, 14);
    ck_assert_mem_eq(b.data, "a\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\0/\"",
                     14);
    bytes_deinit(&b);
}

END_TEST

static const struct {
    const char *text;
    bool valid;
    size_t incomplete;
} TEXTS[] = {
    {"", true, 0},
    {"plain text of some length", true, 0},
    {"\xc3\xa9", true, 0},
    {"abcdefgh\xf0\x9f\x98\x80", true, 0},
    {"a\xc3", false, 1},
    {"a\xe2\x82", false, 2},
    {"a\xf0\x9f\x98", false, 3},
    {"a\xf0", false, 1},
    {"a\x98", false, 0},
    {"\xc0\x80", false, 0},
    {"\xe0\x80", false, 0},
    {"\xed\xa0", false, 0},
    {"\xf5\x80", false, 0},
    {"\xff", false, 0},
    {"\xc3\xa9\xc3", false, 1},
};

START_TEST(code_points_are_valid_incomplete_or_wrong)
{
    const char *text = TEXTS[_i].text;

    ck_assert(utf8_valid(text, strlen(text)) == TEXTS[_i].valid);
    ck_assert_uint_eq(utf8_incomplete(text, strlen(text)),
                      TEXTS[_i].incomplete);
}

END_TEST

START_TEST(text_is_made_fit_for_a_terminal)
{
    char out[16];

    ck_assert_uint_eq(utf8_sanitise("a\x1b[1m\n\tb\x7f", 9, out, 16), 7);
    ck_assert_str_eq(out, "a[1m  b");
    (void)utf8_sanitise("\xff\xc3\xa9\xc2\x9b", 5, out, 16);
    ck_assert_str_eq(out, "?\xc3\xa9");
    (void)utf8_sanitise("0123456789abcd\xc3\xa9zz", 18, out, 16);
    ck_assert_str_eq(out, "0123456789abcd");
    (void)utf8_sanitise("a\0b", 3, out, 16);
    ck_assert_str_eq(out, "ab");
    (void)utf8_sanitise("ab", 2, out, 1);
    ck_assert_str_eq(out, "");
}

END_TEST

/* Texts of printable runs and of what stands between them. */
START_TEST(text_is_made_fit_the_same_in_pieces)
{
    static const char *const pieces[] = {"a",        "word", "\xff",     "\n",
                                         "\xc3\xa9", "\x1b", "\xc2\x85", "~ "};
    struct rng rng;

    rng_init(&rng, (uint64_t)_i + 1);
    for (int round = 0; round < 200; round++) {
        char text[64] = "";
        char want[64] = "";
        char got[64];
        size_t capacity = (size_t)rng_upto(&rng, 30) + 1;
        bool full = false;

        for (int64_t n = rng_upto(&rng, 9); n > 0; n--) {
            const char *piece = pieces[rng_upto(&rng, array_count(pieces) - 1)];
            size_t used = strlen(want);

            (void)strcat(text, piece);
            for (size_t step; *piece && !full; piece += step) {
                step = utf8_next(piece, strlen(piece));
                step = step > 0 ? step : 1;
                (void)utf8_sanitise(piece, step, got, sizeof(got));
                full = used + strlen(got) >= capacity;
                if (!full)
                    (void)strcat(want, got);
                used = strlen(want);
            }
        }
        ck_assert_uint_eq(utf8_sanitise(text, strlen(text), got, capacity),
                          strlen(want));
        ck_assert_str_eq(got, want);
    }
}

END_TEST

#define LOOP(tc, test, rows)                                                   \
    tcase_add_loop_test((tc), (test), 0, (int)array_count(rows))

static Suite *
suite(void)
{
    Suite *s = suite_create("json");
    TCase *tc = tcase_create("read");

    LOOP(tc, a_document_is_accepted_or_refused, DOCUMENTS);
    tcase_add_test(tc, complaints_name_line_and_column);
    tcase_add_test(tc, nesting_has_a_limit);
    tcase_add_test(tc, too_many_values_are_no_tree);
    tcase_add_loop_test(tc, the_check_agrees_with_jansson_on_mutated_documents,
                        0, 10);
    LOOP(tc, what_can_be_understood_is_read, MENDS);
    tcase_add_test(tc, what_cannot_be_understood_is_refused);
    tcase_add_test(tc, escapes_are_resolved);
    suite_add_tcase(s, tc);

    tc = tcase_create("walk");
    tcase_add_test(tc, the_walk_hands_out_the_bytes_as_they_are);
    tcase_add_test(tc, the_walk_goes_through_arrays_and_stops_at_anything_else);
    suite_add_tcase(s, tc);

    tc = tcase_create("write");
    LOOP(tc, a_string_is_escaped, STRINGS);
    tcase_add_test(tc, a_string_that_does_not_fit_leaves_nothing_behind);
    LOOP(tc, a_double_is_as_short_as_it_can_be, DOUBLES);
    tcase_add_test(tc, integers_and_trees_are_written);
    tcase_add_test(tc, integers_are_written_as_printf_does);
    tcase_add_test(tc, common_doubles_are_written_as_any_other);
    tcase_add_test(
        tc, a_plain_run_ends_at_the_first_byte_that_means_something_else);
    suite_add_tcase(s, tc);

    tc = tcase_create("utf8");
    LOOP(tc, code_points_are_valid_incomplete_or_wrong, TEXTS);
    tcase_add_test(tc, text_is_made_fit_for_a_terminal);
    tcase_add_loop_test(tc, text_is_made_fit_the_same_in_pieces, 0, 10);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
