/*
 * check_client_value.c - values: reading, building, JSON, MessagePack.
 */
#include "client/value.h"
#include "proto/bytes.h"
#include "proto/pack.h"
#include "proto/status.h"
#include "support/suite.h"

#include <float.h>
#include <locale.h>
#include <math.h>

static struct aigw_value *
parse(const char *json)
{
    struct aigw_json_error error;
    struct aigw_value *value;
    int status = aigw_value_from_json(json, strlen(json), &value, &error);

    ck_assert_msg(status == 0, "%s: %s", json, error.text);
    return value;
}

static void
assert_json(const struct aigw_value *value, const char *want)
{
    char *text = aigw_value_to_json(value, AIGW_JSON_COMPACT);

    ck_assert_str_eq(text, want);
    free(text);
}

/* Writes a value as MessagePack and reads it again. */
static struct aigw_value *
through_the_wire(const struct aigw_value *value)
{
    struct aigw_value copy;
    msgpack_unpacked result;
    struct bytes out;
    struct pack p;

    bytes_init(&out, 1 << 20);
    pack_init(&p, &out);
    ck_assert_int_eq(value_pack(value, &p), 0);
    ck_assert_int_eq(pack_finish(&p), 0);
    msgpack_unpacked_init(&result);
    ck_assert_int_eq(msgpack_unpack_next(&result, out.data, out.size, NULL),
                     MSGPACK_UNPACK_SUCCESS);
    ck_assert_int_eq(value_unpack(&result.data, &copy), 0);
    msgpack_unpacked_destroy(&result);
    bytes_deinit(&out);
    return value_to_heap(&copy);
}

static const char *const documents[] = {
    "null",
    "true",
    "[false,true,null]",
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "0.7",
    "1.0",
    "-0.0",
    "0.1",
    "1e+300",
    "5e-324",
    "1.7976931348623157e+308",
    "3.141592653589793",
    "\"\"",
    "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"",
    "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\"",
    "\"a\\u0000b\"",
    "[]",
    "{}",
    "[[],{},[[]]]",
    "{\"a\":1,\"b\":[1,2.5,\"x\",null],\"c\":{\"d\":{\"e\":true}}}",
    "{\"z\":1,\"a\":2}",
};

START_TEST(json_comes_back_as_it_was)
{
    struct aigw_value *value = parse(documents[_i]);

    assert_json(value, documents[_i]);
    aigw_value_free(value);
}

END_TEST

START_TEST(messagepack_changes_nothing)
{
    struct aigw_value *value = parse(documents[_i]);
    struct aigw_value *copy = through_the_wire(value);

    ck_assert(aigw_value_equal(value, copy));
    assert_json(copy, documents[_i]);
    aigw_value_free(copy);
    aigw_value_free(value);
}

END_TEST

START_TEST(a_copy_is_equal_and_independent)
{
    struct aigw_value *value = parse(documents[_i]);
    struct aigw_value *copy = aigw_value_copy(value);

    ck_assert(aigw_value_equal(value, copy));
    aigw_value_free(value);
    assert_json(copy, documents[_i]);
    aigw_value_free(copy);
}

END_TEST

struct bad_json {
    const char *text;
    int line;
    int column;
    size_t offset;
};

static const struct bad_json bad_texts[] = {
    {"", 1, 0, 0},
    {"{", 1, 1, 1},
    {"{\"a\":1,\n \"b\": ]}", 2, 7, 15},
    {"[1 2]", 1, 4, 4},
    {"{\"a\":1,\"a\":2}", 1, 10, 10},
    {"9223372036854775808", 1, 19, 19},
    {"1e999", 1, 5, 5},
    {"nul", 1, 3, 3},
    {"1 1", 1, 3, 3},
    {"\"\xff\"", 1, 1, 1},
};

START_TEST(an_error_tells_where_it_is)
{
    const struct bad_json *bad = &bad_texts[_i];
    struct aigw_json_error error = {.line = -1};
    struct aigw_value *value = (struct aigw_value *)&error;

    ck_assert_int_eq(
        aigw_value_from_json(bad->text, strlen(bad->text), &value, &error),
        AIGW_ERR_INVALID);
    ck_assert_ptr_null(value);
    ck_assert_msg(error.line == bad->line && error.column == bad->column
                      && error.offset == bad->offset,
                  "%s: line %d column %d offset %zu", bad->text, error.line,
                  error.column, error.offset);
    ck_assert_uint_gt(strlen(error.text), 0);
    ck_assert_int_eq(
        aigw_value_from_json(bad->text, strlen(bad->text), &value, NULL),
        AIGW_ERR_INVALID);
}

END_TEST

