#include "tui/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct option_spec options_table[] = {
    {'s', "socket", "PATH", "the daemon's socket"},
    {'d', "delay", "SECONDS", "time between two looks, 0.1 to 3600 (1)"},
    {'w', "window", "SPAN", "what figures are over: 10s, 1m, 5m, 1h (1m)"},
    {'b', "batch", NULL, "write tables to stdout, without a terminal"},
    {'n', "iterations", "N", "with --batch: look so often, then end"},
    {0, "json", NULL, "batch: one JSON object a line"},
    {0, "csv", NULL, "batch: comma-separated values"},
    {0, "plain", NULL, "batch: only what changes, a sentence each"},
    {0, "utf8", NULL, "batch: tables and sentences beyond ASCII"},
    {'C', "no-color", NULL, "no colours"},
    {'U', "ascii", NULL, "nothing beyond ASCII"},
    {0, "readonly", NULL, "show, but change nothing"},
    {0, "demo", NULL, "show a recording that is built in"},
    {0, "record", "FILE", "keep what is shown, for --replay"},
    {0, "replay", "FILE", "show a recording again"},
    {0, "speed", "FACTOR", "of a recording, 0.01 to 1000 (1)"},
    {'h', "help", NULL, "show this"},
    {'V', "version", NULL, "show the version"},
    {0},
};

int
options_parse_window(const char *text, int *ret_seconds)
{
    static const struct {
        const char *text;
        int seconds;
    } windows[] = {{"10s", 10}, {"1m", 60}, {"5m", 300}, {"1h", 3600}};

    for (size_t i = 0; i < sizeof(windows) / sizeof(*windows); i++) {
        if (strcmp(text, windows[i].text) == 0) {
            *ret_seconds = windows[i].seconds;
            return 0;
        }
    }
    return -1;
}

/* Numbers; complaints are in `args->error`. */
static int
read_numbers(struct args *args, struct options *options)
{
    double delay_s = 0;
    const char *window = args_value(args, "window");

    if (args_number(args, "delay", OPTIONS_MIN_DELAY_MS / 1e3,
                    OPTIONS_MAX_DELAY_MS / 1e3, &delay_s)
            != 0
        || args_int(args, "iterations", 1, INT32_MAX, &options->iterations) != 0
        || args_number(args, "speed", 0.01, 1000, &options->speed) != 0)
        return -1;
    options->interval_ms = delay_s * 1e3;
    if (!window || options_parse_window(window, &options->window_s) == 0)
        return 0;
    (void)snprintf(args->error, sizeof(args->error),
                   "\"--window %s\": expected 10s, 1m, 5m or 1h.", window);
    return -1;
}

static void
read_switches(const struct args *args, struct options *options)
{
    const char *no_color = getenv("NO_COLOR");

    options->socket_path = args_value(args, "socket");
    options->record_path = args_value(args, "record");
    options->replay_path = args_value(args, "replay");
    options->batch = args_has(args, "batch");
    options->mono = args_has(args, "no-color") || (no_color && no_color[0]);
    options->ascii = args_has(args, "ascii");
    options->utf8 = args_has(args, "utf8");
    options->readonly = args_has(args, "readonly");
    options->demo = args_has(args, "demo");
    options->help = args_has(args, "help");
    options->version = args_has(args, "version");
}

/* The formats are options of their own, of which one is enough to say that
 * no terminal is wanted. */
static int
read_format(struct args *args, struct options *options)
{
    static const struct {
        const char *name;
        enum options_format format;
    } formats[] = {
        {"json", OPTIONS_JSON}, {"csv", OPTIONS_CSV}, {"plain", OPTIONS_PLAIN}};

    const char *chosen = NULL;

    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        if (!args_has(args, formats[i].name))
            continue;
        if (chosen) {
            (void)snprintf(args->error, sizeof(args->error),
                           "--%s and --%s cannot both be written.", chosen,
                           formats[i].name);
            return -1;
        }
        chosen = formats[i].name;
        options->format = formats[i].format;
        options->batch = true;
    }
    return 0;
}

/* What makes no sense together; NULL if all does. */
static const char *
find_conflict(const struct args *args, const struct options *options)
{
    bool recording = options_show_recording(options);

    if (args->n_operands > 0)
        return "there is nothing to name: aigw-top [OPTION]...";
    if (options->demo && options->replay_path)
        return "--demo is a recording itself: --replay needs none.";
    if (recording && options->socket_path)
        return "a recording is shown without a daemon: no --socket.";
    if (recording && options->record_path)
        return "what is a recording already is not recorded: no --record.";
    if (!recording && args_has(args, "speed"))
        return "--speed is for --replay and --demo.";
    if (!options->batch && options->iterations > 0)
        return "--iterations is for --batch.";
    if (options->utf8 && !options->batch)
        return "--utf8 is for --batch: a terminal says so itself.";
    if (options->utf8 && options->ascii)
        return "--ascii and --utf8 cannot both be shown.";
    return NULL;
}

static int
read_all(struct args *args, struct options *options)
{
    const char *conflict;

    read_switches(args, options);
    if (read_numbers(args, options) != 0 || read_format(args, options) != 0)
        return -1;
    conflict = find_conflict(args, options);
    if (conflict)
        (void)snprintf(args->error, sizeof(args->error), "%s", conflict);
    return conflict ? -1 : 0;
}

int
options_parse(int argc, char **argv, struct options *ret_options,
              char ret_error[240])
{
    struct args args;
    int status = args_parse(&args, argc, argv, options_table, NULL);

    *ret_options = (struct options){.speed = 1};
    if (status == 0)
        status = read_all(&args, ret_options);
    if (status != 0)
        (void)snprintf(ret_error, sizeof(args.error), "%s", args.error);
    args_deinit(&args);
    return status;
}

bool
options_show_recording(const struct options *options)
{
    return options->demo || options->replay_path;
}
