#include "ctl/estimate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "text/format.h"
#include "text/mem.h"
#include "text/read.h"

/* A target on its way into the sorted list. */
struct candidate {
    const struct aigw_value *target;
    size_t position; /* Keeps equal prices in the order of configuration. */
    double monthly_usd;
    bool eligible;
};

enum {
    MONTH_DAYS = 30
};

double
estimate_cost(double input_usd, double output_usd, int64_t tokens,
              double input_share)
{
    double millions = (double)tokens / 1e6;

    return millions * input_share * input_usd
           + millions * (1 - input_share) * output_usd;
}

static int
compare(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    int by_position = (a->position > b->position) - (a->position < b->position);

    if (isnan(a->monthly_usd) || isnan(b->monthly_usd)) {
        int unknown = isnan(a->monthly_usd) - isnan(b->monthly_usd);

        return unknown != 0 ? unknown : by_position;
    }
    if (a->monthly_usd < b->monthly_usd)
        return -1;
    return a->monthly_usd > b->monthly_usd ? 1 : by_position;
}

static void
copy_member(struct aigw_value *row, const char *key,
            const struct aigw_value *value)
{
    aigw_value_set(row, key, aigw_value_copy(value));
}

static void
set_money(struct aigw_value *row, const char *key, double usd)
{
    if (isnan(usd))
        aigw_value_set_nil(row, key);
    else
        aigw_value_set_double(row, key, format_round(usd, 9));
}

static void
copy_price(struct aigw_value *row, const struct aigw_value *target)
{
    static const char *const keys[] = {"input_usd", "output_usd",
                                       "cached_input_usd", "cache_write_usd",
                                       "reasoning_usd"};

    const struct aigw_value *price = aigw_value_get(target, "price");

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        copy_member(row, keys[i], aigw_value_get(price, keys[i]));
}

static struct aigw_value *
make_row(const struct candidate *candidate, bool cheapest)
{
    const struct aigw_value *target = candidate->target;
    struct aigw_value *row = aigw_value_map();

    copy_member(row, "name", aigw_value_get(target, "name"));
    copy_member(row, "tier", aigw_value_get(target, "tier"));
    copy_price(row, target);
    set_money(row, "monthly_usd", candidate->monthly_usd);
    set_money(row, "daily_monthly_usd", candidate->monthly_usd * MONTH_DAYS);
    aigw_value_set_bool(row, "eligible", candidate->eligible);
    aigw_value_set_bool(row, "cheapest", cheapest);
    return row;
}

/* Fills one candidate for each of `targets`, cheapest first. */
static struct candidate *
sort_targets(const struct aigw_value *targets, int64_t tokens,
             double input_share)
{
    size_t n = aigw_value_size(targets);
    struct candidate *sorted = mem_alloc(n, sizeof(*sorted));

    for (size_t i = 0; i < n; i++) {
        const struct aigw_value *target = aigw_value_at(targets, i);

        sorted[i].target = target;
        sorted[i].position = i;
        sorted[i].monthly_usd = estimate_cost(
            read_number(target, "price.input_usd"),
            read_number(target, "price.output_usd"), tokens, input_share);
        sorted[i].eligible = aigw_get_bool(target, "is_healthy", false);
    }
    qsort(sorted, n, sizeof(*sorted), compare);
    return sorted;
}

/* NAN if none of them can be used. */
static double
find_lowest(const struct candidate *sorted, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (sorted[i].eligible)
            return sorted[i].monthly_usd;
    }
    return (double)NAN;
}

struct aigw_value *
estimate_prices(const struct aigw_value *snapshot, int64_t tokens,
                double input_share)
{
    const struct aigw_value *targets = aigw_value_get(snapshot, "targets");
    struct candidate *sorted = sort_targets(targets, tokens, input_share);
    struct aigw_value *document = aigw_value_map();
    struct aigw_value *prices = aigw_value_array();
    double lowest_usd = find_lowest(sorted, aigw_value_size(targets));

    for (size_t i = 0; i < aigw_value_size(targets); i++) {
        bool cheapest =
            sorted[i].eligible && sorted[i].monthly_usd <= lowest_usd;

        aigw_value_append(prices, make_row(&sorted[i], cheapest));
    }
    free(sorted);
    aigw_value_set_int(document, "schema", 1);
    aigw_value_set_int(document, "tokens", tokens);
    aigw_value_set_double(document, "input_share",
                          format_round(input_share, 6));
    aigw_value_set(document, "prices", prices);
    return document;
}