static int
parse_nested(size_t levels)
{
    char text[8192];
    struct aigw_value *value;
    int status;

    memset(text, '[', levels);
    memset(text + levels, ']', levels);
    status = aigw_value_from_json(text, 2 * levels, &value, NULL);
    aigw_value_free(value);
    return status;
}

START_TEST(nesting_is_limited)
{
    ck_assert_int_eq(parse_nested(VALUE_DEPTH_MAX), 0);
    ck_assert_int_eq(parse_nested(VALUE_DEPTH_MAX + 1), AIGW_ERR_TOOBIG);
    ck_assert_int_eq(parse_nested(4000), AIGW_ERR_TOOBIG);
}

END_TEST

START_TEST(a_built_value_cannot_be_nested_without_limit)
{
    struct aigw_value *value = aigw_value_array();

    for (int i = 1; i < VALUE_DEPTH_MAX; i++) {
        struct aigw_value *outer = aigw_value_array();

        ck_assert_int_eq(aigw_value_append(outer, value), 0);
        value = outer;
    }
    struct aigw_value *beyond = aigw_value_array();
    ck_assert_int_eq(aigw_value_append(beyond, value), AIGW_ERR_TOOBIG);
    ck_assert_int_eq(aigw_value_status(beyond), AIGW_ERR_TOOBIG);
    aigw_value_free(beyond);
}

END_TEST

START_TEST(pretty_json_is_indented)
{
    struct aigw_value *value = parse("{\"a\":[1,{\"b\":null}],\"c\":[],"
                                     "\"d\":{}}");
    char *text = aigw_value_to_json(value, AIGW_JSON_PRETTY);

    ck_assert_str_eq(text, "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n"
                           "    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}");
    free(text);
    aigw_value_free(value);
}

END_TEST

START_TEST(numbers_that_are_none_become_null)
{
    static const double numbers[] = {(double)NAN, (double)INFINITY,
                                     -(double)INFINITY};

    for (size_t i = 0; i < 3; i++) {
        struct aigw_value *value = aigw_value_new_double(numbers[i]);

        assert_json(value, "null");
        aigw_value_free(value);
    }
}

END_TEST

static double
random_double(uint64_t *state)
{
    double number;

    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    memcpy(&number, state, sizeof(number));
    return number;
}

START_TEST(every_double_comes_back_exactly)
{
    uint64_t state = 7;

    for (int i = 0; i < 20000; i++) {
        double number = random_double(&state);
        struct aigw_value *value = aigw_value_new_double(number);
        char *text = aigw_value_to_json(value, AIGW_JSON_COMPACT);

        if (isfinite(number))
            ck_assert_double_eq(strtod(text, NULL), number);
        free(text);
        aigw_value_free(value);
    }
}

END_TEST

START_TEST(the_locale_does_not_matter)
{
    struct aigw_value *value;

    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8")
        && !setlocale(LC_NUMERIC, "fr_FR.UTF-8"))
        return;
    value = parse("[0.5,1.0,1e+300]");
    assert_json(value, "[0.5,1.0,1e+300]");
    aigw_value_free(value);
    (void)setlocale(LC_NUMERIC, "C");
}

END_TEST

struct bad_utf8 {
    const char *bytes;
    const char *json;
};

#define REPLACED "\xef\xbf\xbd"

static const struct bad_utf8 bad_utf8[] = {
    {"\xff", "\"" REPLACED "\""},
    {"a\x80z", "\"a" REPLACED "z\""},
    {"\xc0\xaf", "\"" REPLACED REPLACED "\""},
    {"\xc3", "\"" REPLACED "\""},
    {"\xc3(", "\"" REPLACED "(\""},
    {"\xe2\x82", "\"" REPLACED REPLACED "\""},
    {"\xe0\x80\xaf", "\"" REPLACED REPLACED REPLACED "\""},
    {"\xed\xa0\x80", "\"" REPLACED REPLACED REPLACED "\""},
    {"\xf4\x90\x80\x80", "\"" REPLACED REPLACED REPLACED REPLACED "\""},
    {"\xf0\x80\x80\x80", "\"" REPLACED REPLACED REPLACED REPLACED "\""},
    {"\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\""},
    {"\xc3\xa9", "\"\xc3\xa9\""},
};

START_TEST(what_is_not_utf8_is_replaced)
{
    struct aigw_value *value = aigw_value_new_str(bad_utf8[_i].bytes);

    assert_json(value, bad_utf8[_i].json);
    aigw_value_free(value);
}

END_TEST

