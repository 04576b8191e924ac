#include "tui/event.h"

#include <stdio.h>
#include <string.h>

#include "tui/glyph.h"

void
event_change(const struct aigw_value *event, bool ascii, int cols,
             char *ret_text, size_t size)
{
    const char *from = aigw_get_str(event, "from", "");
    const char *to = aigw_get_str(event, "to", "");
    size_t both = strlen(from) + strlen("->") + 2 + strlen(to);

    if (from[0] && to[0] && (int)both <= cols)
        (void)snprintf(ret_text, size, "%s %s %s", from, glyph_arrow(ascii),
                       to);
    else
        (void)snprintf(ret_text, size, "%s", to[0] ? to : from[0] ? from : "-");
}

enum style
event_style(const struct aigw_value *event)
{
    static const struct {
        const char *to;
        enum style style;
    } styles[] = {
        {"open", STYLE_BAD},       {"latched", STYLE_BAD},
        {"exceeded", STYLE_BAD},   {"refused", STYLE_BAD},
        {"failed", STYLE_BAD},     {"expired", STYLE_BAD},
        {"half_open", STYLE_HALF}, {"limited", STYLE_HALF},
        {"soft", STYLE_HALF},      {"draining", STYLE_ADMIN},
        {"disabled", STYLE_ADMIN}, {"forced_open", STYLE_ADMIN},
    };

    const char *to = aigw_get_str(event, "to", "");

    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
        if (strcmp(to, styles[i].to) == 0)
            return styles[i].style;
    }
    return STYLE_PLAIN;
}
