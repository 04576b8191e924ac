#include "ctl/fit.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

size_t
fit_columns(FILE *out)
{
    struct winsize size = {0};
    int fd = fileno(out);

    if (fd < 0 || isatty(fd) != 1 || ioctl(fd, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

/* The bytes that the first `columns` code points of `line` take. */
static size_t
bytes_of(const char *line, size_t len, size_t columns)
{
    size_t at = 0;

    for (; at < len; at++) {
        if (((unsigned char)line[at] & 0xC0) == 0x80)
            continue;
        if (columns == 0)
            break;
        columns--;
    }
    return at;
}

static void
write_line(const char *line, size_t len, size_t columns, FILE *out)
{
    if (columns == 0 || bytes_of(line, len, columns) == len) {
        (void)fwrite(line, 1, len, out);
        return;
    }
    (void)fwrite(line, 1, bytes_of(line, len, columns - 1), out);
    (void)fputc('>', out);
}

void
fit_write(const char *text, size_t columns, FILE *out)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        write_line(text, len, columns, out);
        text += len;
        if (*text == '\n')
            (void)fputc(*text++, out);
    }
}
