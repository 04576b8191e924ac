/*
 * cmd_budget.c - what may be spent, what was, and changing it.
 */
#include <math.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/view.h"
#include "text/clock.h"
#include "text/read.h"
#include "text/sanitize.h"

enum {
    CONFIRM_MAX = 16
};

static const double MAX_USD = 1e6;

/* The time until the one at `path`; "-" where there is none. */
static struct text
until(const struct aigw_value *row, const char *path)
{
    double at_ms = read_number(row, path);

    return format_span(
        isnan(at_ms) ? at_ms : fmax(0, (at_ms - clock_epoch_ms()) / 1e3));
}

static struct text
resets_cell(const struct aigw_value *row, const struct aigw_value *document)
{
    (void)document;
    return until(row, "resets_at_ms");
}

static struct text
exhausted_cell(const struct aigw_value *row, const struct aigw_value *document)
{
    (void)document;
    return until(row, "exhausted_at_ms");
}

static struct text
used_cell(const struct aigw_value *row, const struct aigw_value *document)
{
    double limit = read_number(row, "limit_usd");
    double used =
        read_number(row, "spent_usd") + read_number(row, "reserved_usd");

    (void)document;
    return format_percent(limit > 0 ? used / limit : (double)NAN);
}

static const struct view_column budget_columns[] = {
    {.title = "BUDGET", .path = "name"},
    {.title = "OF", .path = "key"},
    {.title = "PERIOD", .path = "period"},
    {.title = "LIMIT", .path = "limit_usd", .number = format_cost},
    {.title = "SPENT", .path = "spent_usd", .number = format_cost},
    {.title = "HELD", .path = "reserved_usd", .number = format_cost},
    {.title = "USED%", .cell = used_cell},
    {.title = "STATE", .path = "state"},
    {.title = "THEN", .path = "on_exceeded"},
    {.title = "RESETS IN", .path = "resets_at_ms", .cell = resets_cell},
    {.title = "LASTS", .path = "exhausted_at_ms", .cell = exhausted_cell}};

static const struct view budgets_view = {.columns = budget_columns,
                                         .n_columns = sizeof(budget_columns)
                                                      / sizeof(*budget_columns),
                                         .path = "budgets",
                                         .empty = "No budgets."};

static int
list(struct ctl *ctl)
{
    struct aigw_value *result = NULL;
    int exit_code = ctl_call(ctl, "budget.list", NULL, &result);

    if (exit_code == EXIT_OK)
        view_print(ctl, &budgets_view, result, stdout);
    aigw_value_free(result);
    return exit_code;
}

static int
set(struct ctl *ctl, struct args *args, const char *name)
{
    const char *then = args_value(args, "then");
    struct aigw_value *params, *result = NULL;
    double limit = (double)NAN;
    int exit_code;

    if (args_number(args, "limit", 0, MAX_USD, &limit))
        return ctl_usage(ctl, "%s", args->error);
    if (isnan(limit) && !then)
        return ctl_usage(ctl, "\"budget set\" needs --limit or --then.");
    params = aigw_value_map();
    aigw_value_set_str(params, "name", name);
    if (!isnan(limit))
        aigw_value_set_double(params, "limit_usd", limit);
    if (then)
        aigw_value_set_str(params, "on_exceeded", then);
    exit_code = ctl_call(ctl, "budget.set", params, &result);
    if (exit_code == EXIT_OK && !ctl_print_result(ctl, result)
        && ctl_speaks(ctl)) {
        sanitize_line(name, stdout);
        (void)fputs(": changed until the configuration is read again. "
                    "Undo: aigw-ctl config reload\n",
                    stdout);
    }
    aigw_value_free(result);
    return exit_code;
}

/* True if whoever sits there wants it. */
static bool
confirm(const char *name)
{
    char line[CONFIRM_MAX] = "";

    (void)fputs("The ledger was lost. ", stderr);
    sanitize_line(name, stderr);
    (void)fputs(" goes on as if nothing had been spent until then.\n"
                "Accept that? [y/N] ",
                stderr);
    return fgets(line, sizeof(line), stdin) && (*line == 'y' || *line == 'Y');
}

static int
accept(struct ctl *ctl, const struct args *args, const char *name)
{
    struct aigw_value *params, *result = NULL;
    int exit_code;

    if (!args_has(args, "yes") && !ctl->in_tty)
        return ctl_usage(ctl, "\"budget accept\" needs --yes where nobody can "
                              "be asked.");
    if (!args_has(args, "yes") && !confirm(name)) {
        ctl_remark(ctl, "Nothing was changed.");
        return EXIT_REFUSED;
    }
    params = aigw_value_map();
    aigw_value_set_str(params, "name", name);
    aigw_value_set_bool(params, "accept_reset", true);
    exit_code = ctl_call(ctl, "budget.set", params, &result);
    if (exit_code == EXIT_OK && !ctl_print_result(ctl, result)
        && ctl_speaks(ctl)) {
        sanitize_line(name, stdout);
        (void)fputs(": goes on from what the ledger has.\n", stdout);
    }
    aigw_value_free(result);
    return exit_code;
}

int
cmd_budget(struct ctl *ctl, struct args *args)
{
    const char *word = args_operand(args, 0);
    const char *name = args_operand(args, 1);
    bool lists = !word || strcmp(word, "list") == 0;

    if (!lists && !name)
        return ctl_usage(
            ctl, "\"budget %s\" needs a NAME. See aigw-ctl budget.", word);
    if (lists && name)
        return ctl_usage(ctl, "\"budget list\" lists them all.");
    if (lists)
        return list(ctl);
    return strcmp(word, "set") == 0 ? set(ctl, args, name)
                                    : accept(ctl, args, name);
}
