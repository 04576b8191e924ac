#include "tui/scene.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/state.h"

static struct text
plain(double ms, const char *unit)
{
    struct text text;

    if (isnan(ms))
        return (struct text){"-"};
    (void)snprintf(text.s, sizeof(text.s), "%.0f%s", ms, unit);
    return text;
}

struct text
scene_latency(const struct scene *s, double ms)
{
    return s->ui->milliseconds ? plain(ms, "") : format_latency(ms);
}

struct text
scene_latency_unit(const struct scene *s, double ms)
{
    return s->ui->milliseconds ? plain(ms, "ms") : format_latency_unit(ms);
}

struct text
scene_percent(double share)
{
    struct text text;

    if (isnan(share))
        return (struct text){"-"};
    (void)snprintf(text.s, sizeof(text.s), "%.40s%%", format_percent(share).s);
    return text;
}

struct text
scene_window(int window_s)
{
    struct text text;

    if (window_s >= 3600)
        (void)snprintf(text.s, sizeof(text.s), "%dh", window_s / 3600);
    else if (window_s >= 60)
        (void)snprintf(text.s, sizeof(text.s), "%dm", window_s / 60);
    else
        (void)snprintf(text.s, sizeof(text.s), "%ds", window_s);
    return text;
}

struct text
scene_state_word(const struct scene *s, const struct aigw_value *target)
{
    return state_word_at(target, model_daemon_ms(s->model, s->now_ms));
}

enum style
scene_state_style(const struct aigw_value *target)
{
    const char *state = aigw_get_str(target, "state", "");
    const struct aigw_value *gate = aigw_value_get(target, "gate");

    if (strcmp(state, "open") == 0 || strcmp(state, "latched") == 0)
        return STYLE_BAD;
    if (strcmp(state, "half_open") == 0)
        return STYLE_HALF;
    if (strcmp(state, "closed") == 0)
        return aigw_value_type(gate) == AIGW_TYPE_MAP ? STYLE_HALF
                                                      : STYLE_PLAIN;
    return STYLE_ADMIN;
}
