#include "app/config_check.h"

#include "app/config.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char DIGITS[] = "0123456789";

/* Consists of at least one letter, digit or byte of `others`, and of nothing
 * else. */
static bool
is_made_of(const char *text, const char *others)
{
    const char *at = text;

    while (
        *at
        && (strchr(LETTERS, *at) || strchr(DIGITS, *at) || strchr(others, *at)))
        at++;
    return at > text && !*at;
}

/* Printable ASCII, from `first` on. */
static bool
is_printable(const char *text, char first)
{
    for (; *text; text++) {
        if (*text < first || *text > '~')
            return false;
    }
    return true;
}

const char *
config_check_name(const char *text)
{
    if (strlen(text) > 64)
        return "longer than 64 characters";
    if (!is_made_of(text, "._-"))
        return "expected letters, digits, '.', '_' and '-'";
    return NULL;
}

const char *
config_check_model(const char *text)
{
    if (strlen(text) > 128)
        return "longer than 128 characters";
    if (!*text || !is_printable(text, '!') || strpbrk(text, "\"'\\"))
        return "expected printable ASCII without spaces and quotes";
    return NULL;
}

const char *
config_check_dialect(const char *text)
{
    return strcmp(text, "openai") == 0 ? NULL
                                       : "unknown dialect; there is \"openai\"";
}

const char *
config_check_log_format(const char *text)
{
    enum log_format format;

    return log_parse_format(text, &format)
               ? NULL
               : "expected one of \"logfmt\", \"json\", \"journal\"";
}

/* What follows the scheme, or NULL without one that is supported. */
static const char *
after_scheme(const char *url)
{
    if (strncmp(url, "https://", 8) == 0)
        return url + 8;
    return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

static const char *
check_port(const char *text)
{
    size_t n = strspn(text, DIGITS);
    long port = n > 0 && n < 6 ? strtol(text, NULL, 10) : 0;

    return port > 0 && port < 65536 && (text[n] == '/' || !text[n])
               ? NULL
               : "the port must be from 1 to 65535";
}

/* The length of the host that `text` begins with; 0 if it is none. */
static size_t
host_length(const char *text)
{
    size_t n;

    if (*text == '[') {
        n = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
        return n > 1 && text[n] == ']' ? n + 1 : 0;
    }
    n = strcspn(text, ":/");
    for (size_t i = 0; i < n; i++) {
        if (!strchr(LETTERS, text[i]) && !strchr(DIGITS, text[i])
            && text[i] != '.' && text[i] != '-' && text[i] != '_')
            return 0;
    }
    return n;
}

const char *
config_check_url(const char *text)
{
    const char *host = after_scheme(text);
    size_t n;

    if (!host)
        return "expected a URL that begins with https:// or http://";
    if (strlen(text) > 1024)
        return "longer than 1024 characters";
    if (!is_printable(text, '!') || strpbrk(text, "\"'\\<>"))
        return "a URL holds no spaces, quotes or control characters";
    if (strpbrk(text, "?#"))
        return "a base URL has no query and no fragment";
    if (memchr(host, '@', strcspn(host, "/")))
        return "no user or password in a URL: keys belong in \"key\"";
    n = host_length(host);
    if (n == 0 || !strchr(":/", host[n]))
        return "the URL names no host";
    return host[n] == ':' ? check_port(host + n + 1) : NULL;
}

bool
config_check_is_exposed(const char *url)
{
    const char *host = after_scheme(url);
    size_t n;

    if (!host || strncmp(url, "https://", 8) == 0)
        return false;
    n = host_length(host);
    if (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n)
        return false;
    return !(n == 9 && strncasecmp(host, "localhost", n) == 0)
           && !(n == 5 && strncmp(host, "[::1]", n) == 0);
}

static bool
is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++) {
        if (strcasecmp(text, *words) == 0)
            return true;
    }
    return false;
}

const char *
config_check_header_name(const char *text)
{
    static const char *const secret[] = {
        "authorization", "proxy-authorization", "cookie", "api-key",
        "x-api-key",     "x-goog-api-key",      NULL};
    static const char *const own[] = {"accept-encoding",
                                      "connection",
                                      "content-encoding",
                                      "content-length",
                                      "content-type",
                                      "expect",
                                      "host",
                                      "te",
                                      "trailer",
                                      "transfer-encoding",
                                      "upgrade",
                                      NULL};

    if (strlen(text) > 64 || !is_made_of(text, "!#$%&'*+-.^_`|~"))
        return "not the name of a header";
    if (is_one_of(text, secret))
        return "carries a credential: keys belong in \"key\"";
    if (is_one_of(text, own))
        return "this header is set by the daemon alone";
    return NULL;
}

const char *
config_check_header_value(const char *text)
{
    size_t n = strlen(text);

    if (n > 1024)
        return "longer than 1024 characters";
    if (n == 0 || text[0] == ' ' || text[n - 1] == ' '
        || !is_printable(text, ' '))
        return "expected printable ASCII without spaces around it";
    return NULL;
}

const char *
config_check_path(const char *text)
{
    return text[0] == '/' ? NULL : "expected an absolute path";
}

const char *
config_check_state_dir(const char *text)
{
    return text[0] ? config_check_path(text) : NULL;
}

const char *
config_check_readable(const char *text)
{
    const char *wrong = config_check_path(text);

    if (wrong)
        return wrong;
    return access(text, R_OK) == 0 ? NULL : strerror(errno);
}

const char *
config_check_socket(const char *text)
{
    if (!*text)
        return "empty path";
    return strlen(text) <= CONFIG_MAX_SOCKET
               ? NULL
               : "longer than 107 bytes, the most a socket's path may have";
}

const char *
config_check_mode(const char *text)
{
    size_t n = strlen(text);

    return (n == 3 || (n == 4 && text[0] == '0'))
                   && strspn(text, "01234567") == n
               ? NULL
               : "expected permissions in octal, such as \"0660\"";
}

const char *
config_check_group(const char *text)
{
    return getgrnam(text) ? NULL : "there is no such group";
}

const char *
config_check_variable(const char *text)
{
    return is_made_of(text, "_") && !strchr(DIGITS, *text)
               ? NULL
               : "not the name of an environment variable";
}

const char *
config_check_credential(const char *text)
{
    return is_made_of(text, "._-") && text[0] != '.'
               ? NULL
               : "not the name of a credential: it is a file's name in "
                 "$CREDENTIALS_DIRECTORY";
}
