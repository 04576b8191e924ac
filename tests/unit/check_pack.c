#include "proto/bytes.h"
#include "proto/pack.h"
#include "proto/status.h"

#include "base/mem.h"
#include "support/suite.h"

#include <math.h>
#include <string.h>

#define EXPECT(literal) expect(literal, sizeof(literal) - 1)

static struct bytes out;
static struct pack p;

static void
setup(void)
{
    bytes_init(&out, 4096);
    pack_init(&p, &out);
}

static void
teardown(void)
{
    bytes_deinit(&out);
}

static void
expect(const char *bytes, size_t size)
{
    ck_assert_int_eq(pack_finish(&p), 0);
    ck_assert_uint_eq(out.size, size);
    ck_assert_mem_eq(out.data, bytes, size);
}

START_TEST(scalars_take_their_shortest_form)
{
    pack_nil(&p);
    pack_bool(&p, true);
    pack_bool(&p, false);
    pack_int(&p, 1);
    pack_int(&p, -1);
    pack_int(&p, 300);
    pack_int(&p, INT64_MIN);
    pack_double(&p, 0.5);
    pack_str(&p, "hi");
    pack_strn(&p, "hidden", 3);
    EXPECT("\xc0\xc3\xc2\x01\xff\xcd\x01\x2c"
           "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"
           "\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00\xa2hi\xa3hid");
}

END_TEST

START_TEST(what_json_cannot_say_becomes_nil)
{
    pack_double(&p, (double)NAN);
    pack_double(&p, HUGE_VAL);
    pack_double(&p, -HUGE_VAL);
    pack_str(&p, NULL);
    pack_strn(&p, NULL, 5);
    EXPECT("\xc0\xc0\xc0\xc0\xc0");
}

END_TEST

START_TEST(a_text_that_may_be_missing_is_nil_when_empty)
{
    pack_map_begin(&p);
    pack_kv_text(&p, "a", "x");
    pack_kv_text(&p, "b", "");
    pack_kv_text(&p, "c", NULL);
    pack_map_end(&p);
    EXPECT("\xdf\x00\x00\x00\x03\xa1"
           "a\xa1x\xa1"
           "b\xc0\xa1"
           "c\xc0");
}

END_TEST

START_TEST(maps_and_arrays_count_their_own_objects)
{
    pack_map_begin(&p);
    pack_key(&p, "a");
    pack_array_begin(&p);
    pack_map_begin(&p);
    pack_map_end(&p);
    pack_int(&p, 2);
    pack_int(&p, 3);
    pack_array_end(&p);
    pack_kv_nil(&p, "b");
    pack_map_end(&p);
    EXPECT("\xdf\x00\x00\x00\x02\xa1"
           "a\xdd\x00\x00\x00\x03\xdf\x00\x00\x00\x00\x02\x03\xa1"
           "b\xc0");
}

END_TEST

START_TEST(a_long_array_is_counted_in_all_its_bytes)
{
    struct bytes big;

    bytes_init(&big, 1 << 20);
    pack_init(&p, &big);
    pack_array_begin(&p);
    for (int i = 0; i < 0x12345; i++)
        pack_nil(&p);
    pack_array_end(&p);
    ck_assert_int_eq(pack_finish(&p), 0);
    ck_assert_mem_eq(big.data, "\xdd\x00\x01\x23\x45\xc0", 6);
    bytes_deinit(&big);
}

END_TEST

START_TEST(keyed_forms_write_key_and_value)
{
    pack_map_begin(&p);
    pack_kv_str(&p, "s", "x");
    pack_kv_str(&p, "z", NULL);
    pack_kv_strn(&p, "t", "yz", 1);
    pack_kv_int(&p, "i", 5);
    pack_kv_double(&p, "d", (double)NAN);
    pack_kv_bool(&p, "b", false);
    pack_map_end(&p);
    EXPECT("\xdf\x00\x00\x00\x06\xa1s\xa1x\xa1z\xc0\xa1t\xa1y\xa1i\x05\xa1"
           "d\xc0\xa1"
           "b\xc2");
}

