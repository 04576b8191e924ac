/*
 * check_top_batch.c - what `aigw-top -b` writes, when, and how it ends; with a
 * feed that plays a script.
 */
#include "tui/batch.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/suite.h"
#include "text/clock.h"
#include "text/mem.h"
#include "tui/batch_form.h"

/* 15:04:05 in UTC. */
static const double T0 = 1775401445000.0;

enum step_kind {
    SNAPSHOT,
    EVENT,
    LOST
};

struct step {
    enum step_kind kind;
    const char *json; /* LOST: the reason. */
};

/* A feed that does one step in each dispatch, and then is over. */
struct script {
    struct feed feed;
    const struct step *steps; /* The last one's `json` is NULL. */
    struct feed_wants wants;
};

static struct script *
script_of(struct feed *f)
{
    return (struct script *)(void *)f;
}

static void
script_want(struct feed *f, const struct feed_wants *wants, double now_ms)
{
    (void)now_ms;
    script_of(f)->wants = *wants;
}

static bool
script_seek(struct feed *f, double by_s, double speed, double now_ms)
{
    (void)f;
    (void)by_s;
    (void)speed;
    (void)now_ms;
    return true;
}

static int
script_fd(const struct feed *f)
{
    (void)f;
    return -1;
}

static short
script_events(const struct feed *f)
{
    (void)f;
    return 0;
}

static double
script_due_ms(const struct feed *f, double now_ms)
{
    (void)f;
    return now_ms;
}

static struct aigw_value *
parse(const char *json)
{
    struct aigw_value *value = NULL;

    ck_assert_msg(aigw_value_from_json(json, strlen(json), &value, NULL) == 0,
                  "%s", json);
    return value;
}

static void
script_dispatch(struct feed *f, double now_ms)
{
    struct script *s = script_of(f);
    const struct step *step = s->steps;

    if (!step->json) {
        f->ended(f->ctx);
        return;
    }
    s->steps++;
    if (step->kind == SNAPSHOT)
        model_take_snapshot(f->model, parse(step->json), now_ms);
    else if (step->kind == EVENT)
        model_take_event(f->model, parse(step->json));
    else
        link_lost(&f->model->link, step->json, now_ms);
    f->changed(f->ctx);
}

static const struct feed_ops script_ops = {.want = script_want,
                                           .seek = script_seek,
                                           .fd = script_fd,
                                           .events = script_events,
                                           .due_ms = script_due_ms,
                                           .dispatch = script_dispatch};

/* One run, and what came of it. */
static struct run {
    struct options options;
    struct model model;
    struct feed_wants wants;
    char *out;
    char *err;
    int exit_code;
} run;

static void
setup(void)
{
    ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
    (void)setenv("TZ", "UTC", 1);
    (void)unsetenv("COLUMNS");
    tzset();
    run = (struct run){.options = {.batch = true, .speed = 1}};
}

static void
teardown(void)
{
    model_deinit(&run.model);
    free(run.out);
    free(run.err);
}

static void
play(const struct step *steps)
{
    struct script script = {.feed = {.ops = &script_ops, .model = &run.model},
                            .steps = steps};
    size_t size;
    FILE *out = open_memstream(&run.out, &size);
    FILE *err = open_memstream(&run.err, &size);

    model_init(&run.model, "a.sock", BATCH_PERIOD_MS, clock_now_ms());
    run.exit_code =
        batch_follow(&run.options, &script.feed, &run.model, out, err);
    run.wants = script.wants;
    (void)fclose(out);
    (void)fclose(err);
}

/* The snapshot of a daemon with one target, `t` ms after T0. */
static const char *
snapshot(double t, const char *instance, const char *state, const char *more)
{
    static char texts[16][1024];
    static int n;
    char *text = texts[n++ % 16];

    (void)snprintf(
        text, sizeof(texts[0]),
        "{\"schema\": 1, \"time_ms\": %.0f, \"server\": {\"instance_id\": "
        "\"%s\", \"state\": \"%s\", \"uptime_s\": 273600, \"version\": "
        "\"1\"}, \"totals\": {\"clients\": 7, \"in_flight\": 96, "
        "\"cost_today_usd\": 182.4}, \"window\": {\"rps\": 412, "
        "\"error_rate\": 0.008, \"retry_rate\": 0.034, "
        "\"cost_per_hour_usd\": 14.21}, \"targets\": [{\"name\": "
        "\"openai/gpt-4.1\", \"state\": \"%s\", \"since_ms\": %.0f, "
        "\"is_healthy\": %s, \"rps\": 188, \"reason\": \"14 of 20 failed\"%s}]}",
        T0 + t, instance, strcmp(state, "closed") == 0 ? "ready" : "degraded",
        state, T0 + t, strcmp(state, "closed") == 0 ? "true" : "false", more);
    return text;
}

