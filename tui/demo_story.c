#include "tui/demo_story.h"

#include <math.h>
#include <string.h>

enum {
    GPT,
    SONNET,
    GEMINI,
    AZURE,
    MINI,
    LLAMA
};

enum {
    FAILS_S = 20,  /* gpt-4.1 begins to fail, */
    OPENS_S = 26,  /* its breaker opens, */
    CLOSES_S = 86, /* and closes. */
    SLOWS_S = 130  /* claude slows down. */
};

const struct demo_target demo_targets[DEMO_TARGETS] = {
    [GPT] = {"openai/gpt-4.1", "premium", "openai_api_key",
             "https://api.openai.com/v1", 118, 355, 5.90, 0.003, 0.38, 30, 32},
    [SONNET] = {"anthropic/sonnet-4", "premium", "anthropic_api_key",
                "https://api.anthropic.com/v1", 70, 402, 2.60, 0.003, 0.24, 40,
                64},
    [GEMINI] = {"gemini/2.5-pro", "premium", "gemini_api_key",
                "https://generativelanguage.googleapis.com/v1beta/openai", 12,
                520, 0.91, 0.012, 0.06, 5, 8},
    [AZURE] = {"azure/gpt-4.1", "premium", "azure_api_key",
               "https://team.openai.azure.com/openai/v1", 52, 330, 2.40, 0.004,
               0.19, 20, 32},
    [MINI] = {"openai/gpt-4.1-mini", "standard", "openai_api_key",
              "https://api.openai.com/v1", 160, 240, 2.40, 0.002, 0.13, 35,
              128},
    [LLAMA] = {"local/llama3-70b", "economy", "local",
               "http://127.0.0.1:8000/v1", 0, 900, 0, 0, 0, 0, 4},
};

#define OVERLOADED "14 of 20 failed (HTTP 529, overloaded_error)"

/* Of each target in the order of time. */
static const struct demo_phase phases[] = {
    {GPT, -7500, "closed", NULL, 0, 0},
    {GPT, OPENS_S, "open", OVERLOADED, 44, 0},
    {GPT, 44, "half_open", OVERLOADED, 0, 0},
    {GPT, 46, "open", "trial failed (HTTP 529, overloaded_error)", 82, 0},
    {GPT, 82, "half_open", "trial failed (HTTP 529, overloaded_error)", 0, 1},
    {GPT, CLOSES_S, "closed", NULL, 0, 0},
    {SONNET, -205000, "closed", NULL, 0, 0},
    {GEMINI, -14, "half_open", "5 failures in a row (timed out)", 0, 1},
    {GEMINI, 12, "closed", NULL, 0, 0},
    {AZURE, -273600, "closed", NULL, 0, 0},
    {MINI, -273600, "closed", NULL, 0, 0},
    {LLAMA, -9, "draining", "operator", 0, 0},
};

const struct demo_move demo_moves[DEMO_MOVES] = {
    {GEMINI, -44, "breaker", "closed", "open",
     "5 failures in a row (timed out)"},
    {GEMINI, -14, "breaker", "open", "half_open", "the time to wait is over"},
    {LLAMA, -9, "health", "enabled", "draining", "operator"},
    {GEMINI, 12, "breaker", "half_open", "closed", "2 of 2 trials succeeded"},
    {GPT, OPENS_S, "breaker", "closed", "open", OVERLOADED},
    {GPT, 44, "breaker", "open", "half_open", "the time to wait is over"},
    {GPT, 46, "breaker", "half_open", "open",
     "trial failed (HTTP 529, overloaded_error)"},
    {GPT, 82, "breaker", "open", "half_open", "the time to wait is over"},
    {GPT, CLOSES_S, "breaker", "half_open", "closed",
     "2 of 2 trials succeeded"},
};

const struct demo_route demo_routes[DEMO_ROUTES] = {
    {"chat-default", "priority", 0.55, 3, {GPT, SONNET, AZURE}},
    {"code", "complexity", 0.27, 4, {SONNET, GPT, GEMINI, MINI}},
    {"batch", "cost", 0.18, 2, {MINI, LLAMA}},
};

const struct demo_client demo_clients[DEMO_CLIENTS] = {
    {"assistant", 1001, 0.52},
    {"search", 1002, 0.25},
    {"nightly", 1003, 0.18},
    {"notebook", 1004, 0.05},
};

const struct demo_phase *
demo_phase_at(size_t target, int at_s)
{
    const struct demo_phase *found = NULL;

    for (size_t i = 0; i < sizeof(phases) / sizeof(*phases); i++)
        if (phases[i].target == target && (!found || phases[i].since_s <= at_s))
            found = &phases[i];
    return found;
}

bool
demo_phase_is_healthy(const struct demo_phase *phase)
{
    return strcmp(phase->state, "closed") == 0
           || strcmp(phase->state, "half_open") == 0;
}

double
demo_wave(int at_s, double period_s)
{
    return sin(at_s * 2 * M_PI / period_s) * 0.6
           + sin(at_s * 2 * M_PI / (period_s * 0.37)) * 0.4;
}

/* How much of its usual traffic a target has. */
static double
load(size_t target, int at_s)
{
    const struct demo_phase *phase = demo_phase_at(target, at_s);

    if (strcmp(phase->state, "half_open") == 0)
        return target == GPT ? 0.01 : 1;
    return strcmp(phase->state, "closed") == 0 ? 1 : 0;
}

double
demo_rps(size_t target, int at_s)
{
    double rps = demo_targets[target].rps * load(target, at_s);

    /* What one target does not take is for the next of its route. */
    if (target == SONNET)
        rps += demo_targets[GPT].rps * (1 - load(GPT, at_s));
    rps *= 1 + 0.3 * demo_wave(at_s + (int)target * 5, 41 + 7 * (int)target);
    return floor(rps * 10) / 10;
}

double
demo_errors(size_t target, int at_s)
{
    double share = demo_targets[target].error_share;

    if (target == GPT && at_s >= FAILS_S && at_s < OPENS_S)
        share = 0.7;
    if (target == GPT && at_s >= 44 && at_s < 46)
        share = 1;
    return demo_rps(target, at_s) * share;
}

double
demo_p50_ms(size_t target, int at_s)
{
    double p50_ms = demo_targets[target].p50_ms;

    if (demo_rps(target, at_s) <= 0)
        return (double)NAN;
    if (target == SONNET && at_s >= SLOWS_S)
        p50_ms *= 1 + 2 * fmin((at_s - SLOWS_S) / 30.0, 1);
    return floor(p50_ms * (1 + 0.05 * demo_wave(at_s + (int)target * 3, 19)));
}

double
demo_in_flight(size_t target, int at_s)
{
    double p50_ms = demo_p50_ms(target, at_s);

    return isnan(p50_ms) ? 0 : ceil(demo_rps(target, at_s) * p50_ms / 1900);
}

double
demo_usd_per_h(size_t target, int at_s)
{
    double rps = demo_targets[target].rps;

    return rps > 0
               ? demo_targets[target].usd_per_h * demo_rps(target, at_s) / rps
               : 0;
}

double
demo_spent_today(int at_s)
{
    return 182.40 + at_s * 14.21 / 3600;
}
