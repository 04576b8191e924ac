/*
 * panel_waiting.c - what stands in place of a view as long as nothing has
 * come: for what we wait, and what can be done.
 */
#include "tui/flow.h"
#include "tui/panel.h"

void
panel_waiting(struct canvas *c, struct area area, const struct scene *s)
{
    const struct link *link = &s->model->link;
    struct flow f = flow_at(c, area, area.rows > 4 ? 1 : 0, 1);

    f.indent = 1;
    flow_words(&f, STYLE_STRONG, "Waiting for aigwd at");
    (void)flow_put(&f, STYLE_STRONG, "%s", s->model->socket_path);
    flow_break(&f, 1);
    flow_words(&f, STYLE_BAD, link->reason);
    if (f.begun)
        flow_break(&f, 1);
    if (link->state != LINK_WAITING) {
        flow_words(&f, STYLE_PLAIN, "The first numbers are on their way.");
        return;
    }
    flow_words(&f, STYLE_PLAIN, "Tried again by itself; r tries now.");
    flow_break(&f, 1);
    flow_words(&f, STYLE_DIM, "Is aigwd running? (systemctl status aigwd)");
}