static const char *
event(int seq, double t, const char *kind, const char *to)
{
    static char texts[16][512];
    static int n;
    char *text = texts[n++ % 16];

    (void)snprintf(text, sizeof(texts[0]),
                   "{\"seq\": %d, \"time_ms\": %.0f, \"kind\": \"%s\", "
                   "\"target\": \"openai/gpt-4.1\", \"from\": \"closed\", "
                   "\"to\": \"%s\", \"reason\": \"because\"}",
                   seq, T0 + t, kind, to);
    return text;
}

START_TEST(tables_have_two_lines_before_them)
{
    play((struct step[]){{SNAPSHOT, snapshot(0, "a", "open", "")}, {0}});

    ck_assert_int_eq(run.exit_code, OPTIONS_EXIT_OK);
    ck_assert_ptr_eq(strstr(run.out,
                            "aigw-top - 15:04:05 up 3 days, 4:00, 7 clients, "
                            "LIVE\n"
                            "Requests: 412/s, 96 in flight, 0.8% errors, 3.4% "
                            "retries; cost 14.21 $/h, 182.40 $ today\n"
                            "PROVIDER/MODEL"),
                     run.out);
    ck_assert_ptr_nonnull(strstr(run.out, "\nopenai/gpt-4.1 "));
    ck_assert_str_eq(run.err, "");
}

END_TEST

START_TEST(a_blank_line_stands_between_two_looks)
{
    const char *second;

    play((struct step[]){{SNAPSHOT, snapshot(0, "a", "closed", "")},
                         {SNAPSHOT, snapshot(1000, "a", "closed", "")},
                         {0}});
    second = strstr(run.out, "\n\naigw-top - 15:04:06");
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_null(strstr(second + 2, "\n\n"));
}

END_TEST

START_TEST(more_rows_than_a_canvas_has_are_all_written_under_one_title)
{
    struct mem_text text;
    char name[32], *json;
    const char *at;

    mem_text_begin(&text);
    (void)fprintf(text.stream, "{\"time_ms\": 1, \"server\": {}, "
                               "\"targets\": [");
    for (int i = 0; i < 250; i++)
        (void)fprintf(text.stream, "%s{\"name\": \"target/%03d\"}",
                      i > 0 ? ", " : "", i);
    (void)fprintf(text.stream, "]}");
    json = mem_text_end(&text);
    play((struct step[]){{SNAPSHOT, json}, {0}});
    free(json);

    at = strstr(run.out, "PROVIDER/MODEL");
    ck_assert_ptr_nonnull(at);
    ck_assert_ptr_null(strstr(at + 1, "PROVIDER/MODEL"));
    for (int i = 0; i < 250; i++) {
        (void)snprintf(name, sizeof(name), "\ntarget/%03d ", i);
        at = strstr(at, name);
        ck_assert_msg(at != NULL, "%s", name);
    }
}

END_TEST

static const struct {
    const char *columns;
    int widest;
} widths[] = {{"40", 40}, {"132", 132}, {"200", 200}, {"9", 132}, {"x", 132}};

START_TEST(no_line_is_wider_than_columns_asks_for)
{
    (void)setenv("COLUMNS", widths[_i].columns, 1);
    play((struct step[]){{SNAPSHOT, snapshot(0, "a", "open", "")}, {0}});
    for (char *line = strtok(run.out, "\n"); line; line = strtok(NULL, "\n"))
        ck_assert_int_le((int)strlen(line), widths[_i].widest);
}

END_TEST

