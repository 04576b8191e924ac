/*
 * check_top_replay.c - what was recorded is seen again: as it was, faster,
 * from anywhere, and with a clear word about a file that is damaged.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"
#include "support/suite.h"
#include "tui/demo.h"
#include "tui/feed.h"
#include "tui/record.h"
#include "tui/recording.h"

static char path[64];
static struct model m;
static int n_changes, n_ends;

static void
setup(void)
{
    (void)snprintf(path, sizeof(path), "/tmp/aigw-top-XXXXXX");
    (void)close(mkstemp(path));
    (void)unlink(path);
    model_init(&m, "", 1000, 0);
    n_changes = n_ends = 0;
}

static void
teardown(void)
{
    model_deinit(&m);
    (void)unlink(path);
}

static struct aigw_value *
parse(const char *json)
{
    struct aigw_value *value = NULL;

    ck_assert_int_eq(aigw_value_from_json(json, strlen(json), &value, NULL), 0);
    return value;
}

static void
record(struct record *r, const char *kind, double at_ms, const char *json)
{
    struct aigw_value *value = parse(json);

    record_write(r, kind, value, at_ms);
    aigw_value_free(value);
    ck_assert_ptr_null(record_error(r));
}

static void
record_snapshot(struct record *r, double at_ms, int n)
{
    char json[200];

    (void)snprintf(json, sizeof(json),
                   "{\"time_ms\": %d, \"server\": {\"instance_id\": \"x\"},"
                   " \"totals\": {\"total_requests\": %d}}",
                   n * 1000, n);
    record(r, "snapshot", at_ms, json);
}

static void
record_event(struct record *r, double at_ms, int seq)
{
    char json[40];

    (void)snprintf(json, sizeof(json), "{\"seq\": %d}", seq);
    record(r, "event", at_ms, json);
}

/* Ten minutes, a snapshot a second and an event every other one. */
static void
record_ten_minutes(void)
{
    struct record *r = record_new(path, "/run/x.sock", 5000, 100);

    ck_assert_ptr_nonnull(r);
    for (int i = 0; i < 600; i++) {
        if (i % 2 == 0)
            record_event(r, 100 + i * 1000.0, i + 1);
        record_snapshot(r, 100 + i * 1000.0, i);
    }
    record_free(r);
}

static void
on_changed(void *ctx)
{
    (void)ctx;
    n_changes++;
}

static void
on_ended(void *ctx)
{
    (void)ctx;
    n_ends++;
}

static struct feed *
replay(const char *file)
{
    static const struct feed_wants wants = {.interval_ms = 1000};
    char error[160] = "";
    struct feed *f = feed_replay_new(file, &m, error);

    ck_assert_msg(f != NULL, "%s", error);
    f->changed = on_changed;
    f->ended = on_ended;
    feed_want(f, &wants, 1e6);
    return f;
}

/* What the loop does until there is nothing left to do at `now_ms`. */
static void
advance(struct feed *f, double now_ms)
{
    do
        feed_dispatch(f, now_ms);
    while (feed_due_ms(f, now_ms) <= now_ms);
}

static int
second(void)
{
    return (int)aigw_get_int(m.snapshot, "totals.total_requests", -1);
}

static int
last_event(void)
{
    return m.n_events == 0
               ? 0
               : (int)aigw_get_int(m.events[m.n_events - 1], "seq", 0);
}

START_TEST(a_recording_is_for_its_owner_and_never_overwrites)
{
    struct record *r = record_new(path, "s", 0, 0);
    struct stat st;

    ck_assert_ptr_nonnull(r);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_ptr_null(record_new(path, "s", 0, 0));
    record_free(r);
}

END_TEST

START_TEST(a_write_that_fails_is_told_of_and_ends_the_recording)
{
    const struct rlimit small = {1000, RLIM_INFINITY};
    struct record *r = record_new(path, "s", 0, 0);
    struct aigw_value *value = parse("{\"seq\": 12345678}");
    struct rlimit limit;

    ck_assert_ptr_nonnull(r);
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    /* Check itself writes files: nothing is asserted until it may again. */
    (void)setrlimit(RLIMIT_FSIZE, &small);
    for (int i = 0; i < 100; i++)
        record_write(r, "event", value, i);
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert_str_eq(record_error(r), "cannot record: File too large");
    record_free(r);
    aigw_value_free(value);
}

