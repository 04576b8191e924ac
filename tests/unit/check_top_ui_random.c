/*
 * check_top_ui_random.c - what holds whatever is pressed, in front of whatever
 * a daemon may send.
 */
#include <stdio.h>
#include <string.h>

#include "support/suite.h"
#include "support/top_fixture.h"
#include "text/utf8.h"
#include "tui/draw.h"
#include "tui/table.h"

enum {
    STEPS = 10000,
    DRAW_EVERY = 20,
    FEW_STEPS = 1000,
    SNAPSHOT_EVERY = 100,
    SELECT_EVERY = 2,
    MAX_LIST = 60,
    MAX_DEPTH = 3
};

static struct top top;
static uint64_t seed;

/* What the daemon sends while it is well. */
enum {
    SNAPSHOT,
    REQUESTS,
    EVENTS,
    COSTS, /* And the two after it. */
    N_SENT = COSTS + COST_BY_N
};

static struct aigw_value *sent[N_SENT];

static void
setup(void)
{
    static const char *const names[N_SENT] = {
        "snapshot.json",    "requests.json",   "events.json",
        "cost_target.json", "cost_route.json", "cost_client.json"};

    top_setup(&top);
    seed = 88172645463325252;
    for (int i = 0; i < N_SENT; i++)
        sent[i] = top_value(names[i]);
}

static void
teardown(void)
{
    for (int i = 0; i < N_SENT; i++)
        aigw_value_free(sent[i]);
    top_teardown(&top);
}

/* A number below `n` (xorshift64). */
static int
below(int n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int)(seed % (uint64_t)n);
}

static const char *const texts[] = {
    "",        "a",           "openai/gpt-4.1", "open",
    "closed",  "\x1b[2Jevil", "e\xcc\x81",      "\xe6\xbc\xa2\xe5\xad\x97",
    "\xff",    "half_open",   "enabled",        "done",
    "waiting", "latched",     "draining",       "exceeded"};

enum {
    N_TEXTS = sizeof(texts) / sizeof(texts[0])
};

static struct aigw_value *
random_text(void)
{
    char text[400];

    if (below(8) > 0)
        return aigw_value_new_str(texts[below(N_TEXTS)]);
    memset(text, 'x', sizeof(text));
    text[below((int)sizeof(text))] = '\0';
    text[sizeof(text) - 1] = '\0';
    return aigw_value_new_str(text);
}

static struct aigw_value *
random_number(void)
{
    static const double numbers[] = {0, 1, -1, 0.5, 1e300, -1e300, 1e15, 60};

    return aigw_value_new_double(numbers[below(8)] * below(1000));
}

/* Something in place of `value`: most often the same. */
static struct aigw_value *
distort(const struct aigw_value *value, int depth)
{
    size_t n = aigw_value_size(value);
    struct aigw_value *copy;

    if (below(20) == 0)
        return random_text();
    if (below(20) == 0)
        return random_number();
    if (below(40) == 0)
        return aigw_value_new_nil();
    if (depth == 0)
        return aigw_value_copy(value);
    if (aigw_value_type(value) == AIGW_TYPE_MAP) {
        copy = aigw_value_map();
        for (size_t i = 0; i < n; i++)
            aigw_value_set(copy, aigw_value_key(value, i),
                           distort(aigw_value_at(value, i), depth - 1));
        return copy;
    }
    if (aigw_value_type(value) != AIGW_TYPE_ARRAY || n == 0)
        return aigw_value_copy(value);
    copy = aigw_value_array();
    for (int i = below(MAX_LIST); i > 0; i--)
        aigw_value_append(
            copy,
            distort(aigw_value_at(value, (size_t)below((int)n)), depth - 1));
    return copy;
}

static struct aigw_value *
spoilt(int which)
{
    return distort(sent[which], MAX_DEPTH);
}

static void
send_something(void)
{
    int by = below(COST_BY_N);
    struct aigw_value *events = spoilt(EVENTS);

    model_take_snapshot(&top.model, spoilt(SNAPSHOT), top.now_ms);
    model_take_requests(&top.model, spoilt(REQUESTS));
    model_take_cost(&top.model, (enum cost_by)by, spoilt(COSTS + by));
    for (size_t i = 0; i < aigw_value_size(events); i++)
        model_take_event(&top.model, aigw_value_copy(aigw_value_at(events, i)));
    aigw_value_free(events);
    if (below(4) == 0)
        link_lost(&top.model.link, "gone", top.now_ms);
}

static struct input
random_input(int rows, int cols)
{
    struct input input = {.key = below(128),
                          .row = below(rows + 2) - 1,
                          .col = below(cols + 2) - 1};

    if (below(3) == 0)
        input.key = INPUT_NAMED + 1 + below(INPUT_END_OF_NAMED - INPUT_NAMED);
    else if (below(10) == 0)
        input.key = below(INPUT_NAMED);
    return input;
}

/* Check writes a message for each assertion, which takes longer than what is
 * tested here; this one only does when it fails. */