START_TEST(nothing_beyond_ascii_is_written_unless_asked_for)
{
    static const char name[] = ", \"model\": \"\\u001b[2J\"}, "
                               "{\"name\": \"b/\\u4f60\\u001b]0;x\"";
    struct step steps[] = {{SNAPSHOT, snapshot(0, "a", "open", name)}, {0}};

    play(steps);
    ck_assert_ptr_nonnull(strstr(run.out, "\nb/?"));
    for (const char *p = run.out; *p; p++)
        ck_assert_msg(*p == '\n' || (*p >= ' ' && *p < 0x7f), "%s", p);
    teardown();

    run.options.utf8 = true;
    play(steps);
    ck_assert_ptr_nonnull(strstr(run.out, "\nb/\xe4\xbd\xa0?]0;x"));
    ck_assert_ptr_null(strchr(run.out, 27));
}

END_TEST

START_TEST(json_is_each_snapshot_on_a_line)
{
    const char *first = snapshot(0, "a", "open", "");
    struct aigw_value *before = parse(first), *after;

    run.options.format = OPTIONS_JSON;
    play((struct step[]){{SNAPSHOT, first},
                         {SNAPSHOT, snapshot(1000, "a", "open", "")},
                         {LOST, "aigwd closed the socket"},
                         {0}});
    *strchr(run.out, '\n') = '\0';
    after = parse(run.out);
    ck_assert_int_eq(aigw_value_equal(before, after), true);
    aigw_value_free(before);
    aigw_value_free(after);

    after = parse(run.err);
    ck_assert_str_eq(aigw_get_str(after, "error.message", ""),
                     "aigwd closed the socket");
    ck_assert_str_eq(aigw_get_str(after, "error.name", ""), "closed");
    aigw_value_free(after);
}

END_TEST

/* The fields of a line of CSV. */
static int
count_fields(const char *line)
{
    bool quoted = false;
    int n = 1;

    for (; *line && *line != '\r'; line++) {
        quoted ^= *line == '"';
        n += !quoted && *line == ',';
    }
    ck_assert_str_eq(line, "\r");
    return n;
}

START_TEST(every_row_of_csv_has_as_many_fields_as_the_titles)
{
    int n_fields = 0, n_lines = 0;

    run.options.format = OPTIONS_CSV;
    play((struct step[]){
        {SNAPSHOT, snapshot(0, "a", "open", "}, {\"name\": \"a,\\\"b\"")},
        {SNAPSHOT, snapshot(1000, "a", "open", ", \"latency_ms\": null")},
        {SNAPSHOT, snapshot(2000, "a", "open", ", \"latency_ms\": {}")},
        {0}});
    for (char *line = strtok(run.out, "\n"); line; line = strtok(NULL, "\n")) {
        if (n_lines++ == 0)
            n_fields = count_fields(line);
        ck_assert_int_eq(count_fields(line), n_fields);
        if (n_lines == 1)
            ck_assert_ptr_eq(strstr(line, "\"time_ms\",\"name\","), line);
        else
            ck_assert_ptr_eq(strstr(line, "1775401"), line);
    }
    ck_assert_int_eq(n_lines, 5);
}

END_TEST

static const struct {
    struct step steps[6];
    const char *wanted;
} sentences[] = {
    /* What there is at first. */
    {{{SNAPSHOT, "closed 0"}}, "15:04:05 aigwd READY: 1 of 1 targets usable\n"},
    {{{SNAPSHOT, "open 0"}},
     "15:04:05 aigwd DEGRADED: 0 of 1 targets usable\n"
     "15:04:05 openai/gpt-4.1 OPEN: 14 of 20 failed\n"},

    /* An event, and the snapshot after it. */
    {{{SNAPSHOT, "closed 0"},
      {EVENT, "breaker open 1500"},
      {SNAPSHOT, "open 2000"},
      {SNAPSHOT, "open 3000"}},
     "15:04:06 openai/gpt-4.1 OPEN: because\n"
     "15:04:07 aigwd DEGRADED: 0 of 1 targets usable\n"},

    /* The snapshot before the event, which then comes late. */
    {{{SNAPSHOT, "closed 0"},
      {SNAPSHOT, "open 2000"},
      {EVENT, "breaker open 1500"},
      {SNAPSHOT, "open 3000"}},
     "15:04:07 aigwd DEGRADED: 0 of 1 targets usable\n"
     "15:04:07 openai/gpt-4.1 OPEN: 14 of 20 failed\n"},

    /* A trip and a recovery between two snapshots. */
    {{{SNAPSHOT, "closed 0"},
      {EVENT, "breaker open 100"},
      {EVENT, "breaker half_open 200"},
      {EVENT, "breaker closed 300"},
      {SNAPSHOT, "closed 1000"}},
     "15:04:05 openai/gpt-4.1 OPEN: because\n"
     "15:04:05 openai/gpt-4.1 HALF-OPEN: because\n"
     "15:04:05 openai/gpt-4.1 CLOSED: because\n"},

    /* What was before is no news, and single calls never are. */
    {{{SNAPSHOT, "closed 0"},
      {EVENT, "breaker open -1000"},
      {EVENT, "request failed 100"},
      {SNAPSHOT, "closed 1000"}},
     ""},

    {{{SNAPSHOT, "closed 0"},
      {EVENT, "gate limited 100"},
      {EVENT, "gate open 1100"},
      {EVENT, "health failing 1200"},
      {EVENT, "drill started 1300"}},
     "15:04:05 openai/gpt-4.1 LIMIT: because\n"
     "15:04:06 openai/gpt-4.1 LIMIT OVER: because\n"
     "15:04:06 openai/gpt-4.1 PROBE FAILING: because\n"
     "15:04:06 openai/gpt-4.1 DRILL STARTED: because\n"},
};