START_TEST(reading_tells_types_apart)
{
    struct aigw_value *v = parse("{\"n\":null,\"b\":true,\"i\":7,\"d\":2.5,"
                                 "\"w\":3.0,\"h\":1e300,\"s\":\"x\","
                                 "\"a\":[1],\"m\":{}}");

    ck_assert_int_eq(aigw_value_type(aigw_value_get(v, "n")), AIGW_TYPE_NIL);
    ck_assert(aigw_get_bool(v, "b", false));
    ck_assert(aigw_get_bool(v, "i", true));
    ck_assert_int_eq(aigw_get_int(v, "i", -1), 7);
    ck_assert_int_eq(aigw_get_int(v, "w", -1), 3);
    ck_assert_int_eq(aigw_get_int(v, "d", -1), -1);
    ck_assert_int_eq(aigw_get_int(v, "h", -1), -1);
    ck_assert_int_eq(aigw_get_int(v, "s", -1), -1);
    ck_assert_double_eq(aigw_get_double(v, "i", -1), 7);
    ck_assert_double_eq(aigw_get_double(v, "d", -1), 2.5);
    ck_assert_double_eq(aigw_get_double(v, "b", -1), -1);
    ck_assert_str_eq(aigw_get_str(v, "s", "-"), "x");
    ck_assert_str_eq(aigw_get_str(v, "i", "-"), "-");
    ck_assert_ptr_null(aigw_get_str(v, "missing", NULL));
    ck_assert_uint_eq(aigw_value_size(v), 9);
    ck_assert_uint_eq(aigw_value_size(aigw_value_get(v, "s")), 1);
    ck_assert_uint_eq(aigw_value_size(aigw_value_get(v, "i")), 0);
    aigw_value_free(v);
}

END_TEST

START_TEST(paths_lead_through_maps_and_arrays)
{
    struct aigw_value *v = parse("{\"t\":[{\"p\":{\"q\":1}},{\"p\":2}],"
                                 "\"x.y\":3,\"\":{\"\":4}}");

    ck_assert_int_eq(aigw_get_int(v, "t.0.p.q", -1), 1);
    ck_assert_int_eq(aigw_get_int(v, "t.1.p", -1), 2);
    ck_assert_int_eq(aigw_get_int(v, "t.2.p", -1), -1);
    ck_assert_int_eq(aigw_get_int(v, "t.-1.p", -1), -1);
    ck_assert_int_eq(aigw_get_int(v, "t.99999999999999999999.p", -1), -1);
    ck_assert_int_eq(aigw_get_int(v, "t..p", -1), -1);
    ck_assert_int_eq(aigw_get_int(v, "t.0.p.q.r", -1), -1);
    ck_assert_int_eq(aigw_get_int(v, "x.y", -1), -1);
    ck_assert_int_eq(aigw_value_int(aigw_value_get(v, "x.y"), -1), 3);
    ck_assert_int_eq(aigw_get_int(v, ".", -1), 4);
    aigw_value_free(v);
}

END_TEST

START_TEST(nothing_is_read_from_nothing)
{
    ck_assert_int_eq(aigw_value_type(NULL), AIGW_TYPE_NIL);
    ck_assert_int_eq(aigw_get_int(NULL, "a", 5), 5);
    ck_assert_int_eq(aigw_value_int(NULL, 5), 5);
    ck_assert_uint_eq(aigw_value_size(NULL), 0);
    ck_assert_ptr_null(aigw_value_at(NULL, 0));
    ck_assert_ptr_null(aigw_value_key(NULL, 0));
    ck_assert_ptr_null(aigw_value_get(NULL, "a"));
    ck_assert(aigw_value_equal(NULL, NULL));
    aigw_value_free(NULL);
    assert_json(NULL, "null");
}

END_TEST

START_TEST(going_through_a_map_keeps_its_order)
{
    struct aigw_value *v = parse("{\"z\":1,\"a\":2}");

    ck_assert_str_eq(aigw_value_key(v, 0), "z");
    ck_assert_str_eq(aigw_value_key(v, 1), "a");
    ck_assert_ptr_null(aigw_value_key(v, 2));
    ck_assert_int_eq(aigw_value_int(aigw_value_at(v, 1), -1), 2);
    ck_assert_ptr_null(aigw_value_at(v, 2));
    aigw_value_free(v);
}

END_TEST

START_TEST(a_map_is_built_entry_by_entry)
{
    struct aigw_value *map = aigw_value_map();
    struct aigw_value *array = aigw_value_array();

    ck_assert_int_eq(aigw_value_append_str(array, "x"), 0);
    ck_assert_int_eq(aigw_value_append(array, aigw_value_new_strn("ab", 1)), 0);
    ck_assert_int_eq(aigw_value_set_int(map, "i", 1), 0);
    ck_assert_int_eq(aigw_value_set_double(map, "d", 0.7), 0);
    ck_assert_int_eq(aigw_value_set_bool(map, "b", true), 0);
    ck_assert_int_eq(aigw_value_set_nil(map, "n"), 0);
    ck_assert_int_eq(aigw_value_set_str(map, "s", "old"), 0);
    ck_assert_int_eq(aigw_value_set(map, "a", array), 0);
    ck_assert_int_eq(aigw_value_set_str(map, "s", "new"), 0);
    assert_json(map, "{\"i\":1,\"d\":0.7,\"b\":true,\"n\":null,\"s\":\"new\","
                     "\"a\":[\"x\",\"a\"]}");
    aigw_value_free(map);
}

