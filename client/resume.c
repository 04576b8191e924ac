#include "client/resume.h"

#include "client/core.h"

#include "proto/pack.h"

#include <stdio.h>

enum {
    FRAME_MAX_BYTES = 64 * 1024, /* An id is far shorter. */
    REASON_SHOWN = 160
};

static const char resume_method[] = "session.resume";

/* The map in which `method` is given the id of a call; NULL if that is not a
 * method whose calls are kept. */
static const struct aigw_value *
options_of(const char *method, const struct aigw_value *params)
{
    bool in_array = aigw_value_type(params) == AIGW_TYPE_ARRAY;

    if (strcmp(method, "chat") == 0)
        return aigw_value_at(params, 1);
    if (strcmp(method, "generate") == 0 || strcmp(method, resume_method) == 0)
        return in_array ? aigw_value_at(params, 0) : params;
    return NULL;
}

int
resume_init(struct call *call, const char *method,
            const struct aigw_value *params)
{
    const struct aigw_value *options = options_of(method, params);
    const char *id = aigw_value_str(aigw_value_get(options, "request_id"), "");
    int64_t from_seq = aigw_value_int(aigw_value_get(options, "from_seq"), 1);

    if (id[0] == '\0')
        return 0;
    call->request_id = strdup(id);
    if (!call->request_id)
        return AIGW_ENOMEM;
    if (strcmp(method, resume_method) == 0 && from_seq > 1)
        call->seq = (uint64_t)from_seq - 1;
    return 0;
}

/* A gap uses up all losses but one, so that it is not answered by the same gap
 * for ever. */
int
resume_note_piece(struct call *call, uint64_t seq)
{
    if (seq <= call->seq)
        return AIGW_EAGAIN;
    if (seq - call->seq > 1) {
        if (call->n_losses < CORE_LOSSES_MAX - 2)
            call->n_losses = CORE_LOSSES_MAX - 2;
        return AIGW_EMALFORMED;
    }
    call->seq = seq;
    call->begun = true;
    call->n_losses = 0;
    return 0;
}

static int
pack_resume(const struct call *call, struct bytes *frame)
{
    struct pack p;

    pack_init(&p, frame);
    rpc_begin_request(&p, (uint32_t)call->id, resume_method);
    pack_array_begin(&p);
    pack_map_begin(&p);
    pack_kv_str(&p, "request_id", call->request_id);
    pack_kv_int(&p, "from_seq", (int64_t)call->seq + 1);
    pack_map_end(&p);
    pack_array_end(&p);
    return pack_finish(&p);
}

int
resume_prepare(struct call *call)
{
    struct bytes frame;
    int status;

    bytes_init(&frame, FRAME_MAX_BYTES);
    status = pack_resume(call, &frame);
    if (status != 0) {
        bytes_deinit(&frame);
        return status;
    }
    bytes_deinit(&call->frame);
    call->frame = frame;
    call->frame_size = frame.size;
    call->resumed = true;
    return 0;
}

int
resume_explain(const struct call *call, struct core_event *event)
{
    const char *reason = aigw_value_str(&event->value, "");
    char text[REASON_SHOWN + 128];
    int n;

    if (!call->resumed
        || (event->code != AIGW_ENOTFOUND && event->code != AIGW_ENOMETHOD))
        return 0;
    n = snprintf(text, sizeof(text),
                 "the connection was lost, and the rest of the answer is gone "
                 "(%.*s); it may have been charged for",
                 REASON_SHOWN, reason);
    value_deinit(&event->value);
    event->code = AIGW_ECLOSED;
    return value_init_str(&event->value, text, n > 0 ? (size_t)n : 0);
}

bool
resume_is_offered(const struct aigw_value *greeting)
{
    const struct aigw_value *methods = aigw_value_get(greeting, "methods");

    for (size_t i = 0; i < aigw_value_size(methods); i++)
        if (strcmp(aigw_value_str(aigw_value_at(methods, i), ""), resume_method)
            == 0)
            return true;
    return false;
}
