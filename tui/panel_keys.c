/*
 * panel_keys.c - the row of keys: those of most use now, as many as fit.
 */
#include <stdio.h>
#include <string.h>

#include "tui/panel.h"
#include "tui/ui_keys.h"

enum {
    ROW_MAX = 20,
    FULL_COLS = 80 /* Fewer leave no room for names like F1. */
};

/* The views that a key is of use in. */
#define IN(view) (1U << (view))

static const unsigned ALL = IN(UI_VIEWS) - 1;
static const unsigned TABLES = (IN(UI_VIEWS) - 1) & ~IN(UI_DAEMON);

struct hint {
    const char *label;
    const char *word;
    int key;   /* As in the table of keys. */
    int rank;  /* Left out first when it is the highest. */
    int least; /* The columns from which on it is shown. */
    unsigned views;
};

static const struct hint hints[] = {
    {"F1", "Help", '?', 0, 0, ALL},
    {"/", "Search", '/', 3, 60, TABLES},
    {"\\", "Filter", '\\', 5, 60, TABLES},
    {"Enter", "Detail", INPUT_ENTER, 2, 0, IN(UI_TARGETS) | IN(UI_REQUESTS)},
    {"f", "Follow", 'f', 2, 0, IN(UI_EVENTS)},
    {"b", "By", 'b', 2, 0, IN(UI_COST)},
    {">", "Sort", '>', 6, 60, TABLES},
    {"w", "Window", 'w', 10, 100, ALL},
    {"Space", "Pause", ' ', 4, 60, ALL},
    {"+-", "Rate", '+', 7, 60, ALL},
    {"Left Right", "Seek", INPUT_LEFT, 8, 60, ALL},
    {"[ ]", "Speed", '[', 9, 60, ALL},
    {"e", "Events", 'e', 11, 100, ALL & ~IN(UI_EVENTS)},
    {"D", "Drain", 'D', 12, 100, IN(UI_TARGETS)},
    {"B", "Reset", 'B', 13, 100, IN(UI_TARGETS)},
    {"K", "Cancel", 'K', 12, 60, IN(UI_REQUESTS)},
    {"q", "Quit", 'q', 1, 0, ALL}};

enum {
    N_HINTS = sizeof(hints) / sizeof(*hints)
};

static bool
is_offered(const struct hint *hint, const struct ui *ui, int cols)
{
    const struct ui_keys *keys = NULL;

    if (!(hint->views & IN(ui->view)) || cols < hint->least)
        return false;
    return ui_keys_find(hint->key, &keys) && ui_keys_offered(keys, ui);
}

static const char *
label_of(const struct hint *hint, int cols)
{
    return hint->key == '?' && cols < FULL_COLS ? "?" : hint->label;
}

static const char *
word_of(const struct hint *hint, const struct ui *ui)
{
    return hint->key == ' ' && ui->paused ? "Resume" : hint->word;
}

static int
width_of(const struct hint *hint, const struct ui *ui, int cols)
{
    return (int)(strlen(label_of(hint, cols)) + strlen(word_of(hint, ui))) + 1;
}

/* What all the hints take whose rank is at most `rank`. */
static int
width_up_to(int rank, const struct ui *ui, int cols)
{
    int width = 1 - 2;

    for (int i = 0; i < N_HINTS; i++) {
        if (hints[i].rank <= rank && is_offered(&hints[i], ui, cols))
            width += width_of(&hints[i], ui, cols) + 2;
    }
    return width;
}

void
panel_keys(struct canvas *c, struct area area, const struct scene *s)
{
    int rank = N_HINTS;
    int col = area.col + 1, end = area.col + area.cols;

    while (rank > 0 && width_up_to(rank, s->ui, area.cols) > area.cols)
        rank--;
    for (int i = 0; i < N_HINTS; i++) {
        const struct hint *hint = &hints[i];

        if (hint->rank > rank || !is_offered(hint, s->ui, area.cols))
            continue;
        col += canvas_put(c, area.row, col, end - col, STYLE_KEY,
                          label_of(hint, area.cols));
        col += canvas_put(c, area.row, col + 1, end - col - 1, STYLE_PLAIN,
                          word_of(hint, s->ui))
               + 3;
    }
}
