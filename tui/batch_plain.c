/*
 * batch_plain.c - `--plain`: what changes, a sentence each, for screen readers
 * and for logs.
 *
 * Most of it is what events say.  Whatever no event told of is found by
 * comparing snapshots: events can be missed, and not everybody sees all.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "text/format.h"
#include "text/read.h"
#include "text/state.h"
#include "tui/batch_form.h"
#include "tui/line.h"

/* A sentence. */
struct plain {
    double time_ms;
    const char *subject;
    const char *word;
    const char *reason; /* NULL or "": none. */
};

static void
say(struct batch_page *page, const struct plain *p)
{
    bool explained = p->reason && p->reason[0];

    canvas_resize(&page->canvas, 1, CANVAS_MAX_COLS);
    (void)canvas_printf(&page->canvas, 0, 0, CANVAS_MAX_COLS, STYLE_PLAIN,
                        "%s %s%s%s%s%s", format_clock(p->time_ms).s, p->subject,
                        p->word[0] ? " " : "", p->word, explained ? ": " : "",
                        explained ? p->reason : "");
    canvas_write_row(&page->canvas, 0, page->out);
    (void)fputc('\n', page->out);
}

static struct text
upper(const char *text)
{
    struct text upper;

    (void)snprintf(upper.s, sizeof(upper.s), "%s", text);
    for (char *p = upper.s; *p; p++)
        *p = (char)(*p == '_' ? '-' : toupper((unsigned char)*p));
    return upper;
}

/* What has become of something, in capitals, after what it is of the subject
 * if it is not the subject itself. */
static struct text
event_word(const char *kind, const char *to)
{
    static const struct {
        const char *kind;
        const char *to; /* NULL: whatever it is. */
        const char *word;
    } words[] = {
        {"gate", "open", "LIMIT OVER"}, {"gate", "limited", "LIMIT"},
        {"health", "ok", "PROBE OK"},   {"health", "failing", "PROBE FAILING"},
        {"credential", NULL, "KEY "},   {"drill", NULL, "DRILL "},
    };

    struct text word = upper(to);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(kind, words[i].kind) != 0
            || (words[i].to && strcmp(to, words[i].to) != 0))
            continue;
        (void)snprintf(word.s, sizeof(word.s), "%s%.32s", words[i].word,
                       words[i].to ? "" : upper(to).s);
        break;
    }
    return word;
}

/* What an event is about, and in `ret_reason` the rest of its reason: of a
 * budget that begins with its name. */
static void
read_subject(const struct aigw_value *event, struct line *ret_subject,
             const char **ret_reason)
{
    const char *kind = aigw_get_str(event, "kind", "");
    const char *target = aigw_get_str(event, "target", NULL);
    const char *reason = aigw_get_str(event, "reason", "");
    const char *amount = strstr(reason, ": $");

    *ret_reason = reason;
    if (target) {
        line_add(ret_subject, "%s", target);
    } else if (strcmp(kind, "budget") == 0 && amount) {
        line_add(ret_subject, "budget %.*s", (int)(amount - reason), reason);
        *ret_reason = amount + strlen(": ");
    } else if (strcmp(kind, "server") == 0) {
        line_add(ret_subject, "aigwd");
    } else {
        line_add(ret_subject, "%s",
                 strcmp(kind, "config") == 0 ? "configuration" : kind);
    }
}

/* Single calls, and how often a drill has hit one, are no changes. */
static bool
is_news(const struct batch_page *page, const struct aigw_value *event)
{
    const char *kind = aigw_get_str(event, "kind", "");

    return read_number(event, "time_ms") > page->told.first_ms
           && strcmp(kind, "request") != 0
           && !(strcmp(kind, "drill") == 0
                && strcmp(aigw_get_str(event, "to", ""), "hit") == 0);
}

static void
tell_event(struct batch_page *page, const struct aigw_value *event)
{
    const char *kind = aigw_get_str(event, "kind", "");
    double time_ms = read_number(event, "time_ms");
    struct line subject = {.used = 0};
    struct text word = event_word(kind, aigw_get_str(event, "to", ""));
    const char *reason;

    read_subject(event, &subject, &reason);
    if (is_news(page, event) && told_event(&page->told, subject.s, time_ms))
        say(page, &(struct plain){.time_ms = time_ms,
                                  .subject = subject.s,
                                  .word = word.s,
                                  .reason = reason});
}

