/*
 * check_io_loop.c - the loop, its timers, and the messages to a service
 * manager, on real time.
 */
#include "base/clock.h"
#include "io/loop.h"
#include "io/notify.h"
#include "io/timer.h"
#include "support/suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    N_TIMERS = 1000
};

static struct loop *loop;

static void
setup(void)
{
    loop = loop_new();
    ck_assert_ptr_nonnull(loop);
}

static void
teardown(void)
{
    ck_assert_int_eq(loop_free(loop), 0);
}

struct counter {
    struct timer *timer;
    struct loop_task task;
    int64_t fired_ms;
    int n;
    int rearm; /* Times that the callback asks for another one. */
};

static void
on_timer(void *ctx)
{
    struct counter *c = ctx;

    c->n++;
    c->fired_ms = loop_now_ms(loop);
    if (c->rearm-- > 0)
        timer_arm_at(c->timer, 0);
}

START_TEST(timer_fires_once_at_or_after_its_deadline)
{
    struct counter c = {0};
    int64_t due = loop_now_ms(loop) + 20;

    c.timer = timer_new(loop, on_timer, &c);
    timer_arm_at(c.timer, due);
    loop_run(loop);
    ck_assert_int_eq(c.n, 1);
    ck_assert_int_ge(c.fired_ms, due);
    ck_assert_int_le(c.fired_ms, due + 50);
    timer_free(c.timer);
}

END_TEST

START_TEST(past_deadline_fires_on_the_next_turn_even_when_rearmed_for_ever)
{
    struct counter c = {.rearm = 100};

    c.timer = timer_new(loop, on_timer, &c);
    timer_arm_at(c.timer, loop_now_ms(loop) - 5);
    ck_assert_int_eq(c.n, 0);
    loop_run(loop);
    ck_assert_int_eq(c.n, 101);
    timer_free(c.timer);
}

END_TEST

START_TEST(later_deadline_replaces_an_earlier_one_and_the_reverse)
{
    struct counter later = {0}, sooner = {0};
    int64_t now = loop_now_ms(loop);

    later.timer = timer_new(loop, on_timer, &later);
    sooner.timer = timer_new(loop, on_timer, &sooner);
    timer_arm_at(later.timer, now + 5);
    timer_arm_at(later.timer, now + 40);
    timer_arm_at(sooner.timer, now + 5000);
    timer_arm_at(sooner.timer, now + 10);
    loop_run(loop);
    ck_assert_int_eq(later.n, 1);
    ck_assert_int_ge(later.fired_ms, now + 40);
    ck_assert_int_eq(sooner.n, 1);
    ck_assert_int_lt(sooner.fired_ms, now + 1000);
    timer_free(later.timer);
    timer_free(sooner.timer);
}

END_TEST

START_TEST(disarmed_and_freed_timers_stay_silent)
{
    struct counter disarmed = {0}, freed = {0}, never = {0};

    disarmed.timer = timer_new(loop, on_timer, &disarmed);
    freed.timer = timer_new(loop, on_timer, &freed);
    never.timer = timer_new(loop, on_timer, &never);
    timer_arm_at(disarmed.timer, 0);
    timer_disarm(disarmed.timer);
    timer_arm_at(freed.timer, 0);
    timer_free(freed.timer);
    timer_arm_at(never.timer, loop_now_ms(loop) + 5);
    timer_arm_at(never.timer, TIMER_NEVER);
    loop_run(loop);
    ck_assert_int_eq(disarmed.n + freed.n + never.n, 0);
    timer_free(disarmed.timer);
    timer_free(never.timer);
    timer_free(NULL);
}

END_TEST

/* F44 and semantics.md 1.8: [T, T + 50 ms] with 1,000 at once. */
START_TEST(thousand_timers_are_at_most_50_ms_late)
{
    static struct counter c[N_TIMERS];
    int64_t now = loop_now_ms(loop);
    int64_t worst = 0;

    for (int i = 0; i < N_TIMERS; i++) {
        c[i].timer = timer_new(loop, on_timer, &c[i]);
        timer_arm_at(c[i].timer, now + 20 + i % 7);
    }
    loop_run(loop);
    for (int i = 0; i < N_TIMERS; i++) {
        int64_t late = c[i].fired_ms - (now + 20 + i % 7);

        ck_assert_int_eq(c[i].n, 1);
        ck_assert_int_ge(late, 0);
        worst = late > worst ? late : worst;
        timer_free(c[i].timer);
    }
    ck_assert_int_le(worst, 50);
}

