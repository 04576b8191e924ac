/*
 * cmd_load.c - many prompts at once, and how they fared.
 *
 * One thread keeps `concurrency` calls in flight, spread over a few
 * connections and pipelined on each, through the library's non-blocking
 * interface.
 */
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/clock.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/mem.h"
#include "ctl/params.h"
#include "ctl/progress.h"
#include "ctl/tally.h"

enum {
    CALLS_PER_CONNECTION = 256, /* What the daemon allows. */
    CONNECTIONS_MAX = 128,
    COUNT_MAX = 10000000,
    TICK_MS = 100 /* Between looks at the progress and at ^C. */
};

/* A place for one call in flight. */
struct slot {
    struct load *load;
    struct aigw *client;
    double start_ms;
    double first_ms; /* When the first text came; NAN before. */
    bool busy;
};

struct load {
    struct ctl *ctl;
    struct params params;
    const char *prompt;
    bool streaming;
    int64_t count;
    int64_t concurrency;
    int64_t n_clients;
    struct aigw **clients;
    struct slot *slots;
    struct pollfd *polls;
    int64_t started;
    int lost; /* Why there is no daemon any more; 0: there is one. */
    struct tally tally;
    double start_ms;
    double drawn_ms; /* When the progress was shown last. */
};

static int64_t
count_finished(const struct load *load)
{
    return load->tally.successful + load->tally.failed;
}

static void
on_delta(void *ctx, const struct aigw_delta *delta)
{
    struct slot *slot = ctx;

    if (isnan(slot->first_ms) && delta->size > 0)
        slot->first_ms = clock_now_ms();
}

