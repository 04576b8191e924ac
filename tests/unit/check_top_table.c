/*
 * check_top_table.c - which rows and columns of a table are shown, in which
 * order, and which row is selected.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/rng.h"
#include "support/suite.h"
#include "tui/panel.h"

enum {
    NAME,
    STATE,
    VALUE,
    MORE,
    REST
};

static struct aigw_value *rows_value;
static struct model model;
static struct ui ui;
static struct table_rows rows;

static const struct aigw_value *
list(const struct model *m, const struct ui *of)
{
    (void)m;
    (void)of;
    return rows_value;
}

static bool
is_idle(const struct aigw_value *row)
{
    return aigw_get_bool(row, "idle", false);
}

static const struct table_column columns[] = {
    [NAME] = {.title = "NAME",
              .rank = 0,
              .cols = 20,
              .least = 8,
              .show = table_show_text,
              .path = "name"},
    [STATE] = {.title = "STATE",
               .rank = 1,
               .cols = 9,
               .least = 6,
               .show = table_show_text,
               .path = "state"},
    [VALUE] = {.title = "VALUE",
               .rank = 2,
               .cols = 6,
               .right = true,
               .show = table_show_count,
               .path = "value"},
    [MORE] = {.title = "MORE",
              .rank = 4,
              .cols = 5,
              .loose = 7,
              .show = table_show_text,
              .path = "more"},
    [REST] = {.title = "REST",
              .rank = 3,
              .least = 10,
              .show = table_show_text,
              .path = "rest"},
};

static const struct table table = {.columns = columns,
                                   .n_columns = 5,
                                   .list = list,
                                   .name_path = "name",
                                   .found_by = {"state"},
                                   .thing = "thing",
                                   .is_idle = is_idle,
                                   .empty = "Nothing."};

static struct ui_table *
state(void)
{
    return &ui.tables[ui.view];
}

static void
setup(void)
{
    ui_init(&ui);
    ui.view = UI_TARGETS;
    *state() = (struct ui_table){.sort = -1};
}

static void
teardown(void)
{
    ui_deinit(&ui);
    aigw_value_free(rows_value);
    rows_value = NULL;
}

static void
collect(const char *json)
{
    aigw_value_free(rows_value);
    ck_assert_int_eq(
        aigw_value_from_json(json, strlen(json), &rows_value, NULL), 0);
    table_collect(&table, &model, &ui, &rows);
}

/* Asserts that the rows are called `names`, each a letter. */
static void
rows_are(const char *names)
{
    char found[64] = "";

    for (size_t i = 0; i < rows.n_rows; i++)
        strncat(found, table_name(&table, rows.rows[i]), 1);
    ck_assert_str_eq(found, names);
}

static const char SOME[] =
    "[{\"name\":\"c\",\"value\":2,\"state\":\"open\"},"
    "{\"name\":\"a\",\"value\":1,\"state\":\"closed\",\"idle\":true},"
    "{\"name\":\"e\",\"value\":null,\"state\":\"closed\"},"
    "{\"name\":\"d\",\"value\":2,\"state\":\"half_open\"},"
    "{\"name\":\"b\",\"state\":\"draining\"}]";

START_TEST(unsorted_rows_stand_as_the_daemon_has_them)
{
    collect(SOME);
    rows_are("caedb");
}

END_TEST

START_TEST(ties_go_by_name_and_what_has_no_value_comes_last)
{
    state()->sort = VALUE;
    collect(SOME);
    rows_are("cdabe");
    state()->ascending = true;
    collect(SOME);
    rows_are("acdbe");
}

END_TEST

START_TEST(texts_are_sorted_whatever_their_capitals)
{
    state()->sort = NAME;
    state()->ascending = true;
    collect("[{\"name\":\"b\"},{\"name\":\"C\"},{\"name\":\"A\"}]");
    rows_are("AbC");
}

END_TEST

START_TEST(rows_of_the_same_name_stay_in_their_order)
{
    state()->sort = VALUE;
    collect("[{\"name\":\"x\",\"id\":1},{\"name\":\"x\",\"id\":2},"
            "{\"name\":\"x\",\"id\":3}]");
    for (size_t i = 0; i < rows.n_rows; i++)
        ck_assert_int_eq(aigw_get_int(rows.rows[i], "id", 0), (int)i + 1);
}

END_TEST

static const struct {
    const char *filter;
    const char *shown;
} filters[] = {
    {"", "caedb"}, {"OPEN", "cd"}, {"A", "adb"}, {"raining", "b"}, {"zzz", ""},
};