END_TEST

START_TEST(a_mistake_is_remembered)
{
    struct aigw_value *map = aigw_value_map();
    struct aigw_value *outer = aigw_value_array();

    ck_assert_int_eq(aigw_value_append_str(map, "x"), AIGW_ERR_INVALID);
    ck_assert_int_eq(aigw_value_set_int(map, "a", 1), 0);
    ck_assert_int_eq(aigw_value_status(map), AIGW_ERR_INVALID);
    ck_assert_int_eq(aigw_value_append(outer, map), AIGW_ERR_INVALID);
    ck_assert_int_eq(aigw_value_status(outer), AIGW_ERR_INVALID);
    aigw_value_free(outer);

    map = aigw_value_map();
    ck_assert_int_eq(aigw_value_set_str(map, "a", NULL), AIGW_ERR_INVALID);
    ck_assert_int_eq(aigw_value_set_str(map, NULL, "a"), AIGW_ERR_INVALID);
    ck_assert_int_eq(aigw_value_set(map, "a", NULL), AIGW_ERR_INVALID);
    ck_assert_int_eq(aigw_value_set_int(NULL, "a", 1), AIGW_ERR_INVALID);
    aigw_value_free(map);
}

END_TEST

START_TEST(foreign_messagepack_is_read_as_far_as_it_goes)
{
    /* {"big": 2^64-1, 7: 1, bin "k": 1.5 (float32)} */
    static const char data[] = "\x83\xa3"
                               "big\xcf\xff\xff\xff\xff\xff\xff\xff\xff"
                               "\x07\x01\xc4\x01k\xca\x3f\xc0\x00\x00";
    struct aigw_value value;
    msgpack_unpacked result;

    msgpack_unpacked_init(&result);
    ck_assert_int_eq(msgpack_unpack_next(&result, data, sizeof(data) - 1, NULL),
                     MSGPACK_UNPACK_SUCCESS);
    ck_assert_int_eq(value_unpack(&result.data, &value), 0);
    msgpack_unpacked_destroy(&result);
    ck_assert_uint_eq(aigw_value_size(&value), 2);
    ck_assert_double_eq(aigw_get_double(&value, "big", 0),
                        18446744073709551615.0);
    ck_assert_double_eq(aigw_get_double(&value, "k", 0), 1.5);
    value_deinit(&value);
}

END_TEST

static Suite *
value_suite(void)
{
    Suite *suite = suite_create("client_value");
    TCase *tc = tcase_create("json");
    int n_documents = sizeof(documents) / sizeof(documents[0]);

    tcase_add_loop_test(tc, json_comes_back_as_it_was, 0, n_documents);
    tcase_add_loop_test(tc, an_error_tells_where_it_is, 0,
                        sizeof(bad_texts) / sizeof(bad_texts[0]));
    tcase_add_test(tc, nesting_is_limited);
    tcase_add_test(tc, pretty_json_is_indented);
    tcase_add_test(tc, numbers_that_are_none_become_null);
    tcase_add_test(tc, every_double_comes_back_exactly);
    tcase_add_test(tc, the_locale_does_not_matter);
    tcase_add_loop_test(tc, what_is_not_utf8_is_replaced, 0,
                        sizeof(bad_utf8) / sizeof(bad_utf8[0]));
    suite_add_tcase(suite, tc);

    tc = tcase_create("messagepack");
    tcase_add_loop_test(tc, messagepack_changes_nothing, 0, n_documents);
    tcase_add_test(tc, foreign_messagepack_is_read_as_far_as_it_goes);
    suite_add_tcase(suite, tc);

    tc = tcase_create("reading");
    tcase_add_test(tc, reading_tells_types_apart);
    tcase_add_test(tc, paths_lead_through_maps_and_arrays);
    tcase_add_test(tc, nothing_is_read_from_nothing);
    tcase_add_test(tc, going_through_a_map_keeps_its_order);
    suite_add_tcase(suite, tc);

    tc = tcase_create("building");
    tcase_add_loop_test(tc, a_copy_is_equal_and_independent, 0, n_documents);
    tcase_add_test(tc, a_map_is_built_entry_by_entry);
    tcase_add_test(tc, a_mistake_is_remembered);
    tcase_add_test(tc, a_built_value_cannot_be_nested_without_limit);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(value_suite());
}