END_TEST

START_TEST(it_is_played_as_it_was)
{
    struct feed *f;

    record_ten_minutes();
    f = replay(path);
    ck_assert_str_eq(m.socket_path, "/run/x.sock");
    for (int i = 0; i < 600; i++) {
        ck_assert_double_le(feed_due_ms(f, 1e6 + i * 1000.0 - 500),
                            1e6 + i * 1000.0 + 1);
        advance(f, 1e6 + i * 1000.0 + 1);
        ck_assert_int_eq(second(), i);
        ck_assert_int_eq(last_event(), i - i % 2 + 1);
        ck_assert(link_is_fresh(&m.link));
    }
    ck_assert_int_ge(n_changes, 600);
    ck_assert_int_eq(n_ends, 1);
    ck_assert_double_eq(feed_due_ms(f, 1e9), (double)INFINITY);
    link_tick(&m.link, 1e12);
    ck_assert_str_eq(link_word(&m.link, 1e12).s, "ENDED");
    feed_free(f);
}

END_TEST

START_TEST(speed_and_standstill)
{
    struct feed *f;

    record_ten_minutes();
    f = replay(path);
    advance(f, 1e6 + 1);
    ck_assert(feed_seek(f, 0, 8, 1e6));
    advance(f, 1e6 + 10000);
    ck_assert_int_eq(second(), 80);
    ck_assert_double_eq(m.clock_speed, 8);
    ck_assert(feed_seek(f, 0, 0, 1e6 + 10000));
    ck_assert_double_eq(feed_due_ms(f, 1e6 + 10000), (double)INFINITY);
    advance(f, 1e6 + 90000);
    ck_assert_int_eq(second(), 80);
    ck_assert(link_is_fresh(&m.link));
    ck_assert(feed_seek(f, 0, 0.25, 1e6 + 90000));
    advance(f, 1e6 + 98000);
    ck_assert_int_eq(second(), 82);
    feed_free(f);
}

END_TEST

START_TEST(the_speed_may_be_set_before_anything_is_wanted)
{
    char error[160];
    struct feed *f;

    record_ten_minutes();
    f = feed_replay_new(path, &m, error);
    ck_assert_ptr_nonnull(f);
    ck_assert(feed_seek(f, 0, 2, 5e6));
    feed_want(f, &(struct feed_wants){.interval_ms = 1000}, 5e6 + 100);
    advance(f, 5e6 + 2100);
    ck_assert_int_eq(second(), 4);
    ck_assert(!isnan(model_daemon_ms(&m, 5e6 + 2100)));
    feed_free(f);
}

END_TEST

static void
jump(struct feed *f, double by_s, double speed, double now_ms)
{
    ck_assert(feed_seek(f, by_s, speed, now_ms));
    advance(f, now_ms);
}

START_TEST(a_jump_shows_what_playing_would_have_shown)
{
    struct feed *f;
    struct rng rng;
    double now_ms = 1e6;

    record_ten_minutes();
    f = replay(path);
    rng_init(&rng, 3);
    (void)feed_seek(f, 0, 0, now_ms);
    jump(f, 1, 0, now_ms);
    for (int i = 0; i < 300; i++) {
        int step = (int)(rng_next(&rng) % 400) - 200;
        int at = second() + step;
        size_t events;

        if (step == 0)
            continue;
        at = at < 0 ? 0 : at > 599 ? 599 : at;
        jump(f, step, 0, now_ms += 10);
        ck_assert_int_eq(second(), at);
        ck_assert_int_eq(last_event(), at - at % 2 + 1);
        events = (size_t)at / 2 + 1;
        ck_assert_uint_eq(m.n_events, events);
        ck_assert_uint_eq(m.rps.n_values, at < MODEL_HISTORY - 1
                                              ? (size_t)at
                                              : MODEL_HISTORY - 1);
    }
    feed_free(f);
}