END_TEST

static void
on_task(void *ctx)
{
    struct counter *c = ctx;

    c->n++;
    if (c->rearm-- > 0)
        loop_defer(loop, &c->task);
}

START_TEST(deferred_task_runs_later_and_once_however_often_deferred)
{
    struct counter once = {0}, again = {.rearm = 9}, taken_back = {0};

    once.task = (struct loop_task){.fn = on_task, .ctx = &once};
    again.task = (struct loop_task){.fn = on_task, .ctx = &again};
    taken_back.task = (struct loop_task){.fn = on_task, .ctx = &taken_back};
    loop_defer(loop, &once.task);
    loop_defer(loop, &once.task);
    loop_defer(loop, &again.task);
    loop_defer(loop, &taken_back.task);
    loop_undefer(loop, &taken_back.task);
    loop_undefer(loop, &taken_back.task);
    ck_assert_int_eq(once.n, 0);
    loop_run(loop);
    ck_assert_int_eq(once.n, 1);
    ck_assert_int_eq(again.n, 10);
    ck_assert_int_eq(taken_back.n, 0);
}

END_TEST

START_TEST(self_deferring_task_does_not_starve_timers)
{
    struct counter busy = {.rearm = 1 << 30}, stop = {0};
    struct timer *end = timer_new(loop, (timer_fn)loop_stop, loop);

    busy.task = (struct loop_task){.fn = on_task, .ctx = &busy};
    loop_defer(loop, &busy.task);
    timer_arm_at(end, loop_now_ms(loop) + 20);
    loop_run(loop);
    loop_undefer(loop, &busy.task);
    timer_free(end);
    ck_assert_int_gt(busy.n, 10);
    ck_assert_int_eq(stop.n, 0);
}

END_TEST

static void
block_60_ms(void *ctx)
{
    int64_t end = clock_mono_ms() + 60;

    (void)ctx;
    while (clock_mono_ms() < end)
        ;
}

START_TEST(lag_shows_a_callback_that_blocked)
{
    struct timer *t = timer_new(loop, block_60_ms, NULL);
    struct timer *u = timer_new(loop, block_60_ms, NULL);

    timer_arm_at(t, loop_now_ms(loop) + 5);
    timer_arm_at(u, loop_now_ms(loop) + 80);
    loop_run(loop);
    ck_assert_int_ge(loop_lag_us(loop), 55000);
    ck_assert_int_le(loop_lag_us(loop), 200000);
    timer_free(t);
    timer_free(u);
}

END_TEST

static int signals_seen;

static void
on_signal(void *ctx, int signum)
{
    ck_assert_int_eq(signum, SIGUSR1);
    signals_seen++;
    loop_stop(ctx);
}

START_TEST(signal_reaches_its_callback)
{
    struct timer *hold = timer_new(loop, on_timer, NULL);

    ck_assert_int_eq(loop_on_signal(loop, SIGUSR1, on_signal, loop), 0);
    timer_arm_at(hold, loop_now_ms(loop) + 5000);
    (void)raise(SIGUSR1);
    loop_run(loop);
    ck_assert_int_eq(signals_seen, 1);
    timer_free(hold);
}

END_TEST

START_TEST(broken_pipe_is_an_error_not_a_death)
{
    int fds[2];

    ck_assert_int_eq(pipe(fds), 0);
    (void)close(fds[0]);
    ck_assert_int_eq(write(fds[1], "x", 1), -1);
    (void)close(fds[1]);
}

END_TEST

START_TEST(forgotten_timer_is_counted)
{
    struct loop *other = loop_new();
    struct timer *t = timer_new(other, on_timer, NULL);

    timer_arm_at(t, loop_now_ms(other) + 100000);
    ck_assert_int_eq(loop_free(other), 1);
    free(t);
}

END_TEST

static int
manager_socket(char *path, size_t size)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    (void)snprintf(path, size, "/tmp/aigw-notify-%d", (int)getpid());
    (void)unlink(path);
    memcpy(addr.sun_path, path, strlen(path));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    (void)setenv("NOTIFY_SOCKET", path, 1);
    return fd;
}

