#include "ctl/volley.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "text/mem.h"

enum {
    TICK_MS = 100 /* Between looks at ^C. */
};

/* A place for one call in flight. */
struct slot {
    struct volley *volley;
    struct aigw *client;
    size_t number;
    bool busy;
};

struct volley {
    struct volley_options options;
    struct aigw **clients;
    struct slot *slots;
    struct pollfd *polls;
    int64_t started;  /* All calls so far, */
    int64_t finished; /* and those of them that have ended. */
    int lost;         /* Why there is no daemon any more; 0: there is one. */
};

static void
on_delta(void *ctx, const struct aigw_delta *delta)
{
    const struct slot *slot = ctx;
    const struct volley_options *o = &slot->volley->options;

    o->ops->delta(o->ctx, slot->number, delta);
}

static void
on_event(void *ctx, const struct aigw_value *event)
{
    const struct slot *slot = ctx;
    const struct volley_options *o = &slot->volley->options;

    o->ops->event(o->ctx, slot->number, event);
}

static void
on_done(void *ctx, int code, const struct aigw_value *result, const char *text)
{
    struct slot *slot = ctx;
    struct volley *v = slot->volley;

    (void)text;
    slot->busy = false;
    v->finished++;
    if (code == AIGW_ERR_CONNECT)
        v->lost = code;
    v->options.ops->done(v->options.ctx, slot->number, code, result);
}

/* The prompt with every {n} replaced by `number`. */
static char *
make_prompt(const char *pattern, int64_t number)
{
    struct mem_text text;
    const char *mark;

    mem_text_begin(&text);
    for (; (mark = strstr(pattern, "{n}")) != NULL; pattern = mark + 3)
        (void)fprintf(text.stream, "%.*s%lld", (int)(mark - pattern), pattern,
                      (long long)number);
    (void)fputs(pattern, text.stream);
    return mem_text_end(&text);
}

static void
start_call(struct volley *v, struct slot *slot)
{
    const struct volley_options *o = &v->options;
    struct aigw_generate_params generate = o->params->generate;
    char *prompt = make_prompt(o->prompt, ++v->started);
    struct aigw_handlers handlers;
    int code;

    aigw_handlers_init(&handlers);
    handlers.ctx = slot;
    handlers.done = on_done;
    if (o->streaming && o->ops->delta)
        handlers.delta = on_delta;
    if (o->streaming && o->ops->event)
        handlers.event = on_event;
    generate.prompt = prompt;
    generate.stream = o->streaming;
    /* Nobody would come back for it, so it need not be kept. */
    generate.on_disconnect = "cancel";
    slot->busy = true;
    if (o->ops->begin)
        o->ops->begin(o->ctx, slot->number);
    code = aigw_submit_generate(slot->client, &generate, &handlers, NULL);
    if (code != 0)
        on_done(slot, code, NULL, "");
    free(prompt);
}

static void
fill_slots(struct volley *v, int64_t until)
{
    for (int64_t i = 0; i < v->options.concurrency; i++) {
        if (!v->slots[i].busy && v->started < until)
            start_call(v, &v->slots[i]);
    }
}

/* Waits for something to happen on any connection, at most one tick. */
static void
wait_and_dispatch(struct volley *v)
{
    int timeout_ms = TICK_MS;

    for (int64_t i = 0; i < v->options.n_clients; i++) {
        int wanted_ms = aigw_timeout_ms(v->clients[i]);

        v->polls[i] = (struct pollfd){.fd = aigw_fd(v->clients[i]),
                                      .events = aigw_events(v->clients[i])};
        if (wanted_ms >= 0 && wanted_ms < timeout_ms)
            timeout_ms = wanted_ms;
    }
    (void)poll(v->polls, (nfds_t)v->options.n_clients, timeout_ms);
    for (int64_t i = 0; i < v->options.n_clients; i++)
        (void)aigw_dispatch(v->clients[i]);
}

/* One more connection than the command's own. */
static int
open_client(struct volley *v, struct aigw **ret_client)
{
    struct ctl *ctl = v->options.ctl;
    int code;

    *ret_client = ctl_new_client(ctl);
    code = aigw_connect(*ret_client);
    if (code != 0)
        return ctl_fail(ctl, code, aigw_error_text(*ret_client));
    params_set_timeout(v->options.params, *ret_client);
    return EXIT_OK;
}

int
volley_open(const struct volley_options *options, struct volley **ret_volley)
{
    struct volley *v = mem_alloc(1, sizeof(*v));
    size_t n_clients = (size_t)options->n_clients;
    size_t n_slots = (size_t)options->concurrency;
    int exit_code = ctl_connect(options->ctl);

    v->options = *options;
    v->clients = mem_alloc(n_clients, sizeof(struct aigw *));
    v->polls = mem_alloc(n_clients, sizeof(*v->polls));
    v->slots = mem_alloc(n_slots, sizeof(*v->slots));
    v->clients[0] = options->ctl->client;
    for (size_t i = 1; exit_code == EXIT_OK && i < n_clients; i++)
        exit_code = open_client(v, &v->clients[i]);
    for (size_t i = 0; i < n_slots; i++)
        v->slots[i] = (struct slot){
            .volley = v, .client = v->clients[i % n_clients], .number = i};
    *ret_volley = v;
    return exit_code;
}

int
volley_run(struct volley *v, int64_t count)
{
    const struct volley_options *o = &v->options;
    int64_t until = v->started + count;

    while (v->finished < until && !ctl_interrupted() && v->lost == 0) {
        fill_slots(v, until);
        wait_and_dispatch(v);
        if (o->ops->tick)
            o->ops->tick(o->ctx);
    }
    if (ctl_interrupted())
        return EXIT_INTERRUPTED;
    if (v->lost != 0)
        return ctl_fail(o->ctl, v->lost, "the daemon has gone");
    return EXIT_OK;
}

void
volley_free(struct volley *v)
{
    if (!v)
        return;
    /* What is still in flight reports its end to the slots. */
    ctl_deinit(v->options.ctl);
    for (int64_t i = 1; i < v->options.n_clients; i++)
        aigw_free(v->clients[i]);
    free(v->clients);
    free(v->polls);
    free(v->slots);
    free(v);
}
