/*
 * check_top_feed.c - the dashboard's feed from a real daemon: its figures, its
 * absence, its silence, its return.
 */
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "support/mocked_gateway.h"
#include "support/procfs.h"
#include "support/suite.h"
#include "text/clock.h"
#include "text/mem.h"
#include "tui/feed.h"

enum {
    RESTARTS = 20
};

static struct gateway g;
static struct model m;
static struct feed *f;
static struct feed_wants wants;

static struct {
    int n;
    int code;
    char text[160];
} answer;

static void
on_answered(void *ctx, int code, const struct aigw_value *result,
            const char *text)
{
    (void)ctx;
    (void)result;
    answer.n++;
    answer.code = code;
    (void)snprintf(answer.text, sizeof(answer.text), "%s", text);
}

static double
now(void)
{
    return (double)process_now_ms();
}

static void
want(void)
{
    feed_want(f, &wants, now());
}

static void
begin(void)
{
    wants.interval_ms = 100;
    wants.window_s = 60;
    model_init(&m, g.daemon.socket, wants.interval_ms, now());
    f = feed_live_new(g.daemon.socket, &m);
    f->answered = on_answered;
    want();
}

static void
end(void)
{
    feed_free(f);
    model_deinit(&m);
}

/* One turn of a loop; always true. */
static bool
turn(void)
{
    struct pollfd fd = {.fd = feed_fd(f), .events = feed_events(f)};
    double left_ms = fmin(feed_due_ms(f, now()) - now(), 20);

    (void)poll(&fd, 1, left_ms > 0 ? (int)ceil(left_ms) : 0);
    feed_dispatch(f, now());
    return true;
}

#define until(condition) eventually(turn() && (condition))

/* The status, by another connection, of when nothing happens any more. */
START_TEST(figures_are_those_of_status)
{
    static const char *const PATHS[] = {
        "targets.0.requests",      "targets.0.in_flight",
        "targets.0.prompt_tokens", "targets.0.cost_nanousd",
        "targets.1.requests",      "targets.1.cost_nanousd",
        "totals.cost_nanousd",     "totals.total_requests",
    };
    struct peer_reply reply;
    const json_t *their;

    g = (struct gateway){0};
    gateway_start(&g);
    for (int i = 0; i < 10; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "count", ""), "count");
    begin();
    until(link_is_fresh(&m.link));
    reply = peer_call(g.peer, "status", "[{}]");
    their = reply.result;
    ck_assert_int_eq(aigw_get_int(m.snapshot, "totals.total_requests", -1), 10);
    ck_assert_str_eq(m.instance_id, value_str(their, "server.instance_id"));
    for (size_t i = 0; i < sizeof(PATHS) / sizeof(*PATHS); i++)
        ck_assert_int_eq(aigw_get_int(m.snapshot, PATHS[i], -1),
                         value_int(their, PATHS[i]));
    end();
    gateway_stop(&g);
}

END_TEST

START_TEST(what_is_wanted_comes_and_no_more)
{
    g = (struct gateway){.more = "budgets = ({ name = \"all\";"
                                 " limit_usd = 10.0; });"};
    gateway_start(&g);
    gateway_expect_answer(&g, gateway_ask(&g, "one", ""), "one");
    begin();
    until(link_is_fresh(&m.link) && m.n_events > 0);
    ck_assert_ptr_null(m.requests);
    ck_assert_ptr_null(m.costs[COST_BY_TARGET]);
    ck_assert_ptr_null(
        aigw_value_get(model_find(&m, "targets", "b/m"), "endpoint"));
    wants.requests = wants.costs = true;
    wants.detail = "b/m";
    wants.window_s = 300;
    want();
    until(m.requests && m.costs[COST_BY_TARGET] && m.costs[COST_BY_ROUTE]
          && m.costs[COST_BY_CLIENT]);
    until(aigw_get_int(m.snapshot, "window.seconds", 0) == 300);
    ck_assert_ptr_nonnull(
        aigw_value_get(model_find(&m, "targets", "b/m"), "endpoint"));
    ck_assert_uint_eq(aigw_value_size(model_list(&m, "targets")), 2);
    end();
    gateway_stop(&g);
}

