#include "support/top_fixture.h"

#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tui/draw.h"
#include "tui/table.h"

struct aigw_value *
top_value(const char *name)
{
    static char text[256 * 1024];
    struct aigw_value *value = NULL;
    char path[4096];
    FILE *file;
    size_t size;

    (void)snprintf(path, sizeof(path), "%s/%s", TOP_DATA, name);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    size = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    ck_assert_int_eq(aigw_value_from_json(text, size, &value, NULL), 0);
    return value;
}

void
top_setup_empty(struct top *top)
{
    ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
    (void)setenv("TZ", "UTC", 1);
    tzset();
    top->now_ms = TOP_NOW_MS;
    model_init(&top->model, "/run/aigw/aigw.sock", 1000, TOP_NOW_MS);
    ui_init(&top->ui);
    canvas_init(&top->canvas, false);
}

static int
column_called(enum ui_view view, const char *title)
{
    const struct table *t = table_of(view);

    for (size_t i = 0; i < t->n_columns; i++) {
        if (strcmp(t->columns[i].title, title) == 0)
            return (int)i;
    }
    ck_abort_msg("no column %s", title);
    return -1;
}

static void
take_events(struct model *m)
{
    struct aigw_value *events = top_value("events.json");

    for (size_t i = 0; i < aigw_value_size(events); i++)
        model_take_event(m, aigw_value_copy(aigw_value_at(events, i)));
    aigw_value_free(events);
}

void
top_setup(struct top *top)
{
    struct model *m = &top->model;

    top_setup_empty(top);
    model_take_snapshot(m, top_value("snapshot.json"), TOP_NOW_MS);
    model_take_requests(m, top_value("requests.json"));
    model_take_cost(m, COST_BY_TARGET, top_value("cost_target.json"));
    model_take_cost(m, COST_BY_ROUTE, top_value("cost_route.json"));
    model_take_cost(m, COST_BY_CLIENT, top_value("cost_client.json"));
    take_events(m);
    top->ui.tables[UI_TARGETS].sort = column_called(UI_TARGETS, "P99");
    top->ui.tables[UI_TARGETS].ascending = false;
}

void
top_teardown(struct top *top)
{
    canvas_deinit(&top->canvas);
    ui_deinit(&top->ui);
    model_deinit(&top->model);
}

struct ui_order
top_input(struct top *top, const struct input *input)
{
    return ui_input(&top->ui, &top->model, input, TOP_ROWS, TOP_COLS,
                    top->now_ms);
}

struct ui_order
top_press(struct top *top, int key)
{
    return top_input(top, &(struct input){.key = key});
}

void
top_type(struct top *top, const char *keys)
{
    for (; *keys; keys++)
        (void)top_press(top, (unsigned char)*keys);
}

void
top_draw(struct top *top, int rows, int cols, bool ascii)
{
    top->canvas.ascii = ascii;
    top->ui.ascii = ascii;
    canvas_resize(&top->canvas, rows, cols);
    draw(&top->canvas, &top->model, &top->ui, top->now_ms,
         TOP_WALL_MS + (top->now_ms - TOP_NOW_MS));
}

char *
top_text(const struct top *top)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    for (int row = 0; row < top->canvas.rows; row++) {
        canvas_write_row(&top->canvas, row, out);
        (void)fputc('\n', out);
    }
    (void)fclose(out);
    return text;
}

void
top_shows(const struct top *top, const char *text)
{
    char *screen = top_text(top);

    ck_assert_msg(strstr(screen, text) != NULL, "no \"%s\" in\n%s", text,
                  screen);
    free(screen);
}
