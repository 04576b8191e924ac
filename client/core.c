#include "client/core.h"

#include "client/resume.h"

#include "proto/pack.h"
#include "proto/status.h"

#include <stdlib.h>

enum {
    MAX_BYTES = 128 * 1024 * 1024,
    CEILING_BYTES = 512 * 1024 * 1024,
    MAX_ELEMENTS = 16 * 1024 * 1024
};

/* What is asked for beyond the ceiling no buffer could hold. */
static size_t
limit_bytes(size_t max_bytes)
{
    if (max_bytes == 0)
        return MAX_BYTES;
    return max_bytes < CEILING_BYTES ? max_bytes : CEILING_BYTES;
}

void
core_init(struct core *core, size_t max_bytes, uint32_t max_elements)
{
    memset(core, 0, sizeof(*core));
    core->limits = (struct frame_limits){
        .bytes = limit_bytes(max_bytes),
        .depth = FRAME_DEPTH_MAX,
        .elements = max_elements > 0 ? max_elements : MAX_ELEMENTS,
    };
    core->earliest_ms = INT64_MAX;
    calls_init(&core->calls);
    frame_init(&core->frame, &core->limits);
    bytes_init(&core->in, core->limits.bytes + CORE_READ_BYTES);
}

void
core_deinit(struct core *core)
{
    calls_deinit(&core->calls);
    bytes_deinit(&core->in);
    bytes_deinit(&core->remnant);
}

static bool
is_one_of(const char *method, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(method, names[i]) == 0)
            return true;
    return false;
}

static bool
only_reads(const char *method)
{
    static const char *const names[] = {
        "budget.list", "config.check", "config.show", "cost",    "drill.list",
        "events",      "explain",      "hello",       "metrics", "requests",
        "session.get", "session.list", "status",
    };

    return is_one_of(method, names, sizeof(names) / sizeof(names[0]));
}

static bool
asks_a_provider(const char *method)
{
    static const char *const names[] = {"generate", "chat", "embed"};

    return is_one_of(method, names, sizeof(names) / sizeof(names[0]));
}

static void
pack_params(struct pack *p, const struct aigw_value *params)
{
    bool is_array = aigw_value_type(params) == AIGW_TYPE_ARRAY;

    if (!is_array)
        pack_array_begin(p);
    if (params)
        (void)value_pack(params, p);
    if (!is_array)
        pack_array_end(p);
}

static int
pack_request(struct call *call, const char *method,
             const struct aigw_value *params)
{
    struct pack p;
    int status;

    bytes_init(&call->frame, CORE_QUEUE_BYTES);
    pack_init(&p, &call->frame);
    rpc_begin_request(&p, (uint32_t)call->id, method);
    pack_params(&p, params);
    status = pack_finish(&p);
    call->frame_size = call->frame.size;
    return status;
}

static int
check_request(const struct core_request *request)
{
    enum aigw_type type = aigw_value_type(request->params);
    int status = aigw_value_status(request->params);
    size_t size = request->method ? strlen(request->method) : 0;

    if (status != 0)
        return status;
    if (size == 0 || size > RPC_METHOD_MAX)
        return AIGW_EINVAL;
    if (request->params && type != AIGW_TYPE_MAP && type != AIGW_TYPE_ARRAY)
        return AIGW_EINVAL;
    return 0;
}

static void
copy_handlers(struct call *call, const struct aigw_handlers *handlers)
{
    size_t size = handlers->struct_size;

    if (size > sizeof(call->handlers))
        size = sizeof(call->handlers);
    memcpy(&call->handlers, handlers, size);
}

static struct call *
make_call(const struct core_request *request)
{
    struct call *call = calloc(1, sizeof(*call));

    if (!call)
        return NULL;
    if (resume_init(call, request->method, request->params) != 0) {
        call_free(call);
        return NULL;
    }
    call->repeatable = only_reads(request->method);
    call->may_cost = asks_a_provider(request->method);
    call->internal = request->internal;
    call->patience_ms = request->patience_ms;
    call->deadline_ms = request->deadline_ms;
    call->waiter = request->waiter;
    if (request->handlers)
        copy_handlers(call, request->handlers);
    return call;
}

