/*
 * top_fixture.h - a dashboard that shows a busy gateway with one provider in
 * trouble, from the snapshots in tests/unit/top.
 *
 * The clock of the wall stands at 15:04:05 in UTC, the monotonic one at
 * TOP_NOW_MS, when the last snapshot came.
 */
#ifndef AIGW_TESTS_TOP_FIXTURE_H
#define AIGW_TESTS_TOP_FIXTURE_H

#include "tui/canvas.h"
#include "tui/input.h"
#include "tui/model.h"
#include "tui/ui.h"

#define TOP_NOW_MS  1000000.0
#define TOP_WALL_MS 1775401445000.0

enum {
    TOP_ROWS = 24,
    TOP_COLS = 80
};

struct top {
    struct model model;
    struct ui ui;
    struct canvas canvas;
    double now_ms; /* As drawn by top_draw(). */
};

/* With all values there are, as after a while with every view looked at; the
 * locale becomes one of UTF-8 and the time zone UTC.  Sorted by P99. */
void top_setup(struct top *top);

/* The same before anything has come. */
void top_setup_empty(struct top *top);
void top_teardown(struct top *top);

/* What the operator does in front of 24 rows of 80 columns. */
struct ui_order top_input(struct top *top, const struct input *input);

/* Presses one key; and all characters of `keys`, where "\r" is Enter and
 * "\x1b" Esc. */
struct ui_order top_press(struct top *top, int key);
void top_type(struct top *top, const char *keys);

/* What the file `name` in tests/unit/top holds. */
struct aigw_value *top_value(const char *name);

/* Makes the canvas `rows` x `cols` and draws all of it. */
void top_draw(struct top *top, int rows, int cols, bool ascii);

/* The canvas as text, a newline after each row; to be freed. */
char *top_text(const struct top *top);

/* Asserts that `text` stands somewhere on the canvas. */
void top_shows(const struct top *top, const char *text);

#endif
