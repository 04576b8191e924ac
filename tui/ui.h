/*
 * ui.h - what the operator looks at, and what his keys do.
 *
 * Pure: ui_input() takes a key and gives back an order for the owner of the
 * terminal and the feed to carry out.  Drawing (tui/draw.h) only reads.
 */
#ifndef AIGW_TUI_UI_H
#define AIGW_TUI_UI_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/feed.h"
#include "tui/input.h"
#include "tui/model.h"

enum ui_view {
    UI_TARGETS,
    UI_ROUTES,
    UI_REQUESTS,
    UI_COST,
    UI_EVENTS,
    UI_DAEMON,
    UI_VIEWS
};

/* What lies over the view and takes the keys. */
enum ui_mode {
    UI_BROWSE,
    UI_HELP,
    UI_SEARCH, /* Typing what to search for. */
    UI_FILTER, /* Typing what to show only. */
    UI_SORT,   /* Choosing the column to sort by. */
    UI_CONFIRM /* "Drain openai/gpt-4.1? y/N" */
};

enum {
    UI_MAX_NAME = 200,
    UI_MAX_PATTERN = 64,
    UI_MAX_MESSAGE = 240
};

/* What is remembered of each view. */
struct ui_table {
    char selected[UI_MAX_NAME]; /* The name of the row: it sticks to that. */
    int index;                  /* Where it was seen last. */
    int top;                    /* The first row that is shown. */
    int sort; /* Index of a column; -1: as the daemon has it. */
    bool ascending;
    char filter[UI_MAX_PATTERN];
};

/* What an action does once it has been confirmed. */
struct ui_action {
    char question[UI_MAX_MESSAGE]; /* "Drain openai/gpt-4.1? y/N" */
    char done[UI_MAX_MESSAGE];     /* "openai/gpt-4.1: draining" */
    const char *method;
    struct aigw_value *params; /* Owned; NULL unless asked or under way. */
};

struct ui {
    enum ui_view view;
    enum ui_mode mode;
    struct ui_table tables[UI_VIEWS];
    bool detail; /* The pane of the selected row is open. */
    bool follow; /* Events: stay at the newest. */
    bool paused;
    bool hide_idle;
    bool milliseconds; /* Latencies in plain milliseconds. */
    bool mouse;
    bool readonly; /* Actions are not offered. */
    bool ascii;
    bool replay;  /* The feed is a recording: keys to seek. */
    double speed; /* Of the recording. */
    int window_s;
    double interval_ms;
    char search[UI_MAX_PATTERN];
    char typed[UI_MAX_PATTERN]; /* In UI_SEARCH and UI_FILTER. */
    int sort_choice;            /* In UI_SORT: a column; -1: none. */
    int help_top;               /* In UI_HELP: the first line shown. */
    enum cost_by cost_by;
    struct ui_action action;      /* In UI_CONFIRM. */
    char message[UI_MAX_MESSAGE]; /* The last answer or complaint. */
    double message_until_ms;
};

enum ui_order_kind {
    UI_NOTHING,
    UI_DRAW, /* Something visible changed. */
    UI_QUIT,
    UI_WANT,      /* ui_wants() gives something else now. */
    UI_ACT,       /* Call `action.method` with `action.params`. */
    UI_POLL,      /* Fetch now, and repaint everything. */
    UI_SAVE,      /* Write the settings. */
    UI_DUMP,      /* Write the screen's data as JSON. */
    UI_SEEK,      /* Of a recording: by `seek_s`, at `speed`. */
    UI_MOUSE_SET, /* `mouse` has changed. */
    UI_SUSPEND    /* ^Z */
};

struct ui_order {
    enum ui_order_kind kind;
    double seek_s;
};

/* Everything as it is without options and settings. */
void ui_init(struct ui *ui);
void ui_deinit(struct ui *ui);

/* Takes one key.  `rows` x `cols` is the size of the screen. */
struct ui_order ui_input(struct ui *ui, const struct model *m,
                         const struct input *input, int rows, int cols,
                         double now_ms);

/* The model has changed: the selection stays with its row, and the events
 * with the newest if they are followed.  Returns true if ui_wants() gives
 * something else now. */
bool ui_refresh(struct ui *ui, const struct model *m, int rows, int cols,
                double now_ms);

/* Says `message` in the alert rows for the next 5 s. */
void ui_say(struct ui *ui, const char *message, double now_ms);

/* Says how the last action ended: feed.h's `answered`. */
void ui_answered(struct ui *ui, int code, const struct aigw_value *result,
                 const char *text, double now_ms);

/* How fast a recording is to be played: 0 while it is paused. */
double ui_speed(const struct ui *ui);

/* What the feed should fetch for what is shown: while paused as little as can
 * be.  `detail` points into `ui`. */
struct feed_wants ui_wants(const struct ui *ui);

/* Whether a row of `view` has details to show in a pane. */
bool ui_has_detail(enum ui_view view);

#endif
