#include "io/http_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    LINE_BYTES = 128, /* The lines of interest are shorter. */
};

/* The number behind `label` in `line`, or -1. */
static long
number_after(const char *line, const char *label)
{
    const char *p = strstr(line, label);

    return p ? strtol(p + strlen(label), NULL, 10) : -1;
}

/* libcurl 7.88 tells that a peer disowned a request in its log and nowhere
 * else.  A refused stream has a line of its own when the connection was new;
 * on a reused one libcurl takes it for a dead connection.  GOAWAY names the
 * last stream that was or will be processed. */
static void
read_log_line(struct http *http, const char *line)
{
    long stream_id = number_after(line, "Using Stream ID: ");
    long last_id = number_after(line, "last_stream=");

    if (stream_id >= 0)
        http->stream_id = stream_id;
    if (strncmp(line, "REFUSED_STREAM", strlen("REFUSED_STREAM")) == 0
        || (last_id >= 0 && last_id < http->stream_id))
        http->refused = true;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type. */
int
http_on_debug(CURL *easy, curl_infotype type, char *data, size_t size,
              void *userdata)
{
    char line[LINE_BYTES];

    (void)easy;
    if (type != CURLINFO_TEXT || size >= sizeof(line))
        return 0;
    memcpy(line, data, size);
    line[size] = '\0';
    read_log_line(userdata, line);
    return 0;
}
