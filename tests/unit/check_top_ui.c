/*
 * check_top_ui.c - what each key changes or orders, and nothing else.
 *
 * A case presses keys in front of a dashboard with something to show, and then
 * the one that it is about.  What the operator looks at is described in words
 * before and after that; the words that differ are what the key has changed.
 */
#include "tui/ui_keys.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"
#include "support/top_fixture.h"
#include "tui/draw.h"
#include "tui/table.h"

enum {
    MAX_WORDS = 32,
    WORD_SIZE = 300
};

/* What the operator looks at, a word for each thing that keys can change. */
struct words {
    char s[MAX_WORDS][WORD_SIZE];
    size_t n;
};

static struct top top;

static struct ui_order
press(int key)
{
    return top_press(&top, key);
}

static void
type(const char *keys)
{
    top_type(&top, keys);
}

/* What the loop does when something has come. */
static void
refresh(void)
{
    (void)ui_refresh(&top.ui, &top.model, TOP_ROWS, TOP_COLS, TOP_NOW_MS);
}

static void
setup(void)
{
    top_setup(&top);
    refresh();
}

static void
teardown(void)
{
    top_teardown(&top);
}

__attribute__((format(printf, 2, 3))) static void
add(struct words *w, const char *format, ...)
{
    va_list args;

    ck_assert_uint_lt(w->n, MAX_WORDS);
    va_start(args, format);
    (void)vsnprintf(w->s[w->n++], WORD_SIZE, format, args);
    va_end(args);
}

static const char *
sorted_by(const struct ui *ui)
{
    const struct table *t = table_of(ui->view);
    int sort = ui->tables[ui->view].sort;

    return sort < 0 || !t ? "none" : t->columns[sort].title;
}

static struct words
look(void)
{
    static const char *const views[] = {"targets", "routes", "requests",
                                        "cost",    "events", "daemon"};
    static const char *const modes[] = {"browse", "help", "search",
                                        "filter", "sort", "confirm"};
    static const char *const ways[] = {"target", "route", "client"};
    const struct ui *ui = &top.ui;
    const struct ui_table *state = &ui->tables[ui->view];
    struct words w = {.n = 0};

    add(&w, "view %s", views[ui->view]);
    add(&w, "mode %s", modes[ui->mode]);
    add(&w, "at %s", state->selected);
    add(&w, "top %d", state->top);
    add(&w, "by %s", sorted_by(ui));
    add(&w, state->ascending ? "ascending" : "descending");
    add(&w, "filter %s", state->filter);
    add(&w, "search %s", ui->search);
    add(&w, "typed %s", ui->typed);
    add(&w, "choice %d", ui->sort_choice);
    add(&w, "detail %s", ui->detail ? "open" : "closed");
    add(&w, "follow %s", ui->follow ? "on" : "off");
    add(&w, ui->paused ? "paused" : "running");
    add(&w, "idle %s", ui->hide_idle ? "hidden" : "shown");
    add(&w, ui->milliseconds ? "ms" : "units");
    add(&w, "mouse %s", ui->mouse ? "on" : "off");
    add(&w, "window %d", ui->window_s);
    add(&w, "every %g", ui->interval_ms);
    add(&w, "speed %g", ui->speed);
    add(&w, "costs by %s", ways[ui->cost_by]);
    add(&w, "line %d", ui->help_top);
    add(&w, "asks %s", ui->action.question);
    add(&w, "says %s", ui->message);
    return w;
}

/* What of `after` is not in `before`, joined. */
static void
differ(const struct words *before, const struct words *after, char *ret_text,
       size_t size)
{
    size_t used = 0;

    ret_text[0] = '\0';
    for (size_t i = 0; i < after->n; i++) {
        if (strcmp(before->s[i], after->s[i]) == 0)
            continue;
        used += (size_t)snprintf(ret_text + used, size - used, "%s%s",
                                 used > 0 ? "; " : "", after->s[i]);
        ck_assert_uint_lt(used, size);
    }
}

