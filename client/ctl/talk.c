#include "ctl/talk.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/answer.h"

/* The conversation.  `messages` is what an OpenAI chat body holds. */
struct talk {
    struct ctl *ctl;
    const char *model;
    const char *system;
    struct aigw_value *messages;
    struct aigw_value *options;
    bool raw;
};

static void
add_message(struct aigw_value *messages, const char *role, const char *content)
{
    struct aigw_value *message = aigw_value_map();

    aigw_value_set_str(message, "role", role);
    aigw_value_set_str(message, "content", content);
    aigw_value_append(messages, message);
}

static void
start_over(struct talk *talk)
{
    aigw_value_free(talk->messages);
    talk->messages = aigw_value_array();
    if (talk->system)
        add_message(talk->messages, "system", talk->system);
}

/* The request for an answer to `messages`, to be freed. */
static char *
make_body(const struct talk *talk, const struct aigw_value *messages)
{
    struct aigw_value *body = aigw_value_map();
    char *text;

    aigw_value_set_str(body, "model", talk->model);
    aigw_value_set(body, "messages", aigw_value_copy(messages));
    aigw_value_set_bool(body, "stream", true);
    text = aigw_value_to_json(body, AIGW_JSON_COMPACT);
    aigw_value_free(body);
    return text;
}

/* Gets the answer to `messages`, NULL in `ret_result` if there is none. */
static int
request(struct talk *talk, const struct aigw_value *messages,
        struct aigw_value **ret_result)
{
    char *body = make_body(talk, messages);
    struct aigw_handlers handlers;
    struct answer answer;
    int code;

    answer_init(&answer, talk->ctl, talk->raw);
    answer_set_handlers(&answer, &handlers);
    code = aigw_chat(talk->ctl->client, body, talk->options, &handlers,
                     ret_result);
    free(body);
    if (code == 0) {
        answer_unfold(*ret_result);
        return answer_finish(&answer, *ret_result);
    }
    answer_end_line(&answer);
    return ctl_fail(talk->ctl, code, aigw_error_text(talk->ctl->client));
}

static int
answer_line(struct talk *talk, const char *line)
{
    struct aigw_value *messages = aigw_value_copy(talk->messages);
    struct aigw_value *result = NULL;
    const char *text = NULL;
    int exit_code;

    add_message(messages, "user", line);
    exit_code = request(talk, messages, &result);
    if (exit_code == EXIT_OK)
        text = answer_text(result);
    if (text) {
        add_message(messages, "assistant", text);
        aigw_value_free(talk->messages);
        talk->messages = messages;
    } else {
        aigw_value_free(messages);
    }
    aigw_value_free(result);
    return exit_code;
}

/* The next line without its newline; false at the end of the input. */
static bool
read_line(const struct talk *talk, char **line, size_t *room)
{
    ssize_t len;

    if (talk->ctl->in_tty && talk->ctl->err_tty)
        (void)fputs("> ", stderr);
    len = getline(line, room, stdin);
    if (len < 0)
        return false;
    if (len > 0 && (*line)[len - 1] == '\n')
        (*line)[len - 1] = '\0';
    return true;
}

static int
converse(struct talk *talk)
{
    char *line = NULL;
    size_t room = 0;
    int exit_code = EXIT_OK;

    while (!ctl_interrupted() && read_line(talk, &line, &room)) {
        if (line[0] == '\0')
            continue;
        if (strcmp(line, "/quit") == 0)
            break;
        if (strcmp(line, "/new") == 0) {
            start_over(talk);
            continue;
        }
        exit_code = answer_line(talk, line);
        /* ^C stopped the answer; the next one stops the conversation. */
        if (exit_code == EXIT_INTERRUPTED) {
            ctl_resume();
            exit_code = EXIT_OK;
        }
    }
    free(line);
    return ctl_interrupted() ? EXIT_INTERRUPTED : exit_code;
}

int
talk_run(struct ctl *ctl, const struct params *params, bool raw)
{
    const char *route = params->generate.route;
    struct talk talk = {.ctl = ctl,
                        .model = route ? route : "default",
                        .system = params->generate.system_message,
                        .raw = raw};
    int exit_code = ctl_connect(ctl);

    if (exit_code != EXIT_OK)
        return exit_code;
    if (ctl->in_tty)
        ctl_remark(ctl, "Say something; /new forgets it all, ^D ends.");
    start_over(&talk);
    talk.options = params_to_value(params, true);
    exit_code = converse(&talk);
    if (ctl->in_tty && ctl->err_tty)
        (void)fputc('\n', stderr);
    aigw_value_free(talk.options);
    aigw_value_free(talk.messages);
    return exit_code;
}