END_TEST

/* As one that a reload has taken away while its details were shown. */
START_TEST(the_clock_of_the_daemon_stands_while_nothing_is_to_move)
{
    g = (struct gateway){0};
    gateway_start(&g);
    begin();
    until(link_is_fresh(&m.link));
    wants.still = true;
    wants.interval_ms = 3600e3;
    want();
    until(turn() && link_is_fresh(&m.link));
    ck_assert_double_eq(model_daemon_ms(&m, now() + 60e3),
                        model_daemon_ms(&m, now()));
    wants.still = false;
    want();
    ck_assert_double_gt(model_daemon_ms(&m, now() + 60e3),
                        model_daemon_ms(&m, now()));
    end();
    gateway_stop(&g);
}

END_TEST

START_TEST(a_target_that_is_not_there_keeps_nothing_else_back)
{
    g = (struct gateway){0};
    gateway_start(&g);
    wants.detail = "nosuch/m";
    begin();
    until(link_is_fresh(&m.link));
    ck_assert_uint_eq(aigw_value_size(model_list(&m, "targets")), 2);
    wants.detail = "b/m";
    want();
    until(aigw_value_get(model_find(&m, "targets", "b/m"), "endpoint"));
    wants.detail = "nosuch/m";
    want();
    wants.detail = "a/m";
    want();
    until(aigw_value_get(model_find(&m, "targets", "a/m"), "endpoint"));
    ck_assert(link_is_fresh(&m.link));
    ck_assert_str_eq(m.link.reason, "");
    end();
    gateway_stop(&g);
}

END_TEST

START_TEST(a_socket_that_nobody_named_is_named_on_the_screen)
{
    ck_assert_int_eq(setenv("AIGW_SOCKET", "/tmp/named.sock", 1), 0);
    model_init(&m, "", 1000, now());
    f = feed_live_new(NULL, &m);
    ck_assert_str_eq(m.socket_path, "/tmp/named.sock");
    end();
}

END_TEST

START_TEST(a_trip_is_seen_as_event_and_as_state)
{
    g = (struct gateway){0};
    gateway_start(&g);
    begin();
    until(link_is_fresh(&m.link));
    test_provider_fault(&g.mocks[0], "kind=status,status=503");
    for (int i = 0; i < 5; i++)
        gateway_expect_answer(&g, gateway_ask(&g, "trip", ""), "trip");
    until(strcmp(aigw_get_str(model_find(&m, "targets", "a/m"), "state", ""),
                 "open")
          == 0);
    until(strcmp(aigw_get_str(m.events[m.n_events - 1], "to", ""), "open")
          == 0);
    ck_assert_str_eq(aigw_get_str(m.events[m.n_events - 1], "target", ""),
                     "a/m");
    end();
    gateway_stop(&g);
}

END_TEST

START_TEST(an_action_is_carried_out_and_answered)
{
    struct aigw_value *params = aigw_value_map();

    g = (struct gateway){0};
    gateway_start(&g);
    begin();
    wants.interval_ms = 3600e3;
    want();
    aigw_value_set_str(params, "target", "a/m");
    aigw_value_set_str(params, "admin", "draining");
    ck_assert(!feed_act(f, "target.set", params)); /* Not connected yet. */
    until(link_is_fresh(&m.link));
    ck_assert(feed_act(f, "target.set", params));
    until(answer.n == 1);
    ck_assert_int_eq(answer.code, 0);
    /* Which is seen without waiting for the next look. */
    until(strcmp(aigw_get_str(model_find(&m, "targets", "a/m"), "state", ""),
                 "draining")
          == 0);
    aigw_value_set_str(params, "target", "nosuch/m");
    ck_assert(feed_act(f, "target.set", params));
    until(answer.n == 2);
    ck_assert_int_eq(answer.code, AIGW_ERR_NOT_FOUND);
    ck_assert_uint_gt(strlen(answer.text), 0);
    aigw_value_free(params);
    end();
    gateway_stop(&g);
}