/* A key in front of a screen. */
struct key_case {
    int key;
    const char *first; /* What is pressed before. */
    const char *changes;
    enum ui_order_kind order;
    double seek_s;
};

/* By P99 the targets stand: openai/gpt-4.1, anthropic/sonnet-4, gemini/2.5-pro,
 * azure/gpt-4.1, openai/gpt-4.1-mini, local/llama3-70b. */
/* clang-format off */
static const struct key_case cases[] = {
    {INPUT_DOWN, "", "at anthropic/sonnet-4", UI_DRAW, 0},
    {'j', "", "at anthropic/sonnet-4", UI_DRAW, 0},
    {INPUT_UP, "jj", "at anthropic/sonnet-4", UI_DRAW, 0},
    {'k', "jj", "at anthropic/sonnet-4", UI_DRAW, 0},
    {INPUT_PAGE_DOWN, "", "at local/llama3-70b", UI_DRAW, 0},
    {INPUT_CTRL('F'), "", "at local/llama3-70b", UI_DRAW, 0},
    {INPUT_PAGE_UP, "G", "at openai/gpt-4.1", UI_DRAW, 0},
    {INPUT_CTRL('B'), "G", "at openai/gpt-4.1", UI_DRAW, 0},
    {INPUT_HOME, "jjj", "at openai/gpt-4.1", UI_DRAW, 0},
    {'g', "jjj", "at openai/gpt-4.1", UI_DRAW, 0},
    {INPUT_END, "", "at local/llama3-70b", UI_DRAW, 0},
    {'G', "", "at local/llama3-70b", UI_DRAW, 0},
    {'/', "", "mode search", UI_DRAW, 0},
    {INPUT_F1 + 2, "", "mode search", UI_DRAW, 0},
    {'n', "/gpt\r", "at azure/gpt-4.1", UI_DRAW, 0},
    {'N', "/gpt\r", "at openai/gpt-4.1-mini", UI_DRAW, 0},
    {'\\', "", "mode filter", UI_DRAW, 0},
    {INPUT_F1 + 3, "", "mode filter", UI_DRAW, 0},
    {'1', "2", "view targets; at openai/gpt-4.1; by P99", UI_DRAW, 0},
    {'2', "", "view routes; at chat-default; by none", UI_DRAW, 0},
    {'3', "", "view requests; at 01J9XZ7KP1; by none", UI_WANT, 0},
    {'4', "", "view cost; at anthropic/sonnet-4; by none", UI_WANT, 0},
    {'5', "", "view events; at 11; by none", UI_DRAW, 0},
    {'6', "", "view daemon; at ; by none", UI_DRAW, 0},
    {INPUT_TAB, "", "view routes; at chat-default; by none", UI_DRAW, 0},
    {INPUT_BACKTAB, "", "view daemon; at ; by none", UI_DRAW, 0},
    {INPUT_ENTER, "", "detail open", UI_WANT, 0},
    {INPUT_F1 + 4, "", "detail open", UI_WANT, 0},
    {'d', "d", "detail closed", UI_WANT, 0},
    {'w', "", "window 300", UI_WANT, 0},
    {'a', "", "idle hidden", UI_DRAW, 0},
    {'u', "", "ms", UI_DRAW, 0},
    {'>', "", "mode sort; choice 13", UI_DRAW, 0},
    {INPUT_F1 + 5, "", "mode sort; choice 13", UI_DRAW, 0},
    {'<', "", "by P95", UI_DRAW, 0},
    {'.', "<", "by P99", UI_DRAW, 0},
    {'I', "", "ascending", UI_DRAW, 0},
    {'P', "A", "by P99; descending", UI_DRAW, 0},
    {'E', "", "by ERR%", UI_DRAW, 0},
    {'L', "", "by REQ/s", UI_DRAW, 0},
    {'C', "", "by $/h", UI_DRAW, 0},
    {'A', "", "by PROVIDER/MODEL; ascending", UI_DRAW, 0},
    {' ', "", "paused", UI_WANT, 0},
    {'Z', " ", "running", UI_WANT, 0},
    {'+', "", "every 2000", UI_WANT, 0},
    {'-', "", "every 500", UI_WANT, 0},
    {'r', "", "", UI_POLL, 0},
    {INPUT_CTRL('L'), "", "", UI_POLL, 0},
    {'D', "j", "mode confirm; asks Drain anthropic/sonnet-4? y/N", UI_DRAW, 0},
    {'B', "", "mode confirm; asks Reset the breaker of openai/gpt-4.1? y/N", UI_DRAW, 0},
    {'K', "3j", "mode confirm; asks Cancel request 01J9XZ7KP8 of batch? y/N", UI_DRAW, 0},
    {'S', "", "", UI_SAVE, 0},
    {'e', "", "view events; at 11; by none", UI_DRAW, 0},
    {'M', "", "mouse on; says Mouse on.", UI_MOUSE_SET, 0},
    {'f', "ej", "follow off", UI_DRAW, 0},
    {INPUT_CTRL('Z'), "", "", UI_SUSPEND, 0},
    {'o', "", "", UI_DUMP, 0},
    {'q', "", "", UI_QUIT, 0},
    {INPUT_F1 + 9, "", "", UI_QUIT, 0},
    {'b', "4", "at chat-default; costs by route", UI_DRAW, 0},
    {'?', "", "mode help", UI_DRAW, 0},
    {INPUT_F1, "", "mode help", UI_DRAW, 0},
    {'h', "", "mode help", UI_DRAW, 0},
    {INPUT_LEFT, "", "", UI_SEEK, -10},
    {INPUT_RIGHT, "", "", UI_SEEK, 10},
    {'[', "", "speed 0.5; says Speed 0.5.", UI_SEEK, 0},
    {']', "", "speed 2; says Speed 2.", UI_SEEK, 0},

    /* What closes what is open, and keys where they mean something else. */
    {INPUT_ESC, "d", "detail closed", UI_WANT, 0},
    {INPUT_ESC, "\\gpt\r", "filter ", UI_DRAW, 0},
    {INPUT_ESC, "?", "mode browse", UI_DRAW, 0},
    {INPUT_ESC, ">", "mode browse", UI_DRAW, 0},
    {INPUT_ESC, "/gpt", "mode browse", UI_DRAW, 0},
    {INPUT_ESC, "\\gpt", "mode browse; filter ; typed ", UI_DRAW, 0},
    {INPUT_ESC, "D", "mode browse; asks ", UI_DRAW, 0},
    {INPUT_ESC, "", "", UI_NOTHING, 0},
    {'q', "?", "mode browse", UI_DRAW, 0},
    {INPUT_ENTER, "\\gpt", "mode browse", UI_DRAW, 0},
    {'z', "\\", "at azure/gpt-4.1; filter z; typed z", UI_DRAW, 0},
    {INPUT_BACKSPACE, "\\gpt", "filter gp; typed gp", UI_DRAW, 0},
    {0xe9, "/", "search \xc3\xa9; typed \xc3\xa9; says Not found: \xc3\xa9", UI_DRAW, 0},
    {'s', "/", "at anthropic/sonnet-4; search s; typed s", UI_DRAW, 0},
    {'n', "", "says Nothing to search for: press / first.", UI_DRAW, 0},
    {'/', "6", "says There are no rows to look through.", UI_DRAW, 0},
    {'j', ">", "choice 14", UI_DRAW, 0},
    {INPUT_UP, ">", "choice 12", UI_DRAW, 0},
    {INPUT_HOME, ">", "choice -1", UI_DRAW, 0},
    {INPUT_ENTER, ">k", "mode browse; by P95", UI_DRAW, 0},
    {INPUT_ENTER, "4", "says All there is to know of it is in its row.", UI_DRAW, 0},
    {'P', "5", "says This view has no such column.", UI_DRAW, 0},
    {'D', "3", "says Select a target first: press 1.", UI_DRAW, 0},
    {'K', "", "says Select a running request first: press 3.", UI_DRAW, 0},
    {'K', "3G", "says This request has ended.", UI_DRAW, 0},
    {'f', "", "says Only events can be followed: press e.", UI_DRAW, 0},
    {'b', "", "view cost; at anthropic/sonnet-4; by none", UI_WANT, 0},
    {'y', "D", "mode browse", UI_ACT, 0},
    {'Y', "D", "mode browse; asks ", UI_DRAW, 0},
    {'n', "D", "mode browse; asks ", UI_DRAW, 0},
    {INPUT_ENTER, "D", "mode browse; asks ", UI_DRAW, 0},
    {'!', "", "", UI_NOTHING, 0},
    {INPUT_WHEEL_DOWN, "", "at azure/gpt-4.1", UI_DRAW, 0},
    {INPUT_WHEEL_UP, "G", "at gemini/2.5-pro", UI_DRAW, 0},
    {INPUT_RESIZE, "", "", UI_DRAW, 0},
    {INPUT_NONE, "", "", UI_NOTHING, 0}};

