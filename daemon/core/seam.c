#include "core/seam.h"

#include <assert.h>

static const struct seam_pass NOTHING = {{"", 0}, {"", 0}};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void
init_restart(struct seam_restart *r, struct json_slice said)
{
    *r = (struct seam_restart){.state = SEAM_RESTART_BLANK};
    while (r->from < said.size && is_blank(said.text[r->from]))
        r->from++;
    if (r->from == said.size)
        *r = (struct seam_restart){.state = SEAM_RESTART_MATCHING};
}

void
seam_init(struct seam *s, struct json_slice said, size_t unseen)
{
    assert(said.size > 0 && unseen <= said.size);

    s->said = said;
    s->unseen = unseen;
    s->stage = SEAM_STAGE_HOLDING;
    s->drop = 0;
    s->first_ms = INT64_MAX;
    s->size = 0;
    overlap_init(&s->repeat, said, SEAM_LEAST_BYTES);
    init_restart(&s->restart, said);
}

static void
leave_restart(struct seam_restart *r)
{
    if (r->state == SEAM_RESTART_MATCHING && r->matched >= SEAM_LEAST_BYTES)
        r->state = SEAM_RESTART_LEFT;
    else
        r->state = SEAM_RESTART_NONE;
}

static bool
restart_is_possible(const struct seam_restart *r)
{
    return r->state == SEAM_RESTART_BLANK || r->state == SEAM_RESTART_MATCHING;
}

static void
step_restart(struct seam_restart *r, struct json_slice said, char c)
{
    if (!restart_is_possible(r))
        return;
    if (r->state == SEAM_RESTART_BLANK && is_blank(c))
        return;
    if (said.text[r->from + r->matched] != c) {
        leave_restart(r);
        return;
    }
    r->matched++;
    r->state = r->from + r->matched < said.size ? SEAM_RESTART_MATCHING
                                                : SEAM_RESTART_DONE;
}

/* The part of the head that is kept. */
static struct json_slice
head_of(const struct seam *s)
{
    size_t size = s->size < sizeof(s->head) ? s->size : sizeof(s->head);

    return (struct json_slice){s->head, size};
}

/* How far the head agrees with `said`, if it still does. */
static size_t
in_common(const struct seam *s)
{
    if (overlap_is_pending(&s->repeat))
        return s->size;
    if (s->restart.state == SEAM_RESTART_MATCHING)
        return s->restart.matched;
    return 0;
}

static void
clear(struct seam *s, size_t drop)
{
    s->drop = drop;
    s->stage = SEAM_STAGE_CLEAR;
}

/* True if `said` ends in a lone space or newline and the head begins with the
 * same. */
static bool
begins_with_duplicate(const struct seam *s)
{
    struct json_slice said = s->said;
    char last = said.text[said.size - 1];

    return s->size > 0 && s->head[0] == last && (last == ' ' || last == '\n')
           && said.size > 1 && !is_blank(said.text[said.size - 2]);
}

/* `c` comes after the bytes dropped already. */
static bool
repeats_unseen(const struct seam *s, char c)
{
    return s->drop < s->unseen
           && s->said.text[s->said.size - s->unseen + s->drop] == c;
}

/* The head goes on where `said` ended. */
static void
go_on(struct seam *s)
{
    struct json_slice head = head_of(s);

    while (s->drop < head.size && repeats_unseen(s, head.text[s->drop]))
        s->drop++;
    if (s->drop == 0 && begins_with_duplicate(s))
        s->drop = 1;
    s->stage = s->drop == s->size && s->drop < s->unseen ? SEAM_STAGE_TRIMMING
                                                         : SEAM_STAGE_CLEAR;
}

/* Nothing more is waited for.  After a new beginning of more bytes than are
 * kept, a repeat found earlier no longer counts: they could not be handed on,
 * and nobody repeats himself for so long by chance. */
static void
conclude(struct seam *s)
{
    size_t repeated = overlap_bytes(&s->repeat);

    if (repeated > 0 && s->size <= sizeof(s->head))
        clear(s, repeated);
    else if (s->restart.state == SEAM_RESTART_LEFT)
        s->stage = SEAM_STAGE_DIVERGED;
    else
        go_on(s);
}

