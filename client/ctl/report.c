#include "ctl/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/exit_code.h"
#include "text/format.h"
#include "text/read.h"
#include "text/sanitize.h"

int
report_exit_code(int code)
{
    switch (code) {
    case AIGW_ERR_NONE:
        return EXIT_OK;
    case AIGW_ERR_INVALID:
        return EXIT_USAGE;
    case AIGW_ERR_CONNECT:
    case AIGW_ERR_CLOSED:
        return EXIT_CONNECT;
    case AIGW_ERR_TIMEDOUT:
        return EXIT_TIMEOUT;
    case AIGW_ERR_NOT_FOUND:
        return EXIT_NOT_FOUND;
    case AIGW_ERR_ACCESS:
    case AIGW_ERR_PERMISSION:
        return EXIT_PERMISSION;
    case AIGW_ERR_CANCELLED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_REFUSED;
    }
}

const char *
report_hint(int code)
{
    switch (code) {
    case AIGW_ERR_CONNECT:
        return "Is aigwd running? (systemctl status aigwd)";
    case AIGW_ERR_ACCESS:
        return "Are you in the daemon's group? (listen.group in aigwd.conf)";
    case AIGW_ERR_PERMISSION:
        return "Only root, the daemon's user and listen.admin_group may.";
    case AIGW_ERR_OVERLOADED:
        return "Try again in a moment.";
    default:
        return NULL;
    }
}

int
report_failure_exit_code(const struct aigw_value *result)
{
    static const struct {
        const char *error_code;
        int exit_code;
    } map[] = {{"cancelled", EXIT_INTERRUPTED},
               {"deadline_exceeded", EXIT_TIMEOUT},
               {"interrupted", EXIT_REFUSED},
               {"budget_exceeded", EXIT_REFUSED},
               {"overloaded", EXIT_REFUSED}};

    const char *code = aigw_get_str(result, "error_code", "");

    for (size_t i = 0; i < sizeof(map) / sizeof(*map); i++) {
        if (strcmp(map[i].error_code, code) == 0)
            return map[i].exit_code;
    }
    return EXIT_UPSTREAM;
}

static void
write_json(const struct report_error *error, FILE *out)
{
    struct aigw_value *document = aigw_value_map();
    struct aigw_value *body = aigw_value_map();
    char *text;

    aigw_value_set_int(body, "code", error->code);
    aigw_value_set_str(body, "name", error->name);
    aigw_value_set_str(body, "message", error->message);
    if (error->hint)
        aigw_value_set_str(body, "hint", error->hint);
    else
        aigw_value_set_nil(body, "hint");
    aigw_value_set(document, "error", body);
    text = aigw_value_to_json(document, AIGW_JSON_COMPACT);
    (void)fprintf(out, "%s\n", text ? text : "{\"error\":null}");
    free(text);
    aigw_value_free(document);
}

static bool
ends_a_sentence(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && strchr(".?!", text[len - 1]) != NULL;
}

void
report_write(const struct report_error *error, bool as_json, FILE *out)
{
    if (as_json) {
        write_json(error, out);
        return;
    }
    (void)fputs("aigw-ctl: ", out);
    sanitize_line(error->message, out);
    if (error->hint)
        (void)fprintf(out, "%s %s", ends_a_sentence(error->message) ? "" : ".",
                      error->hint);
    (void)fputc('\n', out);
}

static void
write_attempt(const struct aigw_value *attempt, FILE *out)
{
    int64_t http_status = aigw_get_int(attempt, "http_status", 0);
    const char *error = aigw_get_str(attempt, "error", NULL);

    (void)fputs("  ", out);
    sanitize_line(aigw_get_str(attempt, "target", "?"), out);
    (void)fputs(": ", out);
    sanitize_line(aigw_get_str(attempt, "outcome", "failed"), out);
    if (http_status > 0)
        (void)fprintf(out, ", HTTP %d", (int)http_status);
    (void)fprintf(out, ", after %s",
                  format_latency_unit(read_number(attempt, "latency_ms")).s);
    if (error) {
        (void)fputs(": ", out);
        sanitize_line(error, out);
    }
    (void)fputc('\n', out);
}

/* What a refusal for want of money says: how much, and when there is more. */
static void
write_money(const struct aigw_value *result, FILE *out)
{
    double needed = read_number(result, "needed_usd");
    double resets_at_ms = read_number(result, "resets_at_ms");

    if (isnan(needed))
        return;
    (void)fprintf(out, "  It may cost %s, and %s is left.",
                  format_cost(needed).s,
                  format_cost(read_number(result, "remaining_usd")).s);
    if (!isnan(resets_at_ms))
        (void)fprintf(out, " There is more from %s on.",
                      format_clock(resets_at_ms).s);
    (void)fputc('\n', out);
}

void
report_failure(const struct aigw_value *result, FILE *out)
{
    const struct aigw_value *attempts = aigw_value_get(result, "attempts");
    double retry_ms = read_number(result, "retry_after_ms");
    const char *partial = aigw_get_str(result, "partial", "");

    (void)fputs(partial[0] != '\0' ? "aigw-ctl: the answer broke off: "
                                   : "aigw-ctl: no answer: ",
                out);
    sanitize_line(aigw_get_str(result, "error", "no reason given"), out);
    (void)fputs(" (", out);
    sanitize_line(aigw_get_str(result, "error_code", "unknown"), out);
    (void)fputs(")\n", out);
    for (size_t i = 0; i < aigw_value_size(attempts); i++)
        write_attempt(aigw_value_at(attempts, i), out);
    write_money(result, out);
    if (!isnan(retry_ms))
        (void)fprintf(out, "  Worth another try in %s.\n",
                      format_span(ceil(retry_ms / 1000)).s);
}
