#include "tui/told.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/mem.h"

void
told_init(struct told *t)
{
    *t = (struct told){.first_ms = nan("")};
}

void
told_deinit(struct told *t)
{
    for (size_t i = 0; i < t->n_rows; i++)
        free(t->rows[i].name);
    free(t->rows);
}

static struct told_row *
find(struct told *t, const char *name)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        if (strcmp(t->rows[i].name, name) == 0)
            return &t->rows[i];
    }
    return NULL;
}

static struct told_row *
add(struct told *t, const char *name, const char *state)
{
    struct told_row *row;

    t->rows = mem_resize(t->rows, t->n_rows + 1, sizeof(*t->rows));
    row = &t->rows[t->n_rows++];
    *row = (struct told_row){.name = mem_copy(name), .told_ms = nan("")};
    (void)snprintf(row->state, sizeof(row->state), "%s", state);
    return row;
}

bool
told_event(struct told *t, const char *name, double time_ms)
{
    struct told_row *row = find(t, name);

    if (!row)
        row = add(t, name, "");
    if (time_ms <= row->told_ms)
        return false;
    row->by_event = true;
    return true;
}

bool
told_look(struct told *t, const char *name, const char *state,
          const char *usual, double time_ms)
{
    struct told_row *row = find(t, name);
    bool news;

    if (!row)
        row = add(t, name, usual);
    news = !row->by_event && strcmp(row->state, state) != 0;
    if (news)
        row->told_ms = time_ms;
    (void)snprintf(row->state, sizeof(row->state), "%s", state);
    row->by_event = false;
    return news;
}
