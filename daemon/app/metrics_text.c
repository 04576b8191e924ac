#include "app/metrics_text.h"

#include "base/mem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const double US_PER_S = 1e6;

static void
add(struct metrics_text *m, const char *text)
{
    if (m->status == 0)
        m->status = bytes_append_str(m->out, text);
}

void
metrics_text_begin(struct metrics_text *m, const struct metrics_family *f)
{
    if (m->status == 0)
        m->status = bytes_printf(m->out, "# HELP %s %s\n# TYPE %s %s\n",
                                 f->name, f->help, f->name, f->type);
}

static void
add_label(struct metrics_text *m, const struct metrics_label *label)
{
    char one[] = "?";

    add(m, label->name);
    add(m, "=\"");
    for (const char *at = label->value; *at; at++) {
        one[0] = *at;
        if (*at == '\\' || *at == '"')
            add(m, "\\");
        add(m, *at == '\n' ? "\\n" : one);
    }
    add(m, "\"");
}

/* Fifteen digits: every count up to 10^15 is exact. */
static void
add_value(struct metrics_text *m, double value)
{
    char text[32];

    (void)snprintf(text, sizeof(text), isnan(value) ? " NaN\n" : " %.15g\n",
                   value);
    add(m, text);
}

void
metrics_text_put(struct metrics_text *m, const char *name,
                 const struct metrics_label *labels, double value)
{
    add(m, name);
    for (size_t i = 0; labels && labels[i].name; i++) {
        add(m, i == 0 ? "{" : ",");
        add_label(m, &labels[i]);
    }
    if (labels && labels->name)
        add(m, "}");
    add_value(m, value);
}

static double
quantile_s(const struct hist *h, double q)
{
    if (h->count == 0)
        return (double)NAN;
    return (double)hist_quantile_us(h, q) / US_PER_S;
}

void
metrics_text_put_summary(struct metrics_text *m,
                         const struct metrics_summary *s)
{
    static const struct {
        const char *text;
        double q;
    } QUANTILES[] = {
        {"0.5", 0.5}, {"0.9", 0.9}, {"0.95", 0.95}, {"0.99", 0.99}};

    char name[96];

    for (size_t i = 0; i < array_count(QUANTILES); i++)
        metrics_text_put(m, s->name,
                         METRICS_LABELS({"quantile", QUANTILES[i].text},
                                        s->labels[0], s->labels[1]),
                         quantile_s(s->recent, QUANTILES[i].q));
    (void)snprintf(name, sizeof(name), "%s_sum", s->name);
    metrics_text_put(m, name, METRICS_LABELS(s->labels[0], s->labels[1]),
                     (double)s->sum_us / US_PER_S);
    (void)snprintf(name, sizeof(name), "%s_count", s->name);
    metrics_text_put(m, name, METRICS_LABELS(s->labels[0], s->labels[1]),
                     (double)s->count);
}
