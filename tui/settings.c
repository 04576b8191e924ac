#include "tui/settings.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/sanitize.h"
#include "text/suggest.h"
#include "tui/options.h"
#include "tui/scene.h"
#include "tui/table.h"

enum {
    LINE_MAX_BYTES = 512
};

/* The views and what costs are shown by, as they are called in the file. */
static const char *const view_names[UI_VIEWS] = {
    [UI_TARGETS] = "targets",   [UI_ROUTES] = "routes",
    [UI_REQUESTS] = "requests", [UI_COST] = "cost",
    [UI_EVENTS] = "events",     [UI_DAEMON] = "daemon"};
static const char *const cost_names[COST_BY_N] = {[COST_BY_TARGET] = "target",
                                                  [COST_BY_ROUTE] = "route",
                                                  [COST_BY_CLIENT] = "client"};

static int
find_name(const char *const *names, int n_names, const char *text)
{
    for (int i = 0; i < n_names; i++) {
        if (strcmp(names[i], text) == 0)
            return i;
    }
    return -1;
}

/* Each reader is false if the text is no such value, and then changes
 * nothing. */

static bool
read_flag(const char *text, bool *ret_flag)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return false;
    *ret_flag = text[0] == 'y';
    return true;
}

static bool
read_delay(const char *text, struct ui *ui)
{
    char *end;
    double seconds = strtod(text, &end);
    bool valid = end != text && *end == '\0' && isfinite(seconds)
                 && seconds * 1e3 >= OPTIONS_MIN_DELAY_MS
                 && seconds * 1e3 <= OPTIONS_MAX_DELAY_MS;

    if (valid)
        ui->interval_ms = seconds * 1e3;
    return valid;
}

static void
write_delay(const struct ui *ui, FILE *out)
{
    (void)fprintf(out, "%g", ui->interval_ms / 1e3);
}

static bool
read_window(const char *text, struct ui *ui)
{
    return options_parse_window(text, &ui->window_s) == 0;
}

static void
write_window(const struct ui *ui, FILE *out)
{
    (void)fputs(scene_window(ui->window_s).s, out);
}

static bool
read_view(const char *text, struct ui *ui)
{
    int view = find_name(view_names, UI_VIEWS, text);

    if (view >= 0)
        ui->view = (enum ui_view)view;
    return view >= 0;
}

static void
write_view(const struct ui *ui, FILE *out)
{
    (void)fputs(view_names[ui->view], out);
}

static bool
read_cost_by(const char *text, struct ui *ui)
{
    int by = find_name(cost_names, COST_BY_N, text);

    if (by >= 0)
        ui->cost_by = (enum cost_by)by;
    return by >= 0;
}

static void
write_cost_by(const struct ui *ui, FILE *out)
{
    (void)fputs(cost_names[ui->cost_by], out);
}

static bool
read_hide_idle(const char *text, struct ui *ui)
{
    return read_flag(text, &ui->hide_idle);
}

static void
write_hide_idle(const struct ui *ui, FILE *out)
{
    (void)fputs(ui->hide_idle ? "yes" : "no", out);
}

static bool
read_milliseconds(const char *text, struct ui *ui)
{
    return read_flag(text, &ui->milliseconds);
}

static void
write_milliseconds(const struct ui *ui, FILE *out)
{
    (void)fputs(ui->milliseconds ? "yes" : "no", out);
}

static bool
read_mouse(const char *text, struct ui *ui)
{
    return read_flag(text, &ui->mouse);
}

static void
write_mouse(const struct ui *ui, FILE *out)
{
    (void)fputs(ui->mouse ? "yes" : "no", out);
}

static const struct setting {
    const char *key;
    const char *expected;
    bool (*read)(const char *text, struct ui *ui);
    void (*write)(const struct ui *ui, FILE *out);
} settings[] = {
    {"delay", "seconds from 0.1 to 3600", read_delay, write_delay},
    {"window", "10s, 1m, 5m or 1h", read_window, write_window},
    {"view", "targets, routes, requests, cost, events or daemon", read_view,
     write_view},
    {"cost_by", "target, route or client", read_cost_by, write_cost_by},
    {"hide_idle", "yes or no", read_hide_idle, write_hide_idle},
    {"milliseconds", "yes or no", read_milliseconds, write_milliseconds},
    {"mouse", "yes or no", read_mouse, write_mouse},
};

enum {
    N_SETTINGS = sizeof(settings) / sizeof(*settings)
};

