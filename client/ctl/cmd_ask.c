/*
 * cmd_ask.c - one prompt, one answer.
 */
#include <stdlib.h>

#include "ctl/answer.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/help.h"
#include "ctl/input.h"
#include "ctl/params.h"

static int
run(struct ctl *ctl, const struct args *args,
    struct aigw_generate_params *generate)
{
    bool streaming = !ctl_is_machine(ctl) && !args_has(args, "no-stream");
    struct aigw_value *result = NULL;
    struct aigw_handlers handlers;
    struct answer answer;
    int exit_code = ctl_connect(ctl);
    int code;

    if (exit_code != EXIT_OK)
        return exit_code;
    answer_init(&answer, ctl, args_has(args, "raw"));
    answer_set_handlers(&answer, &handlers);
    code = aigw_generate(ctl->client, generate, streaming ? &handlers : NULL,
                         &result);
    if (code == 0) {
        exit_code = answer_finish(&answer, result);
    } else {
        answer_end_line(&answer);
        exit_code = ctl_fail(ctl, code, aigw_error_text(ctl->client));
    }
    aigw_value_free(result);
    return exit_code;
}

int
cmd_ask(struct ctl *ctl, struct args *args)
{
    struct params params;
    char *prompt = NULL;
    int exit_code = params_init(&params, ctl, args);

    if (exit_code == EXIT_OK) {
        exit_code = input_text(ctl, args_operand(args, 0), &prompt);
        if (exit_code == EXIT_USAGE)
            help_short("ask", stderr);
    }
    if (exit_code == EXIT_OK) {
        params.generate.prompt = prompt;
        exit_code = run(ctl, args, &params.generate);
    }
    free(prompt);
    params_deinit(&params);
    return exit_code;
}
