/*
 * check_owners.c - what users see of each other: nothing.
 */
#include "support/gateway.h"
#include "support/mocked_gateway.h"
#include "support/suite.h"
#include "tale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct test_gateway g;
static struct gateway kept; /* Keeps what is said. */

enum {
    NOBODY = 65534
};

/* A connection under another, powerless user. */
static struct peer *
connect_as_nobody(const char *socket)
{
    struct peer *p;

    ck_assert_int_eq(setegid(NOBODY), 0);
    ck_assert_int_eq(seteuid(NOBODY), 0);
    p = peer_connect(socket);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(setegid(0), 0);
    return p;
}

static size_t
count_request_events(struct peer *p)
{
    const json_t *r = peer_result(p, "events", "[]");
    const json_t *event;
    size_t n = 0, i;

    json_array_foreach (value_at(r, "events"), i, event)
        n += strcmp(value_str(event, "kind"), "request") == 0;
    return n;
}

/* Root fails, then `nobody` does, who is told of that alone. */
static void
check_events_of_requests(struct peer *nobody)
{
    const json_t *ev;

    (void)test_provider_fault(&g.one, "kind=status,status=400");
    (void)peer_result(nobody, "events", "[{'follow': true}]");
    (void)peer_result(g.peer, "generate",
                      "[{'prompt': 'a', 'request_id': 'fails-root'}]");
    (void)peer_result(nobody, "generate",
                      "[{'prompt': 'a', 'request_id': 'fails-nobody'}]");
    ev = peer_notification(nobody, "event", PATIENCE_MS);
    ck_assert_ptr_nonnull(ev);
    ck_assert_str_eq(value_str(ev, "0.kind"), "request");
    ck_assert_str_eq(value_str(ev, "0.request_id"), "fails-nobody");
    ck_assert_uint_eq(count_request_events(nobody), 1);
    ck_assert_uint_eq(count_request_events(g.peer), 2);
    test_provider_heal(&g.one);
}

/* Root's call is not there for `nobody`, whose call is for root. */
static void
check_cancelling(struct peer *nobody)
{
    uint32_t of_root, of_nobody;

    (void)test_provider_fault(&g.one, "kind=hang");
    of_root = peer_send(g.peer, "generate",
                        "[{'prompt': 'a', 'request_id': 'hangs-root'}]");
    of_nobody = peer_send(nobody, "generate",
                          "[{'prompt': 'a', 'request_id': 'hangs-nobody'}]");
    eventually(
        value_int(peer_result(nobody, "status", "[]"), "totals.in_flight")
        == 2);
    (void)peer_error(nobody, -32004, "cancel",
                     "[{'request_id': 'hangs-root'}]");
    ck_assert(!value_bool(
        peer_result(nobody, "cancel", "[{'request_id': 'nowhere'}]"),
        "cancelled"));
    ck_assert(value_bool(
        peer_result(g.peer, "cancel", "[{'request_id': 'hangs-nobody'}]"),
        "cancelled"));
    ck_assert(value_bool(
        peer_result(g.peer, "cancel", "[{'request_id': 'hangs-root'}]"),
        "cancelled"));
    (void)peer_wait(nobody, of_nobody);
    (void)peer_wait(g.peer, of_root);
}

START_TEST(others_see_their_own_requests_alone)
{
    struct peer *nobody;
    const json_t *r;

    if (geteuid() != 0) {
        (void)puts("skipped: only root can be somebody else");
        return;
    }
    test_gateway_start(&g, "listen = { group = \"nogroup\"; };");
    ck_assert_int_eq(chmod(g.daemon.folder, 0711), 0);
    (void)peer_result(g.peer, "generate",
                      "[{'prompt': 'a', 'request_id': 'of-root'}]");
    nobody = connect_as_nobody(g.daemon.socket);
    (void)peer_result(nobody, "generate",
                      "[{'prompt': 'a', 'request_id': 'of-nobody'}]");
    r = peer_result(nobody, "requests", "[{}]");
    ck_assert_uint_eq(value_count(r, "requests"), 1);
    ck_assert_str_eq(value_str(r, "requests.0.request_id"), "of-nobody");
    ck_assert_int_eq(value_int(r, "requests.0.uid"), NOBODY);
    ck_assert_uint_eq(
        value_count(peer_result(g.peer, "requests", "[{}]"), "requests"), 2);
    check_events_of_requests(nobody);
    check_cancelling(nobody);
    (void)peer_result(nobody, "status", "[]");
    (void)peer_error(nobody, -32003, "target.set",
                     "[{'target': 'one/m', 'admin': 'disabled'}]");
    (void)peer_error(nobody, -32003, "config.check", "[]");
    (void)peer_error(nobody, -32003, "drill.start",
                     "[{'target': 'one/m', 'fault': {'kind': 'connect'}}]");
    (void)peer_error(nobody, -32003, "drill.stop", "[]");
    (void)peer_error(nobody, -32003, "drill.list", "[]");
    peer_close(nobody);
    test_gateway_stop(&g);
}