/* What begins the keys that say how a view is sorted: "sort_targets". */
static const char sort_prefix[] = "sort_";

/* "P99 desc": the title of a column and the direction. */
static bool
read_sort(const char *text, const struct table *table, struct ui_table *state)
{
    const char *direction = strrchr(text, ' ');
    size_t len = direction ? (size_t)(direction - text) : 0;

    if (!table || !direction
        || (strcmp(direction, " asc") != 0 && strcmp(direction, " desc") != 0))
        return false;
    for (size_t i = 0; i < table->n_columns; i++) {
        const char *title = table->columns[i].title;

        if (strlen(title) != len || strncmp(title, text, len) != 0)
            continue;
        state->sort = (int)i;
        state->ascending = direction[1] == 'a';
        return true;
    }
    return false;
}

static void
write_sorts(const struct ui *ui, FILE *out)
{
    for (int view = 0; view < UI_VIEWS; view++) {
        const struct table *table = table_of((enum ui_view)view);
        const struct ui_table *state = &ui->tables[view];

        if (!table || state->sort < 0 || state->sort >= (int)table->n_columns)
            continue;
        (void)fprintf(out, "%s%s = %s %s\n", sort_prefix, view_names[view],
                      table->columns[state->sort].title,
                      state->ascending ? "asc" : "desc");
    }
}

/* A line that is read, and where a complaint about it goes. */
struct line_at {
    const char *name;
    unsigned number;
    FILE *complaints;
};

static void
complain(const struct line_at *at, const char *key, const char *what)
{
    (void)fprintf(at->complaints, "%s:%u: \"", at->name, at->number);
    sanitize_line(key, at->complaints);
    (void)fprintf(at->complaints, "\": %s\n", what);
}

static void
complain_unknown(const struct line_at *at, const char *key)
{
    char text[128];
    struct suggest s;

    suggest_init(&s, key);
    for (size_t i = 0; i < N_SETTINGS; i++)
        suggest_offer(&s, settings[i].key);
    (void)snprintf(text, sizeof(text), "no such setting%s%s%s",
                   s.best ? ". Did you mean \"" : "", s.best ? s.best : "",
                   s.best ? "\"?" : "");
    complain(at, key, text);
}

static void
set(const struct line_at *at, const char *key, const char *value, struct ui *ui)
{
    size_t prefix_len = strlen(sort_prefix);
    int view = -1;
    char text[128];

    for (size_t i = 0; i < N_SETTINGS; i++) {
        if (strcmp(settings[i].key, key) != 0)
            continue;
        (void)snprintf(text, sizeof(text), "expected %s", settings[i].expected);
        if (!settings[i].read(value, ui))
            complain(at, key, text);
        return;
    }
    if (strncmp(key, sort_prefix, prefix_len) == 0)
        view = find_name(view_names, UI_VIEWS, key + prefix_len);
    if (view < 0)
        complain_unknown(at, key);
    else if (!read_sort(value, table_of((enum ui_view)view), &ui->tables[view]))
        complain(at, key, "expected a column and asc or desc, as \"P99 desc\"");
}

/* Cuts blanks off both ends, in place. */
static char *
trim(char *text)
{
    size_t len;

    while (isspace((unsigned char)*text))
        text++;
    len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    return text;
}

/* One line, which may be written into. */
static void
read_line(const struct line_at *at, char *line, struct ui *ui)
{
    char *key = trim(line), *equals = strchr(key, '=');

    if (key[0] == '\0' || key[0] == '#')
        return;
    if (!equals) {
        complain(at, key, "expected key = value");
        return;
    }
    *equals = '\0';
    set(at, trim(key), trim(equals + 1), ui);
}

void
settings_read(const char *text, const char *name, struct ui *ui,
              FILE *complaints)
{
    struct line_at at = {.name = name, .complaints = complaints};

    while (*text) {
        size_t len = strcspn(text, "\n");
        char line[LINE_MAX_BYTES];

        at.number++;
        (void)snprintf(line, sizeof(line), "%.*s",
                       (int)(len < sizeof(line) ? len : sizeof(line)), text);
        read_line(&at, line, ui);
        text += len;
        text += *text == '\n';
    }
}

void
settings_write(const struct ui *ui, FILE *out)
{
    (void)fputs("# Written by aigw-top when S is pressed.\n", out);
    for (size_t i = 0; i < N_SETTINGS; i++) {
        (void)fprintf(out, "%s = ", settings[i].key);
        settings[i].write(ui, out);
        (void)fputc('\n', out);
    }
    write_sorts(ui, out);
}
