#include "ctl/ctl.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/flat.h"
#include "ctl/report.h"
#include "text/sanitize.h"

/* For the signal handler, which can be told nothing. */
static volatile sig_atomic_t interrupted;
static struct aigw *interruptible;

static void
on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
    if (interruptible)
        aigw_cancel(interruptible);
}

/* Without SA_RESTART, so that reading from the terminal ends as well. */
static void
catch_interrupts(struct aigw *client)
{
    struct sigaction action = {.sa_handler = on_interrupt};

    interruptible = client;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
}

bool
ctl_interrupted(void)
{
    return interrupted != 0;
}

void
ctl_resume(void)
{
    interrupted = 0;
}

static int
read_format(struct ctl *ctl, const struct args *args)
{
    static const struct {
        const char *name;
        enum ctl_format format;
    } formats[] = {{"table", CTL_TABLE},
                   {"plain", CTL_PLAIN},
                   {"json", CTL_JSON},
                   {"ndjson", CTL_NDJSON}};

    const char *name = args_value(args, "output");

    if (args_has(args, "json"))
        ctl->format = CTL_JSON;
    if (!name)
        return EXIT_OK;
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            ctl->format = formats[i].format;
            return EXIT_OK;
        }
    }
    return ctl_usage(
        ctl, "no output format \"%s\": it is table, json, ndjson or plain.",
        name);
}

static int
read_globals(struct ctl *ctl, struct args *args)
{
    double timeout_s = 0;
    int exit_code = read_format(ctl, args);

    if (exit_code != EXIT_OK)
        return exit_code;
    if (args_number(args, "timeout", 0.001, CTL_TIMEOUT_MAX_S, &timeout_s) != 0)
        return ctl_usage(ctl, "%s", args->error);
    ctl->timeout_ms = (int)(timeout_s * 1000);
    ctl->quiet = args_has(args, "quiet");
    return EXIT_OK;
}

struct aigw *
ctl_new_client(const struct ctl *ctl)
{
    struct aigw_options options;

    aigw_options_init(&options);
    options.socket_path = ctl->socket;
    options.client_name = "aigw-ctl";
    options.client_version = AIGW_VERSION;
    options.connect_timeout_ms = ctl->timeout_ms;
    options.call_timeout_ms =
        ctl->timeout_ms > 0 ? ctl->timeout_ms : CTL_ADMIN_TIMEOUT_MS;
    return aigw_new(&options);
}

int
ctl_init(struct ctl *ctl, struct args *args)
{
    int exit_code;

    *ctl = (struct ctl){.in_tty = isatty(STDIN_FILENO) == 1,
                        .out_tty = isatty(STDOUT_FILENO) == 1,
                        .err_tty = isatty(STDERR_FILENO) == 1,
                        .socket = args_value(args, "socket")};
    exit_code = read_globals(ctl, args);
    if (exit_code != EXIT_OK)
        return exit_code;
    ctl->client = ctl_new_client(ctl);
    if (!ctl->client)
        return ctl_fail(ctl, AIGW_ERR_NOMEM, aigw_code_text(AIGW_ERR_NOMEM));
    catch_interrupts(ctl->client);
    return EXIT_OK;
}

void
ctl_deinit(struct ctl *ctl)
{
    /* A late SIGINT finds no client rather than a freed one. */
    interruptible = NULL;
    aigw_free(ctl->client);
    ctl->client = NULL;
}

int
ctl_connect(struct ctl *ctl)
{
    int code = aigw_connect(ctl->client);

    return code == 0 ? EXIT_OK
                     : ctl_fail(ctl, code, aigw_error_text(ctl->client));
}

int
ctl_call(struct ctl *ctl, const char *method, struct aigw_value *params,
         struct aigw_value **ret_result)
{
    int exit_code = ctl_connect(ctl);

    if (exit_code == EXIT_OK) {
        int code = aigw_call(ctl->client, method, params, ret_result);

        if (code != 0)
            exit_code = ctl_fail(ctl, code, aigw_error_text(ctl->client));
    }
    aigw_value_free(params);
    return exit_code;
}

bool
ctl_can_redraw(const struct ctl *ctl)
{
    const char *term = getenv("TERM");

    return ctl->err_tty && term && strcmp(term, "dumb") != 0;
}

bool
ctl_is_machine(const struct ctl *ctl)
{
    return ctl->format == CTL_JSON || ctl->format == CTL_NDJSON;
}

int
ctl_fail(const struct ctl *ctl, int code, const char *text)
{
    struct report_error error = {.code = code,
                                 .name = aigw_code_name(code),
                                 .message = text,
                                 .hint = report_hint(code)};

    /* Whoever pressed ^C knows why it ended. */
    if (code != AIGW_ERR_CANCELLED)
        report_write(&error, ctl_is_machine(ctl), stderr);
    return report_exit_code(code);
}

int
ctl_usage(const struct ctl *ctl, const char *format, ...)
{
    char message[512];
    struct report_error error = {.code = AIGW_ERR_INVALID,
                                 .name = "usage",
                                 .message = message,
                                 .hint = "See aigw-ctl --help."};
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    report_write(&error, ctl_is_machine(ctl), stderr);
    return EXIT_USAGE;
}

bool
ctl_speaks(const struct ctl *ctl)
{
    return ctl->format == CTL_TABLE && !ctl->quiet;
}

void
ctl_remark(const struct ctl *ctl, const char *format, ...)
{
    char message[512];
    va_list args;

    if (ctl->quiet || ctl_is_machine(ctl))
        return;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    sanitize_line(message, stderr);
    (void)fputc('\n', stderr);
}

bool
ctl_print_result(const struct ctl *ctl, const struct aigw_value *result)
{
    if (ctl->format == CTL_TABLE)
        return false;
    if (ctl->format == CTL_JSON)
        flat_print_document(result, stdout);
    else if (ctl->format == CTL_NDJSON)
        flat_print_json(result, stdout);
    else
        flat_print_fields(result, stdout);
    return true;
}
