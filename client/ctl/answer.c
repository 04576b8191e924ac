#include "ctl/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/report.h"
#include "text/format.h"
#include "text/read.h"

void
answer_init(struct answer *answer, const struct ctl *ctl, bool raw)
{
    *answer = (struct answer){.ctl = ctl, .filtered = ctl->out_tty && !raw};
    sanitize_init(&answer->sanitize);
}

static void
write_text(struct answer *answer, const char *text, size_t size)
{
    if (size == 0)
        return;
    if (answer->filtered)
        sanitize_write(&answer->sanitize, text, size, stdout);
    else
        (void)fwrite(text, 1, size, stdout);
    answer->started = true;
    answer->n_bytes += size;
    answer->line_is_open = text[size - 1] != '\n';
    /* Nobody reads any more, so nobody should be asked to write. */
    if (fflush(stdout) != 0)
        aigw_cancel(answer->ctl->client);
}

void
answer_end_line(struct answer *answer)
{
    sanitize_end(&answer->sanitize, stdout);
    if (answer->line_is_open)
        (void)putchar('\n');
    answer->line_is_open = false;
    (void)fflush(stdout);
}

static void
on_delta(void *ctx, const struct aigw_delta *delta)
{
    write_text(ctx, delta->text, delta->size);
}

static bool
may_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return (!no_color || no_color[0] == '\0') && term
           && strcmp(term, "dumb") != 0;
}

/* "a/m broke off (cut); b/m goes on" */
static void
write_break(const struct aigw_value *event, const char *what, FILE *out)
{
    const char *reason = aigw_get_str(event, "reason", NULL);

    sanitize_line(aigw_get_str(event, "from", "the answer"), out);
    (void)fputs(" broke off", out);
    if (reason) {
        (void)fputs(" (", out);
        sanitize_line(reason, out);
        (void)fputc(')', out);
    }
    (void)fputs("; ", out);
    sanitize_line(aigw_get_str(event, "to", "another attempt"), out);
    (void)fputs(what, out);
}

/* "a/m: HTTP 529; going on with b/m" */
static void
write_change(const struct aigw_value *event, const char *type, FILE *out)
{
    const char *from = aigw_get_str(event, "from", NULL);
    const char *to = aigw_get_str(event, "to", NULL);

    if (from) {
        sanitize_line(from, out);
        (void)fputs(": ", out);
    }
    sanitize_line(aigw_get_str(event, "reason", type), out);
    if (to) {
        (void)fputs("; going on with ", out);
        sanitize_line(to, out);
    }
}

static void
write_note(const struct aigw_value *event, const char *type, FILE *out)
{
    (void)fputs(may_colour() ? "\033[2m[" : "[", out);
    if (strcmp(type, "seam") == 0)
        write_break(event, " goes on", out);
    else if (strcmp(type, "reset") == 0)
        write_break(event, " starts over", out);
    else if (strcmp(type, "taken_over") == 0)
        (void)fputs("somebody else reads on; the whole answer comes at its end",
                    out);
    else
        write_change(event, type, out);
    (void)fputs(may_colour() ? "]\033[0m\n" : "]\n", out);
}

static bool
shows_notes(const struct answer *answer)
{
    return answer->ctl->err_tty && !answer->ctl->quiet;
}

static void
on_event(void *ctx, const struct aigw_value *event)
{
    struct answer *answer = ctx;
    const char *type = aigw_get_str(event, "type", "");

    /* Every call has a first attempt; only what changes is news. */
    if (strcmp(type, "attempt") == 0)
        return;
    /* A text that is not read on a terminal has no line of ours in it. */
    if (strcmp(type, "reset") == 0
        || (answer->ctl->out_tty && shows_notes(answer)))
        answer_end_line(answer);
    if (shows_notes(answer))
        write_note(event, type, stderr);
    if (strcmp(type, "reset") == 0)
        answer->n_bytes = 0;
}

void
answer_set_handlers(struct answer *answer, struct aigw_handlers *handlers)
{
    aigw_handlers_init(handlers);
    handlers->ctx = answer;
    handlers->delta = on_delta;
    handlers->event = on_event;
}

void
answer_unfold(struct aigw_value *result)
{
    const char *text = aigw_get_str(result, "response", NULL);
    struct aigw_value *response = NULL;

    if (text && aigw_value_from_json(text, strlen(text), &response, NULL) == 0)
        aigw_value_set(result, "response", response);
}

const char *
answer_text(const struct aigw_value *result)
{
    const char *text = aigw_get_str(result, "content", NULL);

    return text ? text
                : aigw_get_str(result, "response.choices.0.message.content",
                               NULL);
}

/* How often the answer moved on to another target. */
static unsigned
count_fallbacks(const struct aigw_value *result)
{
    const struct aigw_value *attempts = aigw_value_get(result, "attempts");
    unsigned fallbacks = 0;

    for (size_t i = 1; i < aigw_value_size(attempts); i++) {
        const char *last =
            aigw_get_str(aigw_value_at(attempts, i - 1), "target", "");

        fallbacks +=
            strcmp(aigw_get_str(aigw_value_at(attempts, i), "target", ""), last)
            != 0;
    }
    /* The first target can also have been passed over without an attempt. */
    if (fallbacks == 0 && aigw_get_bool(result, "fallback", false))
        fallbacks = 1;
    return fallbacks;
}

void
answer_write_cost(const struct aigw_value *result, FILE *out)
{
    unsigned fallbacks = count_fallbacks(result);
    double ttft_ms = read_number(result, "ttft_ms");

    (void)fputc('[', out);
    sanitize_line(aigw_get_str(result, "provider", "?"), out);
    (void)fputc('/', out);
    sanitize_line(aigw_get_str(result, "model", "?"), out);
    if (fallbacks > 0)
        (void)fprintf(out, ", %u fallback%s", fallbacks,
                      fallbacks == 1 ? "" : "s");
    (void)fprintf(out, ", %s in + %s out tokens, %s",
                  format_count(read_number(result, "prompt_tokens")).s,
                  format_count(read_number(result, "completion_tokens")).s,
                  format_cost(read_number(result, "cost_usd")).s);
    if (!isnan(ttft_ms))
        (void)fprintf(out, ", TTFT %s", format_latency_unit(ttft_ms).s);
    (void)fprintf(out, ", %s]\n",
                  format_latency_unit(read_number(result, "latency_ms")).s);
}

int
answer_finish(struct answer *answer, const struct aigw_value *result)
{
    const struct ctl *ctl = answer->ctl;
    bool success = aigw_get_bool(result, "success", false);
    const char *text =
        success ? answer_text(result) : aigw_get_str(result, "partial", NULL);

    if (ctl_is_machine(ctl)) {
        (void)ctl_print_result(ctl, result);
        return success ? EXIT_OK : report_failure_exit_code(result);
    }
    if (text && strlen(text) > answer->n_bytes)
        write_text(answer, text + answer->n_bytes,
                   strlen(text) - answer->n_bytes);
    answer_end_line(answer);
    if (!success) {
        report_failure(result, stderr);
        return report_failure_exit_code(result);
    }
    if (ctl->err_tty && !ctl->quiet)
        answer_write_cost(result, stderr);
    return EXIT_OK;
}
