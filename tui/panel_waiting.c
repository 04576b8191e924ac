/*
 * panel_waiting.c - what stands in place of a view as long as nothing has
 * come: for what we wait, and what can be done.
 */
#include "text/format.h"
#include "tui/flow.h"
#include "tui/panel.h"

void
panel_waiting(struct canvas *c, struct area area, const struct scene *s)
{
    const struct link *link = &s->model->link;
    struct flow f = flow_at(c, area, area.rows > 4 ? 1 : 0, 1);

    f.indent = 1;
    f.gap = 1;
    (void)flow_put(&f, STYLE_STRONG, "Waiting for aigwd at %s.",
                   s->model->socket_path);
    flow_break(&f, 1);
    if (link->reason[0]) {
        (void)flow_put(&f, STYLE_BAD, "%s.", link->reason);
        flow_break(&f, 1);
    }
    if (link->state != LINK_WAITING) {
        (void)flow_put(&f, STYLE_PLAIN, "The first numbers are on their way.");
        return;
    }
    (void)flow_put(&f, STYLE_PLAIN, "Tried again by itself;");
    (void)flow_put(&f, STYLE_PLAIN, "r tries now.");
    flow_break(&f, 1);
    (void)flow_put(&f, STYLE_DIM, "Is aigwd running?");
    (void)flow_put(&f, STYLE_DIM, "systemctl status aigwd");
}