END_TEST

START_TEST(jumps_in_a_row_are_made_as_one)
{
    struct feed *f;

    record_ten_minutes();
    f = replay(path);
    advance(f, 1e6 + 1);
    for (int i = 0; i < 30; i++)
        ck_assert(feed_seek(f, 10, 0, 1e6 + 1));
    ck_assert_int_eq(second(), 0);
    advance(f, 1e6 + 1);
    ck_assert_int_eq(second(), 300);
    feed_free(f);
}

END_TEST

/* Seconds 0 to 9 and 60 to 99, of a daemon that hung in between. */
static void
record_a_silence(void)
{
    struct record *r = record_new(path, "s", 0, 0);

    for (int i = 0; i < 100; i++)
        if (i < 10 || i >= 60)
            record_snapshot(r, i * 1000.0, i);
    record_free(r);
}

START_TEST(a_silence_is_stale_at_any_speed)
{
    static const double SPEEDS[] = {0.25, 1, 8, 64};

    record_a_silence();
    for (size_t i = 0; i < sizeof(SPEEDS) / sizeof(*SPEEDS); i++) {
        struct feed *f = replay(path);
        double due_ms;

        (void)feed_seek(f, 0, SPEEDS[i], 1e6);
        advance(f, 1e6 + 9100 / SPEEDS[i]);
        ck_assert(link_is_fresh(&m.link));
        due_ms = feed_due_ms(f, 1e6 + 9100 / SPEEDS[i]);
        ck_assert_double_lt(due_ms, 1e6 + 20000 / SPEEDS[i]);
        advance(f, due_ms + 1);
        ck_assert_int_eq(m.link.state, LINK_STALE);
        ck_assert_int_eq(second(), 9);
        advance(f, 1e6 + 60100 / SPEEDS[i]);
        ck_assert(link_is_fresh(&m.link));
        feed_free(f);
    }
}

END_TEST

START_TEST(a_jump_into_a_silence_is_stale_and_a_jump_out_of_it_is_not)
{
    struct feed *f;

    record_a_silence();
    f = replay(path);
    advance(f, 1e6 + 1);
    jump(f, 30, 0, 1e6 + 1);
    ck_assert_int_eq(m.link.state, LINK_STALE);
    (void)feed_seek(f, 0, 1, 1e6 + 1);
    ck_assert_str_eq(link_word(&m.link, 1e6 + 1).s, "STALE 21s");
    jump(f, 40, 1, 1e6 + 1);
    ck_assert(link_is_fresh(&m.link));
    feed_free(f);
}

END_TEST

/* Half a second after a snapshot it stands still for an hour. */
START_TEST(nothing_gets_older_while_it_stands_still)
{
    struct feed *f;

    record_ten_minutes();
    f = replay(path);
    advance(f, 1e6 + 5500);
    (void)feed_seek(f, 0, 0, 1e6 + 5500);
    (void)feed_seek(f, 0, 2, 1e6 + 3600e3);
    ck_assert(link_is_fresh(&m.link));
    ck_assert_int_eq(second(), 5);
    ck_assert_double_eq_tol(model_daemon_ms(&m, 1e6 + 3600e3), 5500, 1);
    ck_assert_double_eq_tol(model_daemon_ms(&m, 1e6 + 3600e3 + 100), 5700, 1);
    feed_free(f);
}

END_TEST

START_TEST(an_end_stays_one_until_it_is_left)
{
    struct feed *f;
    double daemon_ms;

    record_ten_minutes();
    f = replay(path);
    advance(f, 1e6 + 600e3);
    ck_assert_int_eq(n_ends, 1);
    daemon_ms = model_daemon_ms(&m, 1e6 + 600e3);
    (void)feed_seek(f, 0, 0, 1e6 + 610e3);
    (void)feed_seek(f, 0, 4, 1e6 + 620e3);
    ck_assert_str_eq(link_word(&m.link, 1e6 + 700e3).s, "ENDED");
    ck_assert_double_eq(model_daemon_ms(&m, 1e6 + 700e3), daemon_ms);
    ck_assert_double_eq(feed_due_ms(f, 1e6 + 700e3), (double)INFINITY);
    jump(f, -100, 2, 1e6 + 700e3);
    ck_assert_str_eq(link_word(&m.link, 1e6 + 700e3).s, "LIVE 0.5s");
    ck_assert_int_eq(second(), 499);
    advance(f, 1e6 + 760e3);
    ck_assert_int_eq(n_ends, 2);
    feed_free(f);
}

