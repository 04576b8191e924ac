#include "ctl/view.h"

#include <stdlib.h>

#include "ctl/fit.h"
#include "ctl/flat.h"
#include "ctl/table.h"
#include "text/mem.h"
#include "text/read.h"

static void
print_plain_row(const struct view *view, const struct aigw_value *row,
                FILE *out)
{
    const char *separator = "";

    for (size_t i = 0; i < view->n_columns; i++) {
        if (!view->columns[i].path)
            continue;
        (void)fputs(separator, out);
        flat_print_value(aigw_value_path(row, view->columns[i].path), out);
        separator = "\t";
    }
    (void)fputc('\n', out);
}

static void
add_cell(struct table *table, const struct view_column *column,
         const struct aigw_value *row, const struct aigw_value *document,
         bool on_terminal)
{
    char *joined;

    if (on_terminal && column->short_cell) {
        table_add(table, column->short_cell(row, document).s);
    } else if (column->cell) {
        table_add(table, column->cell(row, document).s);
    } else if (column->number) {
        double value = read_number(row, column->path);

        table_add(table, column->number(value).s);
    } else if (aigw_value_type(aigw_value_path(row, column->path))
               == AIGW_TYPE_ARRAY) {
        joined = flat_join(aigw_value_path(row, column->path));
        table_add(table, joined);
        free(joined);
    } else {
        table_add(table, aigw_get_str(row, column->path, NULL));
    }
}

static void
print_table(const struct ctl *ctl, const struct view *view,
            const struct aigw_value *document, FILE *out)
{
    const struct aigw_value *rows = aigw_value_path(document, view->path);
    struct table_column *columns = mem_alloc(view->n_columns, sizeof(*columns));
    struct table table;
    struct mem_text text;
    char *lines;

    for (size_t i = 0; i < view->n_columns; i++)
        columns[i] =
            (struct table_column){.title = view->columns[i].title,
                                  .right = view->columns[i].number != NULL};
    table_init(&table, columns, view->n_columns);
    for (size_t row = 0; row < aigw_value_size(rows); row++) {
        for (size_t i = 0; i < view->n_columns; i++)
            add_cell(&table, &view->columns[i], aigw_value_at(rows, row),
                     document, ctl->out_tty);
    }
    mem_text_begin(&text);
    table_print(&table, text.stream);
    lines = mem_text_end(&text);
    fit_write(lines, fit_columns(out), out);
    free(lines);
    table_deinit(&table);
    free(columns);
}

static void
print_lines(const struct ctl *ctl, const struct view *view,
            const struct aigw_value *rows, FILE *out)
{
    for (size_t i = 0; i < aigw_value_size(rows); i++) {
        if (ctl->format == CTL_NDJSON)
            flat_print_json(aigw_value_at(rows, i), out);
        else
            print_plain_row(view, aigw_value_at(rows, i), out);
    }
}

void
view_print(const struct ctl *ctl, const struct view *view,
           const struct aigw_value *document, FILE *out)
{
    const struct aigw_value *rows = aigw_value_path(document, view->path);

    if (ctl->format == CTL_JSON)
        flat_print_document(document, out);
    else if (ctl->format != CTL_TABLE)
        print_lines(ctl, view, rows, out);
    else if (aigw_value_size(rows) == 0)
        ctl_remark(ctl, "%s", view->empty);
    else
        print_table(ctl, view, document, out);
}
