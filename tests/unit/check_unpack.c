#include "proto/bytes.h"
#include "proto/pack.h"
#include "proto/status.h"
#include "proto/unpack.h"

#include "base/mem.h"
#include "support/suite.h"

#include <math.h>
#include <string.h>

static msgpack_zone zone;
static msgpack_object map;
static struct aigw_err err;
static struct unpack u;

/* Every type once, under its name. */
static void
pack_sample(struct pack *p)
{
    pack_map_begin(p);
    pack_kv_nil(p, "nil");
    pack_kv_bool(p, "true", true);
    pack_kv_int(p, "int", 42);
    pack_kv_int(p, "negative", -42);
    pack_key(p, "huge");
    pack_packed(p, "\xcf\x80\x00\x00\x00\x00\x00\x00\x00", 9);
    pack_kv_double(p, "float", 1.5);
    pack_kv_double(p, "integral", 2.0);
    pack_key(p, "float32");
    pack_packed(p, "\xca\x3f\x00\x00\x00", 5);
    pack_key(p, "nan");
    pack_packed(p, "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", 9);
    pack_kv_str(p, "str", "text");
    pack_kv_str(p, "empty", "");
    pack_kv_strn(p, "nul", "a\0b", 3);
    pack_key(p, "bin");
    pack_packed(p, "\xc4\x02hi", 4);
    pack_key(p, "empty bin");
    pack_packed(p, "\xc4\x00", 2);
    pack_key(p, "map");
    pack_packed(p, "\x80", 1);
    pack_key(p, "array");
    pack_packed(p, "\x92\x01\x02", 3);
    pack_packed(p, "\x07\xa5seven", 7);
    pack_packed(p,
                "\xc4\x06"
                "binkey\x01",
                9);
    pack_kv_str(p, "twice", "first");
    pack_kv_str(p, "twice", "second");
    pack_map_end(p);
}

static struct bytes packed;

static void
setup(void)
{
    struct pack p;

    bytes_init(&packed, 4096);
    pack_init(&p, &packed);
    /* pack_packed() counted the two entries with odd keys as one each. */
    pack_sample(&p);
    ck_assert_int_eq(pack_finish(&p), 0);
    packed.data[4]++;
    ck_assert_int_eq(msgpack_zone_init(&zone, 4096), true);
    ck_assert_int_eq(
        msgpack_unpack(packed.data, packed.size, NULL, &zone, &map),
        MSGPACK_UNPACK_SUCCESS);
    unpack_init(&u, &map, &err);
}

static void
teardown(void)
{
    msgpack_zone_destroy(&zone);
    bytes_deinit(&packed);
}

static void
expect_error(const char *text)
{
    ck_assert_int_eq(unpack_finish(&u), AIGW_EPARAMS);
    ck_assert_int_eq(err.status, AIGW_EPARAMS);
    ck_assert_str_eq(err.text, text);
    unpack_init(&u, &map, &err);
}

START_TEST(an_absent_field_keeps_the_default)
{
    static const char *const keys[] = {"absent", "nil", "seven"};
    static const char *const names[] = {"x"};
    const msgpack_object *object = &map;
    const char *text = "default";
    char copy[8] = "default";
    size_t size = 7, choice = 9;
    int64_t n = -1;
    double d = 0.25;
    bool truth = true;

    for (size_t i = 0; i < array_count(keys); i++) {
        ck_assert_int_eq(unpack_str(&u, keys[i], &text, &size), false);
        ck_assert_int_eq(unpack_cstr(&u, keys[i], copy, sizeof(copy)), false);
        ck_assert_int_eq(unpack_choice(&u, keys[i], names, 1, &choice), false);
        ck_assert_int_eq(unpack_int(&u, keys[i], &n), false);
        ck_assert_int_eq(unpack_double(&u, keys[i], &d), false);
        ck_assert_int_eq(unpack_bool(&u, keys[i], &truth), false);
        ck_assert_int_eq(unpack_map(&u, keys[i], &object), false);
        ck_assert_int_eq(unpack_array(&u, keys[i], &object), false);
    }
    ck_assert_int_eq(unpack_finish(&u), 0);
    ck_assert_str_eq(text, "default");
    ck_assert_str_eq(copy, "default");
    ck_assert_uint_eq(choice, 9);
    ck_assert_int_eq(n, -1);
    ck_assert_double_eq(d, 0.25);
    ck_assert_int_eq(truth, true);
    ck_assert_ptr_eq(object, &map);
}