END_TEST

START_TEST(nothing_can_be_done_to_a_recording)
{
    struct feed *f;

    record_ten_minutes();
    f = replay(path);
    ck_assert(!feed_act(f, "drain", NULL));
    ck_assert_int_eq(feed_fd(f), -1);
    feed_poll_now(f, 1e6);
    feed_free(f);
}

END_TEST

static void
write_file(const char *text, size_t size)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, size, file), size);
    (void)fclose(file);
}

#define HEAD "{\"aigw_top_record\": 1, \"time_ms\": 1, \"socket\": \"s\"}\n"
#define LINE "{\"t\": 5, \"kind\": \"event\", \"data\": {\"seq\": 1}}\n"

START_TEST(a_damaged_line_is_named)
{
    static const struct {
        const char *text;
        const char *error; /* After the path; NULL: it is fine. */
    } CASES[] = {
        {"", ":0: is empty"},
        {"hello\n", ":1: not a line of JSON"},
        {"{}\n", ":1: not a recording of aigw-top"},
        {HEAD, NULL},
        {HEAD LINE, NULL},
        {HEAD LINE "{\"t\": 6, \"ki", NULL},
        {HEAD "{\"t\": 6, \"ki\n" LINE, ":2: not a line of JSON"},
        {HEAD LINE "{\"t\": 4, \"kind\": \"event\"}\n",
         ":3: earlier than the line before"},
        {HEAD "{\"kind\": \"event\"}\n",
         ":2: expected a time, \"t\": milliseconds"},
        {HEAD "{\"t\": -1, \"kind\": \"event\"}\n",
         ":2: expected a time, \"t\": milliseconds"},
        {HEAD "{\"t\": 1e300, \"kind\": \"event\"}\n",
         ":2: expected a time, \"t\": milliseconds"},
        {HEAD "{\"t\":nan,\"kind\":\"event\",\"data\":{}}\n",
         ":2: expected a time, \"t\": milliseconds"},
        {HEAD LINE "{\"t\":4,\"kind\":\"event\",\"data\":{}}\n",
         ":3: earlier than the line before"},
        {HEAD "{\"t\":4,\"kind\":\"event\",\"more\":{}\n" LINE,
         ":2: not a line of JSON"},
        {HEAD "{\"t\":4,\"kind\":\"of a later version\",\"data\":1}\n" LINE,
         NULL},
        {HEAD "{\"t\": 4, \"kind\": \"later\"}\n" LINE, NULL},
        {HEAD "[]\n", ":2: expected a time, \"t\": milliseconds"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        char error[160] = "", expected[200];
        struct feed *f;

        write_file(CASES[i].text, strlen(CASES[i].text));
        f = feed_replay_new(path, &m, error);
        if (CASES[i].error) {
            (void)snprintf(expected, sizeof(expected), "%s%s", path,
                           CASES[i].error);
            ck_assert_ptr_null(f);
            ck_assert_str_eq(error, expected);
        } else {
            ck_assert_msg(f != NULL, "%s", error);
        }
        feed_free(f);
    }
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_ptr_null(feed_replay_new(path, &m, (char[160]){""}));
}

END_TEST

/* Nobody reads an hour of values in advance. */
START_TEST(a_damaged_value_is_told_of_when_it_is_played)
{
    static const char TEXT[] =
        HEAD "{\"t\":0,\"kind\":\"snapshot\",\"data\":{\"server\":{}}}\n"
             "{\"t\":1000,\"kind\":\"snapshot\",\"data\":{\"serv\0\n"
             "{\"t\":2000,\"kind\":\"snapshot\",\"data\":{\"server\":{}}}\n"
             "{\"t\":3000,\"kind\":\"event\",\"data\":{\"seq\":1}}\n";
    struct feed *f;

    write_file(TEXT, sizeof(TEXT) - 1);
    f = replay(path);
    advance(f, 1e6 + 1);
    ck_assert(link_is_fresh(&m.link));
    advance(f, 1e6 + 1001);
    ck_assert(!link_is_fresh(&m.link));
    ck_assert_str_eq(m.link.reason, "line 3 of it is damaged");
    advance(f, 1e6 + 2001);
    ck_assert(link_is_fresh(&m.link));
    ck_assert_str_eq(m.link.reason, "");
    feed_free(f);
}

END_TEST

/* Cut off after any byte it can still be read, but for its first line. */
START_TEST(a_recorder_that_was_killed_leaves_a_recording)
{
    static const char WHOLE[] = HEAD LINE LINE;

    for (size_t size = sizeof(HEAD) - 1; size < sizeof(WHOLE); size++) {
        char error[160] = "";
        struct feed *f;

        write_file(WHOLE, size);
        f = feed_replay_new(path, &m, error);
        ck_assert_msg(f != NULL, "%zu bytes: %s", size, error);
        feed_free(f);
    }
}

END_TEST

START_TEST(a_loss_is_seen_again)
{
    struct record *r = record_new(path, "s", 0, 0);
    struct feed *f;

    record_snapshot(r, 0, 1);
    record(r, "lost", 1000, "{\"reason\": \"closed\"}");
    record_snapshot(r, 9000, 9);
    record_snapshot(r, 10000, 10);
    record_free(r);
    f = replay(path);
    advance(f, 1e6 + 2000);
    ck_assert(!link_is_fresh(&m.link));
    ck_assert_str_eq(m.link.reason, "closed");
    advance(f, 1e6 + 9500);
    ck_assert(link_is_fresh(&m.link));
    feed_free(f);
}

END_TEST

START_TEST(the_demonstration_goes_round)
{
    struct feed *f = replay(NULL);
    size_t targets = 0;

    for (int i = 0; i < 400; i++) {
        advance(f, 1e6 + i * 1000.0 + 1);
        ck_assert(link_is_fresh(&m.link));
        ck_assert(isnan(m.restarted_ms));
        targets = aigw_value_size(model_list(&m, "targets"));
        ck_assert_uint_eq(targets, 6);
        ck_assert_ptr_nonnull(m.requests);
    }
    ck_assert_int_eq(n_ends, 0);
    ck_assert_uint_gt(m.n_events, 0);
    feed_free(f);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("top_replay");
    TCase *tc = tcase_create("replay");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_recording_is_for_its_owner_and_never_overwrites);
    tcase_add_test(tc, a_write_that_fails_is_told_of_and_ends_the_recording);
    tcase_add_test(tc, it_is_played_as_it_was);
    tcase_add_test(tc, speed_and_standstill);
    tcase_add_test(tc, the_speed_may_be_set_before_anything_is_wanted);
    tcase_add_test(tc, jumps_in_a_row_are_made_as_one);
    tcase_add_test(tc, a_jump_shows_what_playing_would_have_shown);
    tcase_add_test(tc, a_silence_is_stale_at_any_speed);
    tcase_add_test(tc,
                   a_jump_into_a_silence_is_stale_and_a_jump_out_of_it_is_not);
    tcase_add_test(tc, nothing_gets_older_while_it_stands_still);
    tcase_add_test(tc, an_end_stays_one_until_it_is_left);
    tcase_add_test(tc, nothing_can_be_done_to_a_recording);
    tcase_add_test(tc, a_damaged_line_is_named);
    tcase_add_test(tc, a_damaged_value_is_told_of_when_it_is_played);
    tcase_add_test(tc, a_recorder_that_was_killed_leaves_a_recording);
    tcase_add_test(tc, a_loss_is_seen_again);
    tcase_add_test(tc, the_demonstration_goes_round);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
