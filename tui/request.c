#include "tui/request.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/read.h"

bool
request_is_done(const struct aigw_value *request)
{
    return strcmp(aigw_get_str(request, "state", ""), "done") == 0;
}

static bool
is_failed(const struct aigw_value *request)
{
    return aigw_get_str(request, "error_code", "")[0] != '\0';
}

const char *
request_word(const struct aigw_value *request)
{
    static const struct {
        const char *state;
        const char *word;
    } words[] = {{"queued", "QUEUED"},
                 {"waiting", "WAITING"},
                 {"streaming", "STREAM"},
                 {"done", "DONE"}};

    const char *state = aigw_get_str(request, "state", "-");

    if (is_failed(request))
        return "FAILED";
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(state, words[i].state) == 0)
            return words[i].word;
    }
    return state;
}

enum style
request_style(const struct aigw_value *request)
{
    if (is_failed(request))
        return STYLE_BAD;
    return request_is_done(request) ? STYLE_DIM : STYLE_PLAIN;
}

double
request_age_ms(const struct scene *s, const struct aigw_value *request)
{
    double age_ms = read_number(request, "age_ms");
    double now_ms = model_daemon_ms(s->model, s->now_ms);
    double since_start_ms = now_ms - read_number(request, "started_ms");

    if (request_is_done(request) || isnan(since_start_ms))
        return age_ms;
    return fmax(age_ms, since_start_ms);
}

void
request_client(const struct aigw_value *request, char *ret_text, size_t size)
{
    const char *name = aigw_get_str(request, "client", NULL);
    int64_t uid = aigw_get_int(request, "uid", -1);

    if (name && name[0])
        (void)snprintf(ret_text, size, "%s", name);
    else if (uid >= 0)
        (void)snprintf(ret_text, size, "uid %lld", (long long)uid);
    else
        (void)snprintf(ret_text, size, "-");
}
