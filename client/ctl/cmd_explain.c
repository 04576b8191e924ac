/*
 * cmd_explain.c - where a prompt would go, and why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/help.h"
#include "ctl/input.h"
#include "ctl/params.h"
#include "ctl/view.h"

static struct text
chosen_cell(const struct aigw_value *row, const struct aigw_value *document)
{
    struct text text = {""};
    const struct aigw_value *target = aigw_value_get(row, "target");

    if (target && aigw_value_equal(target, aigw_value_get(document, "chosen")))
        (void)snprintf(text.s, sizeof(text.s), "*");
    return text;
}

static struct text
eligible_cell(const struct aigw_value *row, const struct aigw_value *document)
{
    struct text text;

    (void)document;
    (void)snprintf(text.s, sizeof(text.s), "%s",
                   aigw_get_bool(row, "eligible", false) ? "yes" : "no");
    return text;
}

static const struct view_column candidate_columns[] = {
    {.title = "", .cell = chosen_cell},
    {.title = "TARGET", .path = "target"},
    {.title = "TIER", .path = "tier"},
    {.title = "STATE", .path = "state"},
    {.title = "ELIGIBLE", .path = "eligible", .cell = eligible_cell},
    {.title = "TTFT", .path = "p50_ttft_ms", .number = format_latency},
    {.title = "COST", .path = "est_cost_usd", .number = format_cost},
    {.title = "REASON", .path = "reason"}};

static const struct view candidates_view = {
    .columns = candidate_columns,
    .n_columns = sizeof(candidate_columns) / sizeof(*candidate_columns),
    .path = "candidates",
    .empty = "The route has no targets."};

static struct text
format_score(double value)
{
    struct text text;

    (void)snprintf(text.s, sizeof(text.s), "%.2f", value);
    return text;
}

static const struct view_column feature_columns[] = {
    {.title = "FEATURE", .path = "name"},
    {.title = "COUNT", .path = "count", .number = format_score},
    {.title = "SHARE", .path = "share", .number = format_score},
    {.title = "BECAUSE", .path = "reason"}};

static const struct view features_view = {
    .columns = feature_columns,
    .n_columns = sizeof(feature_columns) / sizeof(*feature_columns),
    .path = "complexity.features",
    .empty = "Nothing in it could be counted."};

/* People see what the score is made of; programs find it in the document. */
static void
print_complexity(const struct ctl *ctl, const struct aigw_value *result)
{
    const struct aigw_value *complexity = aigw_value_get(result, "complexity");
    bool chooses = aigw_get_bool(complexity, "chooses", false);

    if (ctl->format != CTL_TABLE || !complexity)
        return;
    (void)printf("Complexity %s: %s%s.\n",
                 format_score(aigw_get_double(complexity, "score", 0)).s,
                 aigw_get_str(complexity, "tier", "-"),
                 chooses ? "" : ", but that chooses nothing here");
    view_print(ctl, &features_view, result, stdout);
    (void)putchar('\n');
}

/* Who would be asked for a cause, if there is anybody. */
static void
remark_fallbacks(const struct ctl *ctl, const struct aigw_value *result,
                 const char *path, const char *cause)
{
    const struct aigw_value *list = aigw_value_path(result, path);
    char names[512] = "";

    for (size_t i = 0; i < aigw_value_size(list); i++) {
        size_t used = strlen(names);

        (void)snprintf(names + used, sizeof(names) - used, "%s%s",
                       i > 0 ? ", " : "",
                       aigw_value_str(aigw_value_at(list, i), ""));
    }
    if (*names)
        ctl_remark(ctl, "%s: %s.", cause, names);
}

static void
print_explanation(const struct ctl *ctl, const struct aigw_value *result)
{
    print_complexity(ctl, result);
    view_print(ctl, &candidates_view, result, stdout);
    if (aigw_get_str(result, "chosen", NULL))
        ctl_remark(ctl, "* would answer first on route \"%s\".",
                   aigw_get_str(result, "route", "default"));
    else
        ctl_remark(ctl, "No target could be used now.");
    remark_fallbacks(ctl, result, "fallbacks.context_length",
                     "If the prompt is too long");
    remark_fallbacks(ctl, result, "fallbacks.content_policy",
                     "If its provider refuses the content");
}

int
cmd_explain(struct ctl *ctl, struct args *args)
{
    struct params params;
    struct aigw_value *result = NULL;
    char *prompt = NULL;
    int exit_code = params_init(&params, ctl, args);

    if (exit_code == EXIT_OK) {
        exit_code = input_text(ctl, args_operand(args, 0), &prompt);
        if (exit_code == EXIT_USAGE)
            help_short("explain", stderr);
    }
    if (exit_code == EXIT_OK) {
        params.generate.prompt = prompt;
        exit_code =
            ctl_call(ctl, "explain", params_to_value(&params, false), &result);
    }
    if (exit_code == EXIT_OK)
        print_explanation(ctl, result);
    aigw_value_free(result);
    free(prompt);
    params_deinit(&params);
    return exit_code;
}
