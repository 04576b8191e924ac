#include "core/sse.h"

#include "proto/status.h"

#include <string.h>

/* A chunk being taken apart.  The next LF and CR are remembered, so that a
 * chunk with only one of them is not searched again for every line. */
struct scan {
    const char *at;
    const char *end;
    const char *lf; /* First LF at or after `at`, or `end`. */
    const char *cr; /* First CR at or after `at`, or `end`. */
};

static const char *
find(const char *from, const char *end, char c)
{
    const char *found =
        from < end ? memchr(from, c, (size_t)(end - from)) : NULL;

    return found ? found : end;
}

void
sse_init(struct sse *s, size_t line_max, size_t event_max)
{
    *s = (struct sse){.event_max = event_max};
    bytes_init(&s->line, line_max);
    bytes_init(&s->data, event_max);
}

void
sse_deinit(struct sse *s)
{
    bytes_deinit(&s->line);
    bytes_deinit(&s->data);
}

/* Copies a lent data line, because more data joins it or its chunk goes. */
static int
repay_loan(struct sse *s)
{
    int status = 0;

    if (s->loan)
        status = bytes_append(&s->data, s->loan, s->loan_size);
    s->loan = NULL;
    return status;
}

static int
add_data(struct sse *s, const char *value, size_t size, bool lend)
{
    int status;

    if (size > s->event_max)
        return AIGW_ETOOBIG;
    if (!s->has_data && lend) {
        s->has_data = true;
        s->loan = value;
        s->loan_size = size;
        return 0;
    }
    status = repay_loan(s);
    if (status == 0 && s->has_data)
        status = bytes_append(&s->data, "\n", 1);
    s->has_data = true;
    return status < 0 ? status : bytes_append(&s->data, value, size);
}

static void
set_name(struct sse *s, const char *value, size_t size)
{
    if (size > sizeof(s->name) - 1)
        size = sizeof(s->name) - 1;
    if (size > 0)
        memcpy(s->name, value, size);
    s->name[size] = '\0';
}

static int
dispatch(struct sse *s, const struct sse_ops *ops, void *ctx)
{
    struct sse_event event = {
        .name = s->name,
        .data = s->loan ? s->loan : s->data.data,
        .size = s->loan ? s->loan_size : s->data.size,
    };
    int status = 0;

    if (event.size == 0)
        event.data = "";
    if (s->has_data || s->name[0])
        status = ops->event(ctx, &event);
    bytes_clear(&s->data);
    s->loan = NULL;
    s->has_data = false;
    s->name[0] = '\0';
    return status;
}

static bool
field_is(const char *line, size_t size, const char *name)
{
    return size == strlen(name) && memcmp(line, name, size) == 0;
}

static int
take_field(struct sse *s, const char *line, size_t size, bool lend)
{
    const char *colon = find(line, line + size, ':');
    size_t name_size = (size_t)(colon - line);
    const char *value = colon;
    size_t value_size = size - name_size;

    if (value_size > 0) {
        value++;
        value_size--;
    }
    if (value_size > 0 && *value == ' ') {
        value++;
        value_size--;
    }
    if (field_is(line, name_size, "data"))
        return add_data(s, value, value_size, lend);
    if (field_is(line, name_size, "event"))
        set_name(s, value, value_size);
    return 0;
}

struct line {
    const char *text;
    size_t size;
    bool lend; /* It lies in the fed chunk. */
};

static int
take_line(struct sse *s, struct line line, const struct sse_ops *ops, void *ctx)
{
    if (!s->begun && line.size >= 3
        && memcmp(line.text, "\xef\xbb\xbf", 3) == 0) {
        line.text += 3;
        line.size -= 3;
    }
    s->begun = true;
    if (line.size == 0)
        return dispatch(s, ops, ctx);
    if (line.text[0] == ':')
        return ops->comment ? ops->comment(ctx) : 0;
    return take_field(s, line.text, line.size, line.lend);
}

/* A line has ended: `size` more bytes of it are at `text`. */
static int
end_line(struct sse *s, const char *text, size_t size,
         const struct sse_ops *ops, void *ctx)
{
    struct line line = {text, size, true};
    int status;

    if (size > s->line.max)
        return AIGW_ETOOBIG;
    if (s->line.size == 0)
        return take_line(s, line, ops, ctx);
    status = bytes_append(&s->line, text, size);
    if (status < 0)
        return status;
    line = (struct line){s->line.data, s->line.size, false};
    status = take_line(s, line, ops, ctx);
    bytes_clear(&s->line);
    return status;
}

/* Moves past the line end found at `stop`. */
static void
step_over(struct sse *s, struct scan *scan, const char *stop)
{
    scan->at = stop + 1;
    if (*stop == '\r' && scan->at == scan->end)
        s->after_cr = true;
    else if (*stop == '\r' && *scan->at == '\n')
        scan->at++;
    if (scan->lf < scan->at)
        scan->lf = find(scan->at, scan->end, '\n');
    if (scan->cr < scan->at)
        scan->cr = find(scan->at, scan->end, '\r');
}

static int
take_lines(struct sse *s, struct scan *scan, const struct sse_ops *ops,
           void *ctx)
{
    for (;;) {
        const char *stop = scan->lf < scan->cr ? scan->lf : scan->cr;
        int status;

        if (stop == scan->end)
            return 0;
        status = end_line(s, scan->at, (size_t)(stop - scan->at), ops, ctx);
        if (status < 0)
            return status;
        step_over(s, scan, stop);
    }
}

int
sse_feed(struct sse *s, const char *data, size_t size,
         const struct sse_ops *ops, void *ctx)
{
    struct scan scan;

    if (s->status < 0 || size == 0)
        return s->status;
    scan = (struct scan){.at = data, .end = data + size};
    if (s->after_cr && *data == '\n')
        scan.at++;
    s->after_cr = false;
    scan.lf = find(scan.at, scan.end, '\n');
    scan.cr = find(scan.at, scan.end, '\r');
    s->status = take_lines(s, &scan, ops, ctx);
    if (s->status == 0)
        s->status = repay_loan(s);
    if (s->status == 0)
        s->status =
            bytes_append(&s->line, scan.at, (size_t)(scan.end - scan.at));
    return s->status;
}
