#include "proto/methods.h"
#include "proto/rpc.h"
#include "proto/status.h"

#include "base/mem.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

START_TEST(every_method_is_found_by_its_name)
{
    for (size_t i = 0; i < METHODS_COUNT; i++) {
        const struct method *method = methods_get(i);
        size_t index = METHODS_COUNT;

        ck_assert_int_eq(
            methods_find(method->name, strlen(method->name), &index), 0);
        ck_assert_uint_eq(index, i);
        ck_assert_uint_le(strlen(method->name), RPC_METHOD_MAX);
        ck_assert_uint_gt(strlen(method->help), 0);
    }
}

END_TEST

START_TEST(a_name_must_match_in_full)
{
    size_t index = 0;

    ck_assert_int_eq(methods_find("status", 5, &index), AIGW_ENOMETHOD);
    ck_assert_int_eq(methods_find("statuses", 8, &index), AIGW_ENOMETHOD);
    ck_assert_int_eq(methods_find("Status", 6, &index), AIGW_ENOMETHOD);
    ck_assert_int_eq(methods_find("status\0", 7, &index), AIGW_ENOMETHOD);
    ck_assert_int_eq(methods_find("", 0, &index), AIGW_ENOMETHOD);
}

END_TEST

static const struct {
    const char *name;
    bool admin;
    bool streaming;
} PROPERTIES[] = {
    {"hello", false, false},         {"generate", false, true},
    {"chat", false, true},           {"watch", false, true},
    {"status", false, false},        {"target.set", true, false},
    {"breaker.set", true, false},    {"probe", true, false},
    {"config.reload", true, false},  {"drain", true, false},
    {"drill.start", true, false},    {"drill.list", true, false},
    {"cost", false, false},          {"credential.refresh", true, false},
    {"cost.reconcile", true, false},
};

START_TEST(rights_and_streams_are_told)
{
    const char *name = PROPERTIES[_i].name;
    const struct method *method;
    size_t index = 0;

    ck_assert_int_eq(methods_find(name, strlen(name), &index), 0);
    method = methods_get(index);
    ck_assert_int_eq(method->admin, PROPERTIES[_i].admin);
    ck_assert_int_eq(method->streaming, PROPERTIES[_i].streaming);
}

END_TEST

START_TEST(an_unknown_name_has_a_nearest_one)
{
    char longest[RPC_METHOD_MAX + 1];

    memset(longest, 'x', sizeof(longest));
    ck_assert_str_eq(methods_nearest("genrate", 7), "generate");
    ck_assert_str_eq(methods_nearest("target_set", 10), "target.set");
    ck_assert_str_eq(methods_nearest("statusXXX", 7), "status");
    ck_assert_ptr_null(methods_nearest("nvim_get_mode", 13));
    ck_assert_ptr_null(methods_nearest("", 0));
    ck_assert_ptr_null(methods_nearest(longest, RPC_METHOD_MAX));
    ck_assert_ptr_null(methods_nearest(longest, RPC_METHOD_MAX + 1));
}

END_TEST

static char *
read_documentation(void)
{
    FILE *file = fopen(AIGW_SOURCE_DIR "/proto/PROTOCOL.md", "r");
    char *text = calloc(1, 65536);

    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_gt(fread(text, 1, 65535, file), 0);
    (void)fclose(file);
    return text;
}

START_TEST(every_method_is_documented)
{
    char *text = read_documentation();

    for (size_t i = 0; i < METHODS_COUNT; i++) {
        char name[RPC_METHOD_MAX + 4];

        (void)snprintf(name, sizeof(name), "`%s`", methods_get(i)->name);
        ck_assert_msg(strstr(text, name) != NULL, "%s", name);
    }
    free(text);
}

END_TEST

static Suite *
methods_suite(void)
{
    Suite *suite = suite_create("methods");
    TCase *tcase = tcase_create("methods");

    tcase_add_test(tcase, every_method_is_found_by_its_name);
    tcase_add_test(tcase, a_name_must_match_in_full);
    tcase_add_loop_test(tcase, rights_and_streams_are_told, 0,
                        array_count(PROPERTIES));
    tcase_add_test(tcase, an_unknown_name_has_a_nearest_one);
    tcase_add_test(tcase, every_method_is_documented);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    return suite_main(methods_suite());
}