END_TEST

START_TEST(a_field_of_the_type_is_read)
{
    static const char *const names[] = {"other", "text"};
    const msgpack_object *object;
    const char *text;
    size_t size, choice;
    int64_t n;
    bool truth;

    ck_assert_int_eq(unpack_str(&u, "str", &text, &size), true);
    ck_assert_uint_eq(size, 4);
    ck_assert_mem_eq(text, "text", 4);
    ck_assert_int_eq(unpack_str(&u, "bin", &text, &size), true);
    ck_assert_mem_eq(text, "hi", 2);
    ck_assert_int_eq(unpack_str(&u, "empty", &text, &size), true);
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(unpack_str(&u, "empty bin", &text, &size), true);
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(unpack_choice(&u, "str", names, 2, &choice), true);
    ck_assert_uint_eq(choice, 1);
    ck_assert_int_eq(unpack_int(&u, "int", &n), true);
    ck_assert_int_eq(n, 42);
    ck_assert_int_eq(unpack_int(&u, "negative", &n), true);
    ck_assert_int_eq(n, -42);
    ck_assert_int_eq(unpack_int(&u, "binkey", &n), true);
    ck_assert_int_eq(n, 1);
    ck_assert_int_eq(unpack_bool(&u, "true", &truth), true);
    ck_assert_int_eq(truth, true);
    ck_assert_int_eq(unpack_map(&u, "map", &object), true);
    ck_assert_int_eq(unpack_array(&u, "array", &object), true);
    ck_assert_uint_eq(unpack_item(object, 1)->via.u64, 2);
    ck_assert_ptr_null(unpack_item(object, 2));
    ck_assert_int_eq(unpack_finish(&u), 0);
}

END_TEST

START_TEST(a_number_may_be_an_integer)
{
    static const struct {
        const char *key;
        double value;
    } rows[] = {{"int", 42},
                {"negative", -42},
                {"float", 1.5},
                {"float32", 0.5},
                {"huge", 9223372036854775808.0}};

    for (size_t i = 0; i < array_count(rows); i++) {
        double d = 0;

        ck_assert_int_eq(unpack_double(&u, rows[i].key, &d), true);
        ck_assert_double_eq(d, rows[i].value);
    }
    ck_assert_int_eq(unpack_finish(&u), 0);
}

END_TEST

START_TEST(a_wrong_type_names_the_field)
{
    static const char *const names[] = {"one", "two"};
    const msgpack_object *object;
    const char *text;
    size_t size;
    int64_t n;
    double d;
    bool truth;

    ck_assert_int_eq(unpack_double(&u, "str", &d), false);
    expect_error("str: expected a number");
    ck_assert_int_eq(unpack_double(&u, "nan", &d), false);
    expect_error("nan: expected a number");
    ck_assert_int_eq(unpack_int(&u, "integral", &n), false);
    expect_error("integral: expected an integer of 64 bits");
    ck_assert_int_eq(unpack_int(&u, "huge", &n), false);
    expect_error("huge: expected an integer of 64 bits");
    ck_assert_int_eq(unpack_str(&u, "int", &text, &size), false);
    expect_error("int: expected a string");
    ck_assert_int_eq(unpack_bool(&u, "int", &truth), false);
    expect_error("int: expected true or false");
    ck_assert_int_eq(unpack_map(&u, "array", &object), false);
    expect_error("array: expected a map");
    ck_assert_int_eq(unpack_array(&u, "map", &object), false);
    expect_error("map: expected an array");
    ck_assert_int_eq(unpack_choice(&u, "str", names, 2, &size), false);
    expect_error("str: expected one of one, two");
    ck_assert_int_eq(unpack_choice(&u, "int", names, 2, &size), false);
    expect_error("int: expected one of one, two");
}

