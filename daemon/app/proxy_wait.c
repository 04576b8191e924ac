/*
 * proxy_wait.c - an attempt that has its leave and must wait before it may
 * begin.
 *
 * So far there is one thing to wait for: the key, when a program is about to
 * print it.  The lease is held meanwhile, and an attempt that is given up
 * without having begun ends like any other.
 */
#include "app/proxy_internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>

struct proxy_wait {
    struct call *call;
    struct target_lease lease;
    struct chat_request *chat; /* NULL: the caller's own. */
    const struct attempt_ops *ops;
    struct credentials_waiter key;
    int64_t started_ms; /* Wall clock. */
};

static void
free_wait(struct proxy_wait *w)
{
    credentials_unawait(&w->key);
    chat_free(w->chat);
    free(w);
}

static struct call_leg *
leg_of(const struct proxy_wait *w)
{
    return w->call->lead.wait == w ? &w->call->lead : &w->call->hedge;
}

static void
settle_unsent(struct proxy_wait *w, enum outcome outcome, const char *why)
{
    target_settle(&w->lease,
                  &(struct target_result){
                      .verdict = {.outcome = outcome},
                      .retry_after_ms = -1,
                      .cause = why,
                  },
                  call_now_ms(w->call));
}

/* The call hears of it as of an attempt that failed.  To the target it is
 * nothing: it was not asked, and nobody refused its key. */
static void
give_up(struct proxy_wait *w, enum outcome outcome, const char *why)
{
    const struct attempt_ops *ops = w->ops;
    const struct attempt_result result = {
        .verdict = {.outcome = outcome},
        .retry_after_ms = -1,
        .error = why,
        .cause = why,
        .provider_request_id = "",
    };

    settle_unsent(w, OUTCOME_LOCAL, why);
    ops->done(w->call, &result);
}

static void
begin(struct proxy_wait *w)
{
    struct call_leg *leg = leg_of(w);
    int status = proxy_leg_begin(w->call, leg, &w->lease, w->chat, w->ops);

    if (status) {
        give_up(w, OUTCOME_LOCAL, aigw_status_text(status));
        return;
    }
    leg->wait = NULL;
    free_wait(w);
}

static void
on_key(void *ctx)
{
    struct proxy_wait *w = ctx;

    if (provider_has_key(w->lease.target->provider, w->lease.key))
        begin(w);
    else
        give_up(w, OUTCOME_AUTH_LOCK, "its key could not be fetched");
}

bool
proxy_must_wait(const struct target_lease *lease)
{
    return provider_key_state(lease->target->provider, lease->key)
           == CREDENTIALS_AWAITED;
}

void
proxy_wait(struct call *c, struct call_leg *leg,
           const struct target_lease *lease, struct chat_request *chat,
           const struct attempt_ops *ops)
{
    const struct target *t = lease->target;
    struct proxy_wait *w = mem_new(sizeof(*w));

    w->call = c;
    w->lease = *lease;
    w->chat = chat;
    w->ops = ops;
    w->started_ms = clock_wall_ms();
    w->key = (struct credentials_waiter){
        .fn = on_key,
        .ctx = w,
        .handle = t->provider->handles[lease->key],
        .until_ms = call_now_ms(c) + t->settings.limits.connect_ms,
    };
    leg->wait = w;
    proxy_note(c, "key", t, NULL);
    credentials_await(c->app->credentials, &w->key);
}

int64_t
proxy_wait_started_ms(const struct proxy_wait *w)
{
    return w->started_ms;
}

void
proxy_wait_end(struct call_leg *leg)
{
    if (leg->wait)
        free_wait(leg->wait);
    leg->wait = NULL;
}

void
proxy_wait_abort(struct call_leg *leg, struct attempt_result *ret_result)
{
    *ret_result = (struct attempt_result){
        .verdict = {.outcome = OUTCOME_CANCELLED},
        .retry_after_ms = -1,
        .cause = "cancelled",
        .provider_request_id = "",
    };
    settle_unsent(leg->wait, OUTCOME_CANCELLED, "cancelled");
}
