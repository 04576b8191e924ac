#include "tui/route.h"

#include <string.h>

const char *
route_target(const struct aigw_value *route, size_t i)
{
    const struct aigw_value *targets = aigw_value_get(route, "targets");

    return aigw_value_str(aigw_value_at(targets, i), "?");
}

static bool
is_healthy(const struct model *m, const char *name)
{
    return aigw_get_bool(model_find(m, "targets", name), "is_healthy", false);
}

int
route_choice(const struct model *m, const struct aigw_value *route)
{
    const struct aigw_value *chosen = aigw_value_get(route, "chosen");
    const char *name = aigw_value_str(chosen, NULL);
    int n = (int)aigw_value_size(aigw_value_get(route, "targets"));

    for (int i = 0; i < n; i++) {
        const char *target = route_target(route, (size_t)i);

        /* A daemon that does not tell sends them to the first healthy one. */
        if (chosen ? name && strcmp(target, name) == 0 : is_healthy(m, target))
            return i;
    }
    return -1;
}
