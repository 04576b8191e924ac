/*
 * ui_type.c - typing what to search for, or what to show alone.
 *
 * Both take effect while they are typed.  Enter keeps what is there; Esc
 * forgets the filter, or ends the search where it has come.
 */
#include <stdio.h>
#include <string.h>

#include "text/utf8.h"
#include "tui/table.h"
#include "tui/ui_parts.h"

static enum ui_order_kind
open_line(struct ui_at *at, enum ui_mode mode, const char *typed)
{
    struct ui *ui = at->ui;

    if (!at->table) {
        ui_say(ui, "There are no rows to look through.", at->now_ms);
        return UI_DRAW;
    }
    ui->mode = mode;
    (void)snprintf(ui->typed, sizeof(ui->typed), "%s", typed);
    return UI_DRAW;
}

enum ui_order_kind
ui_type_search(struct ui_at *at, int arg)
{
    (void)arg;
    return open_line(at, UI_SEARCH, "");
}

enum ui_order_kind
ui_type_filter(struct ui_at *at, int arg)
{
    (void)arg;
    return open_line(at, UI_FILTER, at->state->filter);
}

static bool
is_text(int key)
{
    bool control = key < 0x20 || (key >= 0x7f && key < 0xa0);

    return !control && key < INPUT_NAMED && (key < 0xd800 || key > 0xdfff);
}

/* `key` as UTF-8; returns its bytes. */
static size_t
encode(int key, char ret_bytes[4])
{
    unsigned u = (unsigned)key;
    size_t n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
    static const unsigned leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = n - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (u & 0x3f));
        u >>= 6;
    }
    ret_bytes[0] = (char)(leads[n] | u);
    return n;
}

static void
append(char *typed, int key)
{
    char bytes[4];
    size_t n = encode(key, bytes);
    size_t size = strlen(typed);

    if (size + n >= UI_MAX_PATTERN)
        return;
    memcpy(typed + size, bytes, n);
    typed[size + n] = '\0';
}

/* Takes the last character away. */
static void
erase(char *typed)
{
    size_t size = strlen(typed), at = 0, next = 0;

    while (next < size) {
        at = next;
        next += utf8_sequence(typed + at, size - at);
    }
    typed[at] = '\0';
}

static void
take_effect(struct ui_at *at)
{
    struct ui *ui = at->ui;

    if (ui->mode == UI_FILTER) {
        memcpy(at->state->filter, ui->typed, sizeof(ui->typed));
        ui_move_refresh(at);
    } else {
        memcpy(ui->search, ui->typed, sizeof(ui->typed));
        if (ui->search[0])
            (void)ui_search_again(at, 0);
    }
}

enum ui_order_kind
ui_type_key(struct ui_at *at, int key)
{
    struct ui *ui = at->ui;

    if (key == INPUT_ESC && ui->mode == UI_FILTER)
        ui->typed[0] = '\0';
    else if (key == INPUT_BACKSPACE)
        erase(ui->typed);
    else if (is_text(key))
        append(ui->typed, key);
    else if (key != INPUT_ENTER && key != INPUT_ESC)
        return UI_NOTHING;
    if (key != INPUT_ENTER && key != INPUT_ESC) {
        take_effect(at);
        return UI_DRAW;
    }
    if (key == INPUT_ESC && ui->mode == UI_FILTER)
        take_effect(at);
    ui->mode = UI_BROWSE;
    return UI_DRAW;
}
