/*
 * cmd_targets.c - the targets and the routes, as tables.
 */
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/snapshot.h"
#include "ctl/view.h"
#include "text/state.h"

static const struct view_column target_columns[] = {
    {.title = "NAME", .path = "name"},
    {.title = "STATE", .path = "state", .cell = state_word},
    {.title = "REQ/S", .path = "rps", .number = format_rate},
    {.title = "INFL", .path = "in_flight", .number = format_count},
    {.title = "ERR%", .path = "error_rate", .number = format_percent},
    {.title = "P50", .path = "latency_ms.p50", .number = format_latency},
    {.title = "P95", .path = "latency_ms.p95", .number = format_latency},
    {.title = "P99", .path = "latency_ms.p99", .number = format_latency},
    {.title = "$/H", .path = "cost_per_hour_usd", .number = format_money}};

static const struct view targets_view = {.columns = target_columns,
                                         .n_columns = sizeof(target_columns)
                                                      / sizeof(*target_columns),
                                         .path = "targets",
                                         .empty = "No targets are configured."};

static const struct view_column route_columns[] = {
    {.title = "ROUTE", .path = "name"},
    {.title = "TARGETS", .path = "targets"}};

static const struct view routes_view = {.columns = route_columns,
                                        .n_columns = sizeof(route_columns)
                                                     / sizeof(*route_columns),
                                        .path = "routes",
                                        .empty = "No routes are configured."};

/* A person who wonders about a target should know that it fails by order. */
static void
remark_drills(const struct ctl *ctl, const struct aigw_value *snapshot)
{
    int64_t n = aigw_get_int(snapshot, "targets.0.drills", 0);

    if (n > 0 && ctl_speaks(ctl))
        ctl_remark(ctl, "%d drill%s running here: see aigw-ctl drill list.",
                   (int)n, n == 1 ? " is" : "s are");
}

int
cmd_targets(struct ctl *ctl, struct args *args)
{
    const char *name = args_operand(args, 0);
    struct aigw_value *snapshot = NULL;
    int exit_code = snapshot_get(ctl, args, name, &snapshot);

    if (exit_code != EXIT_OK)
        return exit_code;
    if (name && !snapshot_keep_target(snapshot, name))
        exit_code = ctl_fail(ctl, AIGW_ERR_NOT_FOUND, "no such target");
    else
        view_print(ctl, &targets_view, snapshot, stdout);
    if (name && exit_code == EXIT_OK)
        remark_drills(ctl, snapshot);
    aigw_value_free(snapshot);
    return exit_code;
}

int
cmd_routes(struct ctl *ctl, struct args *args)
{
    struct aigw_value *snapshot = NULL;
    struct aigw_value *document;
    int exit_code = snapshot_get(ctl, NULL, NULL, &snapshot);

    (void)args;
    if (exit_code != EXIT_OK)
        return exit_code;
    document = aigw_value_map();
    aigw_value_set_int(document, "schema", 1);
    aigw_value_set(document, "routes",
                   aigw_value_copy(aigw_value_get(snapshot, "routes")));
    view_print(ctl, &routes_view, document, stdout);
    aigw_value_free(document);
    aigw_value_free(snapshot);
    return EXIT_OK;
}
