#include "app/call_read.h"
#include "support/suite.h"

#include <string.h>

static struct call_params params;
static struct aigw_err err;

/* Reads the params of `generate` with one more field. */
static int
read_with(const char *key, const char *text, size_t size, bool in_array)
{
    msgpack_sbuffer buffer;
    msgpack_packer p;
    msgpack_unpacked frame;
    int status;

    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&p, &buffer, msgpack_sbuffer_write);
    msgpack_pack_array(&p, 1);
    msgpack_pack_map(&p, 2);
    msgpack_pack_str_with_body(&p, "prompt", 6);
    msgpack_pack_str_with_body(&p, "hello", 5);
    msgpack_pack_str_with_body(&p, key, strlen(key));
    if (in_array)
        msgpack_pack_array(&p, 1);
    msgpack_pack_str_with_body(&p, text, size);

    msgpack_unpacked_init(&frame);
    ck_assert_int_eq(
        msgpack_unpack_next(&frame, buffer.data, buffer.size, NULL),
        MSGPACK_UNPACK_SUCCESS);
    err = (struct aigw_err){0};
    status = call_read_prompt(&frame.data, &params, &err);
    msgpack_unpacked_destroy(&frame);
    msgpack_sbuffer_destroy(&buffer);
    return status;
}

static const struct name {
    const char *key;
    bool in_array;
} NAMES[] = {{"request_id", false}, {"route", false}, {"tags", true}};

/* Bytes that come back to people. */
START_TEST(a_name_that_is_no_text_is_refused)
{
    static const char *const WRONG[] = {"\xff", "a\xc3", "\xed\xa0\x80",
                                        "\xc0\xaf"};
    const struct name *name = &NAMES[_i];

    for (size_t i = 0; i < sizeof(WRONG) / sizeof(*WRONG); i++) {
        ck_assert_int_eq(
            read_with(name->key, WRONG[i], strlen(WRONG[i]), name->in_array),
            AIGW_EPARAMS);
        ck_assert_ptr_nonnull(strstr(err.text, name->key));
        ck_assert_ptr_nonnull(strstr(err.text, "UTF-8"));
    }
}

END_TEST

START_TEST(a_name_may_have_any_letters)
{
    static const char TEXT[] = "\xc3\xbc\xe2\x82\xac";
    const struct name *name = &NAMES[_i];

    ck_assert_int_eq(read_with(name->key, TEXT, strlen(TEXT), name->in_array),
                     0);
    chat_free(params.chat);
    ck_assert_msg(strcmp(params.id, TEXT) == 0
                      || strcmp(params.route, TEXT) == 0
                      || strcmp(params.tags, TEXT) == 0,
                  "%s was not taken over", name->key);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("call_read");
    TCase *tc = tcase_create("names");
    int n = (int)(sizeof(NAMES) / sizeof(*NAMES));

    tcase_add_loop_test(tc, a_name_that_is_no_text_is_refused, 0, n);
    tcase_add_loop_test(tc, a_name_may_have_any_letters, 0, n);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
