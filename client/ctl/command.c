#include "ctl/command.h"

#include <string.h>

#include "ctl/commands.h"
#include "text/suggest.h"

/* clang-format off */

const struct option_spec command_globals[] = {
    {'s', "socket", "PATH", "the socket of the daemon"},
    {'o', "output", "FORMAT", "table, json, ndjson or plain"},
    {0, "json", NULL, "the same as --output json"},
    {'q', "quiet", NULL, "no remarks, only results and errors"},
    {0, "timeout", "SECONDS", "give up after so long"},
    {'h', "help", NULL, "this help, or that of a command"},
    {0, "version", NULL, "versions of the program and the protocol"},
    {0}};

/* What says how a prompt is to be answered. */
#define ROUTING_OPTIONS                                                        \
    {0, "route", "ROUTE", "a route, or PROVIDER/MODEL to pin one target"},     \
    {0, "premium", NULL, "only targets of the premium tier"},                  \
    {0, "tier", "TIER", "only targets of this tier"}

#define PROMPT_OPTIONS                                                         \
    {0, "system", "TEXT", "the system message"},                               \
    ROUTING_OPTIONS,                                                           \
    {0, "max-tokens", "N", "the longest answer"},                              \
    {0, "temperature", "T", "0 to 2"},                                         \
    {0, "tag", "TAG", "a label for the accounts; may be repeated"}

#define WINDOW_OPTION                                                          \
    {0, "window", "SECONDS", "figures of the last 10, 60, 300 or 3600 s"}

static const struct option_spec ask_options[] = {
    PROMPT_OPTIONS,
    {0, "session", "ID", "go on with this conversation, or begin it"},
    {0, "request-id", "ID", "a name under which to come back for the answer"},
    {0, "resume", "ID", "come back for the answer of that name; no prompt"},
    {0, "on-break", "WHAT", "continue, restart or error if it breaks off"},
    {0, "no-stream", NULL, "print the answer when it is complete"},
    {0, "raw", NULL, "pass control bytes to the terminal"},
    {0}};

static const struct option_spec chat_options[] = {
    {'i', "interactive", NULL, "talk line by line; the history stays here"},
    {0, "system", "TEXT", "the system message (with -i)"},
    ROUTING_OPTIONS,
    {0, "tag", "TAG", "a label for the accounts; may be repeated"},
    {0, "raw", NULL, "pass control bytes to the terminal"},
    {0}};

static const struct option_spec embed_options[] = {
    {0, "model", "MODEL", "a route, or PROVIDER/MODEL"},
    {0, "dimensions", "N", "the length of the vectors"},
    {0}};

static const struct option_spec explain_options[] = {PROMPT_OPTIONS, {0}};

static const struct option_spec window_options[] = {WINDOW_OPTION, {0}};

static const struct option_spec events_options[] = {
    {'f', "follow", NULL, "go on with events as they happen"},
    {0, "since", "SEQ", "only events from this number on"},
    {0}};

static const struct option_spec watch_options[] = {
    {'i', "interval", "SECONDS", "time between lines (1)"},
    {'n', "count", "N", "end after so many lines"},
    WINDOW_OPTION,
    {0}};

static const struct option_spec cost_options[] = {
    {0, "by", "WHAT", "target (the default), route, client, day or tag"},
    {0, "since", "TIME", "from so long ago on, as in 24h or 7d (the default)"},
    {0, "csv", NULL, "rows for a spreadsheet"},
    {0, "unverified", NULL, "attempts that a kill left unknown, one by one"},
    {0, "estimated", NULL, "the same, and those that no provider counted"},
    {0, "row", "N", "reconcile, which attempt of the request"},
    {0, "usd", "USD", "reconcile, what it has cost"},
    {0, "zero", NULL, "reconcile, it has cost nothing"},
    {0}};

static const struct option_spec budget_options[] = {
    {0, "limit", "USD", "set, what may be spent in a period"},
    {0, "then", "WHAT", "set, refuse, downgrade or alert beyond it"},
    {0, "yes", NULL, "accept, without being asked"},
    {0}};

static const struct option_spec prices_options[] = {
    {0, "tokens", "N", "tokens a month and a day, as in 10M (the default)"},
    {0, "ratio", "IN:OUT", "input to output tokens, 3 to 1 without it"},
    {0}};

static const struct option_spec load_options[] = {
    {'n', "count", "N", "how many prompts to send"},
    {'c', "concurrency", "N", "how many at a time (10)"},
    {0, "prompt", "TEXT", "the prompt; {n} becomes its number"},
    {0, "stream", NULL, "ask for streamed answers"},
    {0, "connections", "N", "over so many connections (1)"},
    ROUTING_OPTIONS,
    {0, "max-tokens", "N", "the longest answer"},
    {0}};

