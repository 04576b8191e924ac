/*
 * ui_search.c - finding rows by what they are called.
 */
#include <stdio.h>

#include "tui/table.h"
#include "tui/ui_parts.h"

/* The index of the first match from `from` on, going by `step` around the
 * end; -1 if there is none. */
static int
find(const struct ui_at *at, const struct table_rows *rows, int from, int step)
{
    int n = (int)rows->n_rows;

    for (int i = 0; i < n; i++) {
        int k = ((from + i * step) % n + n) % n;

        if (table_matches(at->table, rows->rows[k], at->ui->search))
            return k;
    }
    return -1;
}

static void
complain(struct ui_at *at, const char *what)
{
    char message[UI_MAX_MESSAGE];

    (void)snprintf(message, sizeof(message), "Not found: %s", what);
    ui_say(at->ui, message, at->now_ms);
}

enum ui_order_kind
ui_search_again(struct ui_at *at, int by)
{
    struct table_rows rows;
    int selected, found;

    if (!at->table || !at->ui->search[0]) {
        ui_say(at->ui, "Nothing to search for: press / first.", at->now_ms);
        return UI_DRAW;
    }
    table_collect(at->table, at->m, at->ui, &rows);
    selected = table_selected(at->table, &rows, at->state);
    found = find(at, &rows, selected + by, by < 0 ? -1 : 1);
    if (found < 0)
        complain(at, at->ui->search);
    else
        ui_move_to(at, found);
    return UI_DRAW;
}
