#include "tui/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "text/mem.h"

static void
set_copy(struct aigw_value *map, const char *key,
         const struct aigw_value *value)
{
    if (value)
        (void)aigw_value_set(map, key, aigw_value_copy(value));
}

static struct aigw_value *
copy_costs(const struct model *m)
{
    static const char *const names[COST_BY_N] = {[COST_BY_TARGET] = "target",
                                                 [COST_BY_ROUTE] = "route",
                                                 [COST_BY_CLIENT] = "client"};
    struct aigw_value *costs = aigw_value_map();

    for (int by = 0; by < COST_BY_N; by++)
        set_copy(costs, names[by], m->costs[by]);
    return costs;
}

static struct aigw_value *
copy_events(const struct model *m)
{
    struct aigw_value *events = aigw_value_array();

    for (size_t i = 0; i < m->n_events; i++)
        (void)aigw_value_append(events, aigw_value_copy(m->events[i]));
    return events;
}

static struct aigw_value *
copy_screen(const struct canvas *c)
{
    struct aigw_value *screen = aigw_value_array();

    for (int row = 0; row < c->rows; row++) {
        struct mem_text text;
        char *line;

        mem_text_begin(&text);
        canvas_write_row(c, row, text.stream);
        line = mem_text_end(&text);
        (void)aigw_value_append_str(screen, line);
        free(line);
    }
    return screen;
}

struct aigw_value *
dump_make(const struct model *m, const struct canvas *c, double now_ms,
          double wall_ms)
{
    struct aigw_value *dump = aigw_value_map();

    (void)aigw_value_set_int(dump, "aigw_top_dump", 1);
    (void)aigw_value_set_str(dump, "version", AIGW_VERSION);
    (void)aigw_value_set_int(dump, "time_ms", (int64_t)wall_ms);
    (void)aigw_value_set_str(dump, "socket", m->socket_path);
    (void)aigw_value_set_str(dump, "link", link_word(&m->link, now_ms).s);
    set_copy(dump, "snapshot", m->snapshot);
    set_copy(dump, "requests", m->requests);
    (void)aigw_value_set(dump, "costs", copy_costs(m));
    (void)aigw_value_set(dump, "events", copy_events(m));
    (void)aigw_value_set(dump, "screen", copy_screen(c));
    return dump;
}

/* 0 or a negative errno. */
static int
write_all(int fd, const char *text)
{
    size_t size = strlen(text);

    while (size > 0) {
        ssize_t n = write(fd, text, size);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            text += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static void
name_file(double wall_ms, char ret_name[64])
{
    time_t seconds = (time_t)(wall_ms / 1e3);
    struct tm local;

    if (!localtime_r(&seconds, &local)
        || strftime(ret_name, 64, "aigw-top-%Y%m%dT%H%M%S.json", &local) == 0)
        (void)snprintf(ret_name, 64, "aigw-top-%.0f.json", wall_ms / 1e3);
}

int
dump_save(const struct model *m, const struct canvas *c, double now_ms,
          double wall_ms, char ret_name[64])
{
    struct aigw_value *dump = dump_make(m, c, now_ms, wall_ms);
    char *text = aigw_value_to_json(dump, AIGW_JSON_PRETTY);
    int fd, status;

    aigw_value_free(dump);
    name_file(wall_ms, ret_name);
    if (!text)
        return -ENOMEM;
    fd = open(ret_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    status = fd >= 0 ? write_all(fd, text) : -errno;
    if (fd >= 0 && close(fd) != 0 && status == 0)
        status = -errno;
    if (fd >= 0 && status != 0)
        (void)unlink(ret_name);
    free(text);
    return status;
}
