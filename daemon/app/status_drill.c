/*
 * status_drill.c - the drills of the snapshot.
 */
#include "app/drills.h"
#include "app/status.h"

static void
pack_fault(struct pack *p, const struct drill_fault *f)
{
    pack_key(p, "fault");
    pack_map_begin(p);
    pack_kv_str(p, "kind", drill_kind_name(f->kind));
    if (f->kind == DRILL_STATUS)
        pack_kv_int(p, "status", f->status);
    if (f->kind == DRILL_STATUS && f->retry_after_s >= 0)
        pack_kv_int(p, "retry_after_s", f->retry_after_s);
    if (f->kind == DRILL_LATENCY)
        pack_kv_int(p, "ms", f->ms);
    if (drill_breaks_answer(f->kind))
        pack_kv_int(p, "after_tokens", f->after_tokens);
    pack_map_end(p);
}

static void
pack_drill(struct pack *p, const struct drill *d, const struct status_moment *m)
{
    pack_map_begin(p);
    pack_kv_int(p, "id", d->id);
    pack_kv_str(p, "target", d->target);
    pack_fault(p, &d->fault);
    pack_kv_double(p, "rate", d->rate);
    if (d->count > 0)
        pack_kv_int(p, "count", d->count);
    else
        pack_kv_nil(p, "count");
    pack_kv_int(p, "hits", d->hits);
    status_pack_time(p, "expires_ms", m, d->expires_ms);
    pack_map_end(p);
}

void
status_pack_drills(struct pack *p, const struct app *app,
                   const struct status_moment *m)
{
    const struct drill_table *t = drills_table(app->drills);

    pack_key(p, "drills");
    pack_array_begin(p);
    for (size_t i = 0; i < t->n; i++)
        if (!drill_is_over(&t->drills[i], m->now_ms))
            pack_drill(p, &t->drills[i], m);
    pack_array_end(p);
}
