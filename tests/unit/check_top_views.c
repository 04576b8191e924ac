/*
 * check_top_views.c - what stands in the views of requests, costs, events and
 * the daemon, and in the pane of a request.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"
#include "support/top_fixture.h"
#include "tui/table.h"

static struct top top;

static void
setup(void)
{
    top_setup(&top);
}

static void
teardown(void)
{
    top_teardown(&top);
}

static void
show(const char *keys, int cols)
{
    top_type(&top, keys);
    (void)ui_refresh(&top.ui, &top.model, 40, cols, top.now_ms);
    top_draw(&top, 40, cols, true);
}

static void
lacks(const char *text)
{
    char *screen = top_text(&top);

    ck_assert_msg(strstr(screen, text) == NULL, "\"%s\" in\n%s", text, screen);
    free(screen);
}

static const struct {
    const char *keys;
    int cols;
    const char *text;
} shown[] = {
    /* Requests: in flight, the oldest first, then those that ended. */
    {"3", 110,
     ">01J9XZ7KP1    web        chat-default anthropic/sonnet-4  STREAM"},
    {"3", 80, " 01J9XZ7KQ3    notebook   -                   QUEUED"},
    {"3", 80, "FAILED     3.3s      0    $0.00"},
    {"3", 80, " 6 requests:   4 running, 2 ended, 1 failed"},
    {"3a", 80, " 4 requests:   4 running, 0 ended"},

    /* The pane of a request. */
    {"3d", 80, "+- 01J9XZ7KP1 -----"},
    {"3d", 80, "STREAM    12s   812 tokens   $0.012   client web"},
    {"3d", 80,
     "| openai/gpt-4.1      overload 529         +0      -    310  ."},
    {"3d", 80,
     "| anthropic/sonnet-4  running            +400    402    12s  .||"},
    {"3d", 80, "| +350ms  failover  anthropic/sonnet-4  HTTP 529"},
    {"3dG", 80, "+- 01J9XZ7KN9 -----"},

    {"3d", 60, "| TARGET              OUTCOME         TIME"},
    {"3d", 60, "| openai/gpt-4.1      overload 529     310  ."},
    {"3d", 40, "| anthropic/sonnet-4      12s"},
    {"3d", 24, "| anthropic/sonnet-4   |"},

    /* Costs. */
    {"4", 80,
     " NAME                  TODAY$ SHARE%    $/h REQUESTS     IN    $/DAY"},
    {"4", 80, ">anthropic/sonnet-4     81.60   44.7   6.80  4100000"},
    {"4", 80,
     " By target (b)  today $182.40  $14.21/h  at this rate $290.48 a day"},
    {"4b", 80, " By route (b)"},
    {"4b", 80, ">chat-default"},
    {"4bb", 80, " By client (b)"},
    {"4", 80,
     " daily              [|||||||||||   :   ]  61%"
     "  limit reached at 22:41"},
    {"4", 120, "$61.90 of $150.00  +$0.30 reserved  per day, then downgrade"},
    {"4", 80,
     " team web           [||||||||||||  :   ]  67%"
     "  limit reached at 21:40"},
    {"4", 80, " month              [||||            : ]  18%  $902.10 of"},

    /* Events: the newest is selected, and the last one. */
    {"5", 80, ">15:03:56 health     local/llama3-70b    enabled -> draining"},
    {"5", 80, " 15:03:23 breaker    openai/gpt-4.1      closed -> open"},
    {"5", 80, " 3d04h    server     -                   ready"},
    {"5/503\r", 80, ">15:02:51 breaker    gemini/2.5-pro      closed -> open"},

    {"5", 40, " 15:03:23 ope..4.1 closed -> open"},
    {"5", 20, " 15:03:23 open"},

    /* The daemon. */
    {"6", 80, " Process    aigwd 0.4.1  pid 812  gw1"},
    {"6", 80, " State      degraded, up 3d04h"},
    {"6", 80, " Config     generation 17, read 2m11s ago"},
    {"6", 80, " Loop lag   300us"},
    {"6", 80, " Memory     48 MiB"},
    {"6", 80, " Held       1.8 MiB of 256 MiB             [|     "},
    {"6", 80, " Files      143 of 65536 open"},
    {"6", 80, " Callers    9 of 1024 connections"},
    {"6", 80, " Providers  96 transfers, 41 connections"},
    {"6", 80, " RPC queue  0 B to be written"},
    {"6", 80, " Log        0 lines dropped"},
    {"6", 80, " Ledger     ok, 0 B waiting, 0 lost"},
    {"6", 80, "            1.2M rows, 88k commits"},
    {"6", 80, " Sessions   ok"}};

START_TEST(a_view_shows_what_the_daemon_tells)
{
    show(shown[_i].keys, shown[_i].cols);
    top_shows(&top, shown[_i].text);
}

END_TEST

