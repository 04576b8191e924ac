/*
 * check_ledger.c - the ledger by itself: what is entered, what is asked of
 * it, what is kept, and what becomes of it when storage fails.
 */
#include "app/app.h"
#include "app/ledger.h"
#include "base/clock.h"
#include "support/suite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t DAY_MS = 24 * 3600 * INT64_C(1000);

static char folder[64];
static char path[96];
static struct config config;
static struct app app;
static struct ledger *ledger;

/* The answer to the last question. */
static struct answered {
    bool done;
    int status;
    int n;
    char keys[16][32];
    struct ledger_sums sums[16];
} got;

static void
ignore_event(void *ctx, const struct event *event)
{
    (void)ctx;
    (void)event;
}

static void
open_ledger(void)
{
    config = (struct config){.state_dir = folder};
    app = (struct app){.loop = loop_new(), .config = &config};
    app.events = events_new(ignore_event, NULL);
    ledger = ledger_new(&app);
    ck_assert_ptr_nonnull(ledger);
}

static void
close_ledger(void)
{
    ledger_free(ledger);
    events_free(app.events);
    ck_assert_int_eq(loop_free(app.loop), 0);
}

static void
set_up(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/check-ledger-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/ledger.db", folder);
    open_ledger();
}

static void
tear_down(void)
{
    char command[128];

    close_ledger();
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void
on_rows(void *ctx, int status, const struct db_rows *rows)
{
    (void)ctx;
    got.done = true;
    got.status = status;
    got.n = db_rows_count(rows);
    ck_assert_int_le(got.n, 16);
    for (int i = 0; i < got.n; i++) {
        ledger_row(rows, i, &got.sums[i]);
        (void)snprintf(got.keys[i], sizeof(got.keys[i]), "%s",
                       got.sums[i].key ? got.sums[i].key : "-");
    }
    loop_stop(app.loop);
}

static void
ask(const struct ledger_query *query)
{
    struct db_read read = {.done = on_rows};

    got = (struct answered){0};
    ck_assert_int_eq(ledger_report(ledger, &read, query), 0);
    while (!got.done)
        loop_run(app.loop);
    ck_assert_int_eq(got.status, 0);
}

static void
ask_by(enum ledger_by by)
{
    ask(&(struct ledger_query){
        .by = by, .until_ms = INT64_MAX, .everybody = true});
}

/* An attempt of 100 nano-dollars; the test changes what it is about. */
static const struct settlement EXACT = {
    .kind = SETTLE_EXACT,
    .prompt_tokens = 10,
    .completion_tokens = 5,
    .cached_tokens = 4,
    .cache_write_tokens = 3,
    .reasoning_tokens = 2,
    .cost_nanousd = 100,
};

static struct ledger_attempt
attempt(const char *id, int number, enum ledger_kind kind)
{
    return (struct ledger_attempt){
        .request_id = id,
        .number = number,
        .kind = kind,
        .opens = number == 1,
        .asks = true,
        .target = "a/m",
        .client = "tests",
        .uid = 7,
        .route = "default",
        .tags = "",
        .settlement = &EXACT,
        .started_ms = 1000 + number,
        .ended_ms = 2000,
    };
}

static const struct ledger_note NO_NOTE;

static void
add(const char *id, int number, enum ledger_kind kind)
{
    struct ledger_attempt a = attempt(id, number, kind);

    ledger_add(ledger, &NO_NOTE, &a);
}

/* What somebody else reads in the file: one integer. */
static int64_t
peek(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    int64_t value;

    ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
    return value;
}

START_TEST(an_empty_ledger_has_no_rows_but_a_whole)
{
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(got.n, 1);
    ck_assert_int_eq(got.sums[0].attempts, 0);
    ck_assert_int_eq(got.sums[0].cost_nanousd, 0);
}

END_TEST

START_TEST(all_that_is_entered_is_added_up)
{
    static const struct settlement GUESS = {
        .kind = SETTLE_PARTIAL, .prompt_tokens = 1, .cost_nanousd = 7};
    struct ledger_attempt guess = attempt("r", 2, LEDGER_CONTINUATION);

    guess.settlement = &GUESS;
    add("r", 1, LEDGER_CALL);
    ledger_add(ledger, &NO_NOTE, &guess);
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(got.n, 2);
    ck_assert_str_eq(got.keys[1], "a/m");
    for (int i = 0; i < 2; i++) {
        const struct ledger_sums *s = &got.sums[i];

        ck_assert_int_eq(s->first_ms, 1001);
        ck_assert_int_eq(s->attempts, 2);
        ck_assert_int_eq(s->prompt_tokens, 11);
        ck_assert_int_eq(s->completion_tokens, 5);
        ck_assert_int_eq(s->cached_tokens, 4);
        ck_assert_int_eq(s->cache_write_tokens, 3);
        ck_assert_int_eq(s->reasoning_tokens, 2);
        ck_assert_int_eq(s->cost_nanousd, 107);
        ck_assert_int_eq(s->estimated_nanousd, 7);
    }
    ck_assert_int_eq(got.sums[0].requests, 1);
}

END_TEST

START_TEST(each_kind_is_shown_apart)
{
    for (int kind = 0; kind < LEDGER_KIND_N; kind++)
        for (int i = 0; i <= kind; i++)
            add(ledger_kind_name((enum ledger_kind)kind), i + 1,
                (enum ledger_kind)kind);
    ask_by(LEDGER_BY_ROUTE);
    ck_assert_int_eq(got.n, 2);
    for (int kind = 0; kind < LEDGER_KIND_N; kind++) {
        ck_assert_int_eq(got.sums[1].parts[kind].attempts, kind + 1);
        ck_assert_int_eq(got.sums[1].parts[kind].cost_nanousd,
                         100 * (kind + 1));
    }
}

END_TEST

/* A request that two targets were asked for is one of each, and one in all. */
START_TEST(a_request_counts_once_wherever_it_is_counted)
{
    struct ledger_attempt second = attempt("r", 2, LEDGER_RETRY);

    second.target = "b/m";
    add("r", 1, LEDGER_CALL);
    ledger_add(ledger, &NO_NOTE, &second);
    second.number = 3;
    second.asks = false;
    ledger_add(ledger, &NO_NOTE, &second);
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(got.n, 3);
    ck_assert_int_eq(got.sums[0].requests, 1);
    ck_assert_str_eq(got.keys[1], "b/m");
    ck_assert_int_eq(got.sums[1].requests, 1);
    ck_assert_int_eq(got.sums[1].attempts, 2);
    ck_assert_int_eq(got.sums[2].requests, 1);
    ask_by(LEDGER_BY_CLIENT);
    ck_assert_int_eq(got.sums[1].requests, 1);
    ck_assert_int_eq(got.sums[1].attempts, 3);
}

END_TEST

START_TEST(tags_are_counted_one_by_one)
{
    static const char *const TAGS[] = {"", "red,blue", "blue", "blue,blue"};

    for (int i = 0; i < 4; i++) {
        struct ledger_attempt a = attempt("r", i + 1, LEDGER_CALL);

        a.tags = TAGS[i];
        ledger_add(ledger, &NO_NOTE, &a);
    }
    ask_by(LEDGER_BY_TAG);
    ck_assert_int_eq(got.n, 4);
    ck_assert_int_eq(got.sums[0].cost_nanousd, 400);
    ck_assert_str_eq(got.keys[1], "blue");
    ck_assert_int_eq(got.sums[1].cost_nanousd, 300);
    ck_assert_str_eq(got.keys[2], "-");
    ck_assert_str_eq(got.keys[3], "red");
}

END_TEST

START_TEST(nameless_clients_and_days_have_keys)
{
    struct ledger_attempt a = attempt("r", 1, LEDGER_CALL);

    a.client = "";
    a.started_ms = 3 * DAY_MS - 1;
    ledger_add(ledger, &NO_NOTE, &a);
    a.started_ms = 3 * DAY_MS;
    ledger_add(ledger, &NO_NOTE, &a);
    ask_by(LEDGER_BY_CLIENT);
    ck_assert_str_eq(got.keys[1], "uid 7");
    ask_by(LEDGER_BY_DAY);
    ck_assert_int_eq(got.n, 3);
    ck_assert_str_eq(got.keys[1], "1970-01-03");
    ck_assert_str_eq(got.keys[2], "1970-01-04");
}

END_TEST

START_TEST(a_question_is_about_some_time_and_some_user)
{
    struct ledger_attempt other = attempt("r", 1, LEDGER_CALL);

    other.uid = 8;
    ledger_add(ledger, &NO_NOTE, &other);
    add("a", 1, LEDGER_CALL);
    add("a", 2, LEDGER_RETRY);
    add("a", 3, LEDGER_RETRY);
    ask(&(struct ledger_query){.until_ms = INT64_MAX, .uid = 7});
    ck_assert_int_eq(got.sums[0].attempts, 3);
    ask(&(struct ledger_query){
        .since_ms = 1002, .until_ms = 1003, .everybody = true});
    ck_assert_int_eq(got.sums[0].attempts, 1);
}

END_TEST

START_TEST(the_same_attempt_is_never_there_twice)
{
    add("r", 1, LEDGER_CALL);
    add("r", 1, LEDGER_CALL);
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(got.sums[0].attempts, 1);
}

END_TEST

START_TEST(f67_absurd_costs_do_not_wrap)
{
    static const struct settlement ABSURD = {.kind = SETTLE_EXACT,
                                             .cost_nanousd = INT64_MAX};
    struct ledger_attempt a = attempt("r", 1, LEDGER_CALL);

    a.settlement = &ABSURD;
    for (a.number = 1; a.number <= 100; a.number++)
        ledger_add(ledger, &NO_NOTE, &a);
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(got.sums[0].cost_nanousd, INT64_C(100000000000000000));
}

END_TEST

START_TEST(others_may_read_the_file_meanwhile)
{
    add("r", 1, LEDGER_CALL);
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(peek("SELECT count(*) FROM attempts WHERE kind = 'call'"
                          " AND settled = 'exact'"),
                     1);
    ck_assert_int_eq(peek("SELECT sum(cost_nanousd) FROM spent"), 100);
    add("r", 2, LEDGER_RETRY);
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(peek("SELECT sum(cost_nanousd) FROM spent"), 200);
}

END_TEST

/* Old attempts become days, to the last token, and new ones stay. */
START_TEST(old_rows_are_added_up_per_day)
{
    struct ledger_attempt a = attempt("r", 1, LEDGER_CALL);
    int64_t today_ms = clock_wall_ms();

    for (int i = 0; i < 2048; i++) {
        a.number = i + 1;
        a.started_ms = i % 2 == 0 ? today_ms : 5 * DAY_MS + i;
        a.target = i % 4 < 2 ? "a/m" : "b/m";
        ledger_add(ledger, &NO_NOTE, &a);
    }
    ask_by(LEDGER_BY_DAY);
    ck_assert_int_eq(got.n, 3);
    ck_assert_str_eq(got.keys[1], "1970-01-06");
    ck_assert_int_eq(got.sums[1].attempts, 1024);
    ck_assert_int_eq(got.sums[1].requests, 1024);
    ck_assert_int_eq(got.sums[1].cost_nanousd, 102400);
    ck_assert_int_eq(got.sums[1].parts[LEDGER_CALL].attempts, 1024);
    ck_assert_int_eq(got.sums[0].attempts, 2048);
    ck_assert_int_eq(got.sums[0].reasoning_tokens, 4096);
    ck_assert_int_eq(peek("SELECT count(*) FROM attempts"), 1024);
    ck_assert_int_eq(peek("SELECT count(*) FROM sums"), 2);
    ck_assert_int_eq(peek("SELECT sum(attempts) FROM sums"), 1024);
}

END_TEST

START_TEST(what_was_entered_is_there_after_a_restart)
{
    add("r", 1, LEDGER_CALL);
    close_ledger();
    open_ledger();
    ck_assert_str_eq(ledger_state(ledger), "ok");
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(got.sums[0].cost_nanousd, 100);
}

END_TEST

/* As a process that was killed leaves it: nothing is written any more. */
static void
keep_notes(void)
{
    char command[256];

    (void)snprintf(command, sizeof(command),
                   "cp %s/ledger.open %s/kept && rm -f %s/ledger.open", folder,
                   folder, folder);
    ck_assert_int_eq(system(command), 0);
}

static void
bring_notes_back(void)
{
    char command[256];

    (void)snprintf(command, sizeof(command), "cp %s/kept %s/ledger.open",
                   folder, folder);
    ck_assert_int_eq(system(command), 0);
}

static bool
are_there_notes(void)
{
    char notes[128];

    (void)snprintf(notes, sizeof(notes), "%s/ledger.open", folder);
    return access(notes, F_OK) == 0;
}

START_TEST(f63_what_was_noted_and_killed_is_unknown)
{
    struct ledger_attempt a = attempt("open", 1, LEDGER_CALL);
    struct ledger_attempt b = attempt("ended", 1, LEDGER_CALL);
    struct ledger_attempt c = attempt("unsent", 1, LEDGER_CALL);
    struct ledger_note note;

    a.tags = "red,blue";
    ledger_note(ledger, &a, 700, &note);
    ledger_note(ledger, &b, 700, &note);
    ledger_add(ledger, &note, &b);
    ledger_note(ledger, &c, 700, &note);
    ledger_unnote(ledger, &note);
    keep_notes();
    close_ledger();
    for (int starts = 0; starts < 2; starts++) {
        bring_notes_back();
        open_ledger();
        ask_by(LEDGER_BY_TAG);
        ck_assert_int_eq(got.sums[0].attempts, 2);
        ck_assert_int_eq(got.sums[0].requests, 2);
        ck_assert_int_eq(got.sums[0].cost_nanousd, 800);
        ck_assert_int_eq(got.sums[0].estimated_nanousd, 700);
        ck_assert_str_eq(got.keys[1], "blue");
        ck_assert_int_eq(peek("SELECT count(*) FROM attempts WHERE settled ="
                              " 'unknown' AND request_id = 'open' AND"
                              " reserved_nanousd = 700 AND attempt < 0"),
                         1);
        close_ledger();
        ck_assert(!are_there_notes());
    }
    open_ledger();
}

END_TEST

/* A ledger that was put back from a copy has given the number to another. */
START_TEST(a_note_takes_no_row_from_another)
{
    struct ledger_attempt a = attempt("a", 1, LEDGER_CALL);
    struct ledger_note note;

    ledger_note(ledger, &a, 700, &note);
    keep_notes();
    ledger_unnote(ledger, &note);
    close_ledger();
    open_ledger();
    add("b", 1, LEDGER_CALL);
    ask_by(LEDGER_BY_TARGET);
    close_ledger();
    bring_notes_back();
    open_ledger();
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(got.sums[0].attempts, 2);
    ck_assert_int_eq(got.sums[0].cost_nanousd, 800);
}

END_TEST

/* The number of slots is that of the attempts at a time, not of all. */
START_TEST(notes_do_not_pile_up)
{
    struct stat st;
    char notes[128];

    (void)snprintf(notes, sizeof(notes), "%s/ledger.open", folder);
    for (int i = 1; i <= 300; i++) {
        struct ledger_attempt a = attempt("r", i, LEDGER_CALL);
        struct ledger_note note;

        ledger_note(ledger, &a, 1, &note);
        ck_assert_int_eq(note.row, i);
        ledger_add(ledger, &note, &a);
        if (i % 3 == 0)
            ask_by(LEDGER_BY_TARGET);
    }
    ck_assert_int_eq(stat(notes, &st), 0);
    ck_assert_int_le(st.st_size, 4 * 1024);
    ck_assert_int_eq(got.sums[0].attempts, 300);
}

END_TEST

START_TEST(f64_a_damaged_file_is_moved_aside)
{
    const struct event *event = NULL;
    FILE *file;

    add("r", 1, LEDGER_CALL);
    close_ledger();
    file = fopen(path, "r+e");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 100, SEEK_SET), 0);
    for (int i = 0; i < 8192; i++)
        ck_assert_int_ne(fputc('x', file), EOF);
    ck_assert_int_eq(fclose(file), 0);
    open_ledger();
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(got.sums[0].attempts, 0);
    event = events_get(app.events, 1);
    ck_assert_ptr_nonnull(event);
    ck_assert_str_eq(event->from, "ledger");
    ck_assert_str_eq(event->to, "damaged");
}

