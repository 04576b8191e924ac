/*
 * generate.c - asks one question and prints the answer.
 *
 *     cc generate.c $(pkg-config --cflags --libs aigw) -o generate
 *     ./generate "Why is the sky blue?"
 */
#include <aigw/aigw.h>

#include <stdio.h>
#include <stdlib.h>

static int
print_answer(const struct aigw_value *answer)
{
    if (!aigw_get_bool(answer, "success", false)) {
        (void)fprintf(stderr, "%s: %s\n",
                      aigw_get_str(answer, "error_code", "?"),
                      aigw_get_str(answer, "error", "no reason given"));
        return EXIT_FAILURE;
    }
    (void)printf("%s\n", aigw_get_str(answer, "content", ""));
    (void)fprintf(stderr, "by %s/%s for $%.6f\n",
                  aigw_get_str(answer, "provider", "?"),
                  aigw_get_str(answer, "model", "?"),
                  aigw_get_double(answer, "cost_usd", 0));
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    struct aigw *client = aigw_new(NULL);
    struct aigw_generate_params params;
    struct aigw_value *answer;
    int exit_code = EXIT_FAILURE;

    aigw_generate_params_init(&params);
    params.prompt = argc > 1 ? argv[1] : "Why is the sky blue?";
    params.deadline_ms = 60000;
    if (aigw_generate(client, &params, NULL, &answer) != AIGW_ERR_NONE)
        (void)fprintf(stderr, "%s\n", aigw_error_text(client));
    else
        exit_code = print_answer(answer);
    aigw_value_free(answer);
    aigw_free(client);
    return exit_code;
}
