/*
 * metrics_stats.c - the figures of routes and clients for Prometheus.
 */
#include "app/metrics.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    NAME_SIZE = 64,
    UID_SIZE = 24
};

/* One of them, whatever it is. */
struct subject {
    struct metrics_label labels[2]; /* The second may be zero. */
    const struct stats *stats;
};

struct subjects {
    const char *kind; /* "route", "client" */
    const struct subject *all;
    size_t n;
};

static double
in_flight(const struct stats *s)
{
    return (double)s->in_flight;
}

static double
successes(const struct stats *s)
{
    return (double)s->figures.successes;
}

static double
errors(const struct stats *s)
{
    return (double)s->figures.errors;
}

static double
prompt_tokens(const struct stats *s)
{
    return (double)s->figures.prompt_tokens;
}

static double
completion_tokens(const struct stats *s)
{
    return (double)s->figures.completion_tokens;
}

static double
cost(const struct stats *s)
{
    return price_to_usd(s->figures.cost_nanousd);
}

/* Names are completed by the kind. */
static const struct {
    struct metrics_family family;
    double (*value)(const struct stats *s);
} FIGURES[] = {
    {{"in_flight", "gauge", "Calls that are running."}, in_flight},
    {{"successes_total", "counter", "Calls that succeeded."}, successes},
    {{"errors_total", "counter", "Calls that failed, but for cancelled ones."},
     errors},
    {{"prompt_tokens_total", "counter", "Tokens that were sent."},
     prompt_tokens},
    {{"completion_tokens_total", "counter", "Tokens that were received."},
     completion_tokens},
    {{"cost_usd_total", "counter", "Money spent, in US dollars."}, cost},
};

/* `name` is where the family's name is to be. */
static void
begin(struct metrics_text *m, const struct subjects *s,
      const struct metrics_family *family, char name[NAME_SIZE])
{
    struct metrics_family named = *family;

    (void)snprintf(name, NAME_SIZE, "aigw_%s_%s", s->kind, family->name);
    named.name = name;
    metrics_text_begin(m, &named);
}

static void
write_figures(struct metrics_text *m, const struct subjects *s)
{
    char name[NAME_SIZE];

    for (size_t i = 0; i < array_count(FIGURES); i++) {
        begin(m, s, &FIGURES[i].family, name);
        for (size_t k = 0; k < s->n; k++)
            metrics_text_put(
                m, name,
                METRICS_LABELS(s->all[k].labels[0], s->all[k].labels[1]),
                FIGURES[i].value(s->all[k].stats));
    }
}

static void
write_latency(struct metrics_text *m, const struct subjects *s, int64_t now_ms)
{
    static const struct metrics_family LATENCY = {
        "latency_seconds", "summary",
        "From call to answer, of successful calls; quantiles of 5 minutes."};
    char name[NAME_SIZE];
    struct hist recent;

    begin(m, s, &LATENCY, name);
    for (size_t i = 0; i < s->n; i++) {
        const struct subject *one = &s->all[i];

        brief_read(&one->stats->latency, SPAN_5M, now_ms, &recent);
        metrics_text_put_summary(
            m, &(struct metrics_summary){
                   .name = name,
                   .labels = {one->labels[0], one->labels[1]},
                   .recent = &recent,
                   .sum_us = one->stats->figures.latency_sum_us,
                   .count = one->stats->figures.successes,
               });
    }
}

static void
write_subjects(struct metrics_text *m, const struct subjects *s, int64_t now_ms)
{
    if (s->n == 0)
        return;
    write_figures(m, s);
    write_latency(m, s, now_ms);
}

void
metrics_write_routes(struct metrics_text *m, const struct upstreams *u,
                     int64_t now_ms)
{
    struct subject all[CONFIG_MAX_ROUTES];

    for (size_t i = 0; i < u->n_routes; i++)
        all[i] = (struct subject){
            .labels = {{"route", u->routes[i].name}},
            .stats = u->routes[i].stats,
        };
    write_subjects(m, &(struct subjects){"route", all, u->n_routes}, now_ms);
}

void
metrics_write_clients(struct metrics_text *m, const struct clients *c,
                      const struct session_client *asker, int64_t now_ms)
{
    struct subject all[CLIENTS_MAX + 1];
    char uids[CLIENTS_MAX][UID_SIZE];
    size_t n = 0;

    for (size_t i = 0; i < c->n_known; i++) {
        const struct client *one = &c->known[i];

        if (!asker->admin && asker->uid != one->uid)
            continue;
        (void)snprintf(uids[i], UID_SIZE, "%" PRIu64, (uint64_t)one->uid);
        all[n++] = (struct subject){
            .labels = {{"client", one->name}, {"uid", uids[i]}},
            .stats = one->stats,
        };
    }
    if (c->others && asker->admin)
        all[n++] = (struct subject){
            .labels = {{"client", "others"}, {"uid", ""}},
            .stats = c->others,
        };
    write_subjects(m, &(struct subjects){"client", all, n}, now_ms);
}