static const struct option_spec drill_options[] = {
    {0, "rate", "SHARE", "hit this share of the attempts (1)"},
    {0, "for", "TIME", "end after 30s, 5m or 1h (60s)"},
    {'n', "count", "N", "hit at most N; rehearse, N calls a fault (20)"},
    {'c', "concurrency", "N", "rehearse, so many calls at a time (4)"},
    {0, "route", "ROUTE", "rehearse, strike the first target of it"},
    {0, "prompt", "TEXT", "rehearse, the prompt; {n} becomes its number"},
    {0, "max-tokens", "N", "rehearse, the longest answer"},
    {0, "script", "FILE", "rehearse, the faults, one a line"},
    {0, "wait", "SECONDS", "rehearse, how long to wait for a return (60)"},
    {0}};

static const char *const breaker_words[] = {"reset", "open", "off", NULL};
static const char *const cost_words[] = {"reconcile", NULL};
static const char *const budget_words[] = {"list", "set", "accept", NULL};
static const char *const config_words[] = {"check", "reload", "show", NULL};
static const char *const session_words[] = {"list", "show", "delete", NULL};
static const char *const drill_words[] = {"start", "stop", "list", "rehearse",
                                          NULL};
static const char *const shell_words[] = {"bash", "zsh", "fish", NULL};

