/*
 * check_client_nomem.c - libaigw when memory runs out.
 *
 * The linker puts the functions below in place of the allocator in libaigw,
 * msgpack-c and jansson, which are linked statically for this.  One scenario is
 * run again and again, with its first, second, third ... allocation failing:
 * each function must succeed or say AIGW_ERR_NOMEM, and nothing may leak, which
 * the sanitizer sees to.
 */
#include "support/scripted_server.h"
#include "support/suite.h"

#include <aigw/aigw.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_reallocarray(void *block, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t n, size_t size);
char *__wrap_strdup(const char *text);

/* Allocations left until one fails, in this thread; 0: none will. */
static _Thread_local long countdown;

static bool
fails(void)
{
    return countdown > 0 && --countdown == 0;
}

void *
__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

void *
__wrap_reallocarray(void *block, size_t n, size_t size)
{
    return fails() ? NULL : __real_reallocarray(block, n, size);
}

char *
__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

static char path[100];

/* Check allocates too, and is not what is tested. */
static void
assert_that(bool holds, long failing, const char *what, int code)
{
    long suspended = countdown;

    countdown = 0;
    ck_assert_msg(holds, "allocation %ld: %s: %d", failing, what, code);
    countdown = suspended;
}

static void
assert_code(long failing, const char *what, int code)
{
    assert_that(code == AIGW_ERR_NONE || code == AIGW_ERR_NOMEM, failing, what,
                code);
}

static void
on_delta(void *ctx, const struct aigw_delta *delta)
{
    size_t *size = ctx;

    *size += delta->size;
}

static void
on_done(void *ctx, int code, const struct aigw_value *result, const char *text)
{
    int *ret = ctx;

    (void)result;
    (void)text;
    *ret = code;
}

static void
ask(struct aigw *client, long failing)
{
    struct aigw_generate_params params;
    struct aigw_handlers handlers;
    struct aigw_value *result;
    size_t size = 0;
    int code;

    aigw_handlers_init(&handlers);
    handlers.ctx = &size;
    handlers.delta = on_delta;
    aigw_generate_params_init(&params);
    params.prompt = "why is the sky blue";
    params.tier = "premium";
    code = aigw_generate(client, &params, &handlers, &result);
    assert_code(failing, "generate", code);
    if (code == 0)
        assert_that(size == strlen(params.prompt), failing, "stream",
                    (int)size);
    aigw_value_free(result);
}

static void
echo_json(struct aigw *client, long failing)
{
    struct aigw_value *result;
    int code = aigw_call_json(
        client, "echo", "[{\"a\":[1,2.5,\"text\",{\"b\":null}]}]", &result);
    char *text;

    assert_code(failing, "call_json", code);
    text = aigw_value_to_json(result, AIGW_JSON_PRETTY);
    free(text);
    aigw_value_free(aigw_value_copy(result));
    aigw_value_free(result);
}

static void
submit_and_wait(struct aigw *client, long failing)
{
    struct aigw_handlers handlers;
    struct aigw_value *params = aigw_value_map();
    int outcome = 1;
    int code;

    (void)aigw_value_set_str(params, "key", "value");
    (void)aigw_value_set(params, "list", aigw_value_array());
    aigw_handlers_init(&handlers);
    handlers.ctx = &outcome;
    handlers.done = on_done;
    code = aigw_submit(client, "echo", params, &handlers, NULL);
    assert_code(failing, "submit", code);
    aigw_value_free(params);
    while (code == 0 && outcome == 1)
        assert_code(failing, "wait", aigw_wait(client, 5000));
    if (code == 0)
        assert_code(failing, "done", outcome);
}

/* False when it ended before the allocation that was to fail. */
static bool
run_scenario(long failing)
{
    struct aigw_options options;
    struct aigw *client;
    bool reached;

    aigw_options_init(&options);
    options.socket_path = path;
    options.client_name = "check";
    options.client_version = "1";
    countdown = failing;
    client = aigw_new(&options);
    assert_code(failing, "connect", aigw_connect(client));
    if (client) {
        ask(client, failing);
        echo_json(client, failing);
        submit_and_wait(client, failing);
    }
    aigw_free(client);
    reached = countdown == 0;
    countdown = 0;
    return reached;
}

START_TEST(every_allocation_may_fail)
{
    struct scripted_server *server;
    long failing = 1;

    snprintf(path, sizeof(path), "/tmp/aigw-check-nomem-%ld.sock",
             (long)getpid());
    (void)unlink(path);
    server = scripted_server_start(path, false);
    while (run_scenario(failing))
        failing++;
    scripted_server_stop(server);
    ck_assert_int_gt(failing, 100);
}

END_TEST

static Suite *
nomem_suite(void)
{
    Suite *suite = suite_create("client_nomem");
    TCase *tc = tcase_create("sweep");

    tcase_set_timeout(tc, 100);
    tcase_add_test(tc, every_allocation_may_fail);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(nomem_suite());
}
