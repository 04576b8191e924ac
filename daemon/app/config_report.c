#include "app/config_report.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Names and values of a file end up in messages, and messages on terminals. */
static void
copy_printable(char *to, size_t size, const char *from)
{
    size_t n = 0;

    for (; from && *from && n + 1 < size; from++) {
        if (iscntrl((unsigned char)*from))
            to[n++] = '?';
        else
            to[n++] = *from;
    }
    to[n] = '\0';
}

void
config_report_add(struct config_report *report, bool warning,
                  const struct config_place *place, const char *message)
{
    struct config_issue *issue;

    if (!warning)
        report->n_errors++;
    if (report->n_issues == CONFIG_MAX_ISSUES)
        return;
    issue = &report->issues[report->n_issues++];
    copy_printable(issue->file, sizeof(issue->file), place->file);
    issue->line = place->line;
    copy_printable(issue->path, sizeof(issue->path), place->path);
    copy_printable(issue->message, sizeof(issue->message), message);
    issue->warning = warning;
}

void
config_report_error(struct config_report *report,
                    const struct config_place *place, const char *format, ...)
{
    char message[sizeof(report->issues[0].message)];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    config_report_add(report, false, place, message);
}

void
config_issue_format(const struct config_issue *issue, char *text, size_t size)
{
    char line[16] = "";

    if (issue->line > 0)
        (void)snprintf(line, sizeof(line), ":%d", issue->line);
    (void)snprintf(text, size, "%s%s: %s%s%s%s", issue->file, line,
                   issue->warning ? "warning: " : "", issue->path,
                   issue->path[0] ? ": " : "", issue->message);
}
