/*
 * cmd_ask.c - one prompt, one answer; or the answer to an earlier one.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/answer.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/help.h"
#include "ctl/input.h"
#include "ctl/params.h"

/* What is asked.  An answer that may start over is not streamed into a pipe,
 * from which nothing can be taken back. */
struct ask {
    struct ctl *ctl;
    const char *resume; /* The name of an earlier call; NULL: a new one. */
    bool streaming;
    struct params params;
    char id[AIGW_ID_SIZE]; /* A name made up for it. */
};

static bool
may_start_over(const struct ask *ask)
{
    const char *on_break = ask->params.generate.on_break;

    return on_break && strcmp(on_break, "restart") == 0;
}

/* Only a call that has a name can be come back for. */
static void
name_call(struct ask *ask)
{
    struct aigw_generate_params *generate = &ask->params.generate;

    if (generate->request_id || (!ask->streaming && !generate->session_id))
        return;
    aigw_new_id(ask->id);
    generate->request_id = ask->id;
}

static int
resume(struct ask *ask, const struct aigw_handlers *handlers,
       struct aigw_value **ret_result)
{
    struct aigw_value *params = aigw_value_map();
    int code;

    aigw_value_set_str(params, "request_id", ask->resume);
    aigw_value_set_int(params, "from_seq", 1);
    code = aigw_call_stream(ask->ctl->client, "session.resume", params,
                            handlers, ret_result);
    aigw_value_free(params);
    if (code == 0)
        answer_unfold(*ret_result);
    return code;
}

static bool
daemon_keeps_calls(const struct ctl *ctl)
{
    const struct aigw_value *methods =
        aigw_value_get(aigw_server(ctl->client), "methods");

    for (size_t i = 0; i < aigw_value_size(methods); i++) {
        if (strcmp(aigw_value_str(aigw_value_at(methods, i), ""),
                   "session.resume")
            == 0)
            return true;
    }
    return false;
}

static int
fail(const struct ask *ask, int code)
{
    const char *id =
        ask->resume ? ask->resume : ask->params.generate.request_id;
    int exit_code = ctl_fail(ask->ctl, code, aigw_error_text(ask->ctl->client));

    if (exit_code == EXIT_CONNECT && id && daemon_keeps_calls(ask->ctl)
        && aigw_get_state(ask->ctl->client) != AIGW_STATE_UP)
        ctl_remark(ask->ctl, "To come back for it: aigw-ctl ask --resume %s",
                   id);
    return exit_code;
}

static int
run(struct ask *ask, bool raw)
{
    struct aigw_value *result = NULL;
    struct aigw_handlers handlers = {0};
    const struct aigw_handlers *streamed = ask->streaming ? &handlers : NULL;
    struct answer answer;
    int exit_code = ctl_connect(ask->ctl);
    int code;

    if (exit_code != EXIT_OK)
        return exit_code;
    answer_init(&answer, ask->ctl, raw);
    answer_set_handlers(&answer, &handlers);
    if (ask->resume)
        code = resume(ask, streamed, &result);
    else
        code = aigw_generate(ask->ctl->client, &ask->params.generate, streamed,
                             &result);
    if (code == 0) {
        exit_code = answer_finish(&answer, result);
    } else {
        answer_end_line(&answer);
        exit_code = fail(ask, code);
    }
    aigw_value_free(result);
    return exit_code;
}

static int
run_prompt(struct ask *ask, const char *operand, bool raw)
{
    char *prompt = NULL;
    int exit_code = input_text(ask->ctl, operand, &prompt);

    if (exit_code == EXIT_USAGE)
        help_short("ask", stderr);
    if (exit_code == EXIT_OK) {
        ask->params.generate.prompt = prompt;
        name_call(ask);
        exit_code = run(ask, raw);
    }
    free(prompt);
    return exit_code;
}

static int
check_break(const struct ctl *ctl, const char *on_break)
{
    static const char *const known[] = {"continue", "restart", "error"};

    if (!on_break)
        return EXIT_OK;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(on_break, known[i]) == 0)
            return EXIT_OK;
    }
    return ctl_usage(
        ctl, "\"--on-break %s\": it is continue, restart or error.", on_break);
}

int
cmd_ask(struct ctl *ctl, struct args *args)
{
    struct ask ask = {.ctl = ctl, .resume = args_value(args, "resume")};
    const char *operand = args_operand(args, 0);
    bool raw = args_has(args, "raw");
    int exit_code = params_init(&ask.params, ctl, args);

    ask.streaming = !ctl_is_machine(ctl) && !args_has(args, "no-stream")
                    && (ctl->out_tty || !may_start_over(&ask));
    if (exit_code == EXIT_OK)
        exit_code = check_break(ctl, ask.params.generate.on_break);
    if (exit_code == EXIT_OK && ask.resume && operand)
        exit_code = ctl_usage(ctl, "\"ask --resume\" takes no prompt.");
    else if (exit_code == EXIT_OK && ask.resume)
        exit_code = run(&ask, raw);
    else if (exit_code == EXIT_OK)
        exit_code = run_prompt(&ask, operand, raw);
    params_deinit(&ask.params);
    return exit_code;
}
