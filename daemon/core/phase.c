#include "core/phase.h"

enum {
    /* A body of this size fits into an empty socket buffer (Linux starts at
     * 16 KiB and doubles what it is given), so it is written at once. */
    SMALL_UPLOAD_BYTES = 16384,
    /* How often the progress of a larger one is looked at. */
    UPLOAD_CHECK_MS = 250,
};

static void
enter(struct phase_clock *c, enum phase phase, int64_t now_ms)
{
    c->phase = phase;
    c->entered_ms = now_ms;
}

static void
written(struct phase_clock *c, int64_t now_ms)
{
    enter(c, c->streamed ? PHASE_HEAD : PHASE_ANSWER, now_ms);
}

void
phase_init(struct phase_clock *c, const struct phase_limits *limits,
           bool streamed, size_t upload_size, int64_t now_ms)
{
    *c = (struct phase_clock){
        .limits = *limits,
        .streamed = streamed,
        .upload_size = upload_size,
    };
    enter(c, PHASE_RESOLVE, now_ms);
}

void
phase_resolved(struct phase_clock *c, int64_t now_ms)
{
    if (c->phase == PHASE_RESOLVE)
        enter(c, PHASE_CONNECT, now_ms);
}

void
phase_connected(struct phase_clock *c, int64_t now_ms)
{
    if (c->phase > PHASE_CONNECT)
        return;
    if (c->upload_size <= SMALL_UPLOAD_BYTES)
        written(c, now_ms);
    else
        enter(c, PHASE_WRITE, now_ms);
    c->checked_ms = now_ms;
}

void
phase_head(struct phase_clock *c, int64_t now_ms)
{
    c->head_ms = now_ms;
    c->last_byte_ms = now_ms;
    if (!c->streamed && c->phase != PHASE_ANSWER)
        enter(c, PHASE_ANSWER, now_ms);
    else if (c->streamed && c->phase <= PHASE_HEAD)
        enter(c, PHASE_EVENT, now_ms);
}

void
phase_bytes(struct phase_clock *c, int64_t now_ms)
{
    c->last_byte_ms = now_ms;
}

void
phase_event(struct phase_clock *c, int64_t now_ms)
{
    if (c->phase == PHASE_EVENT)
        enter(c, PHASE_TOKEN, now_ms);
}

void
phase_content(struct phase_clock *c, int64_t now_ms)
{
    if (c->phase == PHASE_EVENT || c->phase == PHASE_TOKEN)
        enter(c, PHASE_CONTENT, now_ms);
    c->last_content_ms = now_ms;
}

void
phase_pause(struct phase_clock *c, int64_t now_ms)
{
    if (!c->paused)
        c->paused_ms = now_ms;
    c->paused = true;
}

void
phase_resume(struct phase_clock *c, int64_t now_ms)
{
    int64_t pause_ms = now_ms - c->paused_ms;

    if (!c->paused)
        return;
    c->paused = false;
    c->entered_ms += pause_ms;
    c->head_ms += pause_ms;
    c->last_byte_ms += pause_ms;
    c->last_content_ms += pause_ms;
}

struct due {
    int64_t at_ms;
    enum phase_limit limit;
};

static struct due
earlier(struct due a, struct due b)
{
    return b.at_ms < a.at_ms ? b : a;
}

/* The limit that runs out first if nothing more happens. */
static struct due
next_due(const struct phase_clock *c)
{
    const struct phase_limits *l = &c->limits;
    struct due token = {c->head_ms + l->first_token_ms,
                        PHASE_LIMIT_FIRST_TOKEN};
    struct due stall = {c->last_byte_ms + l->stall_ms, PHASE_LIMIT_STALL};

    switch (c->phase) {
    case PHASE_RESOLVE:
        return (struct due){c->entered_ms + l->dns_ms, PHASE_LIMIT_DNS};
    case PHASE_CONNECT:
        return (struct due){c->entered_ms + l->connect_ms, PHASE_LIMIT_CONNECT};
    case PHASE_WRITE:
        return (struct due){c->entered_ms + l->write_ms, PHASE_LIMIT_WRITE};
    case PHASE_HEAD:
        return (struct due){c->entered_ms + l->headers_ms, PHASE_LIMIT_HEADERS};
    case PHASE_ANSWER:
        return (struct due){c->entered_ms + l->answer_ms, PHASE_LIMIT_ANSWER};
    case PHASE_EVENT:
        return earlier((struct due){c->entered_ms + l->first_event_ms,
                                    PHASE_LIMIT_FIRST_EVENT},
                       token);
    case PHASE_TOKEN:
        return earlier(stall, token);
    case PHASE_CONTENT:
        return earlier(stall,
                       (struct due){c->last_content_ms + l->content_stall_ms,
                                    PHASE_LIMIT_CONTENT_STALL});
    }
    return (struct due){INT64_MAX, PHASE_LIMIT_NONE};
}

int64_t
phase_wakeup(const struct phase_clock *c)
{
    int64_t at_ms = next_due(c).at_ms;

    if (c->paused)
        return INT64_MAX;
    if (c->phase == PHASE_WRITE && at_ms > c->checked_ms + UPLOAD_CHECK_MS)
        return c->checked_ms + UPLOAD_CHECK_MS;
    return at_ms;
}

static void
note_upload(struct phase_clock *c, size_t uploaded, int64_t now_ms)
{
    if (uploaded >= c->upload_size)
        written(c, now_ms);
    else if (uploaded > c->uploaded)
        c->entered_ms = now_ms;
    c->uploaded = uploaded;
    c->checked_ms = now_ms;
}

enum phase_limit
phase_expired(struct phase_clock *c, size_t uploaded, int64_t now_ms)
{
    struct due due;

    if (c->paused)
        return PHASE_LIMIT_NONE;
    if (c->phase == PHASE_WRITE)
        note_upload(c, uploaded, now_ms);
    due = next_due(c);
    return now_ms >= due.at_ms ? due.limit : PHASE_LIMIT_NONE;
}

const char *
phase_limit_text(enum phase_limit limit)
{
    switch (limit) {
    case PHASE_LIMIT_NONE:
        return "in time";
    case PHASE_LIMIT_DNS:
        return "name not resolved in time";
    case PHASE_LIMIT_CONNECT:
        return "not connected in time";
    case PHASE_LIMIT_WRITE:
        return "request not taken in time";
    case PHASE_LIMIT_HEADERS:
        return "no response headers in time";
    case PHASE_LIMIT_FIRST_EVENT:
        return "no first event in time";
    case PHASE_LIMIT_FIRST_TOKEN:
        return "no content in time";
    case PHASE_LIMIT_STALL:
        return "stream stalled";
    case PHASE_LIMIT_CONTENT_STALL:
        return "stream went on without content";
    case PHASE_LIMIT_ANSWER:
        return "no complete answer in time";
    }
    return "?";
}
