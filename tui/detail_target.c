/*
 * detail_target.c - everything about one target: why it is as it is, what its
 * answers are like, what it costs.
 */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/detail.h"
#include "tui/pane.h"
#include "tui/panel.h"

enum {
    SIDE_BY_SIDE_COLS = 100,
    LEFT_COLS = 56,   /* Of the distribution, beside the history. */
    HISTORY_ROWS = 4, /* So many moves are enough to see a pattern. */
    MAX_KEYS = 4,
    MAX_ROUTES = 16
};

/* What is not said of an endpoint because it goes without saying. */
static const char SECURE[] = "https://";

/* "1st", "2nd", "3rd", "11th". */
static struct text
ordinal(double n)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};

    struct text text;
    int last;
    bool teen;

    if (!(n >= 1 && n <= INT_MAX))
        return (struct text){"-"};
    last = (int)n % 10;
    teen = (int)n / 10 % 10 == 1;
    (void)snprintf(text.s, sizeof(text.s), "%.0f%s", n,
                   endings[last > 0 && last < 4 && !teen ? last : 0]);
    return text;
}

static void
put_state(struct flow *f, const struct scene *s, const struct aigw_value *row)
{
    struct text word = scene_state_word(s, row);
    double trips = read_number(row, "trips");
    struct line line = {.used = 0};

    word.s[strcspn(word.s, " ")] = '\0';
    line_add(&line, "%s since %s", word.s,
             format_clock(read_number(row, "since_ms")).s);
    if (trips > 0)
        line_add(&line, " (%s trip)", ordinal(trips).s);
    (void)flow_put(f, scene_state_style(row), "%s", line.s);
    if (strcmp(aigw_get_str(row, "breaker", "auto"), "auto") != 0)
        (void)flow_put(f, STYLE_ADMIN, "breaker %s by hand",
                       aigw_get_str(row, "breaker", ""));
}

static void
put_cooldown(struct flow *f, const struct scene *s,
             const struct aigw_value *row)
{
    double cooldown_s = read_number(row, "breaker_settings.recovery_timeout_s");
    double retry_ms = read_number(row, "retry_at_ms");
    double left_ms = retry_ms - model_daemon_ms(s->model, s->now_ms);
    struct line line = {.used = 0};

    if (!isnan(cooldown_s))
        line_add(&line, "cooldown %.0fs", cooldown_s);
    if (!isnan(left_ms))
        line_add(&line, "%snext probe in %s", line.used > 0 ? ", " : "",
                 format_span(ceil(left_ms / 1000)).s);
    if (line.used > 0)
        (void)flow_put(f, STYLE_PLAIN, "%s", line.s);
}

static int
draw_breaker(struct canvas *c, struct area inside, int row,
             const struct scene *s, const struct aigw_value *target)
{
    struct flow f = pane_label(c, inside, row, "Breaker");
    double share = read_number(target, "breaker_settings.failure_rate");
    double seen = read_number(target, "window_requests");
    int64_t drills = aigw_get_int(target, "drills", 0);

    put_state(&f, s, target);
    if (!isnan(seen))
        (void)flow_put(&f, STYLE_PLAIN, "window %.0f requests", seen);
    if (!isnan(share))
        (void)flow_put(&f, STYLE_PLAIN, "trips at %.0f%%", share * 100);
    put_cooldown(&f, s, target);
    if (drills > 0)
        (void)flow_put(&f, STYLE_ADMIN, "%d drill%s", (int)drills,
                       drills == 1 ? "" : "s");
    return pane_next_row(&f);
}

static void
put_key(struct flow *f, const struct aigw_value *key)
{
    const char *state = aigw_get_str(key, "state", "?");
    bool good = strcmp(state, "loaded") == 0;

    (void)flow_put(f, good ? STYLE_PLAIN : STYLE_BAD, "%s (%s)",
                   aigw_get_str(key, "name", "?"), state);
}

static void
put_limits(struct flow *f, const struct aigw_value *target)
{
    double limit = read_number(target, "limit");
    double input_usd = read_number(target, "price.input_usd");
    double output_usd = read_number(target, "price.output_usd");

    if (!isnan(limit))
        (void)flow_put(f, STYLE_PLAIN, "limit %.0f at once", limit);
    if (!isnan(input_usd))
        (void)flow_put(f, STYLE_PLAIN, "$%s in, $%s out per M tokens",
                       format_price(input_usd).s, format_price(output_usd).s);
}

