/*
 * blocking.c - waiting for what the client does.
 *
 * The event loop of a program that has none: turn, look, wait, again.
 */
#include "client/client.h"

#include <limits.h>
#include <stdio.h>

enum {
    CANCEL_FLUSH_MS = 100 /* For the daemon to be told of a cancellation. */
};

/* What is waited for. */
struct wait {
    int64_t deadline_ms; /* INT64_MAX: no limit. */
    bool (*is_over)(const struct aigw *c, const void *ctx);
    const void *ctx;
};

static int
time_left(const struct aigw *c, int64_t deadline_ms)
{
    int timeout_ms = aigw_timeout_ms(c);
    int64_t left_ms;

    if (deadline_ms == INT64_MAX)
        return timeout_ms;
    left_ms = deadline_ms - transport_now_ms();
    if (left_ms < 0)
        left_ms = 0;
    if (left_ms > INT_MAX)
        left_ms = INT_MAX;
    return timeout_ms < 0 || left_ms < timeout_ms ? (int)left_ms : timeout_ms;
}

/* 0 when it is over.  AIGW_ETIMEDOUT, AIGW_ECANCELLED (then perhaps by
 * aigw_free() in a callback), AIGW_EIO. */
static int
wait_for(struct aigw *c, const struct wait *wait)
{
    for (;;) {
        int status = client_turn(c);

        if (status != 0)
            return status;
        if (c->freeing)
            return AIGW_ECANCELLED;
        if (wait->is_over(c, wait->ctx))
            return 0;
        if (c->cancelled)
            return AIGW_ECANCELLED;
        if (transport_now_ms() >= wait->deadline_ms)
            return AIGW_ETIMEDOUT;
        transport_wait(&c->transport, time_left(c, wait->deadline_ms));
    }
}

/* The end of every blocking function.  Whatever cancelled it is spent; a
 * client that a callback has freed is gone after this. */
static int
finish(struct aigw *c, int status)
{
    if (c->freeing) {
        client_destroy(c);
        return AIGW_ERR_CANCELLED;
    }
    c->cancelled = false;
    switch (status) {
    case 0:
        return client_ok(c);
    case AIGW_EIO:
        return client_fail_with(c, &c->setup);
    default:
        return client_fail(c, status, aigw_status_text(status));
    }
}

static int
check_usable(struct aigw *c)
{
    if (!c)
        return AIGW_ERR_NOMEM;
    if (c->in_callback)
        return client_fail(c, AIGW_ERR_BUSY,
                           "no blocking call is possible inside of a callback");
    return 0;
}

static bool
is_up_or_failed(const struct aigw *c, const void *ctx)
{
    const unsigned *n_failures = ctx;

    return c->reconnect.state == RECONNECT_UP || c->n_failures != *n_failures;
}

static bool
is_final(const struct aigw *c)
{
    bool busy =
        c->down.status == AIGW_EOVERLOADED || c->down.status == AIGW_ECLOSED;

    return !busy && (c->flags & AIGW_FLAG_WAIT) == 0;
}

static int
connect_failed(struct aigw *c, unsigned n_failures, int status)
{
    char text[sizeof(c->error.text)];

    if (c->freeing || status == AIGW_ECANCELLED || c->setup.status != 0)
        return finish(c, status);
    c->cancelled = false;
    if (c->n_failures != n_failures)
        return client_fail_with(c, &c->down);
    (void)snprintf(text, sizeof(text), "%s: nobody answers", c->path);
    return client_fail(c, AIGW_ETIMEDOUT, text);
}

int
aigw_connect(struct aigw *client)
{
    int status = check_usable(client);
    unsigned n_before;
    unsigned n_failures;
    struct wait wait = {.is_over = is_up_or_failed, .ctx = &n_failures};

    if (status != 0)
        return status;
    n_before = client->n_failures;
    wait.deadline_ms = transport_now_ms() + client->connect_timeout_ms;
    client->wanted = true;
    client->hurry = true;
    do {
        n_failures = client->n_failures;
        status = wait_for(client, &wait);
        if (status == 0 && client->reconnect.state == RECONNECT_UP)
            return finish(client, 0);
    } while (status == 0 && !is_final(client));
    return connect_failed(client, n_before, status);
}

static bool
is_answered(const struct aigw *c, const void *ctx)
{
    const struct call_waiter *waiter = ctx;

    (void)c;
    return waiter->done;
}

static bool
is_all_written(const struct aigw *c, const void *ctx)
{
    (void)ctx;
    return c->transport.socket < 0
           || (!c->core.calls.unsent && c->core.remnant.size == 0);
}

