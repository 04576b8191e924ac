#include "tui/figures.h"

#include <math.h>
#include <string.h>

#include "text/read.h"

/* Beside something endless nothing else could be seen. */
static double
finite_or_nan(double value)
{
    return isfinite(value) ? value : nan("");
}

struct trend
figures_trend(const struct aigw_value *list)
{
    struct trend trend = {.n_values = 0};
    size_t n = aigw_value_size(list);

    if (aigw_value_type(list) != AIGW_TYPE_ARRAY)
        return trend;
    for (size_t i = n > FIGURES_MAX_TREND ? n - FIGURES_MAX_TREND : 0; i < n;
         i++)
        trend.values[trend.n_values++] =
            finite_or_nan(aigw_value_double(aigw_value_at(list, i), nan("")));
    return trend;
}

/* What the daemon tells, or else what was seen of it since we look. */
static struct trend
trend_of(const struct model *m, const char *path, const struct history *seen)
{
    struct trend trend = figures_trend(aigw_value_path(m->snapshot, path));

    if (trend.n_values > 0)
        return trend;
    memcpy(trend.values, seen->values, seen->n_values * sizeof(double));
    trend.n_values = seen->n_values;
    return trend;
}

struct trend
figures_requests(const struct model *m)
{
    return trend_of(m, "totals.trend", &m->rps);
}

struct trend
figures_errors(const struct model *m)
{
    return trend_of(m, "totals.error_trend", &m->errors);
}

double
figures_cost_per_hour(const struct aigw_value *snapshot)
{
    const struct aigw_value *targets = aigw_value_get(snapshot, "targets");
    double total = read_number(snapshot, "window.cost_per_hour_usd");
    double sum = 0;

    if (!isnan(total))
        return total;
    for (size_t i = 0; i < aigw_value_size(targets); i++) {
        double usd =
            read_number(aigw_value_at(targets, i), "cost_per_hour_usd");

        if (isnan(usd))
            continue;
        sum += usd;
        total = sum;
    }
    return total;
}

double
figures_daily_limit(const struct aigw_value *snapshot)
{
    const struct aigw_value *budgets = aigw_value_get(snapshot, "budgets");

    for (size_t i = 0; i < aigw_value_size(budgets); i++) {
        const struct aigw_value *budget = aigw_value_at(budgets, i);

        if (strcmp(aigw_get_str(budget, "scope", ""), "all") == 0
            && strcmp(aigw_get_str(budget, "period", ""), "day") == 0)
            return read_number(budget, "limit_usd");
    }
    return nan("");
}