/* The calls in hand, of which the oldest has ended since. */
static void
take_requests_without_the_first(void)
{
    struct aigw_value *answer = top_value("requests.json");
    const struct aigw_value *all = aigw_value_get(answer, "requests");
    struct aigw_value *left = aigw_value_array();

    for (size_t i = 1; i < aigw_value_size(all); i++)
        (void)aigw_value_append(left, aigw_value_copy(aigw_value_at(all, i)));
    (void)aigw_value_append(left, aigw_value_copy(aigw_value_at(all, 0)));
    (void)aigw_value_set(answer, "requests", left);
    model_take_requests(&top.model, answer);
    show("", 80);
}

START_TEST(the_oldest_request_is_another_one_when_it_has_ended)
{
    const struct ui_table *state = &top.ui.tables[UI_REQUESTS];

    show("3", 80);
    ck_assert_str_eq(state->selected, "01J9XZ7KP1");
    take_requests_without_the_first();
    ck_assert_str_eq(state->selected, "01J9XZ7KP8");
    ck_assert_int_eq(state->index, 0);
}

END_TEST

START_TEST(a_request_that_is_looked_at_stays_selected_when_it_has_ended)
{
    show("3d", 80);
    take_requests_without_the_first();
    ck_assert_str_eq(top.ui.tables[UI_REQUESTS].selected, "01J9XZ7KP1");
}

END_TEST

START_TEST(the_age_of_a_request_grows_between_snapshots)
{
    top.now_ms += 700;
    show("3", 80);
    top_shows(&top, "anthropic/sonnet-4  STREAM      13s");
    top_shows(&top, "FAILED     3.3s");
}

END_TEST

/* The list `name` of the snapshot, with `changes` in its only row. */
static void
take_list(const char *name, const char *row_json)
{
    struct aigw_value *snapshot = aigw_value_copy(top.model.snapshot);
    struct aigw_value *list = aigw_value_array();
    struct aigw_value *row = NULL;

    ck_assert_int_eq(
        aigw_value_from_json(row_json, strlen(row_json), &row, NULL), 0);
    aigw_value_append(list, row);
    aigw_value_set(snapshot, name, list);
    model_take_snapshot(&top.model, snapshot, top.now_ms);
}

static const struct {
    const char *budget;
    const char *line;
} budgets[] = {
    {"{\"name\": \"a\", \"limit_usd\": 10, \"spent_usd\": 10.5,"
     " \"state\": \"exceeded\", \"resets_at_ms\": 1775433600000}",
     " a                  [||||||||||||||||||] 105%"
     "  LIMIT REACHED, until 00:00"},
    {"{\"name\": \"a\", \"limit_usd\": 10, \"spent_usd\": 10,"
     " \"state\": \"exceeded\", \"period\": \"total\"}",
     " a                  [||||||||||||||||||] 100%  LIMIT REACHED  $10.00"},
    {"{\"name\": \"a\", \"limit_usd\": 10, \"spent_usd\": 5, \"soft\": 0.9,"
     " \"reserved_usd\": 4, \"state\": \"soft\"}",
     " a                  [|||||||||+++++++: ]  50%  $5.00 of $10.00"
     "  +$4.00 reserved"},
    {"{\"name\": \"a\", \"limit_usd\": 10, \"spent_usd\": 1, \"state\":"
     " \"open\", \"exhausted_at_ms\": 1775701445000}",
     " a                  [||                ]  10%"
     "  limit reached in 3d11h"},
    {"{\"name\": \"a\", \"limit_usd\": 0, \"spent_usd\": 0}",
     " a                  [                  ]   0%  $0.00 of $0.00"},
    {"{}", " -                  [                  ]   0%"}};

START_TEST(a_budget_tells_how_far_it_is)
{
    take_list("budgets", budgets[_i].budget);
    show("4", 80);
    top_shows(&top, budgets[_i].line);
}

END_TEST

START_TEST(budgets_leave_room_for_the_table)
{
    top_type(&top, "4");
    top_draw(&top, 12, 80, true);
    top_shows(&top, ">anthropic/sonnet-4");
    top_shows(&top, " By target");
    top_draw(&top, 5, 20, true);
    top_shows(&top, ">anth");
}

END_TEST

START_TEST(a_click_finds_the_row_above_the_budgets)
{
    const struct ui_table *state = &top.ui.tables[UI_COST];

    top_type(&top, "4");
    (void)top_input(&top, &(struct input){INPUT_MOUSE, 8, 3});
    ck_assert_str_eq(state->selected, "openai/gpt-4.1");
    (void)top_input(&top, &(struct input){INPUT_MOUSE, TOP_ROWS - 4, 3});
    ck_assert_str_eq(state->selected, "openai/gpt-4.1");
}

END_TEST

