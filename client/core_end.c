/*
 * core_end.c - calls that end without an answer.
 */
#include "client/core.h"

#include "client/resume.h"

#include "proto/status.h"

/* On a connection that knows nothing of the call, its name does. */
static void
request_cancel(struct core *core, const struct call *call)
{
    struct aigw_value *params = aigw_value_map();
    struct core_request request = {
        .method = "cancel",
        .params = params,
        .internal = true,
        .patience_ms = INT64_MAX,
        .deadline_ms = INT64_MAX,
    };
    uint64_t id;

    if (call->n_written > 0)
        (void)aigw_value_set_int(params, "msgid", (uint32_t)call->id);
    else
        (void)aigw_value_set_str(params, "request_id", call->request_id);
    (void)core_submit(core, &request, &id);
    aigw_value_free(params);
}

/* Makes sure that nothing more of a live call is written but what must be, and
 * that the daemon stops working on it. */
static void
withdraw(struct core *core, struct call *call)
{
    bool begun = call->n_written > 0;
    bool kept = call->request_id && (call->begun || call->n_losses > 0);

    if (call->n_written < call->frame_size)
        core->queued_bytes -= call->frame_size;
    if (begun && call->n_written < call->frame_size) {
        bytes_consume(&call->frame, call->n_written);
        core->remnant = call->frame;
        bytes_init(&call->frame, 0);
    }
    if (begun || kept)
        request_cancel(core, call);
}

void
core_cancel(struct core *core, struct call *call)
{
    if (!call->ended)
        withdraw(core, call);
    calls_remove(&core->calls, call);
    call_free(call);
}

static int
code_of_expiry(const struct call *call, int64_t now_ms, bool connected)
{
    if (now_ms >= call->deadline_ms)
        return AIGW_ETIMEDOUT;
    return !connected && now_ms >= call->patience_ms ? AIGW_ECONNECT : 0;
}

static int64_t
deadline_of(const struct call *call, bool connected)
{
    if (connected || call->deadline_ms < call->patience_ms)
        return call->deadline_ms;
    return call->patience_ms;
}

/* What is queued meanwhile, to cancel what has expired, has no deadline. */
void
core_expire(struct core *core, int64_t now_ms, bool connected)
{
    struct call *call = TAILQ_FIRST(&core->calls.live);
    int64_t earliest_ms = INT64_MAX;

    if (now_ms < core->earliest_ms)
        return;
    while (call) {
        struct call *next = TAILQ_NEXT(call, link);
        int64_t deadline_ms = deadline_of(call, connected);
        int code = code_of_expiry(call, now_ms, connected);

        if (code != 0) {
            withdraw(core, call);
            calls_end(&core->calls, call, code);
        } else if (deadline_ms < earliest_ms) {
            earliest_ms = deadline_ms;
        }
        call = next;
    }
    core->earliest_ms = earliest_ms;
}

int64_t
core_deadline(const struct core *core)
{
    return core->earliest_ms;
}

static bool
may_repeat(const struct core *core, const struct call *call, int code)
{
    bool lost = code == AIGW_ECLOSED || code == AIGW_EIO;

    if (core->no_resend || call->n_losses >= CORE_LOSSES_MAX)
        return false;
    if (call->request_id)
        return core->keeps_calls && (lost || code == AIGW_EMALFORMED);
    return lost && call->repeatable;
}

/* What was not written in whole is counted as queued already. */
static void
lose(struct core *core, struct call *call, int code)
{
    if (call->n_written < call->frame_size)
        core->queued_bytes -= call->frame_size;
    call->n_losses++;
    if (may_repeat(core, call, code)) {
        bool partly = call->request_id && call->begun;
        int status = partly ? resume_prepare(call) : 0;

        if (status == 0) {
            core->queued_bytes += call->frame_size;
            return;
        }
        code = status;
    }
    calls_end(&core->calls, call, code);
}

static void
drop_internal(struct core *core, struct call *call)
{
    if (call->n_written < call->frame_size)
        core->queued_bytes -= call->frame_size;
    calls_remove(&core->calls, call);
    call_free(call);
}

void
core_disconnected(struct core *core, int code, int64_t patience_ms)
{
    struct call *call = TAILQ_FIRST(&core->calls.live);

    while (call) {
        struct call *next = TAILQ_NEXT(call, link);

        if (call->patience_ms < patience_ms)
            call->patience_ms = patience_ms;
        if (call->internal)
            drop_internal(core, call);
        else if (call->n_written > 0)
            lose(core, call, code);
        call = next;
    }
    calls_rewind(&core->calls);
    core->greeting = 0;
    core->earliest_ms = INT64_MIN;
    bytes_deinit(&core->remnant);
    bytes_deinit(&core->in);
    frame_init(&core->frame, &core->limits);
}

void
core_stop(struct core *core, const char *stem, size_t size)
{
    const struct call *call;

    TAILQ_FOREACH (call, &core->calls.live, link) {
        bool sent = call->n_written == call->frame_size;

        if (sent && call->request_id
            && strncmp(call->request_id, stem, size) == 0)
            request_cancel(core, call);
    }
}

void
core_end_all(struct core *core, int code)
{
    struct call *call = TAILQ_FIRST(&core->calls.live);

    while (call) {
        struct call *next = TAILQ_NEXT(call, link);

        if (call->internal)
            drop_internal(core, call);
        else
            calls_end(&core->calls, call, code);
        call = next;
    }
}

struct call *
core_take_ended(struct core *core)
{
    struct call *call = TAILQ_FIRST(&core->calls.ended);

    if (call)
        calls_remove(&core->calls, call);
    return call;
}