START_TEST(the_filter_looks_at_names_and_states)
{
    (void)snprintf(state()->filter, sizeof(state()->filter), "%s",
                   filters[_i].filter);
    collect(SOME);
    rows_are(filters[_i].shown);
    ck_assert_uint_eq(rows.n_hidden, 5 - rows.n_rows);
}

END_TEST

START_TEST(idle_rows_are_hidden_on_demand)
{
    ui.hide_idle = true;
    collect(SOME);
    rows_are("cedb");
    ck_assert_uint_eq(rows.n_hidden, 1);
}

END_TEST

START_TEST(what_is_no_list_has_no_rows)
{
    static const char *const values[] = {"{}", "7", "null", "\"x\"", "[]"};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        collect(values[i]);
        rows_are("");
        ck_assert_int_eq(table_selected(&table, &rows, state()), -1);
    }
}

END_TEST

START_TEST(the_selection_sticks_to_the_name)
{
    (void)snprintf(state()->selected, UI_MAX_NAME, "%s", "d");
    state()->sort = VALUE;
    collect(SOME);
    ck_assert_int_eq(table_selected(&table, &rows, state()), 1);
    state()->ascending = true;
    collect(SOME);
    ck_assert_int_eq(table_selected(&table, &rows, state()), 2);
}

END_TEST

START_TEST(a_row_that_is_gone_leaves_its_place_selected)
{
    collect(SOME);
    (void)snprintf(state()->selected, UI_MAX_NAME, "%s", "gone");
    state()->index = 2;
    ck_assert_int_eq(table_selected(&table, &rows, state()), 2);
    state()->index = 9;
    ck_assert_int_eq(table_selected(&table, &rows, state()), 4);
    state()->index = -3;
    ck_assert_int_eq(table_selected(&table, &rows, state()), 0);
}

END_TEST

static const struct {
    int cols;
    int name_cols;
    bool narrow;
    const char *fit; /* Each column and its width. */
} fits[] = {
    {80, 10, false, "0:20 1:9 2:6 3:5 4:36 "},
    {54, 10, false, "0:20 1:9 2:6 3:5 4:10 "},
    /* Dropped by rank; then others may have more than they need. */
    {53, 10, false, "0:20 1:9 2:6 4:15 "},
    {48, 10, false, "0:20 1:9 2:6 4:10 "},
    {47, 10, false, "0:20 1:9 2:6 "},
    {80, 10, true, "0:20 1:9 2:6 "},
    /* Names take what is left, and from others up to a third of all. */
    {47, 25, false, "0:25 1:9 2:6 "},
    {48, 19, false, "0:20 1:9 2:6 4:10 "},
    {75, 40, false, "0:25 1:9 2:6 3:5 4:26 "},
    /* Then the last three are made smaller, and dropped at last. */
    {36, 10, false, "0:20 1:8 2:6 "},
    {24, 10, false, "0:10 1:6 2:6 "},
    {22, 10, false, "0:8 1:6 2:6 "},
    {21, 10, false, "0:10 1:6 "},
    {14, 10, false, "0:10 "},
    {5, 10, false, "0:5 "},
};

START_TEST(columns_are_dropped_by_rank)
{
    struct table_fit fit;
    char found[128] = "";

    table_fit(&table, fits[_i].cols, fits[_i].name_cols, fits[_i].narrow, &fit);
    for (size_t k = 0; k < fit.n_columns; k++)
        (void)snprintf(found + strlen(found), sizeof(found) - strlen(found),
                       "%d:%d ", fit.columns[k], fit.cols[k]);
    ck_assert_str_eq(found, fits[_i].fit);
}

END_TEST

START_TEST(what_is_shown_is_never_wider_than_the_screen)
{
    static const enum ui_view views[] = {UI_TARGETS, UI_ROUTES, UI_REQUESTS,
                                         UI_COST, UI_EVENTS};

    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        for (int cols = 1; cols <= CANVAS_MAX_COLS; cols++) {
            struct table_fit fit;
            int used = -1;

            table_fit(table_of(views[i]), cols, cols % 47, cols < 50, &fit);
            ck_assert_uint_ge(fit.n_columns, 1);
            for (size_t k = 0; k < fit.n_columns; k++) {
                ck_assert_int_ge(fit.cols[k], 1);
                used += fit.cols[k] + 1;
            }
            ck_assert_int_le(used, cols);
        }
    }
}

END_TEST

static struct aigw_value *
random_value(struct rng *r)
{
    static const double odd[] = {0, -1, 1e300, -1e300, 0.5};

    switch (rng_upto(r, 6)) {
    case 0:
        return aigw_value_new_nil();
    case 1:
        return aigw_value_new_str("text");
    case 2:
        return aigw_value_new_double(odd[rng_upto(r, 4)]);
    case 3:
        return aigw_value_new_double(rng_upto(r, 1) ? (double)NAN
                                                    : (double)INFINITY);
    case 4:
        return aigw_value_map();
    default:
        return aigw_value_new_int(rng_upto(r, 3));
    }
}

