#include "core/cause.h"

#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

/* A sentence has spaces; what has none, and is short, names something. */
static bool
is_identifier(const char *text)
{
    static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-.:/";

    return *text && text[strspn(text, ALLOWED)] == '\0';
}

static const char *
name_of(const struct api_error *error)
{
    if (!error || !error->present)
        return "";
    if (is_identifier(error->code))
        return error->code;
    return is_identifier(error->type) ? error->type : "";
}

void
cause_write(const struct cause *cause, char ret_text[CAUSE_SIZE])
{
    const char *class = outcome_name(cause->outcome);
    const char *name = name_of(cause->error);
    const char *own = cause->own;
    char text[CAUSE_SIZE * 2];

    if (cause->http_status >= 300 && *name)
        (void)snprintf(text, sizeof(text), "HTTP %d %s", cause->http_status,
                       name);
    else if (cause->http_status >= 300)
        (void)snprintf(text, sizeof(text), "HTTP %d%s%s", cause->http_status,
                       *own ? ": " : "", own);
    else if (*name)
        (void)snprintf(text, sizeof(text), "%s: %s", class, name);
    else
        (void)snprintf(text, sizeof(text), "%s", *own ? own : class);
    (void)utf8_sanitise(text, strlen(text), ret_text, CAUSE_SIZE);
}
