/*
 * cmd_load.c - many prompts at once, and how they fared.
 */
#include <math.h>
#include <stdlib.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/progress.h"
#include "ctl/tally.h"
#include "ctl/volley.h"
#include "text/clock.h"
#include "text/mem.h"

enum {
    COUNT_MAX = 10000000,
    REDRAW_MS = 100
};

/* When the call in one slot began and first spoke. */
struct moment {
    double start_ms;
    double first_ms; /* NAN before. */
};

struct load {
    struct ctl *ctl;
    struct params params;
    const char *prompt;
    bool streaming;
    int64_t count;
    int64_t concurrency;
    int64_t n_clients;
    struct volley *volley;
    struct moment *moments; /* One for each slot. */
    struct tally tally;
    double start_ms;
    double drawn_ms; /* When the progress was shown last. */
};

static void
on_begin(void *ctx, size_t slot)
{
    struct load *load = ctx;

    load->moments[slot] =
        (struct moment){.start_ms = clock_now_ms(), .first_ms = nan("")};
}

static void
on_delta(void *ctx, size_t slot, const struct aigw_delta *delta)
{
    struct load *load = ctx;

    if (isnan(load->moments[slot].first_ms) && delta->size > 0)
        load->moments[slot].first_ms = clock_now_ms();
}

static void
on_done(void *ctx, size_t slot, int code, const struct aigw_value *result)
{
    struct load *load = ctx;
    const struct moment *moment = &load->moments[slot];

    tally_add(&load->tally, code, result, clock_now_ms() - moment->start_ms,
              moment->first_ms - moment->start_ms);
}

static bool
shows_progress(const struct ctl *ctl)
{
    return ctl_can_redraw(ctl) && !ctl->quiet;
}

static void
on_tick(void *ctx)
{
    struct load *load = ctx;
    double now_ms = clock_now_ms();

    if (!shows_progress(load->ctl) || now_ms - load->drawn_ms < REDRAW_MS)
        return;
    load->drawn_ms = now_ms;
    progress_draw(
        &(struct progress){.done = load->tally.successful + load->tally.failed,
                           .total = load->count,
                           .failed = load->tally.failed,
                           .elapsed_ms = now_ms - load->start_ms},
        stderr);
}

static const struct volley_ops OPS = {
    .begin = on_begin, .delta = on_delta, .done = on_done, .tick = on_tick};

static void
show(struct load *load)
{
    struct aigw_value *document = tally_document(
        &load->tally, load->count, clock_now_ms() - load->start_ms);

    if (shows_progress(load->ctl))
        progress_erase(stderr);
    if (!ctl_print_result(load->ctl, document))
        tally_print(document, stdout);
    aigw_value_free(document);
}

static int
run(struct load *load)
{
    int exit_code =
        volley_open(&(struct volley_options){.ctl = load->ctl,
                                             .params = &load->params,
                                             .prompt = load->prompt,
                                             .streaming = load->streaming,
                                             .concurrency = load->concurrency,
                                             .n_clients = load->n_clients,
                                             .ops = &OPS,
                                             .ctx = load},
                    &load->volley);

    if (exit_code != EXIT_OK)
        return exit_code;
    load->moments =
        mem_alloc((size_t)load->concurrency, sizeof(*load->moments));
    load->start_ms = clock_now_ms();
    exit_code = volley_run(load->volley, load->count);
    show(load);
    if (exit_code == EXIT_OK && load->tally.failed > 0)
        exit_code = EXIT_UPSTREAM;
    return exit_code;
}

static int
read_options(struct load *load, struct args *args)
{
    struct ctl *ctl = load->ctl;

    if (!args_has(args, "count"))
        return ctl_usage(ctl, "load needs -n N: how many prompts to send.");
    if (args_int(args, "count", 1, COUNT_MAX, &load->count) != 0
        || args_int(args, "connections", 1, VOLLEY_CONNECTIONS_MAX,
                    &load->n_clients)
               != 0
        || args_int(args, "concurrency", 1,
                    load->n_clients * VOLLEY_CALLS_PER_CONNECTION,
                    &load->concurrency)
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
    volley_free(load.volley);
    free(load.moments);
    params_deinit(&load.params);
    tally_deinit(&load.tally);
    return exit_code;
}
