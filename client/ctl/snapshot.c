#include "ctl/snapshot.h"

#include <string.h>

int
snapshot_add_window(struct ctl *ctl, struct args *args,
                    struct aigw_value *params)
{
    int64_t window_s = 0;

    if (args_int(args, "window", 1, 3600, &window_s) != 0)
        return ctl_usage(ctl, "%s", args->error);
    if (window_s == 0)
        return EXIT_OK;
    if (window_s != 10 && window_s != 60 && window_s != 300 && window_s != 3600)
        return ctl_usage(ctl, "\"--window %d\": it is 10, 60, 300 or 3600.",
                         (int)window_s);
    aigw_value_set_int(params, "window_s", window_s);
    return EXIT_OK;
}

int
snapshot_get(struct ctl *ctl, struct args *args, const char *target,
             struct aigw_value **ret_snapshot)
{
    struct aigw_value *params = aigw_value_map();
    int exit_code = args ? snapshot_add_window(ctl, args, params) : EXIT_OK;

    if (exit_code != EXIT_OK) {
        aigw_value_free(params);
        return exit_code;
    }
    if (target)
        aigw_value_set_str(params, "target", target);
    return ctl_call(ctl, "status", params, ret_snapshot);
}

int
snapshot_exit_code(const struct aigw_value *snapshot)
{
    const char *state = aigw_get_str(snapshot, "server.state", "");

    return strcmp(state, "unavailable") == 0 ? EXIT_UNHEALTHY : EXIT_OK;
}

bool
snapshot_keep_target(struct aigw_value *snapshot, const char *name)
{
    const struct aigw_value *targets = aigw_value_get(snapshot, "targets");
    struct aigw_value *kept = aigw_value_array();

    for (size_t i = 0; i < aigw_value_size(targets); i++) {
        const struct aigw_value *target = aigw_value_at(targets, i);

        if (strcmp(aigw_get_str(target, "name", ""), name) == 0)
            aigw_value_append(kept, aigw_value_copy(target));
    }
    aigw_value_set(snapshot, "targets", kept);
    return aigw_value_size(aigw_value_get(snapshot, "targets")) > 0;
}