/* clang-format on */

enum {
    N_CASES = sizeof(cases) / sizeof(cases[0])
};

START_TEST(a_key_does_what_it_says)
{
    const struct key_case *it = &cases[_i];
    const struct ui_keys *keys = NULL;
    struct words before, after;
    struct ui_order order;
    char changes[4096];

    if (ui_keys_find(it->key, &keys))
        top.ui.replay = keys->when == UI_WHEN_REPLAYING;
    type(it->first);
    before = look();
    order = press(it->key);
    after = look();
    differ(&before, &after, changes, sizeof(changes));
    ck_assert_msg(strcmp(changes, it->changes) == 0,
                  "\"%s\" and key %d: \"%s\", not \"%s\"", it->first, it->key,
                  changes, it->changes);
    ck_assert_int_eq(order.kind, it->order);
    ck_assert_double_eq(order.seek_s, it->seek_s);
}

END_TEST

START_TEST(each_key_of_the_help_is_tested)
{
    size_t n;
    const struct ui_keys *all = ui_keys_all(&n);

    for (size_t i = 0; i < n; i++) {
        for (const struct ui_press *p = all[i].presses; p->key; p++) {
            bool tested = false;

            for (size_t k = 0; k < N_CASES; k++)
                tested |= cases[k].key == p->key;
            ck_assert_msg(tested, "%s (%d) is not tested", all[i].label,
                          p->key);
        }
    }
}

