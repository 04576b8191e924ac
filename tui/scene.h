/*
 * scene.h - what everything on the screen is drawn from.
 */
#ifndef AIGW_TUI_SCENE_H
#define AIGW_TUI_SCENE_H

#include "text/format.h"
#include "tui/canvas.h"
#include "tui/model.h"
#include "tui/ui.h"

struct scene {
    const struct model *model;
    const struct ui *ui;
    double now_ms;  /* Of the monotonic clock. */
    double wall_ms; /* Of that of the wall. */
    bool narrow;    /* Under 50 columns or 8 rows: the least of everything. */
};

/* A latency for a column, and for a sentence, in the units that were chosen. */
struct text scene_latency(const struct scene *s, double ms);
struct text scene_latency_unit(const struct scene *s, double ms);

/* A share of 1 with its sign: "0.8%". */
struct text scene_percent(double share);

/* A window as the keys name it: "10s", "1m", "5m", "1h". */
struct text scene_window(int window_s);

/* The state of a target in a word, its countdown running on, and its style. */
struct text scene_state_word(const struct scene *s,
                             const struct aigw_value *target);
enum style scene_state_style(const struct aigw_value *target);

#endif
