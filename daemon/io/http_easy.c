#include "base/mem.h"
#include "io/http_internal.h"
#include "proto/status.h"

#include <unistd.h>

enum {
    BUFFER_BYTES = 16384,
    MAX_IDLE_S = 110, /* Providers and their front ends close at 120 s. */
    HAPPY_EYEBALLS_MS = 200,
};

/* Debian's libcurl also has a folder of certificates, and with one it parses
 * the whole bundle (about 20 ms) for every connection; with a file alone it
 * keeps the parsed form for a day. */
const char *
http_easy_system_ca(void)
{
    static const char *const PLACES[] = {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    };

    for (size_t i = 0; i < array_count(PLACES); i++)
        if (access(PLACES[i], R_OK) == 0)
            return PLACES[i];
    return NULL;
}

struct long_option {
    CURLoption option;
    long value;
};

/* Redirects, decoding, .netrc, cookies and HTTP/0.9 are off in libcurl or
 * here; nothing may send a key elsewhere or grow an answer unseen. */
static const struct long_option LONG_OPTIONS[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_NOPROGRESS, 1},
    {CURLOPT_QUICK_EXIT, 1}, /* Else cancelling waits for the resolver. */
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_TCP_KEEPIDLE, 30},
    {CURLOPT_TCP_KEEPINTVL, 15},
    {CURLOPT_BUFFERSIZE, BUFFER_BYTES},
    {CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_BYTES},
    {CURLOPT_MAXAGE_CONN, MAX_IDLE_S},
    {CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, HAPPY_EYEBALLS_MS},
};

static int
set_long_options(CURL *easy)
{
    for (size_t i = 0; i < array_count(LONG_OPTIONS); i++)
        if (curl_easy_setopt(easy, LONG_OPTIONS[i].option,
                             LONG_OPTIONS[i].value)
            != CURLE_OK)
            return AIGW_ENOTSUP;
    return 0;
}

static void
set_callbacks(struct http *http)
{
    CURL *easy = http->easy;

    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
                           http_on_open_socket);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, http);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION,
                           http_on_before_request);
    (void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, http);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, http_on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
    curlmulti_prepare(http->pool->multi, easy);
}

/* libcurl tells of a refused HTTP/2 stream in its log and nowhere else.  The
 * log is formatted even when unused, so HTTP/1.1 does without. */
static void
set_protocol(struct http *http)
{
    CURL *easy = http->easy;

    if (!http->pool->http2) {
        (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                               (long)CURL_HTTP_VERSION_1_1);
        return;
    }
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                           (long)CURL_HTTP_VERSION_2TLS);
    (void)curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, http_on_debug);
    (void)curl_easy_setopt(easy, CURLOPT_DEBUGDATA, http);
    (void)curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
}

static int
set_strings(struct http *http)
{
    CURL *easy = http->easy;

    if (curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK)
        return AIGW_ENOMEM;
    if (!http->pool->ca_file)
        return 0;
    if (curl_easy_setopt(easy, CURLOPT_CAINFO, http->pool->ca_file) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) != CURLE_OK)
        return AIGW_ENOMEM;
    return 0;
}

int
http_easy_setup(struct http *http)
{
    if (set_long_options(http->easy) || set_strings(http))
        return AIGW_ENOMEM;
    (void)curl_easy_setopt(http->easy, CURLOPT_SHARE,
                           http->pool->client->share);
    set_protocol(http);
    set_callbacks(http);
    return 0;
}