END_TEST

/* The letters and names by which the help can tell of a key. */
static bool
is_told(const char *label, int key)
{
    static const struct {
        int key;
        const char *name;
    } names[] = {{INPUT_UP, "Up"},        {INPUT_DOWN, "Down"},
                 {INPUT_PAGE_UP, "PgUp"}, {INPUT_PAGE_DOWN, "PgDn"},
                 {INPUT_HOME, "Home"},    {INPUT_END, "End"},
                 {INPUT_TAB, "Tab"},      {INPUT_BACKTAB, "S-Tab"},
                 {INPUT_ENTER, "Enter"},  {' ', "Space"},
                 {INPUT_LEFT, "Left"},    {INPUT_RIGHT, "Right"}};

    char name[8] = {(char)key, '\0'};

    if (key >= '1' && key <= '6')
        return strstr(label, "1..6") != NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].key == key)
            return strstr(label, names[i].name) != NULL;
    }
    if (key >= INPUT_F1 && key < INPUT_END_OF_NAMED)
        (void)snprintf(name, sizeof(name), "F%d", key - INPUT_F1 + 1);
    else if (key < 32)
        (void)snprintf(name, sizeof(name), "^%c", key + 64);
    return strstr(label, name) != NULL;
}

START_TEST(the_help_names_each_key_and_no_key_twice)
{
    size_t n;
    const struct ui_keys *all = ui_keys_all(&n), *found = NULL;

    for (size_t i = 0; i < n; i++) {
        for (const struct ui_press *p = all[i].presses; p->key; p++) {
            ck_assert_msg(is_told(all[i].label, p->key), "%s: %d", all[i].label,
                          p->key);
            ck_assert_ptr_eq(ui_keys_find(p->key, &found), p);
        }
    }
}

