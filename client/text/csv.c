#include "text/csv.h"

#include <stdlib.h>
#include <string.h>

static void
print_text(const char *text, FILE *out)
{
    (void)putc('"', out);
    if (*text && strchr("=+-@\t\r", *text))
        (void)putc('\'', out);
    for (; *text; text++) {
        if (*text == '"')
            (void)putc('"', out);
        (void)putc(*text, out);
    }
    (void)putc('"', out);
}

static void
print_value(const struct aigw_value *value, FILE *out)
{
    const char *text = aigw_value_str(value, NULL);
    char *json;

    if (text) {
        print_text(text, out);
        return;
    }
    if (!value || aigw_value_type(value) == AIGW_TYPE_NIL)
        return;
    json = aigw_value_to_json(value, AIGW_JSON_COMPACT);
    (void)fputs(json ? json : "", out);
    free(json);
}

void
csv_print_titles(const char *first, const char *const *paths, size_t n_paths,
                 FILE *out)
{
    print_text(first, out);
    for (size_t i = 0; i < n_paths; i++) {
        (void)putc(',', out);
        print_text(paths[i], out);
    }
    (void)fputs("\r\n", out);
}

void
csv_print_row(const struct aigw_value *row, const char *first,
              const char *const *paths, size_t n_paths, FILE *out)
{
    print_value(aigw_value_path(row, first), out);
    for (size_t i = 0; i < n_paths; i++) {
        (void)putc(',', out);
        print_value(aigw_value_path(row, paths[i]), out);
    }
    (void)fputs("\r\n", out);
}
