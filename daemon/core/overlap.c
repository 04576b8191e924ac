#include "core/overlap.h"

#include <assert.h>

void
overlap_init(struct overlap *o, struct json_slice text, size_t least)
{
    size_t skipped =
        text.size > OVERLAP_MAX_BYTES ? text.size - OVERLAP_MAX_BYTES : 0;

    assert(least > 0);
    o->text = (struct json_slice){text.text + skipped, text.size - skipped};
    o->least = least;
    o->at = 0;
    o->matched = 0;
}

/* What is matched now begins at `at` - `matched`; all that is longer has
 * been ruled out. */
bool
overlap_is_pending(const struct overlap *o)
{
    return o->at < o->text.size
           && o->text.size - (o->at - o->matched) >= o->least;
}

static void
add_border(struct overlap *o, struct json_slice head)
{
    size_t last = head.size - 1;
    size_t n;

    if (last == 0) {
        o->borders[0] = 0;
        return;
    }
    n = o->borders[last - 1];
    while (n > 0 && head.text[n] != head.text[last])
        n = o->borders[n - 1];
    if (head.text[n] == head.text[last])
        n++;
    o->borders[last] = (uint16_t)n;
}

static void
search(struct overlap *o, struct json_slice head, bool ended)
{
    while (overlap_is_pending(o)) {
        bool spent = o->matched == head.size;

        if (spent && !ended)
            return;
        if (!spent && o->text.text[o->at] == head.text[o->matched]) {
            o->at++;
            o->matched++;
        } else if (o->matched > 0) {
            o->matched = o->borders[o->matched - 1];
        } else {
            o->at++;
        }
    }
}

void
overlap_grow(struct overlap *o, struct json_slice head)
{
    assert(head.size > 0 && head.size <= o->text.size);

    add_border(o, head);
    search(o, head, false);
}

void
overlap_end(struct overlap *o, struct json_slice head)
{
    search(o, head, true);
}

size_t
overlap_bytes(const struct overlap *o)
{
    if (o->at < o->text.size || o->matched < o->least)
        return 0;
    return o->matched;
}
