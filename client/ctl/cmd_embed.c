/*
 * cmd_embed.c - texts into vectors.
 */
#include <limits.h>
#include <stdlib.h>

#include "ctl/answer.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/flat.h"
#include "ctl/help.h"
#include "ctl/input.h"
#include "ctl/report.h"
#include "ctl/table.h"

enum {
    SHOWN_NUMBERS = 4
};

/* The operands, or stdin, as the `input` of the call. */
static int
collect_input(const struct ctl *ctl, const struct args *args,
              struct aigw_value *input)
{
    size_t n = args->n_operands > 0 ? args->n_operands : 1;
    int exit_code = EXIT_OK;

    for (size_t i = 0; i < n && exit_code == EXIT_OK; i++) {
        char *text = NULL;

        exit_code = input_text(ctl, args_operand(args, i), &text);
        if (exit_code == EXIT_OK)
            aigw_value_append_str(input, text);
        free(text);
    }
    if (exit_code == EXIT_USAGE)
        help_short("embed", stderr);
    return exit_code;
}

static void
add_row(struct table *table, const struct aigw_value *item)
{
    const struct aigw_value *vector = aigw_value_get(item, "embedding");
    struct aigw_value *first = aigw_value_array();
    char cell[32];
    char *json;

    for (size_t i = 0; i < SHOWN_NUMBERS && i < aigw_value_size(vector); i++)
        aigw_value_append(first, aigw_value_copy(aigw_value_at(vector, i)));
    (void)snprintf(cell, sizeof(cell), "%d",
                   (int)aigw_get_int(item, "index", 0));
    table_add(table, cell);
    (void)snprintf(cell, sizeof(cell), "%zu", aigw_value_size(vector));
    table_add(table, cell);
    json = aigw_value_to_json(first, AIGW_JSON_COMPACT);
    table_add(table, json);
    free(json);
    aigw_value_free(first);
}

static void
print_table(const struct aigw_value *vectors, FILE *out)
{
    static const struct table_column columns[] = {
        {"INDEX", true}, {"NUMBERS", true}, {"BEGINS WITH", false}};
    struct table table;

    table_init(&table, columns, sizeof(columns) / sizeof(*columns));
    for (size_t i = 0; i < aigw_value_size(vectors); i++)
        add_row(&table, aigw_value_at(vectors, i));
    table_print(&table, out);
    table_deinit(&table);
}

/* The vectors are what is asked for, so each row of ndjson and plain output
 * holds one, however long. */
static void
print_vectors(const struct ctl *ctl, const struct aigw_value *result)
{
    const struct aigw_value *vectors = aigw_value_path(result, "response.data");

    if (ctl->format == CTL_JSON) {
        flat_print_document(result, stdout);
        return;
    }
    if (ctl->format == CTL_TABLE) {
        print_table(vectors, stdout);
        if (ctl->err_tty && !ctl->quiet)
            answer_write_cost(result, stderr);
        return;
    }
    for (size_t i = 0; i < aigw_value_size(vectors); i++) {
        const struct aigw_value *item = aigw_value_at(vectors, i);

        if (ctl->format == CTL_PLAIN)
            item = aigw_value_get(item, "embedding");
        flat_print_document(item, stdout);
    }
}

static int
finish(const struct ctl *ctl, const struct aigw_value *result)
{
    if (aigw_get_bool(result, "success", false)) {
        print_vectors(ctl, result);
        return EXIT_OK;
    }
    if (ctl_is_machine(ctl))
        (void)ctl_print_result(ctl, result);
    else
        report_failure(result, stderr);
    return report_failure_exit_code(result);
}

/* Fills `params` from the command line. */
static int
make_params(const struct ctl *ctl, struct args *args, struct aigw_value *params)
{
    struct aigw_value *input = aigw_value_array();
    const char *model = args_value(args, "model");
    int64_t dimensions = 0;
    int exit_code;

    if (args_int(args, "dimensions", 1, INT_MAX, &dimensions) != 0)
        exit_code = ctl_usage(ctl, "%s", args->error);
    else if (!model)
        exit_code = ctl_usage(ctl, "embed needs --model MODEL.");
    else
        exit_code = collect_input(ctl, args, input);
    aigw_value_set(params, "input", input);
    if (model)
        aigw_value_set_str(params, "model", model);
    if (dimensions > 0)
        aigw_value_set_int(params, "dimensions", dimensions);
    return exit_code;
}

int
cmd_embed(struct ctl *ctl, struct args *args)
{
    struct aigw_value *params = aigw_value_map();
    struct aigw_value *result = NULL;
    int exit_code = make_params(ctl, args, params);

    if (exit_code != EXIT_OK) {
        aigw_value_free(params);
        return exit_code;
    }
    if (ctl->timeout_ms == 0)
        aigw_set_call_timeout(ctl->client, CTL_ANSWER_TIMEOUT_MS);
    exit_code = ctl_call(ctl, "embed", params, &result);
    if (exit_code == EXIT_OK)
        exit_code = finish(ctl, result);
    aigw_value_free(result);
    return exit_code;
}