static void
on_done(void *ctx, int code, const struct aigw_value *result, const char *text)
{
    struct slot *slot = ctx;

    (void)text;
    slot->busy = false;
    if (code == AIGW_ERR_CONNECT)
        slot->load->lost = code;
    tally_add(&slot->load->tally, code, result, clock_now_ms() - slot->start_ms,
              slot->first_ms - slot->start_ms);
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
start_call(struct load *load, struct slot *slot)
{
    struct aigw_generate_params generate = load->params.generate;
    char *prompt = make_prompt(load->prompt, ++load->started);
    struct aigw_handlers handlers;
    int code;

    aigw_handlers_init(&handlers);
    handlers.ctx = slot;
    handlers.done = on_done;
    handlers.delta = load->streaming ? on_delta : NULL;
    generate.prompt = prompt;
    /* Nobody would come back for it, so it need not be kept. */
    generate.on_disconnect = "cancel";
    slot->busy = true;
    slot->start_ms = clock_now_ms();
    slot->first_ms = nan("");
    code = aigw_submit_generate(slot->client, &generate, &handlers, NULL);
    if (code != 0)
        on_done(slot, code, NULL, "");
    free(prompt);
}

static void
fill_slots(struct load *load)
{
    for (int64_t i = 0; i < load->concurrency; i++) {
        if (!load->slots[i].busy && load->started < load->count)
            start_call(load, &load->slots[i]);
    }
}

/* Waits for something to happen on any connection, at most one tick. */
static void
wait_and_dispatch(struct load *load)
{
    int timeout_ms = TICK_MS;

    for (int64_t i = 0; i < load->n_clients; i++) {
        int wanted_ms = aigw_timeout_ms(load->clients[i]);

        load->polls[i] =
            (struct pollfd){.fd = aigw_fd(load->clients[i]),
                            .events = aigw_events(load->clients[i])};
        if (wanted_ms >= 0 && wanted_ms < timeout_ms)
            timeout_ms = wanted_ms;
    }
    (void)poll(load->polls, (nfds_t)load->n_clients, timeout_ms);
    for (int64_t i = 0; i < load->n_clients; i++)
        (void)aigw_dispatch(load->clients[i]);
}

static bool
shows_progress(const struct ctl *ctl)
{
    return ctl_can_redraw(ctl) && !ctl->quiet;
}

static void
show_progress(struct load *load)
{
    double now_ms = clock_now_ms();

    if (!shows_progress(load->ctl) || now_ms - load->drawn_ms < TICK_MS)
        return;
    load->drawn_ms = now_ms;
    progress_draw(&(struct progress){.done = count_finished(load),
                                     .total = load->count,
                                     .failed = load->tally.failed,
                                     .elapsed_ms = now_ms - load->start_ms},
                  stderr);
}

/* The first connection is the command's own. */
static int
open_clients(struct load *load)
{
    int exit_code = ctl_connect(load->ctl);
    int64_t i;

    load->clients = mem_alloc((size_t)load->n_clients, sizeof(struct aigw *));
    load->polls = mem_alloc((size_t)load->n_clients, sizeof(*load->polls));
    load->slots = mem_alloc((size_t)load->concurrency, sizeof(*load->slots));
    load->clients[0] = load->ctl->client;
    for (i = 1; exit_code == EXIT_OK && i < load->n_clients; i++) {
        int code;

        load->clients[i] = ctl_new_client(load->ctl);
        code = aigw_connect(load->clients[i]);
        if (code != 0)
            exit_code =
                ctl_fail(load->ctl, code, aigw_error_text(load->clients[i]));
        else
            params_set_timeout(&load->params, load->clients[i]);
    }
    for (i = 0; i < load->concurrency; i++)
        load->slots[i] = (struct slot){
            .load = load, .client = load->clients[i % load->n_clients]};
    return exit_code;
}

static void
close_clients(struct load *load)
{
    for (int64_t i = 1; load->clients && i < load->n_clients; i++)
        aigw_free(load->clients[i]);
    free(load->clients);
    free(load->polls);
    free(load->slots);
}

static int
finish(struct load *load)
{
    struct aigw_value *document = tally_document(
        &load->tally, load->count, clock_now_ms() - load->start_ms);

    if (shows_progress(load->ctl))
        progress_erase(stderr);
    if (!ctl_print_result(load->ctl, document))
        tally_print(document, stdout);
    aigw_value_free(document);
    if (ctl_interrupted())
        return EXIT_INTERRUPTED;
    if (load->lost != 0)
        return ctl_fail(load->ctl, load->lost, "the daemon has gone");
    return load->tally.failed > 0 ? EXIT_UPSTREAM : EXIT_OK;
}

static int
run(struct load *load)
{
    int exit_code = open_clients(load);

    if (exit_code != EXIT_OK)
        return exit_code;
    load->start_ms = clock_now_ms();
    while (count_finished(load) < load->count && !ctl_interrupted()
           && load->lost == 0) {
        fill_slots(load);
        wait_and_dispatch(load);
        show_progress(load);
    }
    return finish(load);
}

static int
read_options(struct load *load, struct args *args)
{
    struct ctl *ctl = load->ctl;

    if (!args_has(args, "count"))
        return ctl_usage(ctl, "load needs -n N: how many prompts to send.");
    if (args_int(args, "count", 1, COUNT_MAX, &load->count) != 0
        || args_int(args, "connections", 1, CONNECTIONS_MAX, &load->n_clients)
               != 0
        || args_int(args, "concurrency", 1,
                    load->n_clients * CALLS_PER_CONNECTION, &load->concurrency)
               != 0)
        return ctl_usage(ctl, "%s", args->error);
    if (args_has(args, "prompt"))
        load->prompt = args_value(args, "prompt");
    load->streaming = args_has(args, "stream");
    return EXIT_OK;
}

int
cmd_load(struct ctl *ctl, struct args *args)
{
    struct load load = {.ctl = ctl,
                        .prompt = "Say in one sentence what is special about "
                                  "the number {n}.",
                        .concurrency = 10,
                        .n_clients = 1};
    int exit_code = params_init(&load.params, ctl, args);

    if (exit_code == EXIT_OK)
        exit_code = read_options(&load, args);
    if (exit_code == EXIT_OK)
        exit_code = run(&load);
    /* What is still in flight reports its end to the slots. */
    ctl_deinit(ctl);
    close_clients(&load);
    params_deinit(&load.params);
    tally_deinit(&load.tally);
    return exit_code;
}