/* "open 1500" and "breaker open 1500" of the table as JSON. */
static struct step
spell_out(const struct step *step, int seq)
{
    char text[64], *rest = NULL;
    const char *kind, *state;
    double t;

    (void)snprintf(text, sizeof(text), "%s", step->json);
    kind = step->kind == EVENT ? strtok_r(text, " ", &rest) : "";
    state = strtok_r(step->kind == EVENT ? NULL : text, " ", &rest);
    t = strtod(rest, NULL);
    if (step->kind == SNAPSHOT)
        return (struct step){SNAPSHOT, snapshot(t, "a", state, "")};
    return (struct step){EVENT, event(seq, t, kind, state)};
}

START_TEST(every_change_is_one_sentence)
{
    struct step steps[7] = {{0}};
    const char *rest;

    run.options.format = OPTIONS_PLAIN;
    for (int i = 0; i < 6 && sentences[_i].steps[i].json; i++)
        steps[i] = spell_out(&sentences[_i].steps[i], i + 1);
    play(steps);
    rest = run.out;
    if (sentences[_i].steps[1].json) /* The first one is the greeting. */
        rest = strchr(run.out, '\n') + 1;
    ck_assert_str_eq(rest, sentences[_i].wanted);
}

END_TEST

START_TEST(budgets_that_are_passed_are_told_of_once)
{
    static const char soft[] =
        "{\"seq\": 9, \"time_ms\": 1775401445500, \"kind\": \"budget\", "
        "\"to\": \"soft\", \"reason\": \"team of web: $120.0000 of $150.00\"}";
    static const char more[] =
        "}], \"budgets\": [{\"name\": \"team\", \"key\": \"web\", \"state\": "
        "\"%s\", \"spent_usd\": 151, \"limit_usd\": 150";
    char open[256], softened[256], exceeded[256];

    (void)snprintf(open, sizeof(open), more, "open");
    (void)snprintf(softened, sizeof(softened), more, "soft");
    (void)snprintf(exceeded, sizeof(exceeded), more, "exceeded");
    run.options.format = OPTIONS_PLAIN;
    play((struct step[]){{SNAPSHOT, snapshot(0, "a", "closed", open)},
                         {EVENT, soft},
                         {SNAPSHOT, snapshot(1000, "a", "closed", softened)},
                         {SNAPSHOT, snapshot(2000, "a", "closed", exceeded)},
                         {SNAPSHOT, snapshot(3000, "a", "closed", exceeded)},
                         {0}});
    ck_assert_str_eq(strchr(run.out, '\n') + 1,
                     "15:04:05 budget team of web SOFT: $120.0000 of $150.00\n"
                     "15:04:07 budget team of web EXCEEDED: $151.00 of "
                     "$150.00\n");
}

END_TEST

START_TEST(losses_and_restarts_are_sentences)
{
    const char *at;

    run.options.format = OPTIONS_PLAIN;
    play((struct step[]){{SNAPSHOT, snapshot(0, "a", "closed", "")},
                         {LOST, "aigwd closed the socket"},
                         {SNAPSHOT, snapshot(9000, "b", "closed", "")},
                         {0}});
    at = strstr(run.out, " CONNECTION LOST: aigwd closed the socket\n");
    ck_assert_ptr_nonnull(at);
    ck_assert_str_eq(strchr(at, '\n') + 1,
                     "15:04:14 connected again\n"
                     "15:04:14 aigwd restarted, counters began again\n");
}