static bool
may_repeat(const struct seam *s)
{
    return overlap_is_pending(&s->repeat) || restart_is_possible(&s->restart);
}

static void
hold(struct seam *s, char c)
{
    if (s->size < sizeof(s->head))
        s->head[s->size] = c;
    s->size++;
    step_restart(&s->restart, s->said, c);
    if (overlap_is_pending(&s->repeat))
        overlap_grow(&s->repeat, head_of(s));
    if (s->restart.state == SEAM_RESTART_DONE)
        clear(s, s->size);
    else if (!may_repeat(s)
             || (s->size >= SEAM_HOLD_BYTES && in_common(s) < SEAM_LEAST_BYTES))
        conclude(s);
}

static void
trim(struct seam *s, char c)
{
    if (!repeats_unseen(s, c)) {
        s->stage = SEAM_STAGE_CLEAR;
        return;
    }
    s->size++;
    s->drop++;
    if (s->drop == s->unseen)
        s->stage = SEAM_STAGE_CLEAR;
}

/* Of the head, `before` bytes came in earlier calls and `text` in this one. */
static enum seam_verdict
tell(const struct seam *s, size_t before, struct json_slice text,
     struct seam_pass *ret_pass)
{
    *ret_pass = NOTHING;
    if (s->stage == SEAM_STAGE_DIVERGED)
        return SEAM_DIVERGED;
    if (s->stage != SEAM_STAGE_CLEAR)
        return SEAM_HOLD;
    ret_pass->fresh = text;
    if (s->drop < before) {
        ret_pass->held.text = s->head + s->drop;
        ret_pass->held.size = before - s->drop;
    } else {
        ret_pass->fresh.text += s->drop - before;
        ret_pass->fresh.size -= s->drop - before;
    }
    return SEAM_CLEAR;
}

static void
expire(struct seam *s, int64_t now_ms)
{
    if (now_ms >= seam_wakeup(s))
        conclude(s);
}

enum seam_verdict
seam_feed(struct seam *s, struct json_slice text, int64_t now_ms,
          struct seam_pass *ret_pass)
{
    size_t before = s->size;

    if (s->stage == SEAM_STAGE_CLEAR) {
        *ret_pass = (struct seam_pass){NOTHING.held, text};
        return SEAM_CLEAR;
    }
    if (before == 0 && text.size > 0)
        s->first_ms = now_ms;
    for (size_t i = 0; i < text.size && s->stage < SEAM_STAGE_CLEAR; i++) {
        if (s->stage == SEAM_STAGE_HOLDING)
            hold(s, text.text[i]);
        else
            trim(s, text.text[i]);
    }
    expire(s, now_ms);
    return tell(s, before, text, ret_pass);
}

/* Once it is clear, `size` says no more what was handed on. */
static enum seam_verdict
tell_held(const struct seam *s, bool was_clear, struct seam_pass *ret_pass)
{
    struct json_slice nothing = {"", 0};
    size_t before = was_clear ? s->drop : s->size;

    return tell(s, before, nothing, ret_pass);
}

enum seam_verdict
seam_timer(struct seam *s, int64_t now_ms, struct seam_pass *ret_pass)
{
    bool was_clear = s->stage == SEAM_STAGE_CLEAR;

    expire(s, now_ms);
    return tell_held(s, was_clear, ret_pass);
}

enum seam_verdict
seam_finish(struct seam *s, bool whole, struct seam_pass *ret_pass)
{
    bool was_clear = s->stage == SEAM_STAGE_CLEAR;

    if (whole && s->stage == SEAM_STAGE_HOLDING) {
        overlap_end(&s->repeat, head_of(s));
        if (restart_is_possible(&s->restart))
            leave_restart(&s->restart);
        conclude(s);
    }
    if (whole && s->stage == SEAM_STAGE_TRIMMING)
        s->stage = SEAM_STAGE_CLEAR;
    return tell_held(s, was_clear, ret_pass);
}

int64_t
seam_wakeup(const struct seam *s)
{
    if (s->stage != SEAM_STAGE_HOLDING || s->size == 0
        || in_common(s) >= SEAM_LEAST_BYTES)
        return INT64_MAX;
    return s->first_ms + SEAM_HOLD_MS;
}
