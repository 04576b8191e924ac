#include "core/digest.h"

#include "support/suite.h"

#include <stdio.h>
#include <string.h>

static const char *
hex(const struct digest *d, char ret_text[2 * DIGEST_SIZE + 1])
{
    unsigned char bytes[DIGEST_SIZE];

    digest_finish(d, bytes);
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        (void)snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
    return ret_text;
}

/* From the reference code of draft-eastlake-fnv. */
static const struct vector {
    const char *text;
    const char *digest;
} VECTORS[] = {
    {"", "6c62272e07bb014262b821756295c58d"},
    {"a", "d228cb696f1a8caf78912b704e4a8964"},
    {"ab", "08809544bbab1be95aa0733055b69a62"},
    {"abc", "a68d622cec8b5822836dbc7977af7f3b"},
    {"foobar", "343e1662793c64bf6f0d3597ba446f18"},
};

START_TEST(bytes_give_the_digest_of_the_draft)
{
    char text[2 * DIGEST_SIZE + 1];
    struct digest d;

    digest_init(&d);
    digest_bytes(&d, VECTORS[_i].text, strlen(VECTORS[_i].text));
    ck_assert_str_eq(hex(&d, text), VECTORS[_i].digest);
}

END_TEST

START_TEST(fields_do_not_run_into_each_other)
{
    char one[2 * DIGEST_SIZE + 1], other[2 * DIGEST_SIZE + 1];
    struct digest a, b;

    digest_init(&a);
    digest_field(&a, "ab", 2);
    digest_field(&a, "c", 1);
    digest_init(&b);
    digest_field(&b, "a", 1);
    digest_field(&b, "bc", 2);
    ck_assert_str_ne(hex(&a, one), hex(&b, other));
}

END_TEST

START_TEST(an_empty_field_counts)
{
    char one[2 * DIGEST_SIZE + 1], other[2 * DIGEST_SIZE + 1];
    struct digest a, b;

    digest_init(&a);
    digest_init(&b);
    digest_field(&b, NULL, 0);
    ck_assert_str_ne(hex(&a, one), hex(&b, other));
}

END_TEST

START_TEST(integers_differ_by_each_of_their_bytes)
{
    char one[2 * DIGEST_SIZE + 1], other[2 * DIGEST_SIZE + 1];
    struct digest zero;

    digest_init(&zero);
    digest_int(&zero, 0);
    for (unsigned i = 0; i < 8; i++) {
        struct digest d;

        digest_init(&d);
        digest_int(&d, (int64_t)(UINT64_C(1) << (8 * i)));
        ck_assert_str_ne(hex(&zero, one), hex(&d, other));
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("digest");
    TCase *tc = tcase_create("digest");

    tcase_add_loop_test(tc, bytes_give_the_digest_of_the_draft, 0,
                        sizeof(VECTORS) / sizeof(*VECTORS));
    tcase_add_test(tc, fields_do_not_run_into_each_other);
    tcase_add_test(tc, an_empty_field_counts);
    tcase_add_test(tc, integers_differ_by_each_of_their_bytes);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
