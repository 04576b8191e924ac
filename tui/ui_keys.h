/*
 * ui_keys.h - the keys: which there are, what each does, and how the help
 * tells of it.
 *
 * One table, which ui.c looks a key up in, panel_help.c draws, and the tests
 * go through: a key that works is in the help, and a key in the help works.
 */
#ifndef AIGW_TUI_UI_KEYS_H
#define AIGW_TUI_UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/ui.h"
#include "tui/ui_parts.h"

/* The parts of the help screen. */
enum ui_section {
    UI_SECTION_MOVE,
    UI_SECTION_SHOW,
    UI_SECTION_SORT,
    UI_SECTION_REFRESH,
    UI_SECTION_ACT,
    UI_SECTION_ACT_MORE,
    UI_SECTION_OTHER,
    UI_SECTION_OTHER_MORE,
    UI_SECTION_REPLAY,
    UI_SECTIONS
};

enum ui_when {
    UI_WHEN_ALWAYS,
    UI_WHEN_ACTING,   /* Not with --readonly. */
    UI_WHEN_REPLAYING /* The feed is a recording. */
};

enum {
    UI_MAX_PRESSES = 9
};

/* A key, and what it does. */
struct ui_press {
    int key; /* 0: the end. */
    enum ui_order_kind (*run)(struct ui_at *at, int arg);
    int arg;
};

/* One entry of the help: keys that belong together. */
struct ui_keys {
    const char *label; /* The keys, for people. */
    const char *text;  /* What they do. */
    enum ui_section section;
    enum ui_when when;
    struct ui_press presses[UI_MAX_PRESSES];
};

/* All of them, in the order of the help. */
const struct ui_keys *ui_keys_all(size_t *ret_n);

/* Whether `keys` are of use at present. */
bool ui_keys_offered(const struct ui_keys *keys, const struct ui *ui);

/* What `key` does, whether offered or not, and the entry that it is in; NULL
 * if it does nothing. */
const struct ui_press *ui_keys_find(int key, const struct ui_keys **ret_keys);

#endif
