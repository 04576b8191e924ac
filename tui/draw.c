#include "tui/draw.h"

#include <math.h>

#include "tui/alert.h"
#include "tui/layout.h"
#include "tui/panel.h"

/* What a view is made of. */
struct view {
    const struct table *table; /* NULL: it draws itself. */
    /* NULL: it is its table. */
    void (*draw)(struct canvas *c, struct area area, const struct scene *s,
                 const struct table_rows *rows);
    /* The pane of the selected row; NULL: it has none. */
    void (*detail)(struct canvas *c, struct area area, const struct scene *s,
                   const struct aigw_value *row);
};

static const struct view views[UI_VIEWS] = {
    [UI_TARGETS] = {.table = &view_targets, .detail = detail_target},
    [UI_ROUTES] = {.table = &view_routes, .detail = detail_route},
    [UI_REQUESTS] = {.table = &view_requests, .detail = detail_request},
    [UI_COST] = {.table = &view_cost, .draw = view_draw_cost},
    [UI_EVENTS] = {.table = &view_events},
    [UI_DAEMON] = {.draw = view_draw_daemon}};

/* Everything that drawing goes by. */
struct screen {
    struct canvas *c;
    struct scene scene;
    struct layout layout;
    const struct view *view;
    struct table_rows rows;
    const struct aigw_value *selected; /* NULL: no row is. */
};

const struct table *
table_of(enum ui_view view)
{
    return views[view].table;
}

static bool
is_empty(struct area a)
{
    return a.rows <= 0 || a.cols <= 0;
}

static void
select_row(struct screen *screen)
{
    const struct scene *s = &screen->scene;
    const struct table *t = screen->view->table;
    int selected;

    screen->rows.n_rows = 0;
    screen->rows.n_hidden = 0;
    if (!t)
        return;
    table_collect(t, s->model, s->ui, &screen->rows);
    selected = table_selected(t, &screen->rows, &s->ui->tables[s->ui->view]);
    if (selected >= 0)
        screen->selected = screen->rows.rows[selected];
}

static void
draw_panel(const struct screen *screen, struct area area,
           void (*panel)(struct canvas *, struct area, const struct scene *))
{
    if (!is_empty(area))
        panel(screen->c, area, &screen->scene);
}

static void
draw_view(const struct screen *screen)
{
    const struct view *view = screen->view;
    struct area area = screen->layout.view;

    if (is_empty(area))
        return;
    if (!screen->scene.model->snapshot)
        panel_waiting(screen->c, area, &screen->scene);
    else if (view->draw)
        view->draw(screen->c, area, &screen->scene, &screen->rows);
    else
        table_draw(view->table, &screen->scene, &screen->rows, screen->c, area);
}

/* Old numbers are not to be taken for new ones. */
static void
dim(const struct screen *screen)
{
    const struct layout *l = &screen->layout;

    if (link_is_fresh(&screen->scene.model->link)
        || !screen->scene.model->snapshot)
        return;
    canvas_restyle(screen->c, l->summary, STYLE_DIM);
    canvas_restyle(screen->c, l->view, STYLE_DIM);
    canvas_restyle(screen->c, l->count, STYLE_DIM);
    canvas_restyle(screen->c, l->detail, STYLE_DIM);
    canvas_restyle(screen->c, l->events, STYLE_DIM);
}

static void
draw_panels(const struct screen *screen)
{
    const struct layout *l = &screen->layout;
    const struct scene *s = &screen->scene;

    draw_panel(screen, l->identity, panel_identity);
    if (s->model->snapshot)
        draw_panel(screen, l->summary, panel_summary);
    draw_panel(screen, l->tabs, panel_tabs);
    draw_view(screen);
    if (!is_empty(l->count) && s->model->snapshot)
        panel_count(screen->c, l->count, s, &screen->rows);
    if (!is_empty(l->detail) && screen->selected)
        screen->view->detail(screen->c, l->detail, s, screen->selected);
    draw_panel(screen, l->events, panel_events);
    draw_panel(screen, l->keys, panel_keys);
}

static void
draw_over(const struct screen *screen)
{
    struct area all = {0, 0, screen->c->rows, screen->c->cols};

    if (screen->scene.ui->mode == UI_HELP) {
        canvas_clear(screen->c);
        panel_help(screen->c, all, &screen->scene);
    } else if (screen->scene.ui->mode != UI_BROWSE) {
        panel_prompt(screen->c, &screen->layout, &screen->scene);
    }
}

/* Finds out what there is to show, and where; returns the alerts. */
static struct alerts
plan(struct screen *screen, int rows, int cols)
{
    const struct scene *s = &screen->scene;
    struct layout_needs needs = {.tabs = true};
    struct alerts alerts = alerts_collect(s, cols, layout_is_wide(rows, cols));

    select_row(screen);
    needs.alerts = alerts.n_rows;
    needs.detail = s->ui->detail && screen->view->detail && screen->selected;
    screen->layout = layout_make(rows, cols, &needs);
    screen->scene.narrow = screen->layout.narrow;
    return alerts;
}

struct layout
draw_layout(const struct model *m, const struct ui *ui, int rows, int cols,
            double now_ms)
{
    struct screen screen = {.scene = {.model = m, .ui = ui, .now_ms = now_ms},
                            .view = &views[ui->view]};

    (void)plan(&screen, rows, cols);
    return screen.layout;
}

/* A recording has a clock of its own; without a snapshot nobody knows it. */
static double
clock_of(const struct model *m, const struct ui *ui, double now_ms,
         double wall_ms)
{
    double recorded_ms = model_daemon_ms(m, now_ms);

    return ui->replay && !isnan(recorded_ms) ? recorded_ms : wall_ms;
}

void
draw(struct canvas *c, const struct model *m, const struct ui *ui,
     double now_ms, double wall_ms)
{
    struct screen screen = {
        .c = c,
        .scene = {.model = m,
                  .ui = ui,
                  .now_ms = now_ms,
                  .wall_ms = clock_of(m, ui, now_ms, wall_ms)},
        .view = &views[ui->view]};
    struct alerts alerts = plan(&screen, c->rows, c->cols);

    canvas_clear(c);
    draw_panels(&screen);
    dim(&screen);
    if (!is_empty(screen.layout.alerts))
        alerts_draw(c, screen.layout.alerts, &alerts);
    draw_over(&screen);
}
