/*
 * check_top_layout.c - where everything is on a screen of any size.
 */
#include <string.h>

#include "base/rng.h"
#include "support/suite.h"
#include "tui/layout.h"

enum {
    MANY = 5000
};

static struct layout_needs
any_needs(struct rng *r)
{
    return (struct layout_needs){.alerts = (int)rng_upto(r, 2),
                                 .detail = rng_upto(r, 1) == 1,
                                 .tabs = rng_upto(r, 1) == 1};
}

/* Marks the cells of `a`.  False if one is marked already, or is no cell. */
static bool
occupy(char cells[CANVAS_MAX_ROWS][CANVAS_MAX_COLS], int rows, int cols,
       struct area a)
{
    if (a.rows == 0)
        return true;
    if (a.rows < 0 || a.cols < 1 || a.row < 0 || a.col < 0
        || a.row + a.rows > rows || a.col + a.cols > cols)
        return false;
    for (int row = a.row; row < a.row + a.rows; row++) {
        if (memchr(&cells[row][a.col], 1, (size_t)a.cols))
            return false;
        memset(&cells[row][a.col], 1, (size_t)a.cols);
    }
    return true;
}

static int
count_empty(char cells[CANVAS_MAX_ROWS][CANVAS_MAX_COLS], int rows, int cols)
{
    int n = 0;

    for (int row = 0; row < rows; row++)
        n += memchr(cells[row], 0, (size_t)cols) != NULL;
    return n;
}

static void
check_areas(int rows, int cols, const struct layout_needs *needs)
{
    static char cells[CANVAS_MAX_ROWS][CANVAS_MAX_COLS];
    struct layout l = layout_make(rows, cols, needs);
    const struct area areas[] = {l.identity, l.summary, l.alerts,
                                 l.tabs,     l.view,    l.count,
                                 l.detail,   l.events,  l.keys};

    memset(cells, 0, sizeof(cells));
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++)
        ck_assert_msg(occupy(cells, rows, cols, areas[i]), "area %zu of %dx%d",
                      i, rows, cols);
    ck_assert_int_eq(count_empty(cells, rows, cols), 0);
    ck_assert_int_ge(l.view.rows + l.detail.rows, 1);
}

START_TEST(areas_cover_the_screen_and_never_overlap)
{
    struct rng r;

    rng_init(&r, 1);
    for (int i = 0; i < MANY; i++) {
        struct layout_needs needs = any_needs(&r);

        check_areas(1 + (int)rng_upto(&r, CANVAS_MAX_ROWS - 1),
                    1 + (int)rng_upto(&r, CANVAS_MAX_COLS - 1), &needs);
    }
}

END_TEST

START_TEST(what_is_needed_is_shown_where_there_is_room)
{
    for (int rows = 24; rows <= CANVAS_MAX_ROWS; rows++) {
        struct layout l = layout_make(
            rows, 80, &(struct layout_needs){.alerts = 2, .tabs = true});

        ck_assert_int_eq(l.identity.rows, 1);
        ck_assert_int_eq(l.alerts.rows, 2);
        ck_assert_int_eq(l.tabs.rows, 1);
        ck_assert_int_eq(l.count.rows, 1);
        ck_assert_int_eq(l.keys.rows, 1);
        ck_assert_int_eq(l.detail.rows, 0);
    }
}

END_TEST

static const struct {
    int rows;
    int cols;
    bool detail;

    struct {
        int summary;
        int view;
        int detail;
        int events;
    } rows_of;

    bool narrow;
} sizes[] = {
    /* Without a row for the alert, the summary is what there is room for. */
    {5, 20, false, {1, 3, 0, 0}, true},
    {5, 20, true, {1, 0, 3, 0}, true},
    {20, 50, false, {1, 17, 0, 0}, false},
    {20, 50, true, {1, 8, 9, 0}, false},
    {24, 80, false, {2, 18, 0, 0}, false},
    {24, 80, true, {2, 7, 11, 0}, false},
    {40, 120, false, {4, 32, 0, 0}, false},
    {40, 120, true, {4, 20, 12, 0}, false},
    {50, 200, false, {4, 36, 0, 6}, false},
    {50, 200, true, {4, 36, 37, 6}, false},
    {29, 120, false, {2, 23, 0, 0}, false},
    {7, 80, false, {1, 4, 0, 0}, true},
};

START_TEST(each_size_has_its_layout)
{
    int rows = sizes[_i].rows;
    int cols = sizes[_i].cols;
    struct layout_needs needs = {.detail = sizes[_i].detail, .tabs = true};
    struct layout l = layout_make(rows, cols, &needs);

    ck_assert_int_eq(l.summary.rows, sizes[_i].rows_of.summary);
    ck_assert_int_eq(l.view.rows, sizes[_i].rows_of.view);
    ck_assert_int_eq(l.detail.rows, sizes[_i].rows_of.detail);
    ck_assert_int_eq(l.events.rows, sizes[_i].rows_of.events);
    ck_assert_int_eq(l.narrow, sizes[_i].narrow);
}

END_TEST

START_TEST(on_a_large_screen_details_stand_at_the_right)
{
    struct layout_needs needs = {.detail = true, .tabs = true};
    struct layout l = layout_make(50, 200, &needs);

    ck_assert_int_eq(l.detail.col, 140);
    ck_assert_int_eq(l.detail.cols, 60);
    ck_assert_int_eq(l.view.cols, 140);
    ck_assert_int_eq(l.detail.row, l.view.row);
}

END_TEST

static Suite *
layout_suite(void)
{
    Suite *suite = suite_create("top_layout");
    TCase *tc = tcase_create("layout");

    tcase_add_test(tc, areas_cover_the_screen_and_never_overlap);
    tcase_add_test(tc, what_is_needed_is_shown_where_there_is_room);
    tcase_add_loop_test(tc, each_size_has_its_layout, 0,
                        (int)(sizeof(sizes) / sizeof(sizes[0])));
    tcase_add_test(tc, on_a_large_screen_details_stand_at_the_right);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(layout_suite());
}