const struct command commands[] = {
    {"ask", "[PROMPT|-]", "Answer one prompt, as the text comes",
     "aigw-ctl ask \"Why is the sky blue?\"\n"
     "git diff | aigw-ctl ask --system \"Review this change.\" -\n"
     "aigw-ctl ask --premium --json \"Plan my week\" | jq -r .content\n"
     "aigw-ctl ask --session trip \"And what about Rome?\"",
     ask_options, NULL, 0, 1, 0, cmd_ask},
    {"chat", "[FILE|-]", "Send an OpenAI chat request, or talk (-i)",
     "aigw-ctl chat request.json\n"
     "aigw-ctl chat -i --route default",
     chat_options, NULL, 0, 1, COMMAND_TAKES_FILE, cmd_chat},
    {"embed", "[TEXT|-]...", "Turn texts into vectors",
     "aigw-ctl embed --model openai/text-embedding-3-small \"some text\"",
     embed_options, NULL, 0, 64, 0, cmd_embed},
    {"load", "", "Send many prompts at once and measure",
     "aigw-ctl load -n 100 -c 10\n"
     "aigw-ctl load -n 1000 -c 64 --stream --prompt \"Say {n}\" --json",
     load_options, NULL, 0, 0, 0, cmd_load},
    {"session", "list|show|delete [ID]", "The conversations that are kept",
     "aigw-ctl session list\n"
     "aigw-ctl session show trip",
     NULL, session_words, 1, 2, 0, cmd_session},
    {"status", "", "The daemon in two lines",
     "aigw-ctl status\n"
     "aigw-ctl status --json | jq .totals",
     window_options, NULL, 0, 0, 0, cmd_status},
    {"watch", "", "A status line for every interval",
     "aigw-ctl watch\n"
     "aigw-ctl watch -i 5 -o ndjson >>aigw.log",
     watch_options, NULL, 0, 0, 0, cmd_watch},
    {"targets", "[NAME]", "The targets and how they do",
     "aigw-ctl targets\n"
     "aigw-ctl targets -o ndjson | jq -r 'select(.state==\"open\").name'",
     window_options, NULL, 0, 1, COMMAND_TAKES_TARGET, cmd_targets},
    {"routes", "", "The routes and their targets in order",
     "aigw-ctl routes", NULL, NULL, 0, 0, 0, cmd_routes},
    {"latency", "[NAME]", "How long targets take, as percentiles",
     "aigw-ctl latency\n"
     "aigw-ctl latency openai/gpt-4.1 --window 3600",
     window_options, NULL, 0, 1, COMMAND_TAKES_TARGET, cmd_latency},
    {"cost", "[reconcile ID]", "What was spent, and on what",
     "aigw-ctl cost --by route --since 24h\n"
     "aigw-ctl cost --by day --since 30d --csv >spent.csv\n"
     "aigw-ctl cost --unverified\n"
     "aigw-ctl cost reconcile 01J9XZ7KQ4 --usd 0.0123",
     cost_options, cost_words, 0, 2, 0, cmd_cost},
    {"budget", "[list|set|accept NAME]", "What may be spent, and what was",
     "aigw-ctl budget\n"
     "aigw-ctl budget set daily --limit 500\n"
     "aigw-ctl budget accept daily",
     budget_options, budget_words, 0, 2, 0, cmd_budget},
    {"prices", "", "What the models cost, for one volume",
     "aigw-ctl prices --tokens 10M\n"
     "aigw-ctl prices --tokens 500k --ratio 1:1",
     prices_options, NULL, 0, 0, 0, cmd_prices},
    {"requests", "", "Requests running and just finished",
     "aigw-ctl requests", NULL, NULL, 0, 0, 0, cmd_requests},
    {"cancel", "ID", "Cancel a running request",
     "aigw-ctl cancel 01J9XZ7KQ4", NULL, NULL, 1, 1, 0, cmd_cancel},
    {"events", "", "What happened: breakers, health, limits",
     "aigw-ctl events\n"
     "aigw-ctl events -f -o ndjson",
     events_options, NULL, 0, 0, 0, cmd_events},
    {"explain", "PROMPT|-", "Where a prompt would go, and why",
     "aigw-ctl explain \"Prove that 2 is prime\"", explain_options, NULL,
     0, 1, 0, cmd_explain},
    {"enable", "TARGET", "Use a target again",
     "aigw-ctl enable openai/gpt-4.1", NULL, NULL, 1, 1,
     COMMAND_TAKES_TARGET, cmd_enable},
    {"disable", "TARGET", "Stop using a target at once",
     "aigw-ctl disable openai/gpt-4.1", NULL, NULL, 1, 1,
     COMMAND_TAKES_TARGET, cmd_disable},
    {"drain", "TARGET", "Send a target nothing new; finish what runs",
     "aigw-ctl drain openai/gpt-4.1", NULL, NULL, 1, 1,
     COMMAND_TAKES_TARGET, cmd_drain},
    {"breaker", "reset|open|off TARGET", "Set the circuit breaker of a target",
     "aigw-ctl breaker reset openai/gpt-4.1", NULL, breaker_words, 2, 2,
     COMMAND_TAKES_TARGET, cmd_breaker},
    {"probe", "[TARGET]", "Check the health of targets now",
     "aigw-ctl probe\n"
     "aigw-ctl probe openai/gpt-4.1",
     NULL, NULL, 0, 1, COMMAND_TAKES_TARGET, cmd_probe},
    {"drill", "start|stop|list|rehearse [TARGET FAULT|ID]",
     "Make a target fail on purpose",
     "aigw-ctl drill start openai/gpt-4.1 cut=10 --for 5m\n"
     "aigw-ctl drill stop\n"
     "aigw-ctl drill rehearse -n 100 -c 10",
     drill_options, drill_words, 1, 3, COMMAND_TAKES_TARGET, cmd_drill},
    {"config", "check|reload|show [FILE]", "Check, reload or show the configuration",
     "aigw-ctl config check /etc/aigw/aigwd.conf\n"
     "aigw-ctl config reload",
     NULL, config_words, 1, 2, COMMAND_TAKES_FILE, cmd_config},
    {"call", "METHOD [JSON|-]", "Call any method of the daemon",
     "aigw-ctl call status\n"
     "aigw-ctl call breaker.set "
     "'{\"target\":\"openai/gpt-4.1\",\"state\":\"auto\"}'",
     NULL, NULL, 1, 2, 0, cmd_call},
    {"ping", "", "Whether the daemon answers, and how fast",
     "aigw-ctl ping && echo up", NULL, NULL, 0, 0, 0, cmd_ping},
    {"top", "[OPTION]...", "Watch it live, as aigw-top does",
     "aigw-ctl top\n"
     "aigw-ctl top -b -n1",
     NULL, NULL, 0, 0, COMMAND_OFFLINE | COMMAND_HANDS_ON, cmd_top},
    {"completion", "bash|zsh|fish", "A completion script for a shell",
     "aigw-ctl completion bash >/etc/bash_completion.d/aigw-ctl", NULL,
     shell_words, 1, 1, COMMAND_OFFLINE, cmd_completion},
    {"help", "[COMMAND]", "What there is, or all about one command",
     "aigw-ctl help\n"
     "aigw-ctl help load",
     NULL, NULL, 0, 1, COMMAND_OFFLINE, cmd_help},
    {"version", "", "Versions of the program and the protocol",
     "aigw-ctl version", NULL, NULL, 0, 0, COMMAND_OFFLINE, cmd_version},
    {0}};

/* clang-format on */

const struct command *
command_find(const char *name)
{
    for (const struct command *c = commands; c->name; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

const char *
command_suggest(const char *name)
{
    struct suggest s;

    suggest_init(&s, name);
    for (const struct command *c = commands; c->name; c++)
        suggest_offer(&s, c->name);
    return s.best;
}

const char *
command_suggest_word(const struct command *command, const char *word)
{
    struct suggest s;

    suggest_init(&s, word);
    for (const char *const *w = command->words; w && *w; w++)
        suggest_offer(&s, *w);
    return s.best;
}

bool
command_has_word(const struct command *command, const char *word)
{
    for (const char *const *w = command->words; w && *w; w++) {
        if (strcmp(*w, word) == 0)
            return true;
    }
    return false;
}