START_TEST(loop_lag_and_memory_have_a_course)
{
    for (int lag = 1; lag <= 4; lag++) {
        struct aigw_value *snapshot = aigw_value_copy(top.model.snapshot);
        struct aigw_value *server =
            aigw_value_copy(aigw_value_get(snapshot, "server"));

        aigw_value_set_double(server, "loop_lag_ms", lag);
        aigw_value_set(snapshot, "server", server);
        model_take_snapshot(&top.model, snapshot, top.now_ms);
    }
    show("6", 80);
    top_shows(&top, " Loop lag   4.0ms ");
    top_shows(&top, " ..-=#\n Memory ");
    top_shows(&top, " #####\n Held ");
}

END_TEST

START_TEST(losses_stand_out)
{
    struct aigw_value *snapshot = aigw_value_copy(top.model.snapshot);
    struct aigw_value *server =
        aigw_value_copy(aigw_value_get(snapshot, "server"));
    int row = 0;

    aigw_value_set_int(server, "log_dropped", 12);
    aigw_value_set(snapshot, "server", server);
    model_take_snapshot(&top.model, snapshot, top.now_ms);
    show("6", 80);
    top_shows(&top, " Log        12 lines dropped");
    while (canvas_cell(&top.canvas, row, 1).chars[0] != L'L'
           || canvas_cell(&top.canvas, row, 2).chars[0] != L'o'
           || canvas_cell(&top.canvas, row, 3).chars[0] != L'g')
        row++;
    ck_assert_int_eq(canvas_cell(&top.canvas, row, 12).style, STYLE_BAD);
}

END_TEST

START_TEST(the_daemon_is_scrolled_where_it_does_not_fit)
{
    top_type(&top, "6");
    for (int i = 0; i < 40; i++)
        (void)ui_input(&top.ui, &top.model, &(struct input){.key = 'j'}, 10, 60,
                       top.now_ms);
    top_draw(&top, 10, 60, true);
    top_shows(&top, " Sessions   ok");
    lacks("Process");
    (void)ui_input(&top.ui, &top.model, &(struct input){.key = 'g'}, 10, 60,
                   top.now_ms);
    top_draw(&top, 10, 60, true);
    top_shows(&top, " Process");
}

END_TEST

START_TEST(a_recording_that_is_over_says_so)
{
    top.ui.replay = true;
    show("", 80);
    top_shows(&top, "  REPLAY x1  15:04:05");
    link_set_period(&top.model.link, (double)INFINITY, top.now_ms);
    show("", 80);
    top_shows(&top, "  ENDED  15:04:05");
    lacks("REPLAY");
}

END_TEST

START_TEST(without_anything_a_view_says_so)
{
    static const char *const says[] = {"3", "No requests yet.",
                                       "4", "Nothing was spent today.",
                                       "5", "Nothing has happened yet."};

    model_take_requests(&top.model, NULL);
    model_take_cost(&top.model, COST_BY_TARGET, NULL);
    for (size_t i = 0; i < top.model.n_events; i++)
        aigw_value_free(top.model.events[i]);
    top.model.n_events = 0;
    for (size_t i = 0; i < 3; i++) {
        show(says[2 * i], 80);
        top_shows(&top, says[2 * i + 1]);
    }
}

END_TEST

START_TEST(control_bytes_of_clients_do_not_pass)
{
    struct aigw_value *requests = NULL;
    static const char json[] =
        "{\"requests\": [{\"request_id\": \"\\u001b[2Jx\", \"state\":"
        " \"waiting\", \"client\": \"a\\nb\", \"attempt_log\": [{\"target\":"
        " \"\\u0007t\", \"outcome\": \"\\u001bc\"}]}]}";

    ck_assert_int_eq(aigw_value_from_json(json, strlen(json), &requests, NULL),
                     0);
    model_take_requests(&top.model, requests);
    show("3d", 80);
    top_shows(&top, ">?[2Jx");
    top_shows(&top, "a b");
    top_shows(&top, "?t ");
}

END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("top_views");
    TCase *tc = tcase_create("views");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, a_view_shows_what_the_daemon_tells, 0,
                        (int)(sizeof(shown) / sizeof(shown[0])));
    tcase_add_test(tc, the_oldest_request_is_another_one_when_it_has_ended);
    tcase_add_test(
        tc, a_request_that_is_looked_at_stays_selected_when_it_has_ended);
    tcase_add_test(tc, the_age_of_a_request_grows_between_snapshots);
    tcase_add_loop_test(tc, a_budget_tells_how_far_it_is, 0,
                        (int)(sizeof(budgets) / sizeof(budgets[0])));
    tcase_add_test(tc, budgets_leave_room_for_the_table);
    tcase_add_test(tc, a_click_finds_the_row_above_the_budgets);
    tcase_add_test(tc, loop_lag_and_memory_have_a_course);
    tcase_add_test(tc, losses_stand_out);
    tcase_add_test(tc, the_daemon_is_scrolled_where_it_does_not_fit);
    tcase_add_test(tc, a_recording_that_is_over_says_so);
    tcase_add_test(tc, without_anything_a_view_says_so);
    tcase_add_test(tc, control_bytes_of_clients_do_not_pass);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(make_suite());
}