START_TEST(notify_messages_arrive)
{
    char path[64], text[128] = "";
    int fd = manager_socket(path, sizeof(path));

    notify_send("READY=1\nSTATUS=2 of 3 providers");
    ck_assert_int_eq(recv(fd, text, sizeof(text) - 1, 0), 31);
    ck_assert_str_eq(text, "READY=1\nSTATUS=2 of 3 providers");
    memset(text, 0, sizeof(text));
    notify_reloading(5000001999);
    ck_assert_int_gt(recv(fd, text, sizeof(text) - 1, 0), 0);
    ck_assert_str_eq(text, "RELOADING=1\nMONOTONIC_USEC=5000001");
    (void)unsetenv("NOTIFY_SOCKET");
    notify_send("READY=1");
    ck_assert_int_eq(recv(fd, text, sizeof(text), 0), -1);
    (void)close(fd);
    (void)unlink(path);
}

END_TEST

START_TEST(watchdog_period_is_half_and_only_for_its_process)
{
    ck_assert_int_eq(notify_watchdog_ms(), 0);
    (void)setenv("WATCHDOG_USEC", "30000000", 1);
    ck_assert_int_eq(notify_watchdog_ms(), 15000);
    (void)setenv("WATCHDOG_PID", "1", 1);
    ck_assert_int_eq(notify_watchdog_ms(), 0);
    (void)unsetenv("WATCHDOG_PID");
    (void)setenv("WATCHDOG_USEC", "soon", 1);
    ck_assert_int_eq(notify_watchdog_ms(), 0);
}

END_TEST

static void
pass_fds(const char *pid, const char *n, const char *names)
{
    (void)setenv("LISTEN_PID", pid, 1);
    (void)setenv("LISTEN_FDS", n, 1);
    (void)setenv("LISTEN_FDNAMES", names, 1);
}

/* F84: what was passed in is not passed on. */
START_TEST(passed_socket_is_found_by_name_and_closed_on_exec)
{
    char self[32];

    (void)snprintf(self, sizeof(self), "%d", (int)getpid());
    ck_assert_int_eq(notify_listen_fd("rpc"), -1);
    pass_fds("1", "1", "rpc");
    ck_assert_int_eq(notify_listen_fd("rpc"), -1);
    pass_fds(self, "2", "http:rpc");
    (void)dup2(STDERR_FILENO, 4);
    ck_assert_int_eq(notify_listen_fd("rpc"), 4);
    ck_assert_int_eq(fcntl(4, F_GETFD), FD_CLOEXEC);
    ck_assert_ptr_null(getenv("LISTEN_FDS"));
    ck_assert_int_eq(notify_listen_fd("rpc"), -1);
    pass_fds(self, "1", "unknown");
    ck_assert_int_eq(notify_listen_fd("rpc"), 3);
}

END_TEST

static Suite *
loop_suite(void)
{
    Suite *suite = suite_create("io_loop");
    TCase *timers = tcase_create("timers");
    TCase *turns = tcase_create("turns");
    TCase *manager = tcase_create("service manager");

    tcase_add_checked_fixture(timers, setup, teardown);
    tcase_add_test(timers, timer_fires_once_at_or_after_its_deadline);
    tcase_add_test(
        timers,
        past_deadline_fires_on_the_next_turn_even_when_rearmed_for_ever);
    tcase_add_test(timers,
                   later_deadline_replaces_an_earlier_one_and_the_reverse);
    tcase_add_test(timers, disarmed_and_freed_timers_stay_silent);
    tcase_add_test(timers, thousand_timers_are_at_most_50_ms_late);
    suite_add_tcase(suite, timers);

    tcase_add_checked_fixture(turns, setup, teardown);
    tcase_add_test(turns,
                   deferred_task_runs_later_and_once_however_often_deferred);
    tcase_add_test(turns, self_deferring_task_does_not_starve_timers);
    tcase_add_test(turns, lag_shows_a_callback_that_blocked);
    tcase_add_test(turns, signal_reaches_its_callback);
    tcase_add_test(turns, broken_pipe_is_an_error_not_a_death);
    tcase_add_test(turns, forgotten_timer_is_counted);
    suite_add_tcase(suite, turns);

    tcase_add_test(manager, notify_messages_arrive);
    tcase_add_test(manager, watchdog_period_is_half_and_only_for_its_process);
    tcase_add_test(manager, passed_socket_is_found_by_name_and_closed_on_exec);
    suite_add_tcase(suite, manager);
    return suite;
}

int
main(void)
{
    return suite_main(loop_suite());
}