static void
hold(bool condition, const char *what)
{
    if (!condition)
        ck_abort_msg("%s", what);
}

static void
check_text(const char *text)
{
    size_t size = strlen(text);

    hold(size < UI_MAX_PATTERN, "a pattern is bounded");
    for (size_t i = 0; i < size;) {
        size_t n = utf8_sequence(text + i, size - i);

        hold(n > 0, "a pattern is UTF-8");
        i += n;
    }
}

static void
check_table(enum ui_view view)
{
    const struct ui_table *state = &top.ui.tables[view];
    const struct table *t = table_of(view);

    hold(state->sort >= -1 && state->sort < (t ? (int)t->n_columns : 0),
         "it is sorted by a column or by none");
    hold(state->index >= 0 && state->index < TABLE_MAX_ROWS,
         "the selected row is a row");
    hold(state->top >= 0 && state->top < TABLE_MAX_ROWS,
         "the first row is a row");
    hold(strlen(state->selected) < UI_MAX_NAME, "a name is bounded");
    check_text(state->filter);
}

/* What is selected is there, if anything is. */
static void
check_selected(void)
{
    static struct table_rows rows;
    const struct table *t = table_of(top.ui.view);
    int selected;

    if (!t)
        return;
    table_collect(t, &top.model, &top.ui, &rows);
    selected = table_selected(t, &rows, &top.ui.tables[top.ui.view]);
    hold(selected < (int)rows.n_rows, "the selected row is there");
    hold(selected >= (rows.n_rows > 0 ? 0 : -1), "a row is selected");
}

static void
check_action(const struct ui_order *order)
{
    const struct ui *ui = &top.ui;

    if (ui->mode != UI_CONFIRM && order->kind != UI_ACT) {
        hold(ui->action.params == NULL, "what was not confirmed is freed");
        return;
    }
    hold(ui->action.method != NULL, "an action has a method");
    hold(ui->action.params != NULL, "an action has params");
    hold(aigw_value_status(ui->action.params) == 0, "params are whole");
    hold(ui->action.question[0] != '\0', "an action was asked for");
}

static void
check_ui(const struct ui_order *order)
{
    const struct ui *ui = &top.ui;

    hold((int)ui->view < UI_VIEWS, "the view is one");
    hold((int)ui->mode <= UI_CONFIRM, "the mode is one");
    hold((int)ui->cost_by < COST_BY_N, "costs are by something");
    hold((int)order->kind <= UI_SUSPEND, "the order is one");
    hold(ui->interval_ms >= 100 && ui->interval_ms <= 60000,
         "the rate is one that the help tells of");
    hold(ui->help_top >= 0, "the help begins somewhere");
    check_text(ui->typed);
    check_text(ui->search);
    for (int view = 0; view < UI_VIEWS; view++)
        check_table((enum ui_view)view);
    if (below(SELECT_EVERY) == 0)
        check_selected();
    check_action(order);
}

/* Answers an action some time; until then its params are kept. */
static void
answer(const struct ui_order *order)
{
    if (order->kind == UI_ACT)
        ui_answered(&top.ui, below(2) ? AIGW_ERR_CLOSED : 0, NULL, "no",
                    top.now_ms);
}

static void
run(int steps)
{
    int rows = TOP_ROWS, cols = TOP_COLS;

    for (int i = 0; i < steps; i++) {
        struct input input = random_input(rows, cols);
        struct ui_order order;

        top.now_ms += below(1000);
        if (i % SNAPSHOT_EVERY == 0)
            send_something();
        order = ui_input(&top.ui, &top.model, &input, rows, cols, top.now_ms);
        check_ui(&order);
        answer(&order);
        if (below(DRAW_EVERY) > 0)
            continue;
        (void)ui_refresh(&top.ui, &top.model, rows, cols, top.now_ms);
        top_draw(&top, rows, cols, below(2));
        rows = 1 + below(60);
        cols = 1 + below(220);
    }
}

START_TEST(whatever_is_pressed_leaves_the_dashboard_in_order)
{
    run(STEPS);
}

END_TEST

START_TEST(whatever_is_pressed_in_front_of_a_recording_changes_nothing)
{
    top.ui.replay = true;
    run(FEW_STEPS);
    ck_assert_ptr_null(top.ui.action.method);
}

END_TEST

START_TEST(whatever_is_pressed_with_readonly_changes_nothing)
{
    top.ui.readonly = true;
    run(FEW_STEPS);
    ck_assert_ptr_null(top.ui.action.method);
}

END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("top_ui_random");
    TCase *tc = tcase_create("random keys");

    tcase_set_timeout(tc, 100);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, whatever_is_pressed_leaves_the_dashboard_in_order);
    tcase_add_test(tc,
                   whatever_is_pressed_in_front_of_a_recording_changes_nothing);
    tcase_add_test(tc, whatever_is_pressed_with_readonly_changes_nothing);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(make_suite());
}
