/*
 * check_top_help.c - the help screen, the row of keys, and what is asked.
 */
#include <stdio.h>
#include <string.h>

#include "support/suite.h"
#include "support/top_fixture.h"
#include "tui/panel.h"

enum {
    ROWS = 24,
    COLS = 80
};

/* clang-format off */
static const char *const help[] = {
    " MOVE                                SHOW",
    "  Up Down  j k     row                1..6  Tab S-Tab   view, next, previous",
    "  PgUp PgDn ^B ^F  page               Enter F5 d        detail of the row",
    "  Home End  g G    first, last        w                 window 10s 1m 5m 1h",
    "  /  F3   n N      search, again      a                 hide or show idle rows",
    "  \\  F4            filter, Esc drops  u                 ms or adaptive units",
    " SORT                                REFRESH",
    "  >  F6            pick the column    Space  Z          pause, resume",
    "  <  .             column left right  +  -              slower, faster",
    "  I                invert             r  ^L             poll now, repaint",
    "  P E L C A        P99 Err Load Cost Alphabet",
    " ACT (asks y/N first; hidden with --readonly)",
    "  D  drain, undrain                   B  reset breaker (closed)",
    "  K  cancel the request               S  save these settings",
    " OTHER",
    "  e  events        o  write this screen as JSON to ./aigw-top-TIME.json",
    "  M  mouse on/off  q  F10  quit",
    "  f  follow them   ?  F1  h  this help",
    "  ^Z  stop         b  costs by target, route or client",
    " STATE   CLOSED in use    HALF probing    OPEN failing, skipped    DRAIN by hand",
    " STATUS  LIVE  PAUSED  STALE 12s (numbers are that old)  DOWN (retrying)",
    " Colour only repeats words: NO_COLOR=1, -C, TERM=vt100 lose nothing. -U: ASCII.",
    " Settings ~/.config/aigw/top.conf (written only by S)      More: man aigw-top"};
/* clang-format on */

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
press(int key, int rows, int cols)
{
    struct input input = {.key = key};

    (void)ui_input(&top.ui, &top.model, &input, rows, cols, TOP_NOW_MS);
}

/* Row `row` of the screen, to be freed. */
static char *
row_text(int row)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    canvas_write_row(&top.canvas, row, out);
    (void)fclose(out);
    return text;
}

