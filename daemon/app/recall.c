#include "app/recall.h"

#include "core/json.h"

enum {
    /* What a delta object in storage may have been at most. */
    ENTRY_TREE_BYTES = 8 * 1024 * 1024,
};

static int
read_page(struct recall *r)
{
    return store_find_said(r->store, &r->read, r->id, r->after);
}

/* The text in a delta object. */
static int
add_content(struct bytes *text, const struct replay_entry *e)
{
    struct json_slice content;

    if (e->size > ENTRY_TREE_BYTES || json_check(e->data, e->size, NULL))
        return 0;
    content = json_find((struct json_slice){e->data, e->size}, "content");
    return json_slice_is_string(content)
               ? json_unescape(json_inner(content), text)
               : 0;
}

static int
add_entry(struct bytes *text, const struct replay_entry *e)
{
    switch (e->kind) {
    case REPLAY_TEXT:
        return bytes_append(text, e->data, e->size);
    case REPLAY_DELTA:
        return add_content(text, e);
    case REPLAY_RESET:
        bytes_clear(text);
        return 0;
    case REPLAY_EVENT:
    case REPLAY_N_KINDS:
        return 0;
    }
    return 0;
}

static int
add_text(struct recall *r, int64_t first_seq, struct db_value entries)
{
    struct replay_cursor at = {0};
    struct replay_entry entry;
    struct replay piece;
    int status;

    replay_init(&piece, entries.size, entries.size);
    status = replay_load(&piece, first_seq, entries.data, entries.size);
    if (status == 0)
        (void)replay_seek(&piece, first_seq, &at);
    while (status == 0 && replay_next(&piece, &at, &entry))
        status = add_entry(r->text, &entry);
    replay_deinit(&piece);
    return status;
}

static int
take_row(struct recall *r, const struct db_rows *rows, int i)
{
    int64_t first_seq = db_rows_int(rows, i, 0);
    struct db_value entries = db_rows_at(rows, i, 1);
    int status = 0;

    r->after = db_rows_int(rows, i, 2);
    if (r->replay) {
        status = replay_load(r->replay, first_seq, entries.data, entries.size);
        replay_trim(r->replay, UINT64_MAX);
    }
    if (status == 0 && r->text)
        status = add_text(r, first_seq, entries);
    return status;
}

static void
on_page(void *ctx, int status, const struct db_rows *rows)
{
    struct recall *r = ctx;
    int n = status == 0 ? db_rows_count(rows) : 0;

    for (int i = 0; i < n && status == 0; i++)
        status = take_row(r, rows, i);
    if (status == 0 && n > 0 && db_rows_more(rows))
        status = read_page(r);
    else
        n = 0;
    if (status || n == 0)
        r->done(r->ctx, status);
}

int
recall_start(struct recall *r, int64_t id)
{
    r->id = id;
    r->after = 0;
    r->read.done = on_page;
    r->read.ctx = r;
    return read_page(r);
}

void
recall_cancel(struct recall *r)
{
    db_read_cancel(&r->read);
}
