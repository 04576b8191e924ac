/*
 * cmd_requests.c - what is running, and ending it.
 */
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/view.h"

enum {
    ID_SHOWN = 8
};

static struct text
short_id(const struct aigw_value *row, const struct aigw_value *document)
{
    struct text text;

    (void)document;
    (void)snprintf(text.s, sizeof(text.s), "%.*s", ID_SHOWN,
                   aigw_get_str(row, "request_id", "-"));
    return text;
}

static const struct view_column request_columns[] = {
    {.title = "ID", .path = "request_id", .short_cell = short_id},
    {.title = "CLIENT", .path = "client"},
    {.title = "ROUTE", .path = "route"},
    {.title = "TARGET", .path = "target"},
    {.title = "STATE", .path = "state"},
    {.title = "AGE", .path = "age_ms", .number = format_latency},
    {.title = "TOKENS", .path = "tokens", .number = format_count},
    {.title = "COST", .path = "cost_usd", .number = format_cost},
    {.title = "ERROR", .path = "error_code"}};

static const struct view requests_view = {
    .columns = request_columns,
    .n_columns = sizeof(request_columns) / sizeof(*request_columns),
    .path = "requests",
    .empty = "No requests yet."};

int
cmd_requests(struct ctl *ctl, struct args *args)
{
    struct aigw_value *result = NULL;
    int exit_code = ctl_call(ctl, "requests", NULL, &result);

    (void)args;
    if (exit_code == EXIT_OK)
        view_print(ctl, &requests_view, result, stdout);
    aigw_value_free(result);
    return exit_code;
}

int
cmd_cancel(struct ctl *ctl, struct args *args)
{
    const char *id = args_operand(args, 0);
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *result = NULL;
    int exit_code;

    aigw_value_set_str(params, "request_id", id);
    exit_code = ctl_call(ctl, "cancel", params, &result);
    if (exit_code != EXIT_OK)
        return exit_code;
    if (!aigw_get_bool(result, "cancelled", false))
        exit_code = ctl_fail(ctl, AIGW_ERR_NOT_FOUND,
                             "no request with this id is running");
    else if (!ctl_print_result(ctl, result) && ctl_speaks(ctl))
        (void)printf("%s: cancelled\n", id);
    aigw_value_free(result);
    return exit_code;
}
