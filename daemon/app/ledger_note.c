/*
 * ledger_note.c - what is about to be sent, in case the process is killed.
 *
 * A note stands in a slot (io/slots) from before the attempt is sent until the
 * row that it has become is in the file.  It has the number of that row, so
 * that a note which outlived it by a moment is not entered twice.
 */
#include "app/app.h"
#include "app/ledger_internal.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/slots.h"

#include <stdlib.h>
#include <string.h>

struct note {
    int64_t row;
    int64_t nanousd;
    int64_t started_ms;
    uint32_t uid;
    uint8_t kind;
    bool opens;
};

/* Behind it: request, target, client, route and tags, each with its NUL. */
struct note_record {
    struct note note;
    char texts[SLOTS_MAX_BYTES - sizeof(struct note)];
};

enum {
    N_TEXTS = 5
};

/* The size with them; 0: they do not fit. */
static size_t
write_texts(struct note_record *r, const char *const texts[N_TEXTS])
{
    size_t used = 0;

    for (int i = 0; i < N_TEXTS; i++) {
        size_t size = strlen(texts[i]) + 1;

        if (used + size > sizeof(r->texts))
            return 0;
        memcpy(r->texts + used, texts[i], size);
        used += size;
    }
    return offsetof(struct note_record, texts) + used;
}

static bool
read_texts(const struct note_record *r, size_t size,
           const char *ret_texts[N_TEXTS])
{
    const char *at = r->texts;
    const char *end = r->texts + size;

    for (int i = 0; i < N_TEXTS; i++) {
        const char *nul = memchr(at, '\0', (size_t)(end - at));

        if (!nul)
            return false;
        ret_texts[i] = at;
        at = nul + 1;
    }
    return at == end;
}

/* Notes whose rows are in the file by now. */
static void
erase_stored(struct ledger *l)
{
    int64_t durable = db_last_durable(l->storage.db);

    while (l->first_queued < l->n_queued
           && l->queued[l->first_queued].number <= durable)
        slots_erase(l->notes, l->queued[l->first_queued++].slot);
    if (l->first_queued == l->n_queued)
        l->first_queued = l->n_queued = 0;
}

/* The queue moves to its front when it has reached its end. */
static void
add_queued(struct ledger *l, int slot)
{
    if (l->n_queued == l->queued_capacity && l->first_queued > 0) {
        l->n_queued -= l->first_queued;
        memmove(l->queued, l->queued + l->first_queued,
                l->n_queued * sizeof(*l->queued));
        l->first_queued = 0;
    }
    if (l->n_queued == l->queued_capacity) {
        l->queued_capacity = l->queued_capacity * 2 + 64;
        l->queued = mem_grow(l->queued, l->queued_capacity, sizeof(*l->queued));
    }
    l->queued[l->n_queued++] = (struct ledger_queued){
        .number = db_last_write(l->storage.db),
        .slot = slot,
    };
}

void
ledger_notes_queued(struct ledger *l, const struct ledger_note *note)
{
    if (note->row > 0)
        add_queued(l, note->slot);
}

void
ledger_note(struct ledger *l, const struct ledger_attempt *a, int64_t nanousd,
            struct ledger_note *ret_note)
{
    const char *const texts[N_TEXTS] = {a->request_id, a->target, a->client,
                                        a->route, a->tags};
    struct note_record r = {.note = {
                                .row = l->last_row + 1,
                                .nanousd = nanousd > 0 ? nanousd : 0,
                                .started_ms = a->started_ms,
                                .uid = (uint32_t)a->uid,
                                .kind = (uint8_t)a->kind,
                                .opens = a->opens,
                            }};
    size_t size;
    int slot;

    *ret_note = (struct ledger_note){0};
    ledger_gap_mark(l);
    if (!l->notes)
        return;
    erase_stored(l);
    size = write_texts(&r, texts);
    slot = size > 0 ? slots_put(l->notes, &r, size) : AIGW_ETOOBIG;
    if (slot >= 0)
        *ret_note = (struct ledger_note){.row = ++l->last_row, .slot = slot};
}

void
ledger_unnote(struct ledger *l, const struct ledger_note *note)
{
    if (note->row > 0)
        slots_erase(l->notes, note->slot);
}

/* Unless its row is there.  A number that another attempt has is not taken
 * away from it. */
static int
enter(struct ledger *l, const struct note *note,
      const char *const texts[N_TEXTS])
{
    struct db_value values[] = {
        db_int(note->row),
        db_text(texts[0]),
        db_text(ledger_kind_name((enum ledger_kind)note->kind)),
        db_text(texts[1]),
        db_int(note->uid),
        db_text(texts[2]),
        db_text(texts[3]),
        db_text(texts[4]),
        db_int(ledger_bounded(note->nanousd)),
        db_int(note->started_ms),
        db_int(note->opens),
    };

    return db_write(
        l->storage.db,
        "INSERT INTO attempts (id, request_id, attempt, kind, opens, asks,"
        " target, uid, client, route, tags, " LEDGER_TOKENS ", settled,"
        " reserved_nanousd, started_ms, ended_ms)"
        " SELECT CASE WHEN EXISTS (SELECT 1 FROM attempts WHERE id = ?1)"
        " THEN NULL ELSE ?1 END, ?2, -?1, ?3, ?11, 1, ?4, ?5, ?6, ?7, ?8,"
        " 0, 0, 0, 0, 0, ?9, 'unknown', ?9, ?10, ?10"
        " WHERE NOT EXISTS (SELECT 1 FROM attempts WHERE id = ?1"
        " AND request_id = ?2)",
        values, array_count(values));
}

static void
on_note(void *ctx, int slot, const void *data, size_t size)
{
    const size_t head = offsetof(struct note_record, texts);
    struct ledger *l = ctx;
    const char *texts[N_TEXTS];
    struct note_record r = {0};

    if (size > head)
        memcpy(&r, data, size);
    if (size <= head || r.note.kind >= LEDGER_KIND_N
        || !read_texts(&r, size - head, texts))
        log_text(LOG_ERROR, "what was sent before a kill cannot be read");
    else if (enter(l, &r.note, texts))
        return;
    add_queued(l, slot);
}

void
ledger_notes_open(struct ledger *l)
{
    struct aigw_err err = {0};
    char *path;

    if (!l->storage.path)
        return;
    path = mem_printf("%s/ledger.open", l->storage.app->config->state_dir);
    if (slots_open(path, &l->notes, &err) == 0)
        slots_each(l->notes, on_note, l);
    else
        log_line(LOG_WARN, "a kill may lose what was just sent",
                 LOG_STR("error", err.text));
    free(path);
}

void
ledger_notes_close(struct ledger *l, bool stored)
{
    while (stored && l->notes && l->first_queued < l->n_queued)
        slots_erase(l->notes, l->queued[l->first_queued++].slot);
    slots_close(l->notes);
    l->notes = NULL;
    free(l->queued);
    l->queued = NULL;
    l->first_queued = l->n_queued = l->queued_capacity = 0;
}