END_TEST

START_TEST(windows_go_round)
{
    static const int windows_s[] = {300, 3600, 10, 60};

    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(press('w').kind, UI_WANT);
        ck_assert_int_eq(ui_wants(&top.ui).window_s, windows_s[i]);
    }
}

END_TEST

START_TEST(the_rate_stays_between_a_tenth_of_a_second_and_a_minute)
{
    for (int i = 0; i < 20; i++)
        (void)press('+');
    ck_assert_double_eq(ui_wants(&top.ui).interval_ms, 60000);
    ck_assert_int_eq(press('+').kind, UI_NOTHING);
    for (int i = 0; i < 20; i++)
        (void)press('-');
    ck_assert_double_eq(ui_wants(&top.ui).interval_ms, 100);
    top.ui.interval_ms = 700;
    (void)press('+');
    ck_assert_double_eq(ui_wants(&top.ui).interval_ms, 1000);
}

END_TEST

START_TEST(pausing_asks_for_as_little_as_can_be)
{
    type("4 ");
    ck_assert(!ui_wants(&top.ui).costs);
    ck_assert(ui_wants(&top.ui).still);
    ck_assert_double_ge(ui_wants(&top.ui).interval_ms, 3600e3);
}

END_TEST

START_TEST(a_recording_that_is_paused_stands_still)
{
    top.ui.replay = true;
    ck_assert_int_eq(press(' ').kind, UI_SEEK);
    ck_assert_double_eq(ui_speed(&top.ui), 0);
    ck_assert_int_eq(press(' ').kind, UI_SEEK);
    ck_assert_double_eq(ui_speed(&top.ui), 1);
}

END_TEST

START_TEST(without_a_recording_there_is_nothing_to_seek)
{
    ck_assert_int_eq(press(INPUT_LEFT).kind, UI_NOTHING);
    ck_assert_int_eq(press(']').kind, UI_NOTHING);
    ck_assert_double_eq(top.ui.speed, 1);
}

END_TEST

START_TEST(the_feed_is_asked_for_what_is_looked_at)
{
    ck_assert_ptr_null(ui_wants(&top.ui).detail);
    type("jd");
    ck_assert_str_eq(ui_wants(&top.ui).detail, "anthropic/sonnet-4");
    ck_assert_int_eq(press('j').kind, UI_WANT);
    ck_assert_str_eq(ui_wants(&top.ui).detail, "gemini/2.5-pro");
    type("3");
    ck_assert(ui_wants(&top.ui).requests);
    ck_assert_ptr_null(ui_wants(&top.ui).detail);
}

END_TEST

START_TEST(the_selection_sticks_to_the_row_and_not_to_its_place)
{
    type("jjA");
    ck_assert_str_eq(top.ui.tables[UI_TARGETS].selected, "gemini/2.5-pro");
    ck_assert_int_eq(top.ui.tables[UI_TARGETS].index, 2);
    type("L");
    ck_assert_str_eq(top.ui.tables[UI_TARGETS].selected, "gemini/2.5-pro");
}

END_TEST

static void
take_event(int64_t seq)
{
    struct aigw_value *event = aigw_value_map();

    aigw_value_set_int(event, "seq", seq);
    aigw_value_set_str(event, "kind", "config");
    model_take_event(&top.model, event);
}

START_TEST(events_are_followed_until_the_operator_goes_back)
{
    const struct ui_table *state = &top.ui.tables[UI_EVENTS];

    type("e");
    refresh();
    take_event(12);
    refresh();
    ck_assert_str_eq(state->selected, "12");
    type("k");
    ck_assert_str_eq(state->selected, "11");
    ck_assert(!top.ui.follow);
    take_event(13);
    refresh();
    ck_assert_str_eq(state->selected, "11");
    type("f");
    ck_assert_str_eq(state->selected, "13");
    ck_assert(top.ui.follow);
}

END_TEST