static void
check_row(int row, const char *expected)
{
    char *text = row_text(row);

    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(all_of_the_help_fits_80_columns_and_24_rows)
{
    char title[COLS + 1];

    press('?', ROWS, COLS);
    top_draw(&top, ROWS, COLS, _i);
    (void)snprintf(title, sizeof(title), " aigw-top %s help%*s", aigw_version(),
                   COLS - 1 - (int)strlen(" aigw-top  help")
                       - (int)strlen(aigw_version()),
                   "Esc, q or ? closes");
    check_row(0, title);
    for (int i = 0; i < ROWS - 1; i++)
        check_row(i + 1, help[i]);
}

END_TEST

START_TEST(the_keys_of_a_recording_are_in_its_help)
{
    top.ui.replay = true;
    press('?', ROWS, COLS);
    top_draw(&top, ROWS, COLS, false);
    check_row(17,
              "  M  mouse on/off  q  F10  quit                Left Right  10 s"
              " back, on");
    check_row(18,
              "  f  follow them   ?  F1  h  this help         [ ]         half,"
              " double speed");
    check_row(23, help[22]);
}

END_TEST

START_TEST(actions_are_not_in_the_help_with_readonly)
{
    char *text;

    top.ui.readonly = true;
    press('?', ROWS, COLS);
    top_draw(&top, ROWS, COLS, false);
    text = top_text(&top);
    ck_assert_ptr_null(strstr(text, "ACT"));
    ck_assert_ptr_null(strstr(text, "drain, undrain"));
    ck_assert_ptr_nonnull(strstr(text, "save these settings"));
    free(text);
}

END_TEST

static const struct {
    int rows;
    int cols;
} small_sizes[] = {{5, 20}, {8, 40}, {20, 50}, {10, 80}, {6, 79}, {1, 1}};

/* Whether the last line of the help is on the screen. */
static bool
shows_last(int rows, int cols)
{
    bool found = false;
    int shown = cols < 20 ? cols : 20;

    top_draw(&top, rows, cols, false);
    for (int row = 0; row < rows; row++) {
        char *text = row_text(row);

        found |= strncmp(text, help[22], (size_t)shown) == 0;
        free(text);
    }
    return found;
}

START_TEST(a_smaller_screen_scrolls_to_the_end_of_the_help)
{
    int rows = small_sizes[_i].rows, cols = small_sizes[_i].cols;
    int least;

    press('?', rows, cols);
    if (rows > 1)
        ck_assert(!shows_last(rows, cols));
    for (int i = 0; i < 100; i++)
        press('j', rows, cols);
    least = top.ui.help_top;
    if (rows > 1)
        ck_assert(shows_last(rows, cols));
    press('G', rows, cols);
    ck_assert_int_eq(top.ui.help_top, least);
    press('g', rows, cols);
    ck_assert_int_eq(top.ui.help_top, 0);
    press(INPUT_PAGE_DOWN, rows, cols);
    press(INPUT_WHEEL_UP, rows, cols);
    ck_assert_int_eq(top.ui.mode, UI_HELP);
    press('q', rows, cols);
    ck_assert_int_eq(top.ui.mode, UI_BROWSE);
}

END_TEST

static const struct {
    int cols;
    enum ui_view view;
    const char *row;
} key_rows[] = {
    {20, UI_TARGETS, " ? Help  q Quit"},
    {50, UI_TARGETS, " ? Help  Enter Detail  q Quit"},
    {80, UI_TARGETS,
     " F1 Help  / Search  \\ Filter  Enter Detail  > Sort  Space Pause"
     "  +- Rate  q Quit"},
    {120, UI_TARGETS,
     " F1 Help  / Search  \\ Filter  Enter Detail  > Sort  w Window"
     "  Space Pause  +- Rate  e Events  D Drain  B Reset  q Quit"},
    {80, UI_EVENTS,
     " F1 Help  / Search  \\ Filter  f Follow  > Sort  Space Pause"
     "  +- Rate  q Quit"},
    {80, UI_DAEMON, " F1 Help  Space Pause  +- Rate  q Quit"}};

START_TEST(the_row_of_keys_has_what_fits_and_is_of_use)
{
    top.ui.view = key_rows[_i].view;
    top_draw(&top, ROWS, key_rows[_i].cols, false);
    check_row(ROWS - 1, key_rows[_i].row);
}

END_TEST

START_TEST(no_row_of_keys_is_cut)
{
    for (int cols = 20; cols <= CANVAS_MAX_COLS; cols++) {
        for (int view = 0; view < UI_VIEWS; view++) {
            char *text;

            top.ui.view = (enum ui_view)view;
            top_draw(&top, ROWS, cols, true);
            text = row_text(ROWS - 1);
            ck_assert_msg(strstr(text, "q Quit") != NULL, "%d: %s", cols, text);
            free(text);
        }
    }
}

END_TEST

START_TEST(what_is_typed_stands_over_the_keys)
{
    press('/', ROWS, COLS);
    press('g', ROWS, COLS);
    top_draw(&top, ROWS, COLS, false);
    check_row(ROWS - 1,
              " Search: g_                                            "
              "Enter ends, then n and N");
}

END_TEST

START_TEST(the_end_of_what_is_typed_is_seen_where_there_is_little_room)
{
    press('\\', 5, 20);
    for (int key = 'a'; key <= 'z'; key++)
        press(key, 5, 20);
    top_draw(&top, 5, 20, false);
    check_row(4, " Filter: qrstuvwxyz_");
}

END_TEST

START_TEST(a_question_keeps_its_end_where_there_is_little_room)
{
    press('D', 5, 20);
    top_draw(&top, 5, 20, false);
    check_row(4, " Drain openai/gp y/N");
    top_draw(&top, ROWS, COLS, false);
    check_row(ROWS - 1, " Drain openai/gpt-4.1? y/N");
}

END_TEST

START_TEST(columns_to_sort_by_are_listed_with_the_chosen_one_in_sight)
{
    press('>', ROWS, COLS);
    top_draw(&top, ROWS, COLS, true);
    top_shows(&top, "| SORT BY");
    top_shows(&top, "|>P99 ");
    press(INPUT_HOME, ROWS, COLS);
    top_draw(&top, ROWS, COLS, true);
    top_shows(&top, "|>as it comes ");
    press(INPUT_END, 8, 30);
    top_draw(&top, 8, 30, true);
    top_shows(&top, "|>TREND ");
}

END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("top_help");
    TCase *screens = tcase_create("help");
    TCase *rows = tcase_create("row of keys");

    tcase_add_checked_fixture(screens, setup, teardown);
    tcase_add_loop_test(screens, all_of_the_help_fits_80_columns_and_24_rows, 0,
                        2);
    tcase_add_test(screens, the_keys_of_a_recording_are_in_its_help);
    tcase_add_test(screens, actions_are_not_in_the_help_with_readonly);
    tcase_add_loop_test(screens,
                        a_smaller_screen_scrolls_to_the_end_of_the_help, 0,
                        (int)(sizeof(small_sizes) / sizeof(small_sizes[0])));
    suite_add_tcase(suite, screens);

    tcase_add_checked_fixture(rows, setup, teardown);
    tcase_add_loop_test(rows, the_row_of_keys_has_what_fits_and_is_of_use, 0,
                        (int)(sizeof(key_rows) / sizeof(key_rows[0])));
    tcase_add_test(rows, no_row_of_keys_is_cut);
    tcase_add_test(rows, what_is_typed_stands_over_the_keys);
    tcase_add_test(rows,
                   the_end_of_what_is_typed_is_seen_where_there_is_little_room);
    tcase_add_test(rows, a_question_keeps_its_end_where_there_is_little_room);
    tcase_add_test(rows,
                   columns_to_sort_by_are_listed_with_the_chosen_one_in_sight);
    suite_add_tcase(suite, rows);
    return suite;
}

int
main(void)
{
    return suite_main(make_suite());
}
