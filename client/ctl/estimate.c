#include "ctl/estimate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "ctl/format.h"
#include "ctl/mem.h"
#include "ctl/read.h"

/* A target on its way into the sorted list. */
struct candidate {
    const struct aigw_value *target;
    size_t position; /* Keeps equal prices in the order of configuration. */
    double monthly_usd;
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

static struct aigw_value *
make_row(const struct candidate *candidate, bool cheapest)
{
    const struct aigw_value *target = candidate->target;
    struct aigw_value *row = aigw_value_map();

    copy_member(row, "name", aigw_value_get(target, "name"));
    copy_member(row, "tier", aigw_value_get(target, "tier"));
    copy_member(row, "input_usd", aigw_value_path(target, "price.input_usd"));
    copy_member(row, "output_usd", aigw_value_path(target, "price.output_usd"));
    copy_member(row, "cached_input_usd",
                aigw_value_path(target, "price.cached_input_usd"));
    if (isnan(candidate->monthly_usd))
        aigw_value_set_nil(row, "monthly_usd");
    else
        aigw_value_set_double(row, "monthly_usd",
                              format_round(candidate->monthly_usd, 9));
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
    }
    qsort(sorted, n, sizeof(*sorted), compare);
    return sorted;
}

struct aigw_value *
estimate_prices(const struct aigw_value *snapshot, int64_t tokens,
                double input_share)
{
    const struct aigw_value *targets = aigw_value_get(snapshot, "targets");
    struct candidate *sorted = sort_targets(targets, tokens, input_share);
    struct aigw_value *document = aigw_value_map();
    struct aigw_value *prices = aigw_value_array();

    for (size_t i = 0; i < aigw_value_size(targets); i++) {
        bool cheapest = !isnan(sorted[i].monthly_usd)
                        && sorted[i].monthly_usd <= sorted[0].monthly_usd;

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