static void
make_random_rows(struct rng *r)
{
    int64_t n = rng_upto(r, 30);

    aigw_value_free(rows_value);
    rows_value = aigw_value_array();
    for (int64_t i = 0; i < n; i++) {
        struct aigw_value *row = aigw_value_map();
        char name[2] = {(char)('a' + rng_upto(r, 5)), '\0'};

        (void)aigw_value_set_str(row, "name", name);
        (void)aigw_value_set_bool(row, "idle", rng_upto(r, 4) == 0);
        if (rng_upto(r, 9) > 0)
            (void)aigw_value_set(row, "value", random_value(r));
        (void)aigw_value_append(rows_value, row);
    }
}

/* Fails unless `a` may stand before `b`. */
static void
check_order(const struct aigw_value *a, const struct aigw_value *b)
{
    double left = aigw_get_double(a, "value", (double)NAN);
    double right = aigw_get_double(b, "value", (double)NAN);
    bool text = aigw_get_str(b, "value", NULL) != NULL;

    if (isnan(left) && !aigw_get_str(a, "value", NULL)) {
        ck_assert(isnan(right) && !text);
        return;
    }
    if (isnan(left) || isnan(right))
        return;
    if (state()->ascending)
        ck_assert_double_le(left, right);
    else
        ck_assert_double_ge(left, right);
    if (left >= right && left <= right)
        ck_assert_int_le(strcmp(table_name(&table, a), table_name(&table, b)),
                         0);
}

START_TEST(any_rows_are_all_there_once_and_in_order)
{
    struct rng r;

    rng_init(&r, 2);
    for (int i = 0; i < 3000; i++) {
        int selected;

        make_random_rows(&r);
        state()->sort = VALUE;
        state()->ascending = rng_upto(&r, 1) == 1;
        ui.hide_idle = rng_upto(&r, 1) == 1;
        table_collect(&table, &model, &ui, &rows);
        ck_assert_uint_eq(rows.n_rows + rows.n_hidden,
                          aigw_value_size(rows_value));
        for (size_t k = 1; k < rows.n_rows; k++)
            check_order(rows.rows[k - 1], rows.rows[k]);
        state()->index = (int)rng_upto(&r, 40) - 5;
        state()->selected[0] = (char)('a' + rng_upto(&r, 9));
        selected = table_selected(&table, &rows, state());
        ck_assert_int_lt(selected, (int)rows.n_rows);
        ck_assert_int_ge(selected, rows.n_rows > 0 ? 0 : -1);
    }
}

END_TEST

START_TEST(the_selected_row_is_always_in_view)
{
    for (int n = 0; n < 12; n++) {
        for (int shown = 1; shown < 8; shown++) {
            for (int i = 0; i < n; i++) {
                struct ui_table at = {.top = (n * 7 + i) % 13};
                int top = table_top(&at, n, i, shown);

                ck_assert_int_ge(top, 0);
                ck_assert_int_le(top, i);
                ck_assert_int_gt(top + shown, i);
                ck_assert(n < shown || top + shown <= n);
            }
        }
    }
}

END_TEST

START_TEST(rows_are_sorted_by_every_column_that_is_offered)
{
    for (int view = 0; view < UI_VIEWS; view++) {
        const struct table *t = table_of((enum ui_view)view);

        for (size_t i = 0; t && i < t->n_columns; i++)
            ck_assert_msg(t->columns[i].path || t->columns[i].number, "%s",
                          t->columns[i].title);
    }
}

END_TEST

/* Collects the rows of `view` by the column called `title`, downwards. */
static void
sort_view(enum ui_view view, const char *title)
{
    const struct table *t = table_of(view);

    ui.view = view;
    *state() = (struct ui_table){.sort = -1};
    for (size_t i = 0; i < t->n_columns; i++) {
        if (strcmp(t->columns[i].title, title) == 0)
            state()->sort = (int)i;
    }
    ck_assert_int_ge(state()->sort, 0);
    table_collect(t, &model, &ui, &rows);
}

static const struct {
    enum ui_view view;
    const char *title;
    const char *names;
} computed[] = {{UI_COST, "$/h", "bac"},
                {UI_TARGETS, "TREND", "abc"},
                {UI_ROUTES, "CHOICE", "rst"},
                {UI_ROUTES, "CHAIN (* is asked first)", "srt"}};

