#include "tui/alert.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "text/format.h"
#include "text/read.h"
#include "tui/cut.h"

enum {
    BOTH_ENDS_COLS = 78, /* In less, a long alert loses its end. */
    COUNTED_COLS = 80,   /* In less, targets are counted, not told of. */
    HINT_COLS = 32,      /* In less there is no room for the key. */
    SAME_MS = 1000,      /* Two clocks may tell a moment differently. */
    RESTART_TOLD_MS = 60000
};

/* Alerts while they are collected. */
struct collecting {
    const struct scene *s;
    struct alerts *to;
    int n; /* All of them, also those without a row. */
};

static void
add(struct collecting *a, enum style style, const struct line *text)
{
    struct alert *alert;

    if (a->n++ >= MODEL_MAX_ALERTS)
        return;
    alert = &a->to->rows[a->to->n_rows++];
    alert->style = style;
    (void)snprintf(alert->s, sizeof(alert->s), "%s", text->s);
}

/* What the clock of the wall showed at `at_ms` of the monotonic one. */
static struct text
clock_of(const struct scene *s, double at_ms)
{
    return format_clock(s->wall_ms - (s->now_ms - at_ms));
}

static void
add_connection(struct collecting *a)
{
    const struct link *link = &a->s->model->link;
    struct line line = {.used = 0};

    if (!link->has_data || link_is_fresh(link))
        return;
    if (link->state == LINK_STALE)
        line_add(&line, "NOTHING RECEIVED since %s. Numbers below are old.",
                 clock_of(a->s, link->snapshot_ms).s);
    else
        line_add(&line, "CONNECTION LOST %s (%s). Numbers below are old.",
                 clock_of(a->s, link->lost_ms).s,
                 link->reason[0] ? link->reason : "connecting again");
    add(a, STYLE_BAD, &line);
}

static void
add_message(struct collecting *a)
{
    const struct ui *ui = a->s->ui;
    struct line line = {.used = 0};

    if (!ui->message[0] || a->s->now_ms >= ui->message_until_ms)
        return;
    line_add(&line, "%s", ui->message);
    add(a, STYLE_STRONG, &line);
}

static void
add_restart(struct collecting *a)
{
    double restarted_ms = a->s->model->restarted_ms;
    struct line line = {.used = 0};

    if (isnan(restarted_ms) || a->s->now_ms - restarted_ms > RESTART_TOLD_MS)
        return;
    line_add(&line, "%s aigwd restarted, counters began again",
             clock_of(a->s, restarted_ms).s);
    add(a, STYLE_HALF, &line);
}

/* Whether `event` tells how `target` came into its state.  Those of gates call
 * something else open. */
static bool
tells_of(const struct aigw_value *event, const struct aigw_value *target)
{
    const char *state = aigw_get_str(target, "state", "");
    bool latched = strcmp(state, "latched") == 0;
    double since_ms = aigw_get_double(target, "since_ms", 0);

    return strcmp(aigw_get_str(event, "target", ""),
                  aigw_get_str(target, "name", "?"))
               == 0
           && strcmp(aigw_get_str(event, "to", ""), state) == 0
           && (latched
               || strcmp(aigw_get_str(event, "kind", ""), "breaker") == 0)
           && aigw_get_double(event, "time_ms", 0) >= since_ms - SAME_MS;
}

/* The event tells more than the state itself. */
static const char *
reason_of(const struct model *m, const struct aigw_value *target)
{
    for (size_t i = m->n_events; i > 0; i--) {
        if (tells_of(m->events[i - 1], target))
            return aigw_get_str(m->events[i - 1], "reason", "");
    }
    return aigw_get_str(target, "reason", "");
}

