/*
 * cmd_admin.c - changing a target by hand.
 *
 * Each command says what it changed and how to change it back.
 */
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/snapshot.h"
#include "ctl/view.h"

/* Calls `method` with {target, `key`: `value`}; programs get the result. */
static int
set(struct ctl *ctl, const char *method, const char *target, const char *key,
    const char *value)
{
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *result = NULL;
    int exit_code;

    aigw_value_set_str(params, "target", target);
    aigw_value_set_str(params, key, value);
    exit_code = ctl_call(ctl, method, params, &result);
    if (exit_code == EXIT_OK)
        (void)ctl_print_result(ctl, result);
    aigw_value_free(result);
    return exit_code;
}

static int
set_admin(struct ctl *ctl, const char *target, const char *admin)
{
    return set(ctl, "target.set", target, "admin", admin);
}

int
cmd_enable(struct ctl *ctl, struct args *args)
{
    const char *target = args_operand(args, 0);
    int exit_code = set_admin(ctl, target, "enabled");

    if (exit_code == EXIT_OK && ctl_speaks(ctl))
        (void)printf("%s: enabled\n", target);
    return exit_code;
}

int
cmd_disable(struct ctl *ctl, struct args *args)
{
    const char *target = args_operand(args, 0);
    int exit_code = set_admin(ctl, target, "disabled");

    if (exit_code == EXIT_OK && ctl_speaks(ctl))
        (void)printf("%s: disabled. Undo: aigw-ctl enable %s\n", target,
                     target);
    return exit_code;
}

/* How many requests `target` is still busy with; 0 if that is not known. */
static int64_t
count_running(struct ctl *ctl, const char *target)
{
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *snapshot = NULL;
    int64_t running = 0;

    aigw_value_set_str(params, "target", target);
    if (aigw_call(ctl->client, "status", params, &snapshot) == 0
        && snapshot_keep_target(snapshot, target))
        running = aigw_get_int(snapshot, "targets.0.in_flight", 0);
    aigw_value_free(params);
    aigw_value_free(snapshot);
    return running;
}

int
cmd_drain(struct ctl *ctl, struct args *args)
{
    const char *target = args_operand(args, 0);
    int exit_code = set_admin(ctl, target, "draining");
    int64_t running;

    if (exit_code != EXIT_OK || !ctl_speaks(ctl))
        return exit_code;
    running = count_running(ctl, target);
    (void)printf("%s: draining, %d request%s still running. "
                 "Undo: aigw-ctl enable %s\n",
                 target, (int)running, running == 1 ? "" : "s", target);
    return exit_code;
}

int
cmd_breaker(struct ctl *ctl, struct args *args)
{
    static const struct {
        const char *word;
        const char *state;
        const char *done;
    } actions[] = {{"reset", "auto", "breaker closed, and automatic"},
                   {"open", "open", "breaker open, nothing is sent there"},
                   {"off", "off", "breaker off, it refuses nothing"}};

    const char *word = args_operand(args, 0);
    const char *target = args_operand(args, 1);
    size_t i = 0;
    int exit_code;

    /* The words of the command were checked against the table. */
    while (strcmp(actions[i].word, word) != 0)
        i++;
    exit_code = set(ctl, "breaker.set", target, "state", actions[i].state);
    if (exit_code != EXIT_OK || !ctl_speaks(ctl))
        return exit_code;
    (void)printf("%s: %s.", target, actions[i].done);
    if (i > 0)
        (void)printf(" Undo: aigw-ctl breaker reset %s", target);
    (void)putchar('\n');
    return exit_code;
}

static struct text
result_cell(const struct aigw_value *row, const struct aigw_value *document)
{
    struct text text;

    (void)document;
    (void)snprintf(text.s, sizeof(text.s), "%s",
                   aigw_get_bool(row, "ok", false) ? "ok" : "failed");
    return text;
}

static const struct view_column probe_columns[] = {
    {.title = "TARGET", .path = "target"},
    {.title = "RESULT", .path = "ok", .cell = result_cell},
    {.title = "LATENCY", .path = "latency_ms", .number = format_latency},
    {.title = "ERROR", .path = "error"}};

static const struct view probe_view = {.columns = probe_columns,
                                       .n_columns = sizeof(probe_columns)
                                                    / sizeof(*probe_columns),
                                       .path = "results",
                                       .empty = "Nothing to probe."};

/* EXIT_UPSTREAM when there were results and all of them are failures. */
static int
probe_exit_code(const struct aigw_value *result)
{
    const struct aigw_value *rows = aigw_value_get(result, "results");

    for (size_t i = 0; i < aigw_value_size(rows); i++) {
        if (aigw_get_bool(aigw_value_at(rows, i), "ok", false))
            return EXIT_OK;
    }
    return aigw_value_size(rows) > 0 ? EXIT_UPSTREAM : EXIT_OK;
}

int
cmd_probe(struct ctl *ctl, struct args *args)
{
    const char *target = args_operand(args, 0);
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *result = NULL;
    int exit_code;

    if (target)
        aigw_value_set_str(params, "target", target);
    exit_code = ctl_call(ctl, "probe", params, &result);
    if (exit_code == EXIT_OK) {
        view_print(ctl, &probe_view, result, stdout);
        exit_code = probe_exit_code(result);
    }
    aigw_value_free(result);
    return exit_code;
}
