#include "tui/ui_keys.h"

/* Orders that need nothing but to be given. */
static enum ui_order_kind
give(struct ui_at *at, int order)
{
    (void)at;
    return (enum ui_order_kind)order;
}

/* clang-format off */
static const struct ui_keys keys[] = {
    {"Up Down  j k", "row", UI_SECTION_MOVE, UI_WHEN_ALWAYS,
     {{INPUT_UP, ui_move_by, -1}, {INPUT_DOWN, ui_move_by, 1},
      {'j', ui_move_by, 1}, {'k', ui_move_by, -1}}},
    {"PgUp PgDn ^B ^F", "page", UI_SECTION_MOVE, UI_WHEN_ALWAYS,
     {{INPUT_PAGE_UP, ui_move_page, -1}, {INPUT_PAGE_DOWN, ui_move_page, 1},
      {INPUT_CTRL('B'), ui_move_page, -1},
      {INPUT_CTRL('F'), ui_move_page, 1}}},
    {"Home End  g G", "first, last", UI_SECTION_MOVE, UI_WHEN_ALWAYS,
     {{INPUT_HOME, ui_move_end, false}, {INPUT_END, ui_move_end, true},
      {'g', ui_move_end, false}, {'G', ui_move_end, true}}},
    {"/  F3   n N", "search, again", UI_SECTION_MOVE, UI_WHEN_ALWAYS,
     {{'/', ui_type_search, 0}, {INPUT_F1 + 2, ui_type_search, 0},
      {'n', ui_search_again, 1}, {'N', ui_search_again, -1}}},
    {"\\  F4", "filter, Esc drops", UI_SECTION_MOVE, UI_WHEN_ALWAYS,
     {{'\\', ui_type_filter, 0}, {INPUT_F1 + 3, ui_type_filter, 0}}},

    {"1..6  Tab S-Tab", "view, next, previous", UI_SECTION_SHOW, UI_WHEN_ALWAYS,
     {{'1', ui_show_view, UI_TARGETS}, {'2', ui_show_view, UI_ROUTES},
      {'3', ui_show_view, UI_REQUESTS}, {'4', ui_show_view, UI_COST},
      {'5', ui_show_view, UI_EVENTS}, {'6', ui_show_view, UI_DAEMON},
      {INPUT_TAB, ui_show_next, 1}, {INPUT_BACKTAB, ui_show_next, -1}}},
    {"Enter F5 d", "detail of the row", UI_SECTION_SHOW, UI_WHEN_ALWAYS,
     {{INPUT_ENTER, ui_show_detail, 0}, {INPUT_F1 + 4, ui_show_detail, 0},
      {'d', ui_show_detail, 0}}},
    {"w", "window 10s 1m 5m 1h", UI_SECTION_SHOW, UI_WHEN_ALWAYS,
     {{'w', ui_show_window, 0}}},
    {"a", "hide or show idle rows", UI_SECTION_SHOW, UI_WHEN_ALWAYS,
     {{'a', ui_show_idle, 0}}},
    {"u", "ms or adaptive units", UI_SECTION_SHOW, UI_WHEN_ALWAYS,
     {{'u', ui_show_units, 0}}},

    {">  F6", "pick the column", UI_SECTION_SORT, UI_WHEN_ALWAYS,
     {{'>', ui_sort_open, 0}, {INPUT_F1 + 5, ui_sort_open, 0}}},
    {"<  .", "column left right", UI_SECTION_SORT, UI_WHEN_ALWAYS,
     {{'<', ui_sort_step, -1}, {'.', ui_sort_step, 1}}},
    {"I", "invert", UI_SECTION_SORT, UI_WHEN_ALWAYS,
     {{'I', ui_sort_invert, 0}}},
    {"P E L C A", "P99 Err Load Cost Alphabet", UI_SECTION_SORT, UI_WHEN_ALWAYS,
     {{'P', ui_sort_letter, 'P'}, {'E', ui_sort_letter, 'E'},
      {'L', ui_sort_letter, 'L'}, {'C', ui_sort_letter, 'C'},
      {'A', ui_sort_letter, 'A'}}},

    {"Space  Z", "pause, resume", UI_SECTION_REFRESH, UI_WHEN_ALWAYS,
     {{' ', ui_pace_pause, 0}, {'Z', ui_pace_pause, 0}}},
    {"+  -", "slower, faster", UI_SECTION_REFRESH, UI_WHEN_ALWAYS,
     {{'+', ui_pace_step, 1}, {'-', ui_pace_step, -1}}},
    {"r  ^L", "poll now, repaint", UI_SECTION_REFRESH, UI_WHEN_ALWAYS,
     {{'r', give, UI_POLL}, {INPUT_CTRL('L'), give, UI_POLL}}},

    {"D", "drain, undrain", UI_SECTION_ACT, UI_WHEN_ACTING,
     {{'D', ui_action_drain, 0}}},
    {"K", "cancel the request", UI_SECTION_ACT, UI_WHEN_ACTING,
     {{'K', ui_action_cancel, 0}}},
    {"B", "reset breaker (closed)", UI_SECTION_ACT_MORE, UI_WHEN_ACTING,
     {{'B', ui_action_breaker, 0}}},
    {"S", "save these settings", UI_SECTION_ACT_MORE, UI_WHEN_ALWAYS,
     {{'S', give, UI_SAVE}}},

    {"e", "events", UI_SECTION_OTHER, UI_WHEN_ALWAYS,
     {{'e', ui_show_view, UI_EVENTS}}},
    {"M", "mouse on/off", UI_SECTION_OTHER, UI_WHEN_ALWAYS,
     {{'M', ui_show_mouse, 0}}},
    {"f", "follow them", UI_SECTION_OTHER, UI_WHEN_ALWAYS,
     {{'f', ui_move_follow, 0}}},
    {"^Z", "stop", UI_SECTION_OTHER, UI_WHEN_ALWAYS,
     {{INPUT_CTRL('Z'), give, UI_SUSPEND}}},
    {"o", "write this screen as JSON to ./aigw-top-TIME.json",
     UI_SECTION_OTHER_MORE, UI_WHEN_ALWAYS,
     {{'o', give, UI_DUMP}}},
    {"q  F10", "quit",
     UI_SECTION_OTHER_MORE, UI_WHEN_ALWAYS,
     {{'q', give, UI_QUIT}, {INPUT_F1 + 9, give, UI_QUIT}}},
    {"?  F1  h", "this help",
     UI_SECTION_OTHER_MORE, UI_WHEN_ALWAYS,
     {{'?', ui_show_help, 0}, {INPUT_F1, ui_show_help, 0},
      {'h', ui_show_help, 0}}},
    {"b", "costs by target, route or client",
     UI_SECTION_OTHER_MORE, UI_WHEN_ALWAYS, {{'b', ui_show_costs, 0}}},

    {"Left Right", "10 s back, on", UI_SECTION_REPLAY, UI_WHEN_REPLAYING,
     {{INPUT_LEFT, ui_pace_seek, -10}, {INPUT_RIGHT, ui_pace_seek, 10}}},
    {"[ ]", "half, double speed", UI_SECTION_REPLAY, UI_WHEN_REPLAYING,
     {{'[', ui_pace_speed, -1}, {']', ui_pace_speed, 1}}},
};

/* clang-format on */

const struct ui_keys *
ui_keys_all(size_t *ret_n)
{
    *ret_n = sizeof(keys) / sizeof(*keys);
    return keys;
}

bool
ui_keys_offered(const struct ui_keys *entry, const struct ui *ui)
{
    switch (entry->when) {
    case UI_WHEN_ALWAYS:
        return true;
    case UI_WHEN_ACTING:
        return !ui->readonly;
    case UI_WHEN_REPLAYING:
        return ui->replay;
    }
    return false;
}

const struct ui_press *
ui_keys_find(int key, const struct ui_keys **ret_keys)
{
    for (size_t i = 0; key && i < sizeof(keys) / sizeof(*keys); i++) {
        for (const struct ui_press *p = keys[i].presses; p->key; p++) {
            if (p->key != key)
                continue;
            *ret_keys = &keys[i];
            return p;
        }
    }
    return NULL;
}
