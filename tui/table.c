#include "tui/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/mem.h"

/* What a row is sorted by. */
struct sort_key {
    const struct aigw_value *row;

    enum {
        KEY_NUMBER,
        KEY_TEXT,
        KEY_MISSING
    } kind;

    double number;
    const char *text;
    const char *name;
    size_t index; /* Where it stood: sorting is stable. */
};

const char *
table_name(const struct table *t, const struct aigw_value *row)
{
    return aigw_get_str(row, t->name_path, "");
}

void
table_key(const struct table *t, const struct aigw_value *row,
          char ret_key[UI_MAX_NAME])
{
    const struct aigw_value *name = aigw_value_path(row, t->name_path);

    if (aigw_value_type(name) == AIGW_TYPE_INT)
        (void)snprintf(ret_key, UI_MAX_NAME, "%lld",
                       (long long)aigw_value_int(name, 0));
    else
        (void)snprintf(ret_key, UI_MAX_NAME, "%s", aigw_value_str(name, ""));
}

bool
table_matches(const struct table *t, const struct aigw_value *row,
              const char *pattern)
{
    size_t max = sizeof(t->found_by) / sizeof(t->found_by[0]);

    if (!pattern[0] || strcasestr(table_name(t, row), pattern))
        return true;
    for (size_t i = 0; i < max && t->found_by[i]; i++) {
        if (strcasestr(aigw_get_str(row, t->found_by[i], ""), pattern))
            return true;
    }
    return false;
}

static bool
is_shown(const struct table *t, const struct ui *ui, const char *filter,
         const struct aigw_value *row)
{
    if (ui->hide_idle && t->is_idle && t->is_idle(row))
        return false;
    return table_matches(t, row, filter);
}

/* What the rows of one table are sorted by. */
struct sorting {
    const struct table *table;
    const struct table_column *column;
    const struct model *model;
    const struct ui *ui;
};

static struct sort_key
key_of(const struct sorting *by, const struct aigw_value *row)
{
    const struct table_column *column = by->column;
    const struct aigw_value *value =
        column->path ? aigw_value_path(row, column->path) : NULL;
    struct sort_key key = {.row = row,
                           .kind = KEY_NUMBER,
                           .number = aigw_value_double(value, nan("")),
                           .text = aigw_value_str(value, NULL),
                           .name = table_name(by->table, row)};

    if (column->number)
        key.number = column->number(by->model, by->ui, row);
    if (isnan(key.number) && !key.text && column->missing)
        key.number = column->missing(row);
    if (key.text)
        key.kind = KEY_TEXT;
    else if (isnan(key.number))
        key.kind = KEY_MISSING;
    return key;
}

static int
compare_values(const struct sort_key *a, const struct sort_key *b)
{
    if (a->kind == KEY_TEXT)
        return strcasecmp(a->text, b->text);
    if (a->kind == KEY_NUMBER)
        return (a->number > b->number) - (a->number < b->number);
    return 0;
}

static int
compare(const void *left, const void *right, void *ctx)
{
    const struct sort_key *a = left;
    const struct sort_key *b = right;
    const bool *ascending = ctx;
    int order;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    order = compare_values(a, b);
    if (order != 0)
        return *ascending ? order : -order;
    order = strcmp(a->name, b->name);
    if (order != 0)
        return order;
    return a->index < b->index ? -1 : 1;
}

static void
sort(const struct sorting *by, bool ascending, struct table_rows *rows)
{
    struct sort_key *keys = mem_alloc(rows->n_rows, sizeof(*keys));

    for (size_t i = 0; i < rows->n_rows; i++) {
        keys[i] = key_of(by, rows->rows[i]);
        keys[i].index = i;
    }
    qsort_r(keys, rows->n_rows, sizeof(*keys), compare, &ascending);
    for (size_t i = 0; i < rows->n_rows; i++)
        rows->rows[i] = keys[i].row;
    free(keys);
}

static const struct aigw_value *
list_row(const struct aigw_value *list, size_t i)
{
    return aigw_value_type(list) == AIGW_TYPE_ARRAY ? aigw_value_at(list, i)
                                                    : NULL;
}

void
table_collect(const struct table *t, const struct model *m, const struct ui *ui,
              struct table_rows *ret_rows)
{
    const struct aigw_value *list = t->list ? t->list(m, ui) : NULL;
    const struct ui_table *state = &ui->tables[ui->view];

    ret_rows->n_rows = 0;
    ret_rows->n_hidden = 0;
    for (size_t i = 0; ret_rows->n_rows < TABLE_MAX_ROWS; i++) {
        const struct aigw_value *row =
            t->row ? t->row(m, i) : list_row(list, i);

        if (!row)
            break;
        if (is_shown(t, ui, state->filter, row))
            ret_rows->rows[ret_rows->n_rows++] = row;
        else
            ret_rows->n_hidden++;
    }
    if (ret_rows->n_rows > 1 && state->sort >= 0
        && (size_t)state->sort < t->n_columns)
        sort(&(struct sorting){.table = t,
                               .column = &t->columns[state->sort],
                               .model = m,
                               .ui = ui},
             state->ascending, ret_rows);
}

static bool
is_called(const struct table *t, const struct table_rows *rows, int i,
          const char *key)
{
    char own[UI_MAX_NAME];

    if (i < 0 || (size_t)i >= rows->n_rows)
        return false;
    table_key(t, rows->rows[i], own);
    return strcmp(own, key) == 0;
}

int
table_selected(const struct table *t, const struct table_rows *rows,
               const struct ui_table *state)
{
    int last = (int)rows->n_rows - 1;

    /* Where several are called the same, the one that it was. */
    if (is_called(t, rows, state->index, state->selected))
        return state->index;
    for (int i = 0; state->selected[0] && i <= last; i++) {
        if (is_called(t, rows, i, state->selected))
            return i;
    }
    if (last < 0 || state->index > last)
        return last;
    return state->index < 0 ? 0 : state->index;
}
