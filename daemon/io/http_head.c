#include "io/http_internal.h"
#include "proto/status.h"

#include <stdlib.h>
#include <string.h>

void
http_head_init(struct http_head *head, size_t max_bytes)
{
    *head = (struct http_head){.max_bytes = max_bytes};
    bytes_init(&head->lines, max_bytes);
}

void
http_head_deinit(struct http_head *head)
{
    bytes_deinit(&head->lines);
}

static bool
is_status_line(const char *line, size_t size)
{
    return size > 5 && memcmp(line, "HTTP/", 5) == 0;
}

static bool
is_end_of_head(const char *line, size_t size)
{
    return size > 0 && (line[0] == '\r' || line[0] == '\n');
}

/* The three digits behind the first space. */
static int
parse_status(const char *line, size_t size)
{
    const char *p = memchr(line, ' ', size);
    int status = 0;

    if (!p || size - (size_t)(p - line) < 4)
        return 0;
    for (int i = 1; i <= 3; i++) {
        if (p[i] < '0' || p[i] > '9')
            return 0;
        status = status * 10 + (p[i] - '0');
    }
    return status;
}

static size_t
size_without_end(const char *line, size_t size)
{
    while (size > 0
           && (line[size - 1] == '\n' || line[size - 1] == '\r'
               || line[size - 1] == ' ' || line[size - 1] == '\t'))
        size--;
    return size;
}

static enum http_head_event
keep_line(struct http_head *head, const char *line, size_t size)
{
    size = size_without_end(line, size);
    if (bytes_append(&head->lines, line, size)
        || bytes_append(&head->lines, "", 1))
        return HTTP_HEAD_FAILED;
    head->n_lines++;
    return HTTP_HEAD_MORE;
}

static void
begin(struct http_head *head, int http_status)
{
    bytes_clear(&head->lines);
    head->n_lines = 0;
    head->http_status = http_status;
}

/* The end of an interim head is not the end.  Lines behind the final head are
 * trailers: counted, and of no use to anybody here. */
enum http_head_event
http_head_line(struct http_head *head, const char *line, size_t size)
{
    if (size > head->max_bytes - head->n_bytes)
        return HTTP_HEAD_FAILED;
    head->n_bytes += size;
    if (head->complete)
        return HTTP_HEAD_MORE;
    if (is_status_line(line, size)) {
        begin(head, parse_status(line, size));
        return HTTP_HEAD_MORE;
    }
    if (!is_end_of_head(line, size))
        return keep_line(head, line, size);
    if (head->http_status < 200)
        return HTTP_HEAD_MORE;
    head->complete = true;
    return HTTP_HEAD_COMPLETE;
}

static char *
skip_space(char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* Appends a continuation line to the value before it, which ends further in
 * front in the same buffer. */
static void
unfold(const struct http_header *last, char *line)
{
    char *end = strchr(last->value, '\0');
    char *text = skip_space(line);

    if (end > last->value)
        *end++ = ' ';
    memmove(end, text, strlen(text) + 1);
}

/* False for a line without colon, which is dropped. */
static bool
split(char *line, struct http_header *ret_header)
{
    char *colon = strchr(line, ':');

    if (!colon || colon == line)
        return false;
    *colon = '\0';
    *ret_header = (struct http_header){line, skip_space(colon + 1)};
    return true;
}

int
http_head_parse(struct http_head *head, struct http_header **ret_headers,
                size_t *ret_n)
{
    struct http_header *headers;
    char *line = head->lines.data;
    size_t n = 0;

    headers = malloc((head->n_lines + 1) * sizeof(*headers));
    if (!headers)
        return AIGW_ENOMEM;
    for (size_t i = 0; i < head->n_lines; i++) {
        char *next = line + strlen(line) + 1;

        if ((*line == ' ' || *line == '\t') && n > 0)
            unfold(&headers[n - 1], line);
        else if (split(line, &headers[n]))
            n++;
        line = next;
    }
    *ret_headers = headers;
    *ret_n = n;
    return 0;
}
