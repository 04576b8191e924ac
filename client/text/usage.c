#include "text/usage.h"

#include <string.h>

enum {
    OPTION_COLUMN = 26
};

void
usage_option_text(const struct option_spec *option, char *ret_text, size_t size)
{
    char letter[8] = "    ";

    if (option->letter)
        (void)snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    (void)snprintf(ret_text, size, "  %s--%s%s%s", letter, option->name,
                   option->value ? " " : "",
                   option->value ? option->value : "");
}

void
usage_write_options(const char *title, const struct option_spec *table,
                    FILE *out)
{
    char text[80];

    if (!table)
        return;
    (void)fprintf(out, "\n%s:\n", title);
    for (; table->name; table++) {
        usage_option_text(table, text, sizeof(text));
        (void)fprintf(out, "%-*s  %s\n", OPTION_COLUMN, text, table->help);
    }
}

void
usage_write_examples(const char *examples, FILE *out)
{
    (void)fputs("Examples:\n", out);
    while (*examples) {
        int len = (int)strcspn(examples, "\n");

        (void)fprintf(out, "  %.*s\n", len, examples);
        examples += len;
        examples += *examples == '\n';
    }
}