END_TEST

START_TEST(objects_are_copied_and_count_as_one)
{
    msgpack_object list[] = {
        {.type = MSGPACK_OBJECT_POSITIVE_INTEGER, .via.u64 = 1},
        {.type = MSGPACK_OBJECT_NIL},
    };
    msgpack_object array = {
        .type = MSGPACK_OBJECT_ARRAY,
        .via.array = {.size = 2, .ptr = list},
    };

    pack_array_begin(&p);
    pack_object(&p, &array);
    pack_packed(&p, "\x93\x01\x02\x03", 4);
    pack_array_end(&p);
    EXPECT("\xdd\x00\x00\x00\x02\x92\x01\xc0\x93\x01\x02\x03");
}

END_TEST

START_TEST(the_buffer_may_move_under_an_open_header)
{
    char text[1000] = {0};

    bytes_append_str(&out, "before");
    bytes_consume(&out, 3);
    pack_init(&p, &out);
    pack_array_begin(&p);
    for (int i = 0; i < 4; i++)
        pack_strn(&p, text, sizeof(text));
    pack_array_end(&p);
    ck_assert_int_eq(pack_finish(&p), 0);
    ck_assert_mem_eq(out.data, "ore\xdd\x00\x00\x00\x04", 8);
}

END_TEST

static void
write_sample(void)
{
    pack_map_begin(&p);
    pack_kv_str(&p, "key", "value");
    pack_key(&p, "list");
    pack_array_begin(&p);
    pack_int(&p, 70000);
    pack_object(&p, &(msgpack_object){.type = MSGPACK_OBJECT_NIL});
    pack_array_end(&p);
    pack_map_end(&p);
}

START_TEST(a_failure_leaves_the_buffer_as_it_was)
{
    size_t needed;

    write_sample();
    ck_assert_int_eq(pack_finish(&p), 0);
    needed = out.size;
    for (size_t max = 3; max <= 3 + needed; max++) {
        bytes_deinit(&out);
        bytes_init(&out, max);
        ck_assert_int_eq(bytes_append_str(&out, "old"), 0);
        pack_init(&p, &out);
        write_sample();
        if (max < 3 + needed) {
            ck_assert_int_eq(pack_finish(&p), AIGW_ETOOBIG);
            ck_assert_str_eq(bytes_cstr(&out), "old");
        } else {
            ck_assert_int_eq(pack_finish(&p), 0);
        }
    }
}

END_TEST

static int
write_nested(unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        pack_array_begin(&p);
    for (unsigned i = 0; i < depth; i++)
        pack_array_end(&p);
    return pack_finish(&p);
}

START_TEST(nesting_has_a_limit)
{
    ck_assert_int_eq(write_nested(PACK_DEPTH_MAX), 0);
    bytes_clear(&out);
    pack_init(&p, &out);
    ck_assert_int_eq(write_nested(PACK_DEPTH_MAX + 1), AIGW_ETOOBIG);
    ck_assert_uint_eq(out.size, 0);
}

END_TEST

static Suite *
pack_suite(void)
{
    Suite *suite = suite_create("pack");
    TCase *tcase = tcase_create("pack");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, scalars_take_their_shortest_form);
    tcase_add_test(tcase, what_json_cannot_say_becomes_nil);
    tcase_add_test(tcase, a_text_that_may_be_missing_is_nil_when_empty);
    tcase_add_test(tcase, maps_and_arrays_count_their_own_objects);
    tcase_add_test(tcase, a_long_array_is_counted_in_all_its_bytes);
    tcase_add_test(tcase, keyed_forms_write_key_and_value);
    tcase_add_test(tcase, objects_are_copied_and_count_as_one);
    tcase_add_test(tcase, the_buffer_may_move_under_an_open_header);
    tcase_add_test(tcase, a_failure_leaves_the_buffer_as_it_was);
    tcase_add_test(tcase, nesting_has_a_limit);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(pack_suite());
}
