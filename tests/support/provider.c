#include "support/provider.h"

#include <check.h>
#include <stdarg.h>

enum {
    MAX_ARGS = 64
};

void
test_provider_start(struct test_provider *m, ...)
{
    const char *argv[MAX_ARGS];
    size_t n = 0;
    va_list args;

    va_start(args, m);
    while ((argv[n] = va_arg(args, const char *)))
        ck_assert_uint_lt(++n, MAX_ARGS);
    va_end(args);
    ck_assert_int_eq(mock_process_start(&m->process, argv), 0);
    m->port = m->process.port;
}

void
test_provider_stop(struct test_provider *m)
{
    ck_assert_int_eq(mock_process_stop(&m->process), 0);
}

int
test_provider_fault(const struct test_provider *m, const char *spec)
{
    int id = mock_process_fault(&m->process, spec);

    ck_assert_msg(id >= 0, "the mock refuses \"%s\"", spec);
    return id;
}

void
test_provider_heal(const struct test_provider *m)
{
    ck_assert_int_eq(mock_process_heal(&m->process), 0);
}

json_t *
test_provider_stats(const struct test_provider *m)
{
    json_t *stats = mock_process_stats(&m->process);

    ck_assert_ptr_nonnull(stats);
    return stats;
}

int64_t
test_provider_bill(const struct test_provider *m, const char *prompt)
{
    json_t *stats = mock_process_stats_of(&m->process, prompt);
    int64_t bill;

    ck_assert_ptr_nonnull(stats);
    bill = value_int(stats, "bill_nanousd");
    json_decref(stats);
    return bill;
}

int64_t
test_provider_count(const struct test_provider *m, const char *path)
{
    json_t *stats = test_provider_stats(m);
    int64_t n = value_int(stats, path);

    json_decref(stats);
    return n;
}
