/*
 * cmd_events.c - what happened, and what happens.
 */
#include <stdlib.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/fit.h"
#include "ctl/flat.h"
#include "ctl/follow.h"
#include "text/format.h"
#include "text/mem.h"
#include "text/read.h"
#include "text/sanitize.h"

enum {
    EVENTS_KIND_WIDTH = 10
};

struct events {
    struct ctl *ctl;
    struct aigw_value *params; /* `since_seq` follows what was shown. */
};

static void
write_word(const char *separator, const char *text, FILE *out)
{
    if (!text || text[0] == '\0')
        return;
    (void)fputs(separator, out);
    sanitize_line(text, out);
}

static void
write_event(const struct aigw_value *event, FILE *out)
{
    const char *to = aigw_get_str(event, "to", NULL);
    char kind[EVENTS_KIND_WIDTH + 1];

    (void)snprintf(kind, sizeof(kind), "%-*s", EVENTS_KIND_WIDTH,
                   aigw_get_str(event, "kind", "?"));
    (void)fputs(format_clock(read_number(event, "time_ms")).s, out);
    write_word("  ", kind, out);
    write_word("  ", aigw_get_str(event, "target", NULL), out);
    write_word("  ", aigw_get_str(event, "from", to ? "-" : NULL), out);
    write_word(" -> ", to, out);
    write_word("  ", aigw_get_str(event, "reason", NULL), out);
    (void)fputc('\n', out);
}

static void
print_event(const struct aigw_value *event)
{
    struct mem_text text;
    char *line;

    mem_text_begin(&text);
    write_event(event, text.stream);
    line = mem_text_end(&text);
    fit_write(line, fit_columns(stdout), stdout);
    free(line);
}

static void
print_plain_event(const struct aigw_value *event)
{
    static const char *const keys[] = {"time_ms", "kind", "target",
                                       "from",    "to",   "reason"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        if (i > 0)
            (void)putchar('\t');
        flat_print_value(aigw_value_get(event, keys[i]), stdout);
    }
    (void)putchar('\n');
}

static bool
on_event(void *ctx, const struct aigw_value *event)
{
    struct events *events = ctx;

    if (events->ctl->format == CTL_TABLE)
        print_event(event);
    else if (ctl_is_machine(events->ctl))
        flat_print_json(event, stdout);
    else
        print_plain_event(event);
    aigw_value_set_int(events->params, "since_seq",
                       aigw_get_int(event, "seq", 0) + 1);
    return true;
}

static bool
on_recent(void *ctx, const struct aigw_value *result)
{
    const struct aigw_value *list = aigw_value_get(result, "events");

    for (size_t i = 0; i < aigw_value_size(list); i++)
        (void)on_event(ctx, aigw_value_at(list, i));
    return true;
}

/* A new daemon counts from the beginning. */
static void
on_restart(void *ctx)
{
    struct events *events = ctx;

    aigw_value_set_int(events->params, "since_seq", 0);
}

static int
show_recent(struct events *events)
{
    struct aigw_value *result = NULL;
    int exit_code = ctl_call(events->ctl, "events",
                             aigw_value_copy(events->params), &result);

    if (exit_code == EXIT_OK && events->ctl->format == CTL_JSON)
        flat_print_document(result, stdout);
    else if (exit_code == EXIT_OK)
        (void)on_recent(events, result);
    aigw_value_free(result);
    return exit_code;
}

int
cmd_events(struct ctl *ctl, struct args *args)
{
    struct events events = {.ctl = ctl, .params = aigw_value_map()};
    bool following = args_has(args, "follow");
    int64_t since = -1;
    int exit_code;

    if (args_int(args, "since", 0, INT64_MAX, &since) != 0) {
        aigw_value_free(events.params);
        return ctl_usage(ctl, "%s", args->error);
    }
    if (since >= 0)
        aigw_value_set_int(events.params, "since_seq", since);
    aigw_value_set_bool(events.params, "follow", following);
    if (following)
        exit_code = follow_run(ctl, &(struct follow){.method = "events",
                                                     .params = events.params,
                                                     .notification = "event",
                                                     .item = on_event,
                                                     .first = on_recent,
                                                     .restarted = on_restart,
                                                     .ctx = &events});
    else
        exit_code = show_recent(&events);
    aigw_value_free(events.params);
    return exit_code;
}