END_TEST

START_TEST(it_begins_before_the_daemon_does)
{
    g = (struct gateway){0};
    gateway_prepare(&g);
    begin();
    until(m.link.state == LINK_WAITING);
    ck_assert_ptr_nonnull(strstr(link_word(&m.link, now()).s, "DOWN"));
    ck_assert_ptr_nonnull(strstr(m.link.reason, "No such file"));
    test_daemon_spawn(&g.daemon, NULL);
    until(link_is_fresh(&m.link));
    ck_assert(isnan(m.restarted_ms));
    end();
    test_daemon_await(&g.daemon);
    g.peer = peer_connect(g.daemon.socket);
    gateway_stop(&g);
}

END_TEST

/* Nothing that an earlier daemon said is ever live once it is gone. */
START_TEST(twenty_deaths_of_the_daemon_are_survived)
{
    g = (struct gateway){.keeps_state = true};
    gateway_start(&g);
    begin();
    until(link_is_fresh(&m.link));
    for (int i = 0; i < RESTARTS; i++) {
        char before[64];
        double killed_ms;

        (void)snprintf(before, sizeof(before), "%s", m.instance_id);
        killed_ms = now();
        peer_close(g.peer);
        process_kill(&g.daemon.process);
        (void)test_daemon_wait(&g.daemon);
        until(!link_is_fresh(&m.link));
        ck_assert_int_eq(m.link.has_data, true);
        if (i % 2 == 0)
            until(m.link.state == LINK_WAITING);
        test_daemon_spawn(&g.daemon, NULL);
        test_daemon_await(&g.daemon);
        g.peer = peer_connect(g.daemon.socket);
        feed_poll_now(f, now());
        until(link_is_fresh(&m.link));
        ck_assert_str_ne(m.instance_id, before);
        ck_assert_double_ge(m.restarted_ms, killed_ms);
    }
    end();
    gateway_stop(&g);
}

END_TEST

START_TEST(costs_are_those_of_the_daemon_that_is_there)
{
    g = (struct gateway){0};
    gateway_start(&g);
    wants.costs = wants.requests = true;
    begin();
    until(m.costs[COST_BY_CLIENT] && m.requests);
    gateway_start_again(&g);
    until(!isnan(m.restarted_ms));
    ck_assert_ptr_null(m.costs[COST_BY_CLIENT]);
    ck_assert_ptr_null(m.requests);
    /* Long before they would be asked for again. */
    eventually_within(turn() && m.costs[COST_BY_CLIENT] && m.requests, 5000);
    end();
    gateway_stop(&g);
}

END_TEST

/* As one that was stopped at its terminal: the snapshots that wait for it are
 * as old as its rest was long. */
START_TEST(a_reader_that_was_stopped_shows_nothing_old)
{
    double waked_ms;

    g = (struct gateway){0};
    gateway_start(&g);
    begin();
    until(link_is_fresh(&m.link));
    (void)poll(NULL, 0, 3500);
    waked_ms = clock_epoch_ms();
    do {
        (void)turn();
        if (link_is_fresh(&m.link))
            ck_assert_double_ge(aigw_get_double(m.snapshot, "time_ms", 0),
                                waked_ms - 1);
    } while (clock_epoch_ms() < waked_ms + 500 || !link_is_fresh(&m.link));
    end();
    gateway_stop(&g);
}

END_TEST

START_TEST(a_daemon_that_hangs_makes_the_numbers_stale)
{
    double stopped_ms;

    g = (struct gateway){0};
    gateway_start(&g);
    begin();
    until(link_is_fresh(&m.link));
    process_signal(&g.daemon.process, SIGSTOP);
    stopped_ms = now();
    until(!link_is_fresh(&m.link));
    ck_assert_double_ge(now() - stopped_ms, 2800);
    ck_assert_double_le(now() - stopped_ms, 3500);
    ck_assert_int_eq(m.link.state, LINK_STALE);
    process_signal(&g.daemon.process, SIGCONT);
    until(link_is_fresh(&m.link));
    ck_assert(isnan(m.restarted_ms));
    end();
    gateway_stop(&g);
}

