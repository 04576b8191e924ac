/*
 * cmd_session.c - the conversations that the daemon keeps.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/flat.h"
#include "ctl/view.h"
#include "text/sanitize.h"

static const struct view_column session_columns[] = {
    {.title = "SESSION", .path = "session_id"},
    {.title = "TURNS", .path = "turns", .number = format_count},
    {.title = "BYTES", .path = "bytes", .number = format_short_count},
    {.title = "UPDATED", .path = "updated_ms", .number = format_clock},
    {.title = "STATE", .path = "state"}};

static const struct view sessions_view = {
    .columns = session_columns,
    .n_columns = sizeof(session_columns) / sizeof(*session_columns),
    .path = "sessions",
    .empty = "No conversations."};

static int
list(struct ctl *ctl)
{
    struct aigw_value *result = NULL;
    int exit_code = ctl_call(ctl, "session.list", NULL, &result);

    if (exit_code == EXIT_OK)
        view_print(ctl, &sessions_view, result, stdout);
    aigw_value_free(result);
    return exit_code;
}

static void
write_text(const struct ctl *ctl, const char *text, size_t size)
{
    struct sanitize sanitize;

    if (!ctl->out_tty) {
        (void)fwrite(text, 1, size, stdout);
        return;
    }
    sanitize_init(&sanitize);
    sanitize_write(&sanitize, text, size, stdout);
    sanitize_end(&sanitize, stdout);
}

/* What is no text, such as a message that calls tools, is shown as JSON. */
static void
write_content(const struct ctl *ctl, const struct aigw_value *message)
{
    const struct aigw_value *content = aigw_value_get(message, "content");
    const char *text = aigw_value_str(content, NULL);
    size_t size = aigw_value_size(content);

    if (!text) {
        flat_print_document(aigw_value_type(content) == AIGW_TYPE_NIL ? message
                                                                      : content,
                            stdout);
        return;
    }
    write_text(ctl, text, size);
    if (size == 0 || text[size - 1] != '\n')
        (void)putchar('\n');
}

static void
print_turns(const struct ctl *ctl, const struct aigw_value *messages)
{
    for (size_t i = 0; i < aigw_value_size(messages); i++) {
        const struct aigw_value *message = aigw_value_at(messages, i);

        if (i > 0)
            (void)putchar('\n');
        sanitize_line(aigw_get_str(message, "role", "?"), stdout);
        (void)fputs(aigw_get_bool(message, "complete", true)
                        ? ":\n"
                        : ", interrupted:\n",
                    stdout);
        write_content(ctl, message);
    }
}

/* As JSON, because a text would not stay in its line. */
static void
print_plain_turn(const struct aigw_value *message)
{
    char *content = aigw_value_to_json(aigw_value_get(message, "content"),
                                       AIGW_JSON_COMPACT);

    flat_print_value(aigw_value_get(message, "role"), stdout);
    (void)putchar('\t');
    flat_print_value(aigw_value_get(message, "complete"), stdout);
    (void)printf("\t%s\n", content ? content : "-");
    free(content);
}

static void
print_messages(const struct ctl *ctl, const struct aigw_value *result)
{
    const struct aigw_value *messages = aigw_value_get(result, "messages");

    switch (ctl->format) {
    case CTL_JSON:
        flat_print_document(result, stdout);
        break;
    case CTL_NDJSON:
        for (size_t i = 0; i < aigw_value_size(messages); i++)
            flat_print_json(aigw_value_at(messages, i), stdout);
        break;
    case CTL_PLAIN:
        for (size_t i = 0; i < aigw_value_size(messages); i++)
            print_plain_turn(aigw_value_at(messages, i));
        break;
    case CTL_TABLE:
        print_turns(ctl, messages);
        break;
    }
}

/* Calls `method` with the name of a conversation. */
static int
call_with(struct ctl *ctl, const char *method, const char *session,
          struct aigw_value **ret_result)
{
    struct aigw_value *params = aigw_value_map();

    aigw_value_set_str(params, "session_id", session);
    return ctl_call(ctl, method, params, ret_result);
}

static int
show(struct ctl *ctl, const char *session)
{
    struct aigw_value *result = NULL;
    int exit_code = call_with(ctl, "session.get", session, &result);

    if (exit_code == EXIT_OK)
        print_messages(ctl, result);
    aigw_value_free(result);
    return exit_code;
}

static int
forget(struct ctl *ctl, const char *session)
{
    struct aigw_value *result = NULL;
    int exit_code = call_with(ctl, "session.delete", session, &result);

    if (exit_code == EXIT_OK && !ctl_print_result(ctl, result)
        && ctl_speaks(ctl)) {
        sanitize_line(session, stdout);
        (void)fputs(": deleted\n", stdout);
    }
    aigw_value_free(result);
    return exit_code;
}

int
cmd_session(struct ctl *ctl, struct args *args)
{
    const char *word = args_operand(args, 0);
    const char *session = args_operand(args, 1);
    bool lists = strcmp(word, "list") == 0;

    if (lists && session)
        return ctl_usage(ctl, "\"session list\" lists them all.");
    if (!lists && !session)
        return ctl_usage(
            ctl, "\"session %s\" needs an ID. See aigw-ctl session list.",
            word);
    if (lists)
        return list(ctl);
    return strcmp(word, "show") == 0 ? show(ctl, session)
                                     : forget(ctl, session);
}
