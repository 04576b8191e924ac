#include "tui/recording.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "text/mem.h"

static const char *const kind_names[RECORDING_KINDS] = {
    [RECORDING_SNAPSHOT] = "snapshot",
    [RECORDING_EVENT] = "event",
    [RECORDING_REQUESTS] = "requests",
    [RECORDING_COST_TARGET] = "cost.target",
    [RECORDING_COST_ROUTE] = "cost.route",
    [RECORDING_COST_CLIENT] = "cost.client",
    [RECORDING_LOST] = "lost",
};

/* Reading the lines of one file. */
struct reader {
    struct recording *recording;
    const char *name;
    char *line;
    size_t capacity;
    size_t max_entries;
    int number;  /* Of the line. */
    long offset; /* Where it begins. */
    char *error;
};

const char *
recording_kind_name(enum recording_kind kind)
{
    return kind_names[kind];
}

static int
fail(const struct reader *reader, const char *what)
{
    (void)snprintf(reader->error, 160, "%.80s:%d: %.60s", reader->name,
                   reader->number, what);
    return -1;
}

static enum recording_kind
kind_of(const char *name)
{
    size_t kind = 0;

    while (kind < RECORDING_KINDS && strcmp(kind_names[kind], name) != 0)
        kind++;
    return (enum recording_kind)kind;
}

static int
take_head(struct reader *reader, const struct aigw_value *head)
{
    struct recording *r = reader->recording;

    if (aigw_get_int(head, "aigw_top_record", 0) != 1)
        return fail(reader, "not a recording of aigw-top");
    r->time_ms = aigw_get_double(head, "time_ms", 0);
    (void)snprintf(r->socket, sizeof(r->socket), "%s",
                   aigw_get_str(head, "socket", ""));
    return 0;
}

static void
add(struct reader *reader, const struct recording_entry *entry)
{
    struct recording *r = reader->recording;

    if (r->n_entries == reader->max_entries) {
        reader->max_entries = 2 * reader->max_entries + 1024;
        r->entries =
            mem_resize(r->entries, reader->max_entries, sizeof(*r->entries));
    }
    r->entries[r->n_entries++] = *entry;
}

static int
take_entry(struct reader *reader, struct recording_entry entry)
{
    struct recording *r = reader->recording;

    if (!(entry.at_ms >= 0 && entry.at_ms <= RECORDING_MAX_MS))
        return fail(reader, "expected a time, \"t\": milliseconds");
    if (entry.kind == RECORDING_KINDS)
        return 0; /* Of a later version. */
    if (r->n_entries > 0 && entry.at_ms < r->entries[r->n_entries - 1].at_ms)
        return fail(reader, "earlier than the line before");
    add(reader, &entry);
    return 0;
}

/* Reads the beginning of a line as record.c writes it: what follows takes a
 * hundred times as long, and an hour of it half a minute.  False if it was
 * written by somebody else. */
static bool
skim(const char *line, struct recording_entry *ret_entry)
{
    static const char time[] = "{\"t\":", kind[] = ",\"kind\":\"",
                      data[] = "\",\"data\":";
    char name[16];
    char *end;
    size_t size;

    if (strncmp(line, time, sizeof(time) - 1) != 0)
        return false;
    ret_entry->at_ms = strtod(line + sizeof(time) - 1, &end);
    if (strncmp(end, kind, sizeof(kind) - 1) != 0)
        return false;
    line = end + sizeof(kind) - 1;
    size = strcspn(line, "\"");
    if (size >= sizeof(name)
        || strncmp(line + size, data, sizeof(data) - 1) != 0)
        return false;
    memcpy(name, line, size);
    name[size] = '\0';
    ret_entry->kind = kind_of(name);
    return true;
}

static int
take_value(struct reader *reader, const struct aigw_value *value,
           struct recording_entry entry)
{
    if (reader->number == 1)
        return take_head(reader, value);
    entry.at_ms = aigw_get_double(value, "t", (double)NAN);
    entry.kind = kind_of(aigw_get_str(value, "kind", ""));
    return take_entry(reader, entry);
}

static int
take_line(struct reader *reader, size_t size)
{
    struct recording_entry entry = {
        .offset = reader->offset,
        .size = (long)size,
        .line = reader->number,
    };
    struct aigw_value *value;
    int status;

    if (reader->number > 1 && skim(reader->line, &entry))
        return take_entry(reader, entry);
    if (aigw_value_from_json(reader->line, size, &value, NULL))
        return fail(reader, "not a line of JSON");
    status = take_value(reader, value, entry);
    aigw_value_free(value);
    return status;
}

/* A line that does not end was being written when the recorder died. */
static int
read_lines(struct reader *reader)
{
    FILE *in = reader->recording->in;
    ssize_t size;

    while ((size = getline(&reader->line, &reader->capacity, in)) > 0) {
        bool whole = reader->line[size - 1] == '\n';

        reader->number++;
        if (size > RECORDING_MAX_LINE)
            return fail(reader, "a line of more than 16 MiB");
        if (!whole && reader->number > 1)
            return 0;
        if (take_line(reader, (size_t)(whole ? size - 1 : size)))
            return -1;
        reader->offset += size;
    }
    if (ferror(in))
        return fail(reader, "cannot be read");
    if (reader->number == 0)
        return fail(reader, "is empty");
    return 0;
}

int
recording_open(struct recording *r, FILE *in, const char *name,
               char ret_error[160])
{
    struct reader reader = {.recording = r, .name = name};
    int status;

    reader.error = ret_error;
    *r = (struct recording){.in = in};
    status = read_lines(&reader);
    free(reader.line);
    if (status)
        recording_close(r);
    return status;
}

void
recording_close(struct recording *r)
{
    if (r->in)
        (void)fclose(r->in);
    free(r->entries);
    *r = (struct recording){0};
}

/* The value inside of `line`, on its own. */
static struct aigw_value *
extract(const char *line, size_t size)
{
    struct aigw_value *whole, *data;

    if (aigw_value_from_json(line, size, &whole, NULL))
        return NULL;
    data = aigw_value_copy(aigw_value_get(whole, "data"));
    aigw_value_free(whole);
    return data;
}

struct aigw_value *
recording_read(struct recording *r, size_t entry)
{
    const struct recording_entry *e = &r->entries[entry];
    size_t size = (size_t)e->size;
    char *line = mem_alloc(size + 1, 1);
    struct aigw_value *data = NULL;

    if (fseek(r->in, e->offset, SEEK_SET) == 0
        && fread(line, 1, size, r->in) == size)
        data = extract(line, size);
    free(line);
    return data;
}

size_t
recording_find(const struct recording *r, double at_ms)
{
    size_t low = 0, high = r->n_entries;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->entries[middle].at_ms <= at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