static int
draw_key(struct canvas *c, struct area inside, int row,
         const struct aigw_value *target)
{
    struct flow f = pane_label(c, inside, row, "Key");
    const struct aigw_value *keys = aigw_value_get(target, "keys");
    const char *endpoint = aigw_get_str(target, "endpoint", NULL);

    for (size_t i = 0; i < aigw_value_size(keys) && i < MAX_KEYS; i++)
        put_key(&f, aigw_value_at(keys, i));
    if (aigw_value_size(keys) == 0)
        put_key(&f, aigw_value_get(target, "key"));
    if (endpoint && strncmp(endpoint, SECURE, strlen(SECURE)) == 0)
        endpoint += strlen(SECURE);
    if (endpoint)
        (void)flow_put(&f, STYLE_PLAIN, "endpoint %s", endpoint);
    put_limits(&f, target);
    return pane_next_row(&f);
}

static void
put_last_error(struct flow *f, const struct aigw_value *target)
{
    const char *error = aigw_get_str(target, "last_error", NULL);
    const char *id = aigw_get_str(target, "last_error_request_id", NULL);

    if (!error)
        return;
    (void)flow_put(f, STYLE_PLAIN, "last %s \"%s\"%s%s",
                   format_clock(read_number(target, "last_error_ms")).s, error,
                   id ? " request " : "", id ? id : "");
}

static int
draw_errors(struct canvas *c, struct area inside, int row,
            const struct aigw_value *target)
{
    struct flow f = pane_label(c, inside, row, "Errors");
    const struct aigw_value *errors = aigw_value_get(target, "errors");

    for (size_t i = 0; i < aigw_value_size(errors); i++) {
        double n = aigw_value_double(aigw_value_at(errors, i), nan(""));
        const char *outcome = aigw_value_key(errors, i);

        if (outcome && !isnan(n))
            (void)flow_put(&f, STYLE_PLAIN, "%s %.0f", outcome, n);
    }
    put_last_error(&f, target);
    if (!f.begun)
        (void)flow_put(&f, STYLE_PLAIN, "-");
    return pane_next_row(&f);
}

static int
draw_routes(struct canvas *c, struct area inside, int row,
            const struct aigw_value *target)
{
    struct flow f = pane_label(c, inside, row, "Routes");
    const struct aigw_value *routes = aigw_value_get(target, "routes");
    size_t n = aigw_value_size(routes);

    f.gap = 1;
    for (size_t i = 0; i < n && i < MAX_ROUTES; i++) {
        const struct aigw_value *route = aigw_value_at(routes, i);

        (void)flow_put(&f, STYLE_PLAIN, "%s (%s of %.0f)%s",
                       aigw_get_str(route, "name", "?"),
                       ordinal(read_number(route, "place")).s,
                       read_number(route, "of"), i + 1 < n ? "," : "");
    }
    if (!f.begun)
        (void)flow_put(&f, STYLE_PLAIN, "-");
    return pane_next_row(&f);
}

static int
draw_spent(struct canvas *c, struct area inside, int row,
           const struct aigw_value *target)
{
    struct flow f = pane_label(c, inside, row, "Spent");

    f.gap = 1;
    (void)flow_put(&f, STYLE_PLAIN, "%s/h,",
                   format_cost(read_number(target, "cost_per_hour_usd")).s);
    (void)flow_put(&f, STYLE_PLAIN, "%s today,",
                   format_cost(read_number(target, "cost_today_usd")).s);
    (void)flow_put(&f, STYLE_PLAIN, "%s since the start",
                   format_cost(read_number(target, "cost_usd")).s);
    return pane_next_row(&f);
}

/* The distribution at the left; all else beside it. */
static void
draw_halves(struct canvas *c, struct area area, const struct aigw_value *target)
{
    struct area left = area;
    struct area right = area;
    int row;

    left.cols = LEFT_COLS - 5;
    right.col += LEFT_COLS;
    right.cols -= LEFT_COLS;
    detail_distribution(c, left, target);
    row = detail_history(c, right, target, area.rows - 2);
    row = draw_routes(c, right, row, target);
    (void)draw_spent(c, right, row, target);
}

static void
draw_stacked(struct canvas *c, struct area area,
             const struct aigw_value *target)
{
    int row = draw_routes(c, area, 0, target);

    row = draw_spent(c, area, row, target);
    row += detail_history(c, pane_below(area, row), target, HISTORY_ROWS);
    detail_distribution(c, pane_below(area, row), target);
}

void
detail_target(struct canvas *c, struct area area, const struct scene *s,
              const struct aigw_value *target)
{
    struct area inside = pane_frame(c, area, aigw_get_str(target, "name", "?"));
    int row = draw_breaker(c, inside, 0, s, target);

    row = draw_key(c, inside, row, target);
    row = draw_errors(c, inside, row, target);
    if (inside.cols < SIDE_BY_SIDE_COLS) {
        draw_stacked(c, pane_below(inside, row), target);
        return;
    }
    if (inside.rows - row > HISTORY_ROWS + 2)
        row++;
    draw_halves(c, pane_below(inside, row), target);
}
