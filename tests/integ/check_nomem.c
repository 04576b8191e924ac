/*
 * check_nomem.c - every allocation that a peer can make large fails in turn:
 * that request may fail, as our own failure; the daemon does not, and nothing
 * leaks (F61).
 */
#include "base/mem.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"

#include <aigw/aigw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROMPT_BYTES = 300000,
    MAX_FAILURES = 200, /* A request has fewer large allocations. */
};

static struct gateway g = {.n_mocks = 1, .keeps_state = true};

/* What stands before and after the prompt. */
static const struct request {
    const char *name, *method, *before, *after;
} REQUESTS[] = {
    {"generate", "generate", "[{\"prompt\": \"", " #tokens=9000\"}]"},
    {"streamed", "generate", "[{\"stream\": true, \"prompt\": \"",
     " #tokens=9000\"}]"},
    {"chat", "chat",
     "[{\"model\": \"default\", \"messages\": [{\"role\": \"user\", "
     "\"content\": \"",
     " #tokens=9000\"}]}]"},
    {"kept", "generate",
     "[{\"stream\": true, \"session_id\": \"one\", \"prompt\": \"",
     " #tokens=9000\"}]"},
    {"embed", "embed", "[{\"model\": \"a/m\", \"input\": \"", "\"}]"},
};

static size_t
count_in_log(const char *text)
{
    FILE *log = fopen(g.daemon.log, "re");
    char line[4096];
    size_t n = 0;

    ck_assert_ptr_nonnull(log);
    while (fgets(line, sizeof(line), log))
        n += strstr(line, text) != NULL;
    (void)fclose(log);
    return n;
}

static void
start(void)
{
    const char *argv[] = {AIGWD_NOMEM_PATH, "-c", g.daemon.config, "--socket",
                          g.daemon.socket,  NULL};

    gateway_prepare(&g);
    process_start(
        &g.daemon.process,
        &(struct process_options){.argv = argv, .stderr_path = g.daemon.log});
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
}

static void
arm(void)
{
    size_t armed = count_in_log("nomem: armed");

    process_signal(&g.daemon.process, SIGUSR2);
    eventually(count_in_log("nomem: armed") == armed + 1);
}

/* The answer, an error, or the end of the connection; never nothing. */
static void
ask(const struct request *r, const char *prompt, int number)
{
    char *params = mem_printf("%s%s %d%s", r->before, prompt, number, r->after);
    struct aigw_options options;
    struct aigw_value *result;
    struct aigw *client;

    aigw_options_init(&options);
    options.socket_path = g.daemon.socket;
    options.flags = AIGW_FLAG_NO_RESEND;
    options.call_timeout_ms = PATIENCE_MS;
    client = aigw_new(&options);
    (void)aigw_call_json(client, r->method, params, &result);
    ck_assert_int_ne(aigw_error(client), AIGW_ERR_TIMEDOUT);
    aigw_value_free(result);
    aigw_free(client);
    free(params);
}

START_TEST(f61_no_failed_allocation_is_more_than_a_failed_request)
{
    const struct request *r = &REQUESTS[_i];
    char *prompt = malloc(PROMPT_BYTES + 1);
    size_t failed = 0;
    int k;

    ck_assert_ptr_nonnull(prompt);
    memset(prompt, 'x', PROMPT_BYTES);
    prompt[PROMPT_BYTES] = '\0';
    start();
    for (k = 1; k < MAX_FAILURES; k++) {
        arm();
        ask(r, prompt, k);
        if (count_in_log("nomem: failed") == failed)
            break;
        failed++;
        ck_assert(value_bool(
            peer_result(g.peer, "generate", "[{'prompt': 'and now?'}]"),
            "success"));
    }
    printf("%s: %zu large allocations failed in turn\n", r->name, failed);
    ck_assert_uint_gt(failed, 0);
    ck_assert_int_lt(k, MAX_FAILURES);
    gateway_stop(&g);
    free(prompt);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("nomem");
    TCase *tc = tcase_create("nomem");

    tcase_set_timeout(tc, 200);
    tcase_add_loop_test(tc,
                        f61_no_failed_allocation_is_more_than_a_failed_request,
                        0, array_count(REQUESTS));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
