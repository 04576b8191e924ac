/*
 * panel.h - the parts of the screen, each of which draws itself into an area.
 *
 * tui/draw.c calls them, with the areas that tui/layout.h gives them.  None is
 * drawn into an area without rows or columns.  Pure.
 */
#ifndef AIGW_TUI_PANEL_H
#define AIGW_TUI_PANEL_H

#include "tui/canvas.h"
#include "tui/layout.h"
#include "tui/scene.h"
#include "tui/table.h"

enum {
    PANEL_FILTER_COLS = 100 /* From here on the tabs' row tells the filter. */
};

void panel_identity(struct canvas *c, struct area area, const struct scene *s);
void panel_summary(struct canvas *c, struct area area, const struct scene *s);
void panel_tabs(struct canvas *c, struct area area, const struct scene *s);

/* How many there are of what, and by what they are sorted; `rows` may be
 * NULL for a view that is no table. */
void panel_count(struct canvas *c, struct area area, const struct scene *s,
                 const struct table_rows *rows);

/* What stands in place of a view before the first snapshot. */
void panel_waiting(struct canvas *c, struct area area, const struct scene *s);

/* The latest events. */
void panel_events(struct canvas *c, struct area area, const struct scene *s);

/* The keys that do something now. */
void panel_keys(struct canvas *c, struct area area, const struct scene *s);

/* Over the whole screen. */
void panel_help(struct canvas *c, struct area area, const struct scene *s);

/* `top`, or what is nearest to it that a screen of `rows` x `cols` can have as
 * its first line of the help. */
int panel_help_limit(const struct ui *ui, int top, int rows, int cols);

/* What is being typed or asked, over the row of keys, and the list of columns
 * to sort by, over the view. */
void panel_prompt(struct canvas *c, const struct layout *layout,
                  const struct scene *s);

/* The view whose tab begins at or before column `col` of the tabs' area; -1
 * for what is none. */
int panel_tab_at(int col);

/* The tables of the views. */
extern const struct table view_targets;
extern const struct table view_routes;
extern const struct table view_requests;
extern const struct table view_cost;
extern const struct table view_events;

/* The part of a view's area that its table stands in. */
struct area view_table_area(const struct scene *s, struct area view);

/* `top`, or what is nearest to it that `rows` rows of the daemon's view can
 * begin with. */
int view_daemon_limit(int top, int rows);

/* A view that is more than a table draws itself.  `rows` are those of its
 * table; NULL if it has none. */
void view_draw_cost(struct canvas *c, struct area area, const struct scene *s,
                    const struct table_rows *rows);
void view_draw_daemon(struct canvas *c, struct area area, const struct scene *s,
                      const struct table_rows *rows);

/* Everything about the selected row, in a pane with a frame. */
void detail_target(struct canvas *c, struct area area, const struct scene *s,
                   const struct aigw_value *target);
void detail_route(struct canvas *c, struct area area, const struct scene *s,
                  const struct aigw_value *route);
void detail_request(struct canvas *c, struct area area, const struct scene *s,
                    const struct aigw_value *row);

#endif
