/*
 * credentials_run.c - keys that programs print.
 *
 * core/refresh says when; here they are run.  The environment of a program has
 * nothing in it but where programs, a home and a language are to be found.
 */
#include "app/credentials_internal.h"

#include "base/mem.h"
#include "core/token.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUN_TIMEOUT_S = 10,
    RUN_MAX_OUTPUT_KIB = 64,
};

static const char *const VARIABLES[] = {"PATH", "HOME", "LANG"};

static char **
make_env(void)
{
    char **env = mem_new_array(array_count(VARIABLES) + 1, sizeof(char *));
    size_t n = 0;

    for (size_t i = 0; i < array_count(VARIABLES); i++) {
        const char *value = getenv(VARIABLES[i]);

        if (value)
            env[n++] = mem_printf("%s=%s", VARIABLES[i], value);
    }
    return env;
}

static void
free_env(char **env)
{
    for (char **variable = env; variable && *variable; variable++)
        free(*variable);
    free(env);
}

int64_t
credentials_now_ms(const struct credentials *store)
{
    return store->loop ? loop_now_ms(store->loop) : 0;
}

static void
fail(struct entry *e, const char *why)
{
    refresh_failed(&e->refresh, credentials_now_ms(e->store));
    credentials_note(e, "failed", why);
}

/* Says nothing of the output. */
static void
describe(const struct child_result *r, char *buf, size_t size)
{
    switch (r->end) {
    case CHILD_EXITED:
        (void)snprintf(buf, size, "exit code %d", r->code);
        return;
    case CHILD_SIGNALLED:
        (void)snprintf(buf, size, "ended by signal %d", r->code);
        return;
    case CHILD_TOO_LONG:
        (void)snprintf(buf, size, "took longer than %d s", RUN_TIMEOUT_S);
        return;
    case CHILD_TOO_MUCH:
        (void)snprintf(buf, size, "printed more than %d KiB",
                       RUN_MAX_OUTPUT_KIB);
        return;
    }
}

static int
take_token(struct entry *e, const struct token *token, struct aigw_err *err)
{
    struct secret *secret;

    if (token->size > CREDENTIALS_MAX_BYTES)
        return aigw_err_set(err, AIGW_ETOOBIG, "is longer than %d bytes",
                            CREDENTIALS_MAX_BYTES);
    secret = secret_new(token->size);
    if (!secret)
        return aigw_err_set(err, AIGW_ENOMEM, "does not fit in memory");
    memcpy(secret->text, token->text, token->size);
    refresh_succeeded(&e->refresh, token->life_ms,
                      credentials_now_ms(e->store));
    e->told_expired = false;
    credentials_put(e, secret);
    credentials_note(e, "refreshed", NULL);
    return 0;
}

static void
take_output(struct entry *e, const struct child_result *r)
{
    struct aigw_err err = {0};
    struct token token;
    char why[sizeof(err.text) + 16];

    if (r->end != CHILD_EXITED || r->code != 0) {
        describe(r, why, sizeof(why));
        fail(e, why);
        return;
    }
    if (token_read(e->output->text, r->n_bytes, &token, &err) == 0
        && take_token(e, &token, &err) == 0)
        return;
    (void)snprintf(why, sizeof(why), "its output %s", err.text);
    fail(e, why);
}

static void
on_done(void *ctx, const struct child_result *result)
{
    struct entry *e = ctx;

    e->child = NULL;
    take_output(e, result);
    secret_free(e->output);
    e->output = NULL;
    credentials_wake(e->store);
    credentials_run_due(e->store);
}

static void
start_run(struct entry *e)
{
    size_t max_bytes = (size_t)RUN_MAX_OUTPUT_KIB * 1024;
    struct aigw_err err = {0};

    e->output = secret_new(max_bytes);
    if (!e->output) {
        fail(e, "out of memory");
        return;
    }
    if (child_start(e->store->loop,
                    &(struct child_options){
                        .argv = e->argv,
                        .env = e->store->env,
                        .output = e->output->text,
                        .max_bytes = max_bytes,
                        .timeout_ms = (int64_t)RUN_TIMEOUT_S * 1000,
                    },
                    on_done, e, &e->child, &err)
        == 0)
        return;
    secret_free(e->output);
    e->output = NULL;
    fail(e, err.text);
    credentials_wake(e->store);
}

void
credentials_run_due(struct credentials *store)
{
    int64_t at_ms = credentials_patience(store);

    if (!store->loop)
        return;
    for (size_t i = 0; i < store->n_entries; i++) {
        struct entry *e = store->entries[i];

        if (refresh_may_run(&e->refresh, credentials_now_ms(store)))
            start_run(e);
        if (refresh_wakeup(&e->refresh) < at_ms)
            at_ms = refresh_wakeup(&e->refresh);
    }
    timer_arm_at(store->timer, at_ms);
}

/* A token that is good stays. */
void
credentials_run_order(struct entry *e)
{
    int64_t now_ms = credentials_now_ms(e->store);

    if (!refresh_is_usable(&e->refresh, now_ms))
        refresh_order(&e->refresh, now_ms);
}

static void
abort_run(struct entry *e)
{
    child_kill(e->child);
    secret_free(e->output);
    e->child = NULL;
    e->output = NULL;
}

void
credentials_run_forget(struct entry *e)
{
    abort_run(e);
    e->told_expired = true;
    refresh_forget(&e->refresh);
    credentials_wake(e->store);
}

static void
on_timer(void *ctx)
{
    struct credentials *store = ctx;

    credentials_run_due(store);
    credentials_on_wake(store);
}

int
credentials_start(struct credentials *store,
                  const struct credentials_options *options)
{
    store->timer = timer_new(options->loop, on_timer, store);
    if (!store->timer)
        return AIGW_ENOMEM;
    store->loop = options->loop;
    store->events = options->events;
    store->changed = options->changed;
    store->ctx = options->ctx;
    store->wake = (struct loop_task){.fn = credentials_on_wake, .ctx = store};
    store->env = make_env();
    credentials_run_due(store);
    return 0;
}

void
credentials_stop(struct credentials *store)
{
    if (!store || !store->loop)
        return;
    assert(store->waiters.next == &store->waiters);
    for (size_t i = 0; i < store->n_entries; i++)
        abort_run(store->entries[i]);
    loop_undefer(store->loop, &store->wake);
    timer_free(store->timer);
    free_env(store->env);
    store->timer = NULL;
    store->env = NULL;
    store->events = NULL;
    store->changed = NULL;
    store->loop = NULL;
}
