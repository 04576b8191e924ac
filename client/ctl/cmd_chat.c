/*
 * cmd_chat.c - an OpenAI chat-completions request, sent as it stands.
 */
#include <stdlib.h>

#include "ctl/answer.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/flat.h"
#include "ctl/help.h"
#include "ctl/input.h"
#include "ctl/params.h"
#include "ctl/talk.h"

/* An answer without text, such as one that calls tools, is its message. */
static void
print_message(const struct aigw_value *result)
{
    const struct aigw_value *message =
        aigw_value_path(result, "response.choices.0.message");

    if (message)
        flat_print_document(message, stdout);
}

static int
send_body(struct ctl *ctl, const char *body, const struct aigw_value *options,
          struct answer *answer)
{
    struct aigw_value *result = NULL;
    struct aigw_handlers handlers;
    int exit_code = ctl_connect(ctl);
    int code;

    if (exit_code != EXIT_OK)
        return exit_code;
    answer_set_handlers(answer, &handlers);
    code = aigw_chat(ctl->client, body, options,
                     ctl_is_machine(ctl) ? NULL : &handlers, &result);
    if (code == 0) {
        answer_unfold(result);
        if (!ctl_is_machine(ctl) && !answer_text(result) && !answer->started)
            print_message(result);
        exit_code = answer_finish(answer, result);
    } else {
        answer_end_line(answer);
        exit_code = ctl_fail(ctl, code, aigw_error_text(ctl->client));
    }
    aigw_value_free(result);
    return exit_code;
}

static int
send_file(struct ctl *ctl, const struct args *args, const struct params *params)
{
    struct aigw_value *options;
    struct answer answer;
    char *body = NULL;
    int exit_code = input_file(ctl, args_operand(args, 0), &body);

    if (exit_code == EXIT_USAGE)
        help_short("chat", stderr);
    if (exit_code != EXIT_OK)
        return exit_code;
    options = params_to_value(params, true);
    answer_init(&answer, ctl, args_has(args, "raw"));
    exit_code = send_body(ctl, body, options, &answer);
    aigw_value_free(options);
    free(body);
    return exit_code;
}

int
cmd_chat(struct ctl *ctl, struct args *args)
{
    struct params params;
    int exit_code = params_init(&params, ctl, args);

    if (exit_code == EXIT_OK) {
        if (!args_has(args, "interactive"))
            exit_code = send_file(ctl, args, &params);
        else if (args_operand(args, 0) || ctl_is_machine(ctl))
            exit_code = ctl_usage(
                ctl, "\"chat -i\" takes no file, and talks to people only.");
        else
            exit_code = talk_run(ctl, &params, args_has(args, "raw"));
    }
    params_deinit(&params);
    return exit_code;
}
