#include "tui/demo.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tui/demo_values.h"

enum {
    COST_PERIOD_S = 10
};

static const char *const COSTS[][2] = {{"target", "cost.target"},
                                       {"route", "cost.route"},
                                       {"client", "cost.client"}};

static void
write_line(FILE *out, int at_s, const char *kind, struct aigw_value *data)
{
    char *json = aigw_value_to_json(data, AIGW_JSON_COMPACT);

    if (json)
        (void)fprintf(out, "{\"t\":%d,\"kind\":\"%s\",\"data\":%s}\n",
                      at_s * 1000, kind, json);
    free(json);
    aigw_value_free(data);
}

static void
write_costs(FILE *out, int at_s)
{
    for (size_t i = 0; i < sizeof(COSTS) / sizeof(*COSTS); i++)
        write_line(out, at_s, COSTS[i][1], demo_cost(COSTS[i][0], at_s));
}

/* Those that are due by `at_s`; `*next` is the first that was not written. */
static void
write_events(FILE *out, int at_s, int *next)
{
    int due_s;
    struct aigw_value *event;

    while ((event = demo_event(*next, &due_s))) {
        if (due_s > at_s) {
            aigw_value_free(event);
            return;
        }
        write_line(out, at_s, "event", event);
        ++*next;
    }
}

static void
write_story(FILE *out)
{
    int next_event = 0;

    (void)fprintf(out,
                  "{\"aigw_top_record\":1,\"time_ms\":%.0f,"
                  "\"socket\":\"/run/aigw/aigw.sock\"}\n",
                  demo_begun_ms);
    for (int at_s = 0; at_s < DEMO_SECONDS; at_s++) {
        write_events(out, at_s, &next_event);
        write_line(out, at_s, "requests", demo_requests(at_s));
        if (at_s % COST_PERIOD_S == 0)
            write_costs(out, at_s);
        write_line(out, at_s, "snapshot", demo_snapshot(at_s));
    }
}

FILE *
demo_open(void)
{
    int fd = memfd_create("aigw-top demo", MFD_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");

    if (!file) {
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    write_story(file);
    rewind(file);
    return file;
}
