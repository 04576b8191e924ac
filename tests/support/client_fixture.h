/*
 * client_fixture.h - a client and a scripted daemon, for the tests that go
 * through the public header alone.
 */
#ifndef AIGW_TESTS_CLIENT_FIXTURE_H
#define AIGW_TESTS_CLIENT_FIXTURE_H

#include "support/scripted_server.h"

#include <aigw/aigw.h>
#include <check.h>
#include <stdio.h>
#include <unistd.h>

static char path[100];
static struct scripted_server *server;
static struct aigw *client;

static inline void
name_socket(void)
{
    snprintf(path, sizeof(path), "/tmp/aigw-check-client-%ld.sock",
             (long)getpid());
    (void)unlink(path);
}

static inline struct aigw *
make_client(unsigned flags, int timeout_ms)
{
    struct aigw_options options;
    struct aigw *made;

    aigw_options_init(&options);
    options.socket_path = path;
    options.client_name = "check_client";
    options.flags = flags;
    options.connect_timeout_ms = timeout_ms;
    made = aigw_new(&options);
    ck_assert_ptr_nonnull(made);
    return made;
}

static inline void
setup(void)
{
    name_socket();
    server = scripted_server_start(path, false);
    client = make_client(0, 5000);
}

static inline void
teardown(void)
{
    aigw_free(client);
    scripted_server_stop(server);
}

static inline void
assert_contains(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" lacks \"%s\"", text,
                  part);
}

static inline struct aigw_value *
call(const char *method, const char *params)
{
    struct aigw_value *result = NULL;
    int code = aigw_call_json(client, method, params, &result);

    ck_assert_msg(code == 0, "%s: %s", method, aigw_error_text(client));
    ck_assert_int_eq(aigw_error(client), 0);
    ck_assert_str_eq(aigw_error_text(client), "");
    return result;
}

static inline void
expect_failure(const char *method, const char *params, int code,
               const char *text)
{
    struct aigw_value *result = (struct aigw_value *)path;

    ck_assert_int_eq(aigw_call_json(client, method, params, &result), code);
    ck_assert_ptr_null(result);
    ck_assert_int_eq(aigw_error(client), code);
    assert_contains(aigw_error_text(client), text);
}

static inline int
generate(const char *prompt, const struct aigw_handlers *handlers,
         struct aigw_value **ret_result)
{
    struct aigw_generate_params params;

    aigw_generate_params_init(&params);
    params.prompt = prompt;
    return aigw_generate(client, &params, handlers, ret_result);
}

/* What the callbacks of a call have seen. */
struct story {
    char text[256];
    uint64_t seq;
    int n_done;
    int code;
};

static inline void
on_delta(void *ctx, const struct aigw_delta *delta)
{
    struct story *story = ctx;

    ck_assert_uint_eq(delta->seq, story->seq + 1);
    ck_assert_uint_eq(delta->size, strlen(delta->text));
    story->seq = delta->seq;
    strncat(story->text, delta->text,
            sizeof(story->text) - strlen(story->text) - 1);
}

static inline void
on_done(void *ctx, int code, const struct aigw_value *result, const char *text)
{
    struct story *story = ctx;

    ck_assert_int_eq(code == 0, result != NULL);
    ck_assert_int_eq(code == 0, text[0] == '\0');
    story->n_done++;
    story->code = code;
}

static inline struct aigw_handlers
handlers_for(struct story *story)
{
    struct aigw_handlers h;

    aigw_handlers_init(&h);
    h.ctx = story;
    h.delta = on_delta;
    h.done = on_done;
    return h;
}

#endif