static void
note_deadline(struct core *core, int64_t deadline_ms)
{
    if (deadline_ms < core->earliest_ms)
        core->earliest_ms = deadline_ms;
}

/* Called with the call enlisted already, because its id is part of what is
 * written. */
static int
queue(struct core *core, struct call *call, const struct core_request *request)
{
    int status = pack_request(call, request->method, request->params);

    if (status == 0 && core->queued_bytes + call->frame_size > CORE_QUEUE_BYTES)
        status = AIGW_ETOOBIG;
    if (status != 0) {
        calls_remove(&core->calls, call);
        call_free(call);
        return status;
    }
    core->queued_bytes += call->frame_size;
    note_deadline(core, call->patience_ms);
    note_deadline(core, call->deadline_ms);
    return 0;
}

static int
submit(struct core *core, const struct core_request *request, bool first,
       uint64_t *ret_id)
{
    int status = check_request(request);
    struct call *call;

    if (status != 0)
        return status;
    call = make_call(request);
    if (!call)
        return AIGW_ENOMEM;
    status = first ? calls_add_first(&core->calls, call)
                   : calls_add(&core->calls, call);
    if (status != 0) {
        call_free(call);
        return status;
    }
    status = queue(core, call, request);
    if (status == 0)
        *ret_id = call->id;
    return status;
}

int
core_submit(struct core *core, const struct core_request *request,
            uint64_t *ret_id)
{
    return submit(core, request, false, ret_id);
}

int
core_greet(struct core *core, const char *name, const char *version)
{
    struct aigw_value *params = aigw_value_map();
    struct core_request request = {
        .method = "hello",
        .params = params,
        .internal = true,
        .patience_ms = INT64_MAX,
        .deadline_ms = INT64_MAX,
    };
    int status;

    if (name)
        (void)aigw_value_set_str(params, "client", name);
    if (version)
        (void)aigw_value_set_str(params, "version", version);
    status = submit(core, &request, true, &core->greeting);
    aigw_value_free(params);
    return status;
}

static struct iovec
remainder_of(const struct call *call)
{
    return (struct iovec){
        .iov_base = call->frame.data + call->n_written,
        .iov_len = call->frame_size - call->n_written,
    };
}

size_t
core_gather(const struct core *core, struct iovec *parts, size_t n_parts)
{
    const struct call *call = core->calls.unsent;
    size_t n = 0;

    if (core->remnant.size > 0)
        parts[n++] = (struct iovec){.iov_base = core->remnant.data,
                                    .iov_len = core->remnant.size};
    while (call && n < n_parts) {
        if (core->greeting != 0 && call->id != core->greeting)
            break;
        parts[n++] = remainder_of(call);
        call = TAILQ_NEXT(call, link);
    }
    return n;
}

/* The bytes are kept only if they may be needed again. */
static void
finish_sending(struct core *core, struct call *call)
{
    core->queued_bytes -= call->frame_size;
    if (!call->repeatable && !call->request_id)
        bytes_deinit(&call->frame);
    calls_sent(&core->calls, call);
}

void
core_written(struct core *core, size_t size)
{
    size_t n_remnant = size < core->remnant.size ? size : core->remnant.size;

    bytes_consume(&core->remnant, n_remnant);
    if (core->remnant.size == 0)
        bytes_deinit(&core->remnant);
    size -= n_remnant;
    while (size > 0) {
        struct call *call = core->calls.unsent;
        size_t left = call->frame_size - call->n_written;
        size_t n = size < left ? size : left;

        call->n_written += n;
        size -= n;
        if (n == left)
            finish_sending(core, call);
    }
}
