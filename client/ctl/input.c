#include "ctl/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/mem.h"

enum {
    READ_BYTES = 65536
};

/* All of `in` as a string; NULL if it is too long, contains NUL or fails. */
static char *
read_all(FILE *in, const char **ret_problem)
{
    size_t size = 0, room = READ_BYTES, n;
    char *text = mem_alloc(room + 1, 1);

    do {
        if (size == room) {
            room *= 2;
            text = mem_resize(text, room + 1, 1);
        }
        n = fread(text + size, 1, room - size, in);
        size += n;
        /* A terminal would have to be told the end a second time. */
    } while (n > 0 && !feof(in) && size <= INPUT_MAX_BYTES);
    text[size] = '\0';
    *ret_problem = NULL;
    if (ferror(in))
        *ret_problem = strerror(errno);
    else if (size > INPUT_MAX_BYTES)
        *ret_problem = "longer than 16 MiB";
    else if (strlen(text) != size)
        *ret_problem = "not text: it contains NUL";
    if (!*ret_problem)
        return text;
    free(text);
    return NULL;
}

static int
read_stream(const struct ctl *ctl, FILE *in, const char *name, char **ret_text)
{
    char message[300];
    const char *problem;
    char *text = read_all(in, &problem);

    if (text) {
        *ret_text = text;
        return EXIT_OK;
    }
    if (ctl_interrupted())
        return EXIT_INTERRUPTED;
    (void)snprintf(message, sizeof(message), "cannot read %s: %s", name,
                   problem);
    return ctl_fail(ctl, AIGW_ERR_IO, message);
}

static bool
is_stdin(const char *operand)
{
    return !operand || strcmp(operand, "-") == 0;
}

static void
cut_newlines(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && text[len - 1] == '\n')
        text[--len] = '\0';
}

int
input_text(const struct ctl *ctl, const char *operand, char **ret_text)
{
    char *text = NULL;
    int exit_code = EXIT_OK;

    if (!operand && ctl->in_tty)
        return EXIT_USAGE;
    if (!is_stdin(operand))
        text = mem_copy(operand);
    else
        exit_code = read_stream(ctl, stdin, "stdin", &text);
    if (!text)
        return exit_code;
    if (is_stdin(operand))
        cut_newlines(text);
    if (text[0] == '\0') {
        free(text);
        return EXIT_USAGE;
    }
    *ret_text = text;
    return EXIT_OK;
}

int
input_file(const struct ctl *ctl, const char *path, char **ret_text)
{
    char message[300];
    FILE *in;
    int exit_code;

    if (is_stdin(path))
        return input_text(ctl, path, ret_text);
    in = fopen(path, "re");
    if (!in) {
        (void)snprintf(message, sizeof(message), "cannot read %s: %s", path,
                       strerror(errno));
        return ctl_fail(ctl, AIGW_ERR_IO, message);
    }
    exit_code = read_stream(ctl, in, path, ret_text);
    (void)fclose(in);
    return exit_code;
}