START_TEST(events_are_searched_by_their_reason)
{
    type("e/HTTP 503\r");
    ck_assert_str_eq(top.ui.tables[UI_EVENTS].selected, "7");
}

END_TEST

/* Where `text` stands on the screen. */
static struct input
click_on(const char *text)
{
    struct input input = {.key = INPUT_MOUSE};
    char *screen, *line, *found;

    top_draw(&top, TOP_ROWS, TOP_COLS, true);
    screen = top_text(&top);
    found = strstr(screen, text);
    ck_assert_ptr_nonnull(found);
    for (line = screen; strchr(line, '\n') < found; input.row++)
        line = strchr(line, '\n') + 1;
    input.col = (int)(found - line);
    free(screen);
    return input;
}

static const struct {
    const char *text; /* What is clicked on. */
    const char *changes;
} clicks[] = {{"gemini/2.5-pro ", "at gemini/2.5-pro"},
              {"3 Requests", "view requests; at 01J9XZ7KP1; by none"},
              {"REQ/s", "by REQ/s"},
              {"P99v", "ascending"},
              {"Inflight", ""}};

START_TEST(a_click_does_what_is_where_it_is)
{
    struct words before = look(), after;
    struct input input = click_on(clicks[_i].text);
    char changes[4096];

    (void)top_input(&top, &input);
    after = look();
    differ(&before, &after, changes, sizeof(changes));
    ck_assert_str_eq(changes, clicks[_i].changes);
}

END_TEST

static const struct input nowhere[] = {{INPUT_MOUSE, TOP_ROWS - 3, 5},
                                       {INPUT_MOUSE, -1, -1},
                                       {INPUT_MOUSE, 1000, 1000}};

START_TEST(a_click_on_nothing_does_nothing)
{
    ck_assert_int_eq(top_input(&top, &nowhere[_i]).kind, UI_NOTHING);
}

END_TEST

START_TEST(what_is_typed_is_bounded)
{
    type("/");
    for (int i = 0; i < 100; i++)
        (void)press(0x20ac);
    ck_assert_uint_lt(strlen(top.ui.typed), UI_MAX_PATTERN);
    ck_assert_uint_eq(strlen(top.ui.typed) % 3, 0);
    for (int i = 0; i < 200; i++)
        (void)press(INPUT_BACKSPACE);
    ck_assert_str_eq(top.ui.typed, "");
}

END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("top_ui");
    TCase *keys = tcase_create("keys");
    TCase *looking = tcase_create("looking");

    tcase_add_checked_fixture(keys, setup, teardown);
    tcase_add_loop_test(keys, a_key_does_what_it_says, 0, N_CASES);
    tcase_add_test(keys, each_key_of_the_help_is_tested);
    tcase_add_test(keys, the_help_names_each_key_and_no_key_twice);
    tcase_add_test(keys, windows_go_round);
    tcase_add_test(keys,
                   the_rate_stays_between_a_tenth_of_a_second_and_a_minute);
    tcase_add_test(keys, pausing_asks_for_as_little_as_can_be);
    tcase_add_test(keys, a_recording_that_is_paused_stands_still);
    tcase_add_test(keys, without_a_recording_there_is_nothing_to_seek);
    suite_add_tcase(suite, keys);

    tcase_add_checked_fixture(looking, setup, teardown);
    tcase_add_test(looking, the_feed_is_asked_for_what_is_looked_at);
    tcase_add_test(looking,
                   the_selection_sticks_to_the_row_and_not_to_its_place);
    tcase_add_test(looking, events_are_followed_until_the_operator_goes_back);
    tcase_add_test(looking, events_are_searched_by_their_reason);
    tcase_add_loop_test(looking, a_click_does_what_is_where_it_is, 0,
                        (int)(sizeof(clicks) / sizeof(clicks[0])));
    tcase_add_loop_test(looking, a_click_on_nothing_does_nothing, 0, 3);
    tcase_add_test(looking, what_is_typed_is_bounded);
    suite_add_tcase(suite, looking);

    return suite;
}

int
main(void)
{
    return suite_main(make_suite());
}