START_TEST(rows_are_sorted_by_what_is_not_in_them_too)
{
    static const char snapshot[] =
        "{\"targets\":[{\"name\":\"c\"},"
        "{\"name\":\"b\",\"cost_per_hour_usd\":9,\"trend\":[7,1]},"
        "{\"name\":\"a\",\"cost_per_hour_usd\":2,\"trend\":[0,2]}],"
        "\"routes\":[{\"name\":\"t\",\"targets\":[\"a\"],\"chosen\":\"a\"},"
        "{\"name\":\"s\",\"targets\":[\"a\",\"b\",\"c\"],\"chosen\":\"b\"},"
        "{\"name\":\"r\",\"targets\":[\"a\",\"b\"],\"chosen\":null}]}";
    static const char cost[] =
        "{\"rows\":[{\"key\":\"a\"},{\"key\":\"b\"},{\"key\":\"c\"}]}";

    char found[8] = "";

    ck_assert_int_eq(
        aigw_value_from_json(snapshot, strlen(snapshot), &model.snapshot, NULL),
        0);
    ck_assert_int_eq(
        aigw_value_from_json(cost, strlen(cost), &model.costs[0], NULL), 0);
    sort_view(computed[_i].view, computed[_i].title);
    for (size_t i = 0; i < rows.n_rows; i++)
        strncat(found, table_name(table_of(ui.view), rows.rows[i]), 1);
    ck_assert_str_eq(found, computed[_i].names);
    aigw_value_free(model.snapshot);
    aigw_value_free(model.costs[0]);
    model.snapshot = NULL;
    model.costs[0] = NULL;
}

END_TEST

START_TEST(an_open_target_without_samples_is_slower_than_all)
{
    static const char json[] =
        "{\"targets\":[{\"name\":\"drained\",\"state\":\"draining\"},"
        "{\"name\":\"slow\",\"state\":\"closed\","
        "\"latency_ms\":{\"p99\":9}},"
        "{\"name\":\"open\",\"state\":\"open\",\"latency_ms\":null}]}";

    const struct table *targets = table_of(UI_TARGETS);

    for (size_t i = 0; i < targets->n_columns; i++) {
        const struct table_column *column = &targets->columns[i];

        if (strcmp(column->title, "P99") == 0)
            state()->sort = (int)i;
    }
    ck_assert_int_ge(state()->sort, 0);
    ck_assert_int_eq(
        aigw_value_from_json(json, strlen(json), &model.snapshot, NULL), 0);
    table_collect(targets, &model, &ui, &rows);
    rows_are("osd");
    state()->ascending = true;
    table_collect(targets, &model, &ui, &rows);
    rows_are("sod");
    aigw_value_free(model.snapshot);
    model.snapshot = NULL;
}

END_TEST

static Suite *
table_suite(void)
{
    Suite *suite = suite_create("top_table");
    TCase *tc_rows = tcase_create("rows");
    TCase *tc_columns = tcase_create("columns");

    tcase_add_checked_fixture(tc_rows, setup, teardown);
    tcase_add_test(tc_rows, unsorted_rows_stand_as_the_daemon_has_them);
    tcase_add_test(tc_rows, ties_go_by_name_and_what_has_no_value_comes_last);
    tcase_add_test(tc_rows, rows_are_sorted_by_every_column_that_is_offered);
    tcase_add_loop_test(tc_rows, rows_are_sorted_by_what_is_not_in_them_too, 0,
                        (int)(sizeof(computed) / sizeof(*computed)));
    tcase_add_test(tc_rows, texts_are_sorted_whatever_their_capitals);
    tcase_add_test(tc_rows, rows_of_the_same_name_stay_in_their_order);
    tcase_add_loop_test(tc_rows, the_filter_looks_at_names_and_states, 0,
                        (int)(sizeof(filters) / sizeof(filters[0])));
    tcase_add_test(tc_rows, idle_rows_are_hidden_on_demand);
    tcase_add_test(tc_rows, what_is_no_list_has_no_rows);
    tcase_add_test(tc_rows, the_selection_sticks_to_the_name);
    tcase_add_test(tc_rows, a_row_that_is_gone_leaves_its_place_selected);
    tcase_add_test(tc_rows, any_rows_are_all_there_once_and_in_order);
    tcase_add_test(tc_rows, the_selected_row_is_always_in_view);
    tcase_add_test(tc_rows, an_open_target_without_samples_is_slower_than_all);
    suite_add_tcase(suite, tc_rows);
    tcase_add_loop_test(tc_columns, columns_are_dropped_by_rank, 0,
                        (int)(sizeof(fits) / sizeof(fits[0])));
    tcase_add_test(tc_columns, what_is_shown_is_never_wider_than_the_screen);
    suite_add_tcase(suite, tc_columns);
    return suite;
}

int
main(void)
{
    return suite_main(table_suite());
}
