/*
 * cmd_prices.c - what the models cost, for a volume of tokens once a month
 * and every day.
 */
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/estimate.h"
#include "ctl/snapshot.h"
#include "ctl/view.h"

/* What cannot be used now is shown, but no choice. */
static struct text
cheapest_cell(const struct aigw_value *row, const struct aigw_value *document)
{
    struct text text = {""};

    (void)document;
    if (aigw_get_bool(row, "cheapest", false))
        (void)snprintf(text.s, sizeof(text.s), "cheapest");
    else if (!aigw_get_bool(row, "eligible", false))
        (void)snprintf(text.s, sizeof(text.s), "unavailable");
    return text;
}

static const struct view_column price_columns[] = {
    {.title = "MODEL", .path = "name"},
    {.title = "TIER", .path = "tier"},
    {.title = "IN $/M", .path = "input_usd", .number = format_price},
    {.title = "CACHED $/M", .path = "cached_input_usd", .number = format_price},
    {.title = "OUT $/M", .path = "output_usd", .number = format_price},
    {.title = "ONCE A MONTH", .path = "monthly_usd", .number = format_money},
    {.title = "EVERY DAY", .path = "daily_monthly_usd", .number = format_money},
    {.title = "", .path = "cheapest", .cell = cheapest_cell}};

static const struct view prices_view = {.columns = price_columns,
                                        .n_columns = sizeof(price_columns)
                                                     / sizeof(*price_columns),
                                        .path = "prices",
                                        .empty = "No targets are configured."};

int
cmd_prices(struct ctl *ctl, struct args *args)
{
    const char *tokens_text = args_value(args, "tokens");
    const char *ratio_text = args_value(args, "ratio");
    int64_t tokens = 10000000;
    double input_share = 0.75;
    struct aigw_value *snapshot = NULL;
    struct aigw_value *document;
    int exit_code;

    if (tokens_text && !format_parse_count(tokens_text, &tokens))
        return ctl_usage(ctl, "\"--tokens %s\": expected a number like 10M.",
                         tokens_text);
    if (ratio_text && !format_parse_ratio(ratio_text, &input_share))
        return ctl_usage(ctl, "\"--ratio %s\": expected two numbers like 3:1.",
                         ratio_text);
    exit_code = snapshot_get(ctl, NULL, NULL, &snapshot);
    if (exit_code != EXIT_OK)
        return exit_code;
    document = estimate_prices(snapshot, tokens, input_share);
    view_print(ctl, &prices_view, document, stdout);
    ctl_remark(ctl,
               "USD a month for %s tokens, %.0f %% of them input; prices in "
               "USD per million.",
               format_short_count((double)tokens).s, input_share * 100);
    aigw_value_free(document);
    aigw_value_free(snapshot);
    return EXIT_OK;
}
