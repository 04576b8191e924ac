/*
 * cmd_ping.c - whether the daemon answers, how fast, and how it feels.
 */
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/snapshot.h"
#include "text/clock.h"
#include "text/format.h"
#include "text/sanitize.h"

/* Times one call that costs the daemon nothing, on an open connection. */
static int
measure(struct ctl *ctl, double *ret_rtt_ms)
{
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *result = NULL;
    int exit_code = ctl_connect(ctl);
    double start_ms = clock_now_ms();

    /* The greeting once more, so it must name us once more. */
    aigw_value_set_str(params, "client", "aigw-ctl");
    aigw_value_set_str(params, "version", AIGW_VERSION);
    if (exit_code == EXIT_OK)
        exit_code = ctl_call(ctl, "hello", params, &result);
    else
        aigw_value_free(params);
    *ret_rtt_ms = clock_now_ms() - start_ms;
    aigw_value_free(result);
    return exit_code;
}

static struct aigw_value *
make_document(const struct aigw_value *snapshot, double rtt_ms)
{
    struct aigw_value *document = aigw_value_map();

    aigw_value_set_int(document, "schema", 1);
    aigw_value_set(
        document, "version",
        aigw_value_copy(aigw_value_path(snapshot, "server.version")));
    aigw_value_set(document, "state",
                   aigw_value_copy(aigw_value_path(snapshot, "server.state")));
    aigw_value_set_double(document, "rtt_ms", format_round(rtt_ms, 3));
    return document;
}

int
cmd_ping(struct ctl *ctl, struct args *args)
{
    struct aigw_value *snapshot = NULL;
    struct aigw_value *document;
    double rtt_ms = 0;
    int exit_code = measure(ctl, &rtt_ms);

    (void)args;
    if (exit_code == EXIT_OK)
        exit_code = snapshot_get(ctl, NULL, NULL, &snapshot);
    if (exit_code != EXIT_OK)
        return exit_code;
    document = make_document(snapshot, rtt_ms);
    if (!ctl_print_result(ctl, document) && ctl_speaks(ctl)) {
        (void)fputs("aigwd ", stdout);
        sanitize_line(aigw_get_str(document, "version", "?"), stdout);
        (void)fputs(": ", stdout);
        sanitize_line(aigw_get_str(document, "state", "unknown"), stdout);
        (void)printf(", answered in %s\n", format_latency_unit(rtt_ms).s);
    }
    exit_code = snapshot_exit_code(snapshot);
    aigw_value_free(document);
    aigw_value_free(snapshot);
    return exit_code;
}