END_TEST

START_TEST(a_daemon_that_does_not_greet_is_down)
{
    g = (struct gateway){0};
    gateway_start(&g);
    process_signal(&g.daemon.process, SIGSTOP);
    begin();
    until(m.link.state == LINK_WAITING);
    ck_assert(!m.link.has_data);
    process_signal(&g.daemon.process, SIGCONT);
    until(link_is_fresh(&m.link));
    end();
    gateway_stop(&g);
}

END_TEST

/* A configuration with so many targets, to be freed. */
static char *
configure_targets(int n)
{
    struct mem_text text;

    mem_text_begin(&text);
    (void)fputs("state_dir = \"\";\nhealth = { kind = \"off\"; };\n"
                "providers = ({ name = \"many\";\n"
                "  base_url = \"http://127.0.0.1:9/v1\"; models = (",
                text.stream);
    for (int i = 0; i < n; i++)
        (void)fprintf(text.stream, "%s\n    { name = \"model-%d\"; }",
                      i > 0 ? "," : "", i);
    (void)fputs("); });\n", text.stream);
    return mem_text_end(&text);
}

static double
own_cpu_ms(void)
{
    struct rusage used;

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &used), 0);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3
           + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

/* Ten times as often as people look, so that little is seen in little time. */
START_TEST(a_hundred_targets_take_little_time)
{
    enum {
        TARGETS = 100,
        SNAPSHOTS = 20
    };

    char *config = configure_targets(TARGETS);
    struct test_daemon d = {0};
    int64_t their_ms;
    double our_ms, begun_ms;

    test_daemon_start(&d, "%s", config);
    free(config);
    g = (struct gateway){.daemon = d};
    begin();
    until(link_is_fresh(&m.link));
    ck_assert_uint_eq(aigw_value_size(model_list(&m, "targets")), TARGETS);
    their_ms = procfs_cpu_ms(d.process.pid);
    our_ms = own_cpu_ms();
    begun_ms = now();
    for (size_t end = m.lag.n_values + SNAPSHOTS; m.lag.n_values < end;)
        (void)turn();
    our_ms = (own_cpu_ms() - our_ms) / SNAPSHOTS;
    their_ms = procfs_cpu_ms(d.process.pid) - their_ms;
    (void)printf("a snapshot of %d targets every %.0f ms takes the feed %.2f ms"
                 " and aigwd %.2f ms of CPU\n",
                 TARGETS, (now() - begun_ms) / SNAPSHOTS, our_ms,
                 (double)their_ms / SNAPSHOTS);
    if (!SANITIZED) {
        ck_assert_double_lt(our_ms, 5);
        ck_assert_double_lt((double)their_ms / SNAPSHOTS, 5);
    }
    end();
    test_daemon_stop(&d);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("top_feed");
    TCase *tc = tcase_create("feed");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, figures_are_those_of_status);
    tcase_add_test(tc, what_is_wanted_comes_and_no_more);
    tcase_add_test(tc, the_clock_of_the_daemon_stands_while_nothing_is_to_move);
    tcase_add_test(tc, a_target_that_is_not_there_keeps_nothing_else_back);
    tcase_add_test(tc, a_socket_that_nobody_named_is_named_on_the_screen);
    tcase_add_test(tc, a_trip_is_seen_as_event_and_as_state);
    tcase_add_test(tc, an_action_is_carried_out_and_answered);
    tcase_add_test(tc, it_begins_before_the_daemon_does);
    tcase_add_test(tc, twenty_deaths_of_the_daemon_are_survived);
    tcase_add_test(tc, costs_are_those_of_the_daemon_that_is_there);
    tcase_add_test(tc, a_reader_that_was_stopped_shows_nothing_old);
    tcase_add_test(tc, a_daemon_that_hangs_makes_the_numbers_stale);
    tcase_add_test(tc, a_daemon_that_does_not_greet_is_down);
    tcase_add_test(tc, a_hundred_targets_take_little_time);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
