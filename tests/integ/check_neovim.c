/*
 * check_neovim.c - a client that nobody here wrote: Neovim, by neovim.lua.
 */
#include "base/mem.h"
#include "mock/mock_answer.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const PLACES[] = {"/usr/bin/nvim", "/usr/local/bin/nvim",
                                     "/opt/nvim/bin/nvim"};

static struct gateway g;
static json_t *seen; /* NULL: there is no Neovim. */

static const char *
find_program(void)
{
    for (size_t i = 0; i < array_count(PLACES); i++)
        if (access(PLACES[i], X_OK) == 0)
            return PLACES[i];
    return NULL;
}

static void
run(const char *program)
{
    static const char SCRIPT[] =
        "luafile " AIGW_SOURCE_DIR "/tests/integ/neovim.lua";

    const char *argv[] = {program, "--headless", "-u", "NONE", "-i",
                          "NONE",  "-n",         "-c", SCRIPT, NULL};
    char path[128];
    json_error_t error;
    struct process p;

    (void)snprintf(path, sizeof(path), "%s/seen.json", g.daemon.folder);
    (void)setenv("AIGW_SOCKET", g.daemon.socket, 1);
    (void)setenv("AIGW_RESULT", path, 1);
    process_start(&p, &(struct process_options){.argv = argv});
    ck_assert_int_eq(process_wait(&p, PATIENCE_MS), 0);
    seen = json_load_file(path, 0, &error);
    ck_assert_msg(seen, "%s", error.text);
    ck_assert_str_eq(value_str(seen, "error"), "");
}

static void
setup(void)
{
    const char *program = find_program();

    seen = NULL;
    if (!program) {
        printf("skipped: Neovim is not installed\n");
        return;
    }
    g = (struct gateway){.more_of_a = " timeouts = { answer_ms = 20000; };"};
    gateway_start(&g);
    test_provider_fault(&g.mocks[0], "kind=latency,ms=400,match=slow");
    test_provider_fault(&g.mocks[0], "kind=status,status=400,match=refuse");
    run(program);
}

static void
teardown(void)
{
    if (!seen)
        return;
    json_decref(seen);
    gateway_stop(&g);
}

static void
expect_content(const char *path, const char *prompt)
{
    char *want = mock_answer_text(prompt, GATEWAY_TOKENS);

    ck_assert_str_eq(value_str(seen, path), want);
    free(want);
}

static void
expect_text(const char *path, const char *text)
{
    ck_assert_msg(strstr(value_str(seen, path), text), "no \"%s\" in %s", text,
                  value_str(seen, path));
}

static void
expect_deltas(const char *prompt)
{
    char *want = mock_answer_text(prompt, GATEWAY_TOKENS);
    const json_t *deltas = value_at(seen, "deltas");
    const char *rest = want;

    ck_assert_uint_gt(json_array_size(deltas), 1);
    for (size_t i = 0; i < json_array_size(deltas); i++) {
        const char *piece = json_string_value(json_array_get(deltas, i));

        ck_assert_ptr_nonnull(piece);
        ck_assert_int_eq(strncmp(rest, piece, strlen(piece)), 0);
        rest += strlen(piece);
    }
    ck_assert_str_eq(rest, "");
    free(want);
}

START_TEST(neovim_is_a_client)
{
    if (!seen)
        return;
    ck_assert_str_eq(value_str(seen, "server"), "aigwd");
    expect_content("plain", "hello");

    /* Errors are shown as the daemon's text. */
    ck_assert(!value_bool(seen, "coded.ok"));
    ck_assert(!value_bool(seen, "refused.ok"));
    expect_text("refused.message", "Did you mean \"generate\"?");
    expect_text("unanswered", "a/m: client (HTTP 400");
    expect_text("errors.0", "Did you mean \"generate\"?");

    /* A channel does not know our notifications and says so; it lives on. */
    expect_content("streamed", "hello");
    expect_content("after", "hello");

    /* Pipelined: 1 was asked first, and is answered last. */
    ck_assert_uint_eq(value_count(seen, "order"), 4);
    ck_assert_int_eq(value_int(seen, "order.3"), 1);
    expect_deltas("hello");
}

END_TEST

static Suite *
neovim_suite(void)
{
    Suite *suite = suite_create("neovim");
    TCase *tc = tcase_create("client");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, neovim_is_a_client);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(neovim_suite());
}