/* The daemon is told, as far as it listens; then the call is forgotten. */
static void
give_up(struct aigw *c, uint64_t id)
{
    struct call *call = calls_find(&c->core.calls, id);
    struct wait wait = {.deadline_ms = transport_now_ms() + CANCEL_FLUSH_MS,
                        .is_over = is_all_written};

    if (!call)
        return;
    core_cancel(&c->core, call);
    c->cancelled = false;
    if (!c->freeing)
        (void)wait_for(c, &wait);
}

static int
take_answer(struct aigw *c, struct call_waiter *waiter,
            struct aigw_value **ret_result)
{
    c->cancelled = false;
    if (waiter->err.status != 0)
        return client_fail_with(c, &waiter->err);
    *ret_result = waiter->result;
    return client_ok(c);
}

static int
run(struct aigw *c, const struct core_request *request,
    struct aigw_value **ret_result)
{
    struct call_waiter waiter = {.done = false};
    struct core_request r = *request;
    struct wait wait = {
        .deadline_ms = INT64_MAX, .is_over = is_answered, .ctx = &waiter};
    uint64_t id = 0;
    int status;

    r.waiter = &waiter;
    status = client_submit(c, &r, &id);
    if (status != 0)
        return status;
    status = wait_for(c, &wait);
    if (status == 0)
        return take_answer(c, &waiter, ret_result);
    give_up(c, id);
    aigw_value_free(waiter.result);
    return finish(c, status);
}

static int
call_method(struct aigw *c, const char *method, const struct aigw_value *params,
            int64_t deadline_ms, const struct aigw_handlers *handlers,
            struct aigw_value **ret_result)
{
    struct core_request request;
    int status = check_usable(c);

    *ret_result = NULL;
    if (status != 0)
        return status;
    request = client_request(c, method, params, deadline_ms);
    request.handlers = handlers;
    return run(c, &request, ret_result);
}

int
aigw_call_stream(struct aigw *client, const char *method,
                 const struct aigw_value *params,
                 const struct aigw_handlers *handlers,
                 struct aigw_value **ret_result)
{
    return call_method(client, method, params, 0, handlers, ret_result);
}

int
aigw_call(struct aigw *client, const char *method,
          const struct aigw_value *params, struct aigw_value **ret_result)
{
    return call_method(client, method, params, 0, NULL, ret_result);
}

static int
refuse_json(struct aigw *c, int status, const struct aigw_json_error *error)
{
    if (!c)
        return AIGW_ERR_NOMEM;
    return aigw_err_set(&c->error, status, "parameters, line %d, column %d: %s",
                        error->line, error->column, error->text);
}

int
aigw_call_json(struct aigw *client, const char *method, const char *params_json,
               struct aigw_value **ret_result)
{
    struct aigw_value *params = NULL;
    struct aigw_json_error error;
    int status;

    *ret_result = NULL;
    if (params_json && params_json[0] != '\0') {
        status = aigw_value_from_json(params_json, strlen(params_json), &params,
                                      &error);
        if (status != 0)
            return refuse_json(client, status, &error);
    }
    status = call_method(client, method, params, 0, NULL, ret_result);
    aigw_value_free(params);
    return status;
}

int
aigw_generate(struct aigw *client, const struct aigw_generate_params *params,
              const struct aigw_handlers *handlers,
              struct aigw_value **ret_result)
{
    struct aigw_value *p = client_generate_params(client, params, handlers);
    int status =
        call_method(client, "generate", p, aigw_get_int(p, "deadline_ms", 0),
                    handlers, ret_result);

    aigw_value_free(p);
    return status;
}

int
aigw_chat(struct aigw *client, const char *body_json,
          const struct aigw_value *options,
          const struct aigw_handlers *handlers, struct aigw_value **ret_result)
{
    struct aigw_value *p =
        client_chat_params(client, body_json, options, handlers);
    int status =
        call_method(client, "chat", p, aigw_get_int(options, "deadline_ms", 0),
                    handlers, ret_result);

    aigw_value_free(p);
    return status;
}

static bool
has_called_back(const struct aigw *c, const void *ctx)
{
    const unsigned *n_callbacks = ctx;

    return c->n_callbacks != *n_callbacks;
}

int
aigw_wait(struct aigw *client, int timeout_ms)
{
    int status = check_usable(client);
    unsigned n_callbacks;
    struct wait wait = {.is_over = has_called_back, .ctx = &n_callbacks};

    if (status != 0)
        return status;
    n_callbacks = client->n_callbacks;
    wait.deadline_ms =
        timeout_ms < 0 ? INT64_MAX : transport_now_ms() + timeout_ms;
    return finish(client, wait_for(client, &wait));
}