END_TEST

static void
start_keeping(void)
{
    kept = (struct gateway){
        .n_mocks = 1,
        .keeps_state = true,
        .more = "listen = { group = \"nogroup\"; };",
    };
    test_provider_start(&kept.mocks[0], "--token-interval-ms", "5", NULL);
    gateway_start(&kept);
    ck_assert_int_eq(chmod(kept.daemon.folder, 0711), 0);
}

/* Says something in conversation "s" under this name, streamed. */
static uint32_t
ask_in_s(struct peer *p, const char *id, const char *prompt)
{
    return peer_send(p, "generate",
                     "[{'prompt': '%s', 'stream': true, 'session_id': 's',"
                     " 'request_id': '%s'}]",
                     prompt, id);
}

START_TEST(users_have_their_own_conversations_and_requests)
{
    struct peer *nobody;
    const json_t *got;

    if (geteuid() != 0) {
        (void)puts("skipped: only root can be somebody else");
        return;
    }
    start_keeping();
    nobody = connect_as_nobody(kept.daemon.socket);
    (void)peer_result(kept.peer, "generate",
                      "[{'prompt': 'x', 'session_id': 's',"
                      " 'request_id': 'of-root'}]");
    got = peer_result(nobody, "session.list", "[]");
    ck_assert_uint_eq(value_count(got, "sessions"), 0);
    (void)peer_error(nobody, -32004, "session.get", "[{'session_id': 's'}]");
    (void)peer_error(nobody, -32004, "session.get",
                     "[{'request_id': 'of-root'}]");
    (void)peer_error(nobody, -32004, "session.resume",
                     "[{'request_id': 'of-root'}]");
    (void)peer_error(nobody, -32004, "session.delete", "[{'session_id': 's'}]");
    (void)peer_result(nobody, "generate",
                      "[{'prompt': 'y', 'session_id': 't',"
                      " 'request_id': 'of-root'}]");
    ck_assert_int_eq(gateway_sends(&kept, 0), 2);
    got = peer_result(kept.peer, "session.get", "[{'session_id': 't'}]");
    ck_assert_str_eq(value_str(got, "messages.0.content"), "y");
    got = peer_result(kept.peer, "session.list", "[]");
    ck_assert_uint_eq(value_count(got, "sessions"), 2);
    peer_close(nobody);
    gateway_stop(&kept);
}

END_TEST

START_TEST(ones_own_request_comes_before_those_of_others)
{
    struct peer *nobody, *program;
    struct tale mine, t;

    if (geteuid() != 0) {
        (void)puts("skipped: only root can be somebody else");
        return;
    }
    start_keeping();
    tale_hear(&mine, kept.peer, ask_in_s(kept.peer, "same", "hello"));
    nobody = connect_as_nobody(kept.daemon.socket);
    (void)ask_in_s(nobody, "same", "of nobody #tokens=1000");
    free(tale_begin(nobody, 2));
    program = peer_connect(kept.daemon.socket);
    (void)peer_result(program, "hello", "[{'client': 'another program'}]");
    for (int i = 0; i < 2; i++) {
        struct peer *p = i == 0 ? kept.peer : program;

        tale_hear(&t, p, tale_resume(p, "same", 1));
        tale_expect_same(&t, &mine);
        tale_end(&t);
    }

    /* Where there is none, an administrator finds what runs of others. */
    (void)peer_result(kept.peer, "session.delete", "[{'session_id': 's'}]");
    (void)tale_resume(kept.peer, "same", 1);
    free(tale_begin(kept.peer, 2));
    ck_assert(
        value_bool(peer_result(program, "cancel", "[{'request_id': 'same'}]"),
                   "cancelled"));
    peer_close(program);
    peer_close(nobody);
    tale_end(&mine);
    gateway_stop(&kept);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("owners");
    TCase *tc = tcase_create("users");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, others_see_their_own_requests_alone);
    tcase_add_test(tc, users_have_their_own_conversations_and_requests);
    tcase_add_test(tc, ones_own_request_comes_before_those_of_others);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