END_TEST

START_TEST(a_file_that_cannot_be_used_leaves_memory)
{
    close_ledger();
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("/nowhere", path), 0);
    open_ledger();
    ck_assert_str_eq(ledger_state(ledger), "memory");
    add("r", 1, LEDGER_CALL);
    ask_by(LEDGER_BY_TARGET);
    ck_assert_int_eq(got.sums[0].attempts, 1);
    ck_assert_str_eq(events_get(app.events, 1)->to, "memory");
}

END_TEST

static Suite *
ledger_suite(void)
{
    Suite *s = suite_create("ledger");
    TCase *tc = tcase_create("ledger");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, an_empty_ledger_has_no_rows_but_a_whole);
    tcase_add_test(tc, all_that_is_entered_is_added_up);
    tcase_add_test(tc, each_kind_is_shown_apart);
    tcase_add_test(tc, a_request_counts_once_wherever_it_is_counted);
    tcase_add_test(tc, tags_are_counted_one_by_one);
    tcase_add_test(tc, nameless_clients_and_days_have_keys);
    tcase_add_test(tc, a_question_is_about_some_time_and_some_user);
    tcase_add_test(tc, the_same_attempt_is_never_there_twice);
    tcase_add_test(tc, f67_absurd_costs_do_not_wrap);
    tcase_add_test(tc, others_may_read_the_file_meanwhile);
    tcase_add_test(tc, old_rows_are_added_up_per_day);
    tcase_add_test(tc, what_was_entered_is_there_after_a_restart);
    tcase_add_test(tc, f63_what_was_noted_and_killed_is_unknown);
    tcase_add_test(tc, a_note_takes_no_row_from_another);
    tcase_add_test(tc, notes_do_not_pile_up);
    tcase_add_test(tc, f64_a_damaged_file_is_moved_aside);
    tcase_add_test(tc, a_file_that_cannot_be_used_leaves_memory);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(ledger_suite());
}