END_TEST

START_TEST(it_ends_after_so_many_looks)
{
    run.options.iterations = 2;
    run.options.interval_ms = 5000;
    run.options.window_s = 300;
    play((struct step[]){{SNAPSHOT, snapshot(0, "a", "closed", "")},
                         {EVENT, event(1, 10, "breaker", "open")},
                         {SNAPSHOT, snapshot(1000, "a", "closed", "")},
                         {SNAPSHOT, snapshot(2000, "a", "closed", "")},
                         {0}});
    ck_assert_int_eq(run.exit_code, OPTIONS_EXIT_OK);
    ck_assert_ptr_nonnull(strstr(run.out, "15:04:06"));
    ck_assert_ptr_null(strstr(run.out, "15:04:07"));
    ck_assert_double_eq(run.wants.interval_ms, 5000);
    ck_assert_int_eq(run.wants.window_s, 300);
}

END_TEST

START_TEST(a_look_that_finds_nothing_is_one_and_says_so)
{
    run.options.iterations = 2;
    play((struct step[]){{SNAPSHOT, snapshot(0, "a", "closed", "")},
                         {LOST, "aigwd closed the socket"},
                         {0}});
    ck_assert_int_eq(run.exit_code, OPTIONS_EXIT_CONNECT);
    ck_assert_ptr_nonnull(
        strstr(run.out, "STALE 0s, retry in 1s: aigwd closed the socket\n"));
}

END_TEST

START_TEST(without_a_daemon_it_does_not_begin)
{
    run.options.format = OPTIONS_CSV;
    play((struct step[]){{LOST, "no such file"}, {0}});
    ck_assert_int_eq(run.exit_code, OPTIONS_EXIT_CONNECT);
    ck_assert_str_eq(run.out, "");
    ck_assert_str_eq(run.err, "aigw-top: no such file. Is aigwd running?\n");
}

END_TEST

START_TEST(of_a_recording_a_longer_delay_takes_a_part)
{
    run.options.demo = true;
    run.options.interval_ms = 2000;
    run.options.format = OPTIONS_CSV;
    play((struct step[]){{SNAPSHOT, snapshot(0, "a", "closed", "")},
                         {SNAPSHOT, snapshot(1010, "a", "closed", "")},
                         {SNAPSHOT, snapshot(1990, "a", "closed", "")},
                         {SNAPSHOT, snapshot(500, "a", "closed", "")},
                         {0}});
    ck_assert_ptr_nonnull(strstr(run.out, "\n1775401445000,"));
    ck_assert_ptr_null(strstr(run.out, "\n1775401446010,"));
    ck_assert_ptr_nonnull(strstr(run.out, "\n1775401446990,"));
    ck_assert_ptr_nonnull(strstr(run.out, "\n1775401445500,"));
}

END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("top_batch");
    TCase *tc = tcase_create("batch");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, tables_have_two_lines_before_them);
    tcase_add_test(tc, a_blank_line_stands_between_two_looks);
    tcase_add_test(tc,
                   more_rows_than_a_canvas_has_are_all_written_under_one_title);
    tcase_add_loop_test(tc, no_line_is_wider_than_columns_asks_for, 0,
                        (int)(sizeof(widths) / sizeof(widths[0])));
    tcase_add_test(tc, nothing_beyond_ascii_is_written_unless_asked_for);
    tcase_add_test(tc, json_is_each_snapshot_on_a_line);
    tcase_add_test(tc, every_row_of_csv_has_as_many_fields_as_the_titles);
    tcase_add_loop_test(tc, every_change_is_one_sentence, 0,
                        (int)(sizeof(sentences) / sizeof(sentences[0])));
    tcase_add_test(tc, budgets_that_are_passed_are_told_of_once);
    tcase_add_test(tc, losses_and_restarts_are_sentences);
    tcase_add_test(tc, it_ends_after_so_many_looks);
    tcase_add_test(tc, a_look_that_finds_nothing_is_one_and_says_so);
    tcase_add_test(tc, without_a_daemon_it_does_not_begin);
    tcase_add_test(tc, of_a_recording_a_longer_delay_takes_a_part);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(make_suite());
}
