/*
 * core_receive.c - from the bytes that were received to events.
 */
#include "client/core.h"

#include "client/resume.h"

#include "proto/status.h"
#include "proto/unpack.h"

enum {
    INPUT_KEPT_BYTES = 1024 * 1024 /* An empty buffer beyond is released. */
};

char *
core_space(struct core *core)
{
    if (core->in.size == 0 && core->in.capacity > INPUT_KEPT_BYTES)
        bytes_deinit(&core->in);
    return bytes_reserve(&core->in, CORE_READ_BYTES);
}

void
core_received(struct core *core, size_t size)
{
    bytes_commit(&core->in, size);
}

/* An error is `[code, text]`; what comes in another form is passed on as far
 * as it can be read. */
static int
read_error(const msgpack_object *error, struct core_event *event)
{
    const msgpack_object *code = unpack_item(error, 0);
    const msgpack_object *text = unpack_item(error, 1);
    const char *words = "";
    size_t size = 0;

    event->code = AIGW_EINTERNAL;
    if (code && code->type == MSGPACK_OBJECT_NEGATIVE_INTEGER
        && code->via.i64 >= INT32_MIN)
        event->code = (int)code->via.i64;
    if (!text || !unpack_text(text, &words, &size))
        (void)unpack_text(error, &words, &size);
    return value_init_str(&event->value, words, size);
}

static int
read_outcome(const struct rpc_message *m, struct core_event *event)
{
    event->code = 0;
    if (m->error.type != MSGPACK_OBJECT_NIL)
        return read_error(&m->error, event);
    return value_unpack(&m->result, &event->value);
}

/* The call leaves the list only when its answer was read, so that it is still
 * there to be told of a failure. */
static int
read_answer(struct core *core, const struct rpc_message *m,
            struct core_event *event)
{
    struct call *call = calls_find_msgid(&core->calls, m->msgid);
    bool greeting = call && call->id == core->greeting;
    int status;

    if (!call || call->n_written != call->frame_size)
        return AIGW_EAGAIN;
    if (call->internal && !greeting) {
        calls_remove(&core->calls, call);
        call_free(call);
        return AIGW_EAGAIN;
    }
    status = read_outcome(m, event);
    if (status == 0)
        status = resume_explain(call, event);
    if (status != 0)
        return status;
    calls_remove(&core->calls, call);
    event->type = greeting ? CORE_GREETING : CORE_ANSWER;
    event->call = greeting ? NULL : call;
    if (greeting) {
        core->greeting = 0;
        core->keeps_calls = resume_is_offered(&event->value);
        call_free(call);
    }
    return 0;
}

static bool
is_named(const struct rpc_message *m, const char *name)
{
    return m->method_size == strlen(name)
           && memcmp(m->method, name, m->method_size) == 0;
}

static bool
read_number(const msgpack_object *object, uint64_t *ret)
{
    if (!object || object->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return false;
    *ret = object->via.u64;
    return true;
}

/* A request of which a piece has come will be none for the whole again. */
static int
note_progress(const struct core_event *event)
{
    struct call *call = event->call;
    int status;

    if (event->type == CORE_EVENT)
        return event->seq < call->seq ? AIGW_EAGAIN : 0;
    status = resume_note_piece(call, event->seq);
    if (status == 0 && call->request_id)
        bytes_deinit(&call->frame);
    return status;
}

/* `[msgid, seq, value]` */
static int
read_progress(struct core *core, const struct rpc_message *m,
              struct core_event *event)
{
    const msgpack_object *value = unpack_item(&m->params, 2);
    struct call *call;
    uint64_t msgid;
    int status;

    if (!value || !read_number(unpack_item(&m->params, 0), &msgid)
        || !read_number(unpack_item(&m->params, 1), &event->seq)
        || msgid > UINT32_MAX)
        return AIGW_EAGAIN;
    call = calls_find_msgid(&core->calls, (uint32_t)msgid);
    if (!call || call->internal || call->n_written != call->frame_size)
        return AIGW_EAGAIN;
    event->call = call;
    status = note_progress(event);
    return status == 0 ? value_unpack(value, &event->value) : status;
}

static int
read_notification(struct core *core, const struct rpc_message *m,
                  struct core_event *event)
{
    if (is_named(m, "call.delta")) {
        event->type = CORE_DELTA;
        return read_progress(core, m, event);
    }
    if (is_named(m, "call.event")) {
        event->type = CORE_EVENT;
        return read_progress(core, m, event);
    }
    event->type = CORE_NOTIFICATION;
    memcpy(event->method, m->method, m->method_size);
    return value_unpack(&m->params, &event->value);
}

/* AIGW_EAGAIN: nothing anybody waits for. */
static int
read_message(struct core *core, const struct rpc_message *m,
             struct core_event *event)
{
    switch (m->type) {
    case RPC_RESPONSE:
        return read_answer(core, m, event);
    case RPC_NOTIFICATION:
        return read_notification(core, m, event);
    case RPC_REQUEST:
        break;
    }
    return AIGW_EAGAIN;
}

static int
read_frame(struct core *core, size_t size, struct core_event *event)
{
    struct rpc_message m;
    int status = rpc_parse(core->in.data, size, &m);

    if (status != 0)
        return status == AIGW_ENOMEM ? status : AIGW_EMALFORMED;
    status = read_message(core, &m, event);
    rpc_message_free(&m);
    return status;
}

int
core_next(struct core *core, struct core_event *ret)
{
    struct core_event event;
    int status;

    do {
        size_t size;

        memset(&event, 0, sizeof(event));
        status = frame_scan(&core->frame, core->in.data, core->in.size, &size);
        if (status != 0)
            return status;
        status = read_frame(core, size, &event);
        bytes_consume(&core->in, size);
    } while (status == AIGW_EAGAIN);
    if (status == 0)
        *ret = event;
    return status;
}

void
core_event_free(struct core_event *event)
{
    value_deinit(&event->value);
    if (event->type == CORE_ANSWER)
        call_free(event->call);
}