END_TEST

START_TEST(a_c_string_fits_and_has_no_nul)
{
    char copy[5] = "";

    ck_assert_int_eq(unpack_cstr(&u, "str", copy, 5), true);
    ck_assert_str_eq(copy, "text");
    ck_assert_int_eq(unpack_cstr(&u, "empty", copy, 5), true);
    ck_assert_str_eq(copy, "");
    ck_assert_int_eq(unpack_cstr(&u, "str", copy, 4), false);
    expect_error("str: longer than 3 bytes");
    ck_assert_int_eq(unpack_cstr(&u, "nul", copy, 5), false);
    expect_error("nul: contains a NUL character");
    ck_assert_int_eq(unpack_cstr(&u, "int", copy, 5), false);
    expect_error("int: expected a string");
}

END_TEST

START_TEST(a_long_choice_is_told_as_far_as_it_fits)
{
    static const char *const names[] = {
        "a-rather-long-name-of-forty-characters-1",
        "a-rather-long-name-of-forty-characters-2",
        "a-rather-long-name-of-forty-characters-3",
        "a-rather-long-name-of-forty-characters-4"};
    size_t choice;

    ck_assert_int_eq(unpack_choice(&u, "str", names, 4, &choice), false);
    ck_assert_int_eq(unpack_finish(&u), AIGW_EPARAMS);
    ck_assert_ptr_nonnull(strstr(err.text, "characters-2"));
}

END_TEST

START_TEST(the_first_error_stays)
{
    int64_t n;

    unpack_require(&u, "str");
    unpack_require(&u, "missing");
    (void)unpack_int(&u, "str", &n);
    unpack_refuse(&u, "int", "must be at least %d", 50);
    expect_error("missing: is required");
    unpack_require(&u, "nil");
    expect_error("nil: is required");
    unpack_refuse(&u, "int", "must be at least %d", 50);
    expect_error("int: must be at least 50");
}

END_TEST

START_TEST(of_duplicate_keys_the_first_counts)
{
    char copy[8];

    ck_assert_int_eq(unpack_cstr(&u, "twice", copy, sizeof(copy)), true);
    ck_assert_str_eq(copy, "first");
}

END_TEST

START_TEST(no_map_reads_as_an_empty_one)
{
    static const msgpack_object nil = {.type = MSGPACK_OBJECT_NIL};
    static const msgpack_object number = {.type =
                                              MSGPACK_OBJECT_POSITIVE_INTEGER};
    int64_t n;

    unpack_init(&u, NULL, &err);
    ck_assert_int_eq(unpack_int(&u, "int", &n), false);
    ck_assert_int_eq(unpack_finish(&u), 0);
    unpack_init(&u, &nil, NULL);
    ck_assert_int_eq(unpack_int(&u, "int", &n), false);
    ck_assert_int_eq(unpack_finish(&u), 0);
    unpack_init(&u, &number, &err);
    ck_assert_int_eq(unpack_int(&u, "int", &n), false);
    expect_error("params: expected a map");
    ck_assert_ptr_null(unpack_item(NULL, 0));
    ck_assert_ptr_null(unpack_item(&number, 0));
}

END_TEST

static Suite *
unpack_suite(void)
{
    Suite *suite = suite_create("unpack");
    TCase *tcase = tcase_create("unpack");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_absent_field_keeps_the_default);
    tcase_add_test(tcase, a_field_of_the_type_is_read);
    tcase_add_test(tcase, a_number_may_be_an_integer);
    tcase_add_test(tcase, a_wrong_type_names_the_field);
    tcase_add_test(tcase, a_c_string_fits_and_has_no_nul);
    tcase_add_test(tcase, a_long_choice_is_told_as_far_as_it_fits);
    tcase_add_test(tcase, the_first_error_stays);
    tcase_add_test(tcase, of_duplicate_keys_the_first_counts);
    tcase_add_test(tcase, no_map_reads_as_an_empty_one);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(unpack_suite());
}
