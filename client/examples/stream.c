/*
 * stream.c - prints an answer while it is written.  Ctrl-C ends it early, and
 * with it the work of the provider.
 *
 *     cc stream.c $(pkg-config --cflags --libs aigw) -o stream
 */
#include <aigw/aigw.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct aigw *client;

static void
on_interrupt(int number)
{
    (void)number;
    aigw_cancel(client); /* NOLINT(bugprone-signal-handler): it may. */
}

static void
on_delta(void *ctx, const struct aigw_delta *delta)
{
    (void)ctx;
    (void)fwrite(delta->text, 1, delta->size, stdout);
    (void)fflush(stdout);
}

int
main(int argc, char **argv)
{
    struct aigw_generate_params params;
    struct aigw_handlers handlers;
    struct aigw_value *answer;
    int code;

    client = aigw_new(NULL);
    (void)signal(SIGINT, on_interrupt);
    aigw_generate_params_init(&params);
    params.prompt = argc > 1 ? argv[1] : "Tell me a story.";
    aigw_handlers_init(&handlers);
    handlers.delta = on_delta;
    code = aigw_generate(client, &params, &handlers, &answer);
    (void)printf("\n");
    if (code != AIGW_ERR_NONE)
        (void)fprintf(stderr, "%s\n", aigw_error_text(client));
    else if (!aigw_get_bool(answer, "success", false))
        (void)fprintf(stderr, "%s\n", aigw_get_str(answer, "error", "?"));
    aigw_value_free(answer);
    aigw_free(client);
    return code == AIGW_ERR_NONE ? EXIT_SUCCESS : EXIT_FAILURE;
}
