/*
 * cmd_call.c - any method of the daemon, JSON in and JSON out.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/flat.h"
#include "ctl/input.h"
#include "ctl/report.h"

/* Reads `json` into `ret_params`; says where it is wrong. */
static int
parse_params(const struct ctl *ctl, const char *json,
             struct aigw_value **ret_params)
{
    struct aigw_json_error error = {.text = "out of memory"};
    int code = aigw_value_from_json(json, strlen(json), ret_params, &error);

    if (code == 0)
        return EXIT_OK;
    return ctl_usage(ctl, "the parameters are no JSON, line %d column %d: %s.",
                     error.line, error.column, error.text);
}

static int
read_params(const struct ctl *ctl, const char *operand,
            struct aigw_value **ret_params)
{
    char *json = NULL;
    int exit_code;

    if (!operand)
        return EXIT_OK;
    exit_code = input_text(ctl, operand, &json);
    if (exit_code == EXIT_USAGE)
        return ctl_usage(ctl, "the parameters are empty.");
    if (exit_code == EXIT_OK)
        exit_code = parse_params(ctl, json, ret_params);
    free(json);
    return exit_code;
}

int
cmd_call(struct ctl *ctl, struct args *args)
{
    struct aigw_value *params = NULL;
    struct aigw_value *result = NULL;
    int exit_code = read_params(ctl, args_operand(args, 1), &params);

    if (exit_code != EXIT_OK)
        return exit_code;
    /* The method may be one that asks a provider. */
    if (ctl->timeout_ms == 0)
        aigw_set_call_timeout(ctl->client, CTL_ANSWER_TIMEOUT_MS);
    exit_code = ctl_call(ctl, args_operand(args, 0), params, &result);
    if (exit_code == EXIT_OK) {
        flat_print_document(result, stdout);
        if (!aigw_get_bool(result, "success", true))
            exit_code = report_failure_exit_code(result);
    }
    aigw_value_free(result);
    return exit_code;
}
