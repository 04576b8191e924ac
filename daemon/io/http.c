#include "io/http.h"

#include "base/mem.h"
#include "io/http_internal.h"
#include "proto/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_BURST_BYTES = 64 * 1024, /* Of one transfer in one turn of the loop. */
};

static void
tell_milestone(struct http *http, enum http_milestone milestone)
{
    if (!http->cancelled && http->ops->milestone)
        http->ops->milestone(http->ctx, milestone);
}

/* Called when the addresses are known and a connection begins.  A re-dial,
 * when an idle connection turns out to be dead, tells nothing new. */
curl_socket_t
http_on_open_socket(void *userdata, curlsocktype purpose,
                    struct curl_sockaddr *address)
{
    struct http *http = userdata;
    int fd;

    (void)purpose;
    http->connected = false;
    if (!http->resolved && !http->connected_told) {
        http->resolved = true;
        tell_milestone(http, HTTP_RESOLVED);
    }
    if (http->cancelled)
        return CURL_SOCKET_BAD;
    fd = curlmulti_open_socket(http->pool->multi, address);
    if (fd < 0 && errno != EAFNOSUPPORT)
        http->local_errno = errno;
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* Called before each sending of the request: libcurl sends again by itself
 * when a reused connection ends without an answer.  That is stopped unless
 * nothing at all has left. */
/* NOLINTBEGIN(readability-non-const-parameter): libcurl's type. */
int
http_on_before_request(void *userdata, char *remote_ip, char *local_ip,
                       int remote_port, int local_port)
{
    struct http *http = userdata;

    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    if (http_sent(http)) {
        http->resend_stopped = true;
        return CURL_PREREQFUNC_ABORT;
    }
    http->connected = true;
    if (!http->connect_only)
        http->sends = 1;
    if (!http->connected_told) {
        http->connected_told = true;
        tell_milestone(http, HTTP_CONNECTED);
    }
    return http->cancelled ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* NOLINTEND(readability-non-const-parameter) */

static bool
tell_head(struct http *http)
{
    struct http_header *headers;
    size_t n;

    if (http_head_parse(&http->head, &headers, &n))
        return false;
    http->ops->head(http->ctx, http->head.http_status, headers, n);
    free(headers);
    bytes_deinit(&http->head.lines);
    return true;
}

size_t
http_on_header(char *data, size_t size, size_t n, void *userdata)
{
    struct http *http = userdata;

    size *= n;
    if (http->cancelled)
        return CURL_WRITEFUNC_ERROR;
    switch (http_head_line(&http->head, data, size)) {
    case HTTP_HEAD_MORE:
        return size;
    case HTTP_HEAD_FAILED:
        http->over_limit = true;
        return CURL_WRITEFUNC_ERROR;
    case HTTP_HEAD_COMPLETE:
        break;
    }
    if (!tell_head(http) || http->cancelled)
        return CURL_WRITEFUNC_ERROR;
    return size;
}

/* libcurl reads up to a hundred times in a row while there is more: a peer
 * that sends without measure would have the loop for itself. */
static bool
takes_too_much(struct http *http, size_t size)
{
    int64_t now_ms = loop_now_ms(http->pool->client->loop);

    if (now_ms != http->burst_ms)
        http->burst_bytes = 0;
    http->burst_ms = now_ms;
    http->burst_bytes += size;
    return http->burst_bytes > MAX_BURST_BYTES;
}

/* libcurl's pause gives the data back and delivers it again later, whereas
 * our callback has taken it: so the pause takes effect with the next piece,
 * of which libcurl holds at most one buffer. */
size_t
http_on_body(char *data, size_t size, size_t n, void *userdata)
{
    struct http *http = userdata;

    size *= n;
    http->not_http = !http->head.complete;
    if (http->cancelled || http->not_http)
        return CURL_WRITEFUNC_ERROR;
    if (http->pause_wanted) {
        http->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (size > http->max_body_bytes - http->n_received) {
        http->over_limit = true;
        return CURL_WRITEFUNC_ERROR;
    }
    http->n_received += size;
    if (size > 0 && http->ops->body(http->ctx, data, size) == HTTP_PAUSE)
        http->pause_wanted = true;
    if (http->cancelled)
        return CURL_WRITEFUNC_ERROR;
    if (!http->pause_wanted && takes_too_much(http, size)) {
        http->pause_wanted = true;
        http_resume(http);
    }
    return size;
}

void
http_on_done(struct curlmulti_transfer *transfer, CURLcode code)
{
    struct http *http = container_of(transfer, struct http, transfer);
    struct http_result result;

    http_result_of(http, code, &result);
    http->ops->done(http->ctx, &result);
    http_pool_give(http);
}

void
http_on_dropped(struct curlmulti_transfer *transfer)
{
    http_pool_give(container_of(transfer, struct http, transfer));
}

void
http_on_resume(void *ctx)
{
    struct http *http = ctx;

    http->pause_wanted = false;
    if (!http->paused)
        return;
    http->paused = false;
    curlmulti_unpause(http->pool->multi, &http->transfer);
}

static void
set_body(struct http *http, const struct http_request *request)
{
    CURL *easy = http->easy;

    if (strcmp(request->method, "GET") == 0) {
        (void)curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return;
    }
    http->body_size = request->body_size;
    (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, http->block.body);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                           (curl_off_t)request->body_size);
}

static int
prepare(struct http *http, const struct http_request *request)
{
    int status = http_block_make(request, &http->block);

    if (status)
        return status;
    if (curl_easy_setopt(http->easy, CURLOPT_URL, request->url) != CURLE_OK)
        return AIGW_ENOMEM;
    (void)curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, http->block.headers);
    (void)curl_easy_setopt(http->easy, CURLOPT_CONNECT_ONLY,
                           request->connect_only ? 1L : 0L);
    (void)curl_easy_setopt(http->easy, CURLOPT_CONNECTTIMEOUT_MS,
                           (long)http->pool->connect_ms);
    set_body(http, request);
    http_head_init(&http->head, request->max_head_bytes);
    http->max_body_bytes = request->max_body_bytes;
    http->connect_only = request->connect_only;
    return 0;
}

int
http_start(struct http_pool *pool, const struct http_request *request,
           const struct http_ops *ops, void *ctx, struct http **ret_http)
{
    struct http *http;
    int status;

    if (strcmp(request->method, "GET") != 0
        && strcmp(request->method, "POST") != 0)
        return AIGW_EINVAL;
    http = http_pool_take(pool);
    if (!http)
        return AIGW_ENOMEM;
    http->ops = ops;
    http->ctx = ctx;
    status = prepare(http, request);
    if (status == 0)
        status = curlmulti_start(pool->multi, &http->transfer);
    if (status) {
        http_pool_give(http);
        return status;
    }
    *ret_http = http;
    return 0;
}

/* While `done` runs the transfer is OUT, and dropping it does nothing. */
void
http_cancel(struct http *http)
{
    if (!http || http->cancelled)
        return;
    http->cancelled = true;
    curlmulti_drop(http->pool->multi, &http->transfer);
}

void
http_resume(struct http *http)
{
    if (!http->cancelled)
        loop_defer(http->pool->client->loop, &http->resume);
}

size_t
http_uploaded(const struct http *http)
{
    curl_off_t n = 0;

    /* Before the first sending, the figure is that of the last transfer. */
    if (http->sends == 0)
        return 0;
    (void)curl_easy_getinfo(http->easy, CURLINFO_SIZE_UPLOAD_T, &n);
    return n > 0 ? (size_t)n : 0;
}

bool
http_sent(const struct http *http)
{
    long n = 0;

    if (http->sends == 0)
        return false;
    (void)curl_easy_getinfo(http->easy, CURLINFO_REQUEST_SIZE, &n);
    return n > 0;
}
