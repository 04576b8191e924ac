/*
 * table_show.c - the cells that many columns have.
 */
#include "tui/table.h"

#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/cut.h"

static double
number_at(const struct table_show *at)
{
    return read_number(at->row, at->column->path);
}

static void
set(struct table_cell *cell, const char *text)
{
    (void)snprintf(cell->s, sizeof(cell->s), "%.*s", LINE_SIZE - 1, text);
}

void
table_show_text(const struct table_show *at, struct table_cell *ret_cell)
{
    set(ret_cell, aigw_get_str(at->row, at->column->path, "-"));
}

void
table_show_name(const struct table_show *at, struct table_cell *ret_cell)
{
    struct canvas like = {.ascii = at->scene->ui->ascii};
    const char *name = aigw_get_str(at->row, at->column->path, "-");

    set(ret_cell, cut_middle(&like, name, at->cols).s);
}

void
table_show_count(const struct table_show *at, struct table_cell *ret_cell)
{
    double count = number_at(at);
    struct text text = format_count(count);

    /* What does not fit is made short rather than cut to another number. */
    if (at->cols > 0 && strlen(text.s) > (size_t)at->cols)
        text = format_short_count(count);
    set(ret_cell, text.s);
}

void
table_show_rate(const struct table_show *at, struct table_cell *ret_cell)
{
    double rate = number_at(at);
    struct text text = format_rate(rate);

    if (at->cols > 0 && strlen(text.s) > (size_t)at->cols)
        text = format_short_count(rate);
    set(ret_cell, text.s);
}

void
table_show_percent(const struct table_show *at, struct table_cell *ret_cell)
{
    set(ret_cell, format_percent(number_at(at)).s);
}

void
table_show_money(const struct table_show *at, struct table_cell *ret_cell)
{
    double usd = number_at(at);
    struct text text = format_money(usd);

    if (at->cols > 0 && strlen(text.s) > (size_t)at->cols)
        text = format_short_count(usd);
    set(ret_cell, text.s);
}

void
table_show_latency(const struct table_show *at, struct table_cell *ret_cell)
{
    double ms = number_at(at);
    struct text text = scene_latency(at->scene, ms);

    if (at->cols > 0 && strlen(text.s) > (size_t)at->cols)
        text = format_latency(ms);
    set(ret_cell, text.s);
}
