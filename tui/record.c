#include "tui/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/mem.h"

struct record {
    FILE *out;
    double begun_ms;
    char error[160]; /* "": all is well. */
};

static void
check(struct record *r, bool ok)
{
    if (!ok && !*r->error)
        (void)snprintf(r->error, sizeof(r->error), "cannot record: %s",
                       strerror(errno));
}

static void
write_value(struct record *r, const char *before,
            const struct aigw_value *value)
{
    char *json = aigw_value_to_json(value, AIGW_JSON_COMPACT);

    if (!json)
        errno = ENOMEM;
    check(r, json && fprintf(r->out, "%s%s", before, json) >= 0);
    free(json);
}

struct record *
record_new(const char *path, const char *socket_path, double wall_ms,
           double now_ms)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    struct aigw_value *head;
    struct record *r;

    if (fd < 0)
        return NULL;
    r = mem_alloc(1, sizeof(*r));
    r->begun_ms = now_ms;
    r->out = fdopen(fd, "w");
    if (!r->out) {
        (void)close(fd);
        free(r);
        return NULL;
    }
    head = aigw_value_map();
    aigw_value_set_int(head, "aigw_top_record", 1);
    aigw_value_set_int(head, "time_ms", (int64_t)wall_ms);
    aigw_value_set_str(head, "socket", socket_path);
    write_value(r, "", head);
    aigw_value_free(head);
    check(r, fputc('\n', r->out) != EOF && fflush(r->out) == 0);
    return r;
}

void
record_write(struct record *r, const char *kind, const struct aigw_value *data,
             double now_ms)
{
    char before[80];

    if (*r->error)
        return;
    (void)snprintf(
        before, sizeof(before),
        "{\"t\":%.1f,\"kind\":\"%.32s\",\"data\":", now_ms - r->begun_ms, kind);
    write_value(r, before, data);
    check(r, fputs("}\n", r->out) != EOF && fflush(r->out) == 0);
}

const char *
record_error(const struct record *r)
{
    return *r->error ? r->error : NULL;
}

void
record_free(struct record *r)
{
    if (!r)
        return;
    (void)fclose(r->out);
    free(r);
}
