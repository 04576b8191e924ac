#include "base/mem.h"
#include "io/http_internal.h"

#include <stdio.h>
#include <string.h>

static const CURLcode LOCAL_CODES[] = {
    CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_OUT_OF_MEMORY,
    CURLE_FAILED_INIT,   CURLE_LOGIN_DENIED,
};

static const CURLcode TLS_CODES[] = {
    CURLE_SSL_CONNECT_ERROR,        CURLE_PEER_FAILED_VERIFICATION,
    CURLE_SSL_CERTPROBLEM,          CURLE_SSL_CIPHER,
    CURLE_SSL_CACERT_BADFILE,       CURLE_SSL_ISSUER_ERROR,
    CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
    CURLE_USE_SSL_FAILED,           CURLE_SSL_ENGINE_INITFAILED,
};

static const CURLcode PROTOCOL_CODES[] = {
    CURLE_WEIRD_SERVER_REPLY,
    CURLE_UNSUPPORTED_PROTOCOL, /* HTTP/0.9 */
    CURLE_BAD_CONTENT_ENCODING,
    CURLE_HTTP2,
};

static bool
is_one_of(CURLcode code, const CURLcode *codes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static enum http_failure
failure_before_sending(const struct http *http, CURLcode code)
{
    if (is_one_of(code, LOCAL_CODES, array_count(LOCAL_CODES)))
        return HTTP_FAILURE_LOCAL;
    if (http->connected)
        return HTTP_FAILURE_SEND;
    if (is_one_of(code, TLS_CODES, array_count(TLS_CODES)))
        return HTTP_FAILURE_TLS;
    if (http->local_errno != 0)
        return HTTP_FAILURE_LOCAL;
    return http->resolved ? HTTP_FAILURE_CONNECT : HTTP_FAILURE_RESOLVE;
}

static enum http_failure
failure_after_sending(const struct http *http, CURLcode code)
{
    /* A header line beyond libcurl's own limit, 100 KiB, ends the same way as
     * a lack of memory does. */
    if (code == CURLE_OUT_OF_MEMORY)
        return http->head.complete ? HTTP_FAILURE_LOCAL : HTTP_FAILURE_LIMIT;
    if (http->not_http
        || is_one_of(code, PROTOCOL_CODES, array_count(PROTOCOL_CODES)))
        return HTTP_FAILURE_PROTOCOL;

    /* libcurl wants to send again when it reads the end; by then its count of
     * uploaded bytes has been reset. */
    if (http->resend_stopped || http->head.http_status != 0)
        return HTTP_FAILURE_RECEIVE;
    return http_uploaded(http) < http->body_size ? HTTP_FAILURE_SEND
                                                 : HTTP_FAILURE_RECEIVE;
}

/* What has been sent decides, not the code: libcurl says "could not connect"
 * also when the server has had the request and a second dial failed. */
static enum http_failure
failure_of(const struct http *http, CURLcode code, bool sent)
{
    if (http->over_limit)
        return HTTP_FAILURE_LIMIT;
    if (code == CURLE_OK && (http->head.complete || http->connect_only))
        return HTTP_FAILURE_NONE;
    if (http->refused)
        return HTTP_FAILURE_REFUSED;
    if (code == CURLE_OK)
        return HTTP_FAILURE_PROTOCOL;
    return sent ? failure_after_sending(http, code)
                : failure_before_sending(http, code);
}

static const char *
explanation(const struct http *http, CURLcode code, enum http_failure failure)
{
    if (failure == HTTP_FAILURE_NONE)
        return "";
    if (failure == HTTP_FAILURE_LIMIT)
        return "the response is larger than allowed";
    if (failure == HTTP_FAILURE_REFUSED)
        return "the peer did not accept the HTTP/2 stream";
    if (failure == HTTP_FAILURE_LOCAL && http->local_errno != 0)
        return strerror(http->local_errno);
    if (http->resend_stopped)
        return "the connection ended before a response came";
    if (code == CURLE_OK || http->not_http)
        return "the response has no complete head";
    return http->error[0] ? http->error : curl_easy_strerror(code);
}

static bool
was_reused(const struct http *http)
{
    long n_connects = 0;

    (void)curl_easy_getinfo(http->easy, CURLINFO_NUM_CONNECTS, &n_connects);
    return http->connected && n_connects == 0;
}

/* Without the name and without TLS: a round trip. */
static int64_t
connect_time(const struct http *http)
{
    curl_off_t named_us = 0, connected_us = 0;

    if (!http->connected || was_reused(http))
        return -1;
    (void)curl_easy_getinfo(http->easy, CURLINFO_NAMELOOKUP_TIME_T, &named_us);
    (void)curl_easy_getinfo(http->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    return connected_us > named_us ? (int64_t)(connected_us - named_us) : -1;
}

void
http_result_of(const struct http *http, CURLcode code,
               struct http_result *ret_result)
{
    bool sent = http_sent(http);
    enum http_failure failure = failure_of(http, code, sent);

    *ret_result = (struct http_result){
        .failure = failure,
        .http_status = http->head.complete ? http->head.http_status : 0,
        .sent = sent && failure != HTTP_FAILURE_REFUSED,
        .sends = http->sends,
        .reused = was_reused(http),
        .connect_us = connect_time(http),
    };
    (void)snprintf(ret_result->text, sizeof(ret_result->text), "%.*s",
                   (int)sizeof(ret_result->text) - 1,
                   explanation(http, code, failure));
}
