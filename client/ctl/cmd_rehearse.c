/*
 * cmd_rehearse.c - one fault after the other against a target that works,
 * under calls, and whether any of them suffered.
 *
 * For each fault: order a drill, make the calls, end the drill, wait until the
 * target is asked again, and reset its breaker so that the next fault finds it
 * as the first one did.
 */
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/drilled.h"
#include "ctl/fault.h"
#include "ctl/input.h"
#include "ctl/rehearsal.h"
#include "ctl/script.h"
#include "ctl/volley.h"
#include "text/clock.h"
#include "text/mem.h"

enum {
    CALLS_MAX = 1000000,
    WAIT_MAX_S = 3600,
    LOOK_MS = 50 /* Between looks at a target that is to return. */
};

struct rehearse {
    struct ctl *ctl;
    struct drilled drilled;
    struct params params;
    struct script script;
    struct volley *volley;
    const char *prompt;
    const char *route;
    char *target; /* Where a step strikes that names none. */
    int64_t count;
    int64_t concurrency;
    int64_t wait_s;
    struct rehearsal_call *calls; /* One for each place of the volley. */
    struct aigw_value *steps;
    struct rehearsal total;

    /* Of the step that runs. */
    struct rehearsal sums;
    double healed_ms;   /* Wall clock; HUGE_VAL before. */
    double returned_ms; /* The same; NAN before. */
};

static void
on_begin(void *ctx, size_t slot)
{
    struct rehearse *r = ctx;

    rehearsal_call_begin(&r->calls[slot]);
}

static void
on_delta(void *ctx, size_t slot, const struct aigw_delta *delta)
{
    struct rehearse *r = ctx;

    rehearsal_call_delta(&r->calls[slot], &r->sums, delta, clock_now_ms());
}

static void
on_event(void *ctx, size_t slot, const struct aigw_value *event)
{
    struct rehearse *r = ctx;

    rehearsal_call_event(&r->calls[slot], event);
}

static void
on_done(void *ctx, size_t slot, int code, const struct aigw_value *result)
{
    struct rehearse *r = ctx;

    rehearsal_call_end(&r->calls[slot], &r->sums, code, result);
    if (isnan(r->returned_ms))
        r->returned_ms =
            rehearsal_asked_ms(result, r->drilled.target, r->healed_ms);
}

static const struct volley_ops OPS = {
    .begin = on_begin, .delta = on_delta, .event = on_event, .done = on_done};

/* Looking costs nothing; a call is made only when the target may get it. */
static int
await_return(struct rehearse *r)
{
    double until_ms = clock_now_ms() + (double)r->wait_s * 1000;
    bool healthy = false, stuck = false;
    int exit_code = EXIT_OK;

    while (exit_code == EXIT_OK && isnan(r->returned_ms) && !stuck
           && clock_now_ms() < until_ms && !ctl_interrupted()) {
        exit_code = drilled_look(&r->drilled, &healthy, &stuck);
        if (exit_code == EXIT_OK && healthy)
            exit_code = volley_run(r->volley, 1);
        if (isnan(r->returned_ms))
            (void)poll(NULL, 0, LOOK_MS);
    }
    if (!isnan(r->returned_ms))
        sample_add(&r->sums.return_ms, r->returned_ms - r->healed_ms);
    else if (exit_code == EXIT_OK && !ctl_interrupted())
        ctl_remark(r->ctl, "%s was not asked again by itself.",
                   r->drilled.target);
    return exit_code;
}

static void
keep_step(struct rehearse *r, const struct script_step *step)
{
    struct aigw_value *row = aigw_value_map();

    aigw_value_set_str(row, "fault", fault_text(step->fault).s);
    aigw_value_set_str(row, "target", r->drilled.target);
    rehearsal_describe(&r->sums, row);
    aigw_value_append(r->steps, row);
    rehearsal_add(&r->total, &r->sums);
    rehearsal_deinit(&r->sums);
}

/* The calls under the drill, and those after it. */
static int
strike(struct rehearse *r)
{
    int exit_code = volley_run(r->volley, r->count);
    int stopped = drilled_stop(&r->drilled, &r->sums.hits);
    int reset;

    r->healed_ms = clock_epoch_ms();
    if (exit_code == EXIT_OK)
        exit_code = stopped;
    if (exit_code == EXIT_OK)
        exit_code = await_return(r);
    reset = drilled_reset(&r->drilled);
    return exit_code == EXIT_OK ? reset : exit_code;
}

static int
run_step(struct rehearse *r, const struct script_step *step)
{
    int exit_code;

    r->drilled.target = step->target ? step->target : r->target;
    r->healed_ms = HUGE_VAL;
    r->returned_ms = nan("");
    ctl_remark(r->ctl, "%s at %s ...", fault_text(step->fault).s,
               r->drilled.target);
    exit_code = drilled_start(&r->drilled, step->fault);
    if (exit_code != EXIT_OK)
        return exit_code;
    exit_code = strike(r);
    keep_step(r, step);
    return exit_code;
}