/* Before the first snapshot it cannot be said what is news. */
static void
tell_events(struct batch_page *page)
{
    const struct model *m = page->model;
    uint64_t n_new = m->n_events_ever - page->told.n_events_read;

    if (isnan(page->told.first_ms))
        return;
    if (n_new > m->n_events)
        n_new = m->n_events;
    for (size_t i = m->n_events - (size_t)n_new; i < m->n_events; i++)
        tell_event(page, m->events[i]);
    page->told.n_events_read = m->n_events_ever;
}

static void
tell_targets(struct batch_page *page)
{
    const struct aigw_value *targets = model_list(page->model, "targets");

    for (size_t i = 0; i < aigw_value_size(targets); i++) {
        const struct aigw_value *target = aigw_value_at(targets, i);
        const char *name = aigw_get_str(target, "name", "?");
        const char *state = aigw_get_str(target, "state", "?");
        double since_ms = read_number(target, "since_ms");

        if (told_look(&page->told, name, state, "closed", page->wall_ms))
            say(page, &(struct plain){
                          .time_ms = isnan(since_ms) ? page->wall_ms : since_ms,
                          .subject = name,
                          .word = upper(state).s,
                          .reason = aigw_get_str(target, "reason", NULL)});
    }
}

static void
tell_budget(struct batch_page *page, const struct aigw_value *budget)
{
    const char *state = aigw_get_str(budget, "state", "open");
    const char *key = aigw_get_str(budget, "key", NULL);
    struct line name = {.used = 0}, reason = {.used = 0};

    line_add(&name, "budget %s%s%s", aigw_get_str(budget, "name", "?"),
             key ? " of " : "", key ? key : "");
    line_add(&reason, "%s of %s",
             format_cost(read_number(budget, "spent_usd")).s,
             format_cost(read_number(budget, "limit_usd")).s);
    if (told_look(&page->told, name.s, state, "open", page->wall_ms))
        say(page, &(struct plain){.time_ms = page->wall_ms,
                                  .subject = name.s,
                                  .word = upper(state).s,
                                  .reason = reason.s});
}

static void
tell_budgets(struct batch_page *page)
{
    const struct aigw_value *budgets = model_list(page->model, "budgets");

    for (size_t i = 0; i < aigw_value_size(budgets); i++)
        tell_budget(page, aigw_value_at(budgets, i));
}

/* The state of everything together; at first also when all is well, so that
 * it is known that somebody listens. */
static void
tell_server(struct batch_page *page)
{
    const struct aigw_value *snapshot = page->model->snapshot;
    const char *state = aigw_get_str(snapshot, "server.state", "?");
    bool changed =
        told_look(&page->told, "aigwd", state, "ready", page->wall_ms);
    char usable[64];

    if (!changed && page->n_looks > 0)
        return;
    (void)snprintf(usable, sizeof(usable), "%zu of %zu targets usable",
                   state_count_usable(snapshot),
                   aigw_value_size(model_list(page->model, "targets")));
    say(page, &(struct plain){.time_ms = page->wall_ms,
                              .subject = "aigwd",
                              .word = upper(state).s,
                              .reason = usable});
}

static void
tell_connection(struct batch_page *page)
{
    const char *instance = page->model->instance_id;
    struct told *told = &page->told;
    bool restarted = told->instance[0] && strcmp(told->instance, instance) != 0;

    (void)snprintf(told->instance, sizeof(told->instance), "%s", instance);
    if (page->lost)
        say(page, &(struct plain){.time_ms = page->wall_ms,
                                  .subject = "connected again",
                                  .word = ""});
    if (restarted)
        say(page,
            &(struct plain){.time_ms = page->wall_ms,
                            .subject = "aigwd restarted, counters began again",
                            .word = ""});
}

static void
write_sample(struct batch_page *page)
{
    tell_connection(page);
    tell_events(page);
    if (isnan(page->told.first_ms))
        page->told.first_ms = read_number(page->model->snapshot, "time_ms");
    tell_server(page);
    tell_targets(page);
    tell_budgets(page);
}

static void
write_lost(struct batch_page *page)
{
    say(page, &(struct plain){.time_ms = page->wall_ms,
                              .subject = "CONNECTION LOST",
                              .word = "",
                              .reason = batch_loss_reason(page->model)});
}

const struct batch_form batch_plain = {
    .sample = write_sample, .news = tell_events, .lost = write_lost};