static void
add_open(struct collecting *a, const struct aigw_value *target)
{
    double retry_ms = read_number(target, "retry_at_ms");
    double now_ms = model_daemon_ms(a->s->model, a->s->now_ms);
    double left_s = ceil((retry_ms - now_ms) / 1000);
    struct text word = scene_state_word(a->s, target);
    const char *reason = reason_of(a->s->model, target);
    struct line line = {.used = 0};

    word.s[strcspn(word.s, " ")] = '\0';
    line_add(&line, "%s %s %s", format_clock(read_number(target, "since_ms")).s,
             aigw_get_str(target, "name", "?"), word.s);
    if (reason[0] && strcasecmp(reason, word.s) != 0)
        line_add(&line, ": %s", reason);
    if (!isnan(left_s))
        line_add(&line, "; next probe in %s", format_span(left_s).s);
    add(a, STYLE_BAD, &line);
}

static void
add_half_open(struct collecting *a, const struct aigw_value *target)
{
    struct line line = {.used = 0};

    line_add(&line, "%s %s HALF-OPEN: %.0f of %.0f probes passed",
             format_clock(read_number(target, "since_ms")).s,
             aigw_get_str(target, "name", "?"),
             fmax(read_number(target, "half_open.ok"), 0),
             fmax(read_number(target, "half_open.of"), 0));
    add(a, STYLE_HALF, &line);
}

static bool
is_out(const struct aigw_value *target)
{
    return scene_state_style(target) == STYLE_BAD;
}

static bool
is_half_open(const struct aigw_value *target)
{
    return strcmp(aigw_get_str(target, "state", ""), "half_open") == 0;
}

static size_t
count_targets(const struct model *m, bool (*is)(const struct aigw_value *))
{
    const struct aigw_value *targets = model_list(m, "targets");
    size_t n = 0;

    for (size_t i = 0; i < aigw_value_size(targets); i++)
        n += is(aigw_value_at(targets, i));
    return n;
}

static bool
is_among(const struct aigw_value *target, const struct aigw_value *const *told,
         size_t n_told)
{
    for (size_t i = 0; i < n_told; i++) {
        if (told[i] == target)
            return true;
    }
    return false;
}

/* Of the targets that are so, but for those that were told of, the one that
 * became it last. */
static const struct aigw_value *
find_latest(const struct model *m, bool (*is)(const struct aigw_value *),
            const struct aigw_value *const *told, size_t n_told)
{
    const struct aigw_value *targets = model_list(m, "targets");
    const struct aigw_value *latest = NULL;

    for (size_t i = 0; i < aigw_value_size(targets); i++) {
        const struct aigw_value *target = aigw_value_at(targets, i);

        if (!is(target) || is_among(target, told, n_told))
            continue;
        if (!latest
            || aigw_get_double(target, "since_ms", 0)
                   > aigw_get_double(latest, "since_ms", 0))
            latest = target;
    }
    return latest;
}

/* Tells of the targets that are so, the latest first. */
static void
add_targets(struct collecting *a, bool (*is)(const struct aigw_value *),
            void (*tell)(struct collecting *, const struct aigw_value *))
{
    const struct aigw_value *told[MODEL_MAX_ALERTS];
    size_t n = count_targets(a->s->model, is);

    for (size_t i = 0; i < n && i < MODEL_MAX_ALERTS; i++) {
        told[i] = find_latest(a->s->model, is, told, i);
        tell(a, told[i]);
    }
    if (n > MODEL_MAX_ALERTS)
        a->n += (int)n - MODEL_MAX_ALERTS;
}

/* "1 OPEN  1 HALF  (e: events)" */
static void
add_counts(struct collecting *a, bool hint)
{
    size_t n_out = count_targets(a->s->model, is_out);
    size_t n_half = count_targets(a->s->model, is_half_open);
    struct line line = {.used = 0};

    if (n_out + n_half == 0)
        return;
    if (n_out > 0)
        line_add(&line, "%zu OPEN  ", n_out);
    if (n_half > 0)
        line_add(&line, "%zu HALF  ", n_half);
    if (hint)
        line_add(&line, "(e: events)");
    add(a, n_out > 0 ? STYLE_BAD : STYLE_HALF, &line);
}