static int
check_target(struct rehearse *r, const char *target)
{
    r->drilled.target = target;
    return drilled_check(&r->drilled);
}

static int
check_targets(struct rehearse *r)
{
    int exit_code = drilled_find(&r->drilled, r->route, &r->target);

    if (exit_code == EXIT_OK)
        exit_code = check_target(r, r->target);
    for (size_t i = 0; exit_code == EXIT_OK && i < r->script.n_steps; i++) {
        if (r->script.steps[i].target)
            exit_code = check_target(r, r->script.steps[i].target);
    }
    return exit_code;
}

/* Prints what is known, also of a rehearsal that was broken off. */
static int
report(struct rehearse *r)
{
    struct aigw_value *document = aigw_value_map();
    struct aigw_value *total = aigw_value_map();

    aigw_value_set_int(document, "schema", 1);
    aigw_value_set_str(document, "route", r->route);
    aigw_value_set_str(document, "target", r->target);
    aigw_value_set(document, "steps", r->steps);
    r->steps = NULL;
    rehearsal_describe(&r->total, total);
    aigw_value_set(document, "total", total);
    rehearsal_print(r->ctl, document, stdout);
    aigw_value_free(document);
    if (r->total.hits == 0)
        ctl_remark(r->ctl, "No call met a fault: is %s asked first?",
                   r->target);
    if (r->total.lost == 0)
        return EXIT_OK;
    return r->total.completed > 0 ? EXIT_REFUSED : EXIT_UPSTREAM;
}

static int
run(struct rehearse *r)
{
    int exit_code = check_targets(r);
    int reported;

    for (size_t i = 0; exit_code == EXIT_OK && i < r->script.n_steps; i++)
        exit_code = run_step(r, &r->script.steps[i]);
    if (aigw_value_size(r->steps) == 0)
        return exit_code;
    reported = report(r);
    if (ctl_interrupted())
        return EXIT_INTERRUPTED;
    return exit_code == EXIT_OK ? reported : exit_code;
}

static int
open_connections(struct rehearse *r)
{
    int exit_code =
        volley_open(&(struct volley_options){.ctl = r->ctl,
                                             .params = &r->params,
                                             .prompt = r->prompt,
                                             .streaming = true,
                                             .concurrency = r->concurrency,
                                             .n_clients = 1,
                                             .ops = &OPS,
                                             .ctx = r},
                    &r->volley);

    if (exit_code != EXIT_OK)
        return exit_code;
    r->calls = mem_alloc((size_t)r->concurrency, sizeof(*r->calls));
    drilled_init(&r->drilled, r->ctl);
    return EXIT_OK;
}

static int
read_script(struct rehearse *r, struct args *args)
{
    const char *path = args_value(args, "script");
    char error[SCRIPT_ERROR_SIZE];
    char *text = NULL;
    int exit_code = path ? input_file(r->ctl, path, &text) : EXIT_OK;

    if (exit_code == EXIT_OK
        && script_parse(&r->script, text ? text : script_usual, error) != 0)
        exit_code = ctl_usage(r->ctl, "%s: %s", path ? path : "script", error);
    free(text);
    return exit_code;
}

static int
read_options(struct rehearse *r, struct args *args)
{
    if (args_has(args, "rate") || args_has(args, "for")
        || args_operand(args, 1))
        return ctl_usage(r->ctl, "rehearse takes no target, --rate or --for: "
                                 "see --script.");
    if (args_int(args, "count", 1, CALLS_MAX, &r->count) != 0
        || args_int(args, "concurrency", 1, VOLLEY_CALLS_PER_CONNECTION,
                    &r->concurrency)
               != 0
        || args_int(args, "wait", 1, WAIT_MAX_S, &r->wait_s) != 0)
        return ctl_usage(r->ctl, "%s", args->error);
    if (args_has(args, "prompt"))
        r->prompt = args_value(args, "prompt");
    if (args_has(args, "route"))
        r->route = args_value(args, "route");
    return read_script(r, args);
}

int
cmd_drill_rehearse(struct ctl *ctl, struct args *args)
{
    struct rehearse r = {.ctl = ctl,
                         .prompt = "Describe a river from its spring to the "
                                   "sea in a hundred words. ({n})",
                         .route = "default",
                         .count = 20,
                         .concurrency = 4,
                         .wait_s = 60,
                         .steps = aigw_value_array()};
    int exit_code = params_init(&r.params, ctl, args);

    if (exit_code == EXIT_OK)
        exit_code = read_options(&r, args);
    if (exit_code == EXIT_OK)
        exit_code = open_connections(&r);
    if (exit_code == EXIT_OK)
        exit_code = run(&r);
    volley_free(r.volley);
    for (int64_t i = 0; r.calls && i < r.concurrency; i++)
        rehearsal_call_deinit(&r.calls[i]);
    free(r.calls);
    drilled_deinit(&r.drilled);
    script_deinit(&r.script);
    params_deinit(&r.params);
    rehearsal_deinit(&r.sums);
    rehearsal_deinit(&r.total);
    aigw_value_free(r.steps);
    free(r.target);
    return exit_code;
}
