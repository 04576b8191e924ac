/*
 * cmd_drill.c - making a target fail on purpose, and ending that.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/fault.h"
#include "ctl/view.h"

enum {
    MOST_COUNT = 1000000000
};

static struct text
fault_cell(const struct aigw_value *row, const struct aigw_value *document)
{
    (void)document;
    return fault_text(aigw_value_get(row, "fault"));
}

/* The daemon's clock may not be ours: what is left is told by two of its
 * times. */
static struct text
left_cell(const struct aigw_value *row, const struct aigw_value *document)
{
    int64_t now_ms = aigw_get_int(document, "time_ms", 0);
    int64_t until_ms = aigw_get_int(row, "expires_ms", 0);

    return format_span((double)(until_ms - now_ms) / 1000);
}

static const struct view_column drill_columns[] = {
    {.title = "ID", .path = "id", .number = format_count},
    {.title = "TARGET", .path = "target"},
    {.title = "FAULT", .path = "fault.kind", .cell = fault_cell},
    {.title = "RATE%", .path = "rate", .number = format_percent},
    {.title = "COUNT", .path = "count", .number = format_count},
    {.title = "HITS", .path = "hits", .number = format_count},
    {.title = "LEFT", .path = "expires_ms", .cell = left_cell}};

static const struct view drills_view = {.columns = drill_columns,
                                        .n_columns = sizeof(drill_columns)
                                                     / sizeof(*drill_columns),
                                        .path = "drills",
                                        .empty = "No drills are running."};

/* The time is only in the snapshot, which has the drills as well. */
static int
list(struct ctl *ctl)
{
    struct aigw_value *snapshot = NULL;
    struct aigw_value *document;
    int exit_code = ctl_call(ctl, "status", NULL, &snapshot);

    if (exit_code != EXIT_OK)
        return exit_code;
    document = aigw_value_map();
    aigw_value_set_int(document, "schema", 1);
    aigw_value_set_int(document, "time_ms",
                       aigw_get_int(snapshot, "time_ms", 0));
    aigw_value_set(document, "drills",
                   aigw_value_copy(aigw_value_get(snapshot, "drills")));
    view_print(ctl, &drills_view, document, stdout);
    aigw_value_free(document);
    aigw_value_free(snapshot);
    return EXIT_OK;
}

/* The options of start as the daemon takes them; an exit code. */
static int
add_limits(struct ctl *ctl, struct args *args, struct aigw_value *params,
           int64_t *ret_seconds)
{
    const char *span = args_value(args, "for");
    int64_t count = 0;
    double rate = -1;

    if (args_int(args, "count", 1, MOST_COUNT, &count) != 0
        || args_number(args, "rate", 0, 1, &rate) != 0)
        return ctl_usage(ctl, "%s", args->error);
    if (span && !format_parse_span(span, ret_seconds))
        return ctl_usage(ctl, "\"--for %s\": expected a time as in 30s or 5m.",
                         span);
    if (count > 0)
        aigw_value_set_int(params, "count", count);
    if (rate >= 0)
        aigw_value_set_double(params, "rate", rate);
    if (span)
        aigw_value_set_int(params, "duration_s", *ret_seconds);
    return EXIT_OK;
}

static int
order(struct ctl *ctl, const char *target, struct aigw_value *params,
      int64_t seconds)
{
    struct text fault = fault_text(aigw_value_get(params, "fault"));
    struct aigw_value *result = NULL;
    int exit_code = ctl_call(ctl, "drill.start", params, &result);
    int64_t id = aigw_get_int(result, "id", 0);

    if (exit_code == EXIT_OK && !ctl_print_result(ctl, result)
        && ctl_speaks(ctl))
        (void)printf("%s: drill %" PRId64 ", %s for %s. "
                     "Undo: aigw-ctl drill stop %" PRId64 "\n",
                     target, id, fault.s, format_span((double)seconds).s, id);
    aigw_value_free(result);
    return exit_code;
}

static int
start(struct ctl *ctl, struct args *args)
{
    const char *target = args_operand(args, 1);
    const char *word = args_operand(args, 2);
    int64_t seconds = 60; /* As the daemon has it. */
    char error[FAULT_ERROR_SIZE];
    struct aigw_value *params, *fault;
    int exit_code;

    if (!target || !word)
        return ctl_usage(ctl, "a drill needs a target and a fault: "
                              "aigw-ctl drill start openai/gpt-4.1 cut=10.");
    fault = fault_parse(word, error);
    if (!fault)
        return ctl_usage(ctl, "%s", error);
    params = aigw_value_map();
    aigw_value_set_str(params, "target", target);
    aigw_value_set(params, "fault", fault);
    exit_code = add_limits(ctl, args, params, &seconds);
    if (exit_code == EXIT_OK)
        return order(ctl, target, params, seconds);
    aigw_value_free(params);
    return exit_code;
}

static int
stop(struct ctl *ctl, const char *word)
{
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *result = NULL;
    char *end = NULL;
    int exit_code;

    if (word) {
        aigw_value_set_int(params, "id", strtoll(word, &end, 10));
        if (end == word || *end != '\0') {
            aigw_value_free(params);
            return ctl_usage(ctl, "\"%s\": expected the number of a drill.",
                             word);
        }
    }
    exit_code = ctl_call(ctl, "drill.stop", params, &result);
    if (exit_code == EXIT_OK && !ctl_print_result(ctl, result)
        && ctl_speaks(ctl))
        (void)printf("%s%s: stopped\n", word ? "drill " : "all drills",
                     word ? word : "");
    aigw_value_free(result);
    return exit_code;
}

int
cmd_drill(struct ctl *ctl, struct args *args)
{
    const char *word = args_operand(args, 0);

    if (strcmp(word, "start") == 0)
        return start(ctl, args);
    if (strcmp(word, "rehearse") == 0)
        return cmd_drill_rehearse(ctl, args);
    if (strcmp(word, "stop") == 0)
        return stop(ctl, args_operand(args, 1));
    return list(ctl);
}