static void
add_budget(struct collecting *a, const struct aigw_value *budget)
{
    const char *state = aigw_get_str(budget, "state", "open");
    const char *key = aigw_get_str(budget, "key", NULL);
    bool exceeded = strcmp(state, "exceeded") == 0;
    struct line line = {.used = 0};

    if (!exceeded && strcmp(state, "soft") != 0)
        return;
    line_add(&line, "budget %s%s%s %s: %s of %s spent",
             aigw_get_str(budget, "name", "?"), key ? " of " : "",
             key ? key : "", exceeded ? "EXCEEDED" : "NEARLY SPENT",
             format_cost(read_number(budget, "spent_usd")).s,
             format_cost(read_number(budget, "limit_usd")).s);
    if (exceeded)
        line_add(&line, " (%s)", aigw_get_str(budget, "on_exceeded", "?"));
    add(a, exceeded ? STYLE_BAD : STYLE_HALF, &line);
}

static void
add_budgets(struct collecting *a)
{
    const struct aigw_value *budgets = model_list(a->s->model, "budgets");

    for (size_t i = 0; i < aigw_value_size(budgets); i++)
        add_budget(a, aigw_value_at(budgets, i));
}

static void
add_draining(struct collecting *a)
{
    const struct aigw_value *snapshot = a->s->model->snapshot;
    const char *state = aigw_get_str(snapshot, "server.state", "");
    struct line line = {.used = 0};

    if (strcmp(state, "draining") != 0)
        return;
    line_add(&line, "aigwd is DRAINING: it finishes %s calls and exits",
             format_count(read_number(snapshot, "totals.in_flight")).s);
    add(a, STYLE_ADMIN, &line);
}

static void
add_drills(struct collecting *a)
{
    const struct aigw_value *drills = model_list(a->s->model, "drills");
    size_t n = aigw_value_size(drills);
    struct line line = {.used = 0};

    if (n == 0)
        return;
    line_add(&line, "%zu drill%s running:", n, n == 1 ? "" : "s");
    for (size_t i = 0; i < n; i++) {
        const struct aigw_value *drill = aigw_value_at(drills, i);

        line_add(&line, "%s %s %s", i > 0 ? "," : "",
                 aigw_get_str(drill, "target", "?"),
                 aigw_get_str(drill, "fault.kind", ""));
    }
    add(a, STYLE_ADMIN, &line);
}

/* The last row gives way to how many more there are. */
static void
tell_more(struct collecting *a)
{
    struct alert *last = &a->to->rows[MODEL_MAX_ALERTS - 1];

    if (a->n <= MODEL_MAX_ALERTS)
        return;
    last->style = STYLE_HALF;
    (void)snprintf(last->s, sizeof(last->s), "+%d more (e: events)",
                   a->n - MODEL_MAX_ALERTS + 1);
}

struct alerts
alerts_collect(const struct scene *s, int cols, bool wide)
{
    struct alerts alerts = {.n_rows = 0};
    struct collecting a = {.s = s, .to = &alerts};

    add_connection(&a);
    add_message(&a);
    if (!link_is_fresh(&s->model->link)) {
        tell_more(&a);
        return alerts;
    }
    add_restart(&a);
    if (cols < COUNTED_COLS)
        add_counts(&a, cols >= HINT_COLS);
    else
        add_targets(&a, is_out, add_open);
    if (wide)
        add_targets(&a, is_half_open, add_half_open);
    add_budgets(&a);
    add_draining(&a);
    add_drills(&a);
    tell_more(&a);
    return alerts;
}

void
alerts_draw(struct canvas *c, struct area area, const struct alerts *alerts)
{
    for (int i = 0; i < area.rows && i < alerts->n_rows; i++) {
        const char *text = alerts->rows[i].s;
        struct cut cut;

        /* What stands at the end, such as when it is tried again, matters as
         * much where there is room for both. */
        if (area.cols >= BOTH_ENDS_COLS) {
            cut = cut_middle(c, text, area.cols - 3);
            text = cut.s;
        }
        (void)canvas_printf(c, area.row + i, area.col + 1, area.cols - 1,
                            alerts->rows[i].style, "! %s", text);
    }
}
