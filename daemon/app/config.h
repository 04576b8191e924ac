/*
 * config.h - the configuration file as one immutable value.
 *
 * config_load() reads, validates and resolves everything: defaults are filled
 * in, overrides of provider and model are merged, names are checked.  What it
 * returns needs no further checking.  It reads no key: credentials are named
 * here and fetched by app/credentials.
 *
 * Times are milliseconds, sizes bytes, money nano-dollars.  Indices point into
 * the arrays of the same configuration.  Strings are never NULL unless a
 * comment says so.
 */
#ifndef AIGW_APP_CONFIG_H
#define AIGW_APP_CONFIG_H

#include "base/log.h"
#include "core/account.h"
#include "core/price.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CONFIG_MAX_PROVIDERS = 64,
    CONFIG_MAX_TARGETS = 256,
    CONFIG_MAX_ROUTES = 128,
    CONFIG_MAX_ROUTE_TARGETS = 32,
    CONFIG_MAX_KEYS = 16, /* Per provider. */
    CONFIG_MAX_ARGS = 32, /* Of the command of a key. */
    CONFIG_MAX_REGIONS = 16,
    CONFIG_MAX_HEADERS = 32,
    CONFIG_MAX_BUDGETS = 32,
    CONFIG_MAX_CLIENTS = 256,
    CONFIG_MAX_SOCKET = 107, /* Bytes of a socket's path, without the NUL. */
};

struct config_breaker {
    int64_t window_ms;
    int64_t min_calls;
    double failure_rate;
    int64_t failure_threshold;
    int64_t recovery_timeout_ms;
    int64_t recovery_timeout_max_ms;
    int64_t half_open_max_requests;
    int64_t success_threshold;
    int64_t slow_call_ms;
    double slow_call_rate;
    int64_t half_open_wait_ms;
    int64_t connect_failures;
};

enum config_probe {
    CONFIG_PROBE_MODELS,
    CONFIG_PROBE_TCP,
    CONFIG_PROBE_CHAT,
    CONFIG_PROBE_OFF,
};

struct config_health {
    int64_t interval_ms;
    int64_t timeout_ms;
    enum config_probe kind;
    int64_t paid_daily_nanousd;
};

struct config_retry {
    int64_t max_attempts;
    double budget_ratio;
    int64_t budget_min;
    int64_t base_ms;
    int64_t max_ms;
};

struct config_timeouts {
    int64_t dns_ms;
    int64_t connect_ms;
    int64_t write_ms;
    int64_t headers_ms;
    int64_t first_event_ms;
    int64_t first_token_ms;
    int64_t stall_ms;
    int64_t content_stall_ms;
    int64_t answer_ms;
    int64_t total_ms;
};

/* Where one key comes from. */
enum config_key_source {
    CONFIG_KEY_NONE, /* The provider wants none. */
    CONFIG_KEY_ENV,
    CONFIG_KEY_FILE,
    CONFIG_KEY_CREDENTIAL, /* A file in $CREDENTIALS_DIRECTORY. */
    CONFIG_KEY_COMMAND,
};

struct config_key {
    enum config_key_source source;
    char *name;          /* Variable, path, credential name or program. */
    char **argv;         /* COMMAND: NULL-terminated; NULL otherwise. */
    int64_t lifetime_ms; /* COMMAND: of keys that do not tell; 0: no end. */
    char *file;          /* Where the key is named; NULL: NONE. */
    int line;
};

struct config_header {
    char *name;
    char *value;
};

/* One base URL of a provider.  Without `regions` there is one, unnamed. */
struct config_region {
    char *name;     /* "" for the provider's own base_url. */
    char *base_url; /* Without a trailing slash. */
};

/* Of a target or a client; 0: none. */
struct config_limits {
    int64_t rpm; /* Requests a minute, */
    int64_t tpm; /* tokens a minute, */
    int64_t concurrency;
};

struct config_provider {
    char *name;
    char *dialect;
    struct config_region *regions;
    size_t n_regions;
    struct config_key *keys; /* At least one, if only CONFIG_KEY_NONE. */
    size_t n_keys;
    struct config_header *headers;
    size_t n_headers;
    struct config_limits limits; /* Of each of its targets. */
    bool http2;
    char *ca_file; /* NULL: the system's. */
    struct config_health health;
    struct config_timeouts timeouts;
    double partial_refund; /* As of its targets. */
};

/* What becomes of an answer that breaks off after the commit point. */
enum config_on_break {
    CONFIG_BREAK_CONTINUE,
    CONFIG_BREAK_RESTART,
    CONFIG_BREAK_ERROR,
};

/* What becomes of a call whose connection ends. */
enum config_on_disconnect {
    CONFIG_DISCONNECT_AUTO, /* Detaches if the caller could come back. */
    CONFIG_DISCONNECT_CANCEL,
    CONFIG_DISCONNECT_DETACH,
    CONFIG_DISCONNECT_FINISH,
};

struct config_stream {
    enum config_on_break on_break;           /* Of routes that name none. */
    int64_t continue_max;                    /* Continuations of one call. */
    enum config_on_disconnect on_disconnect; /* Of calls that name none. */
    int64_t detach_ms; /* How long a detached call goes on unattended. */
};

/* What is stored of calls with a request_id or session_id. */
enum config_persist {
    CONFIG_PERSIST_ALL,
    CONFIG_PERSIST_ANSWERS, /* No prompts, and thus no conversations. */
    CONFIG_PERSIST_NONE,    /* Memory alone, as without a state_dir. */
};

struct config_session {
    enum config_persist persist;
    int64_t ttl_ms;
    int64_t max_bytes;
};

enum config_scope {
    CONFIG_SCOPE_ALL,
    CONFIG_SCOPE_CLIENT,
    CONFIG_SCOPE_ROUTE,
    CONFIG_SCOPE_TAG,
};

/* What becomes of calls that a budget has no money for. */
enum config_exceeded {
    CONFIG_EXCEEDED_REFUSE,
    CONFIG_EXCEEDED_DOWNGRADE, /* Cheaper models from `soft` on, then REFUSE. */
    CONFIG_EXCEEDED_ALERT,     /* They go on; events tell. */
};

struct config_budget {
    char *name;
    enum config_scope scope;
    char *match; /* Whose; NULL: each client, route or tag has one. */
    enum account_period period;
    int64_t limit_nanousd;
    enum config_exceeded on_exceeded;
    double soft; /* A share of the limit. */
};

/* Calls that wait until a target may be asked. */
struct config_queue {
    int64_t max; /* 0: none waits. */
    int64_t max_wait_ms;
};

/* The limits of the clients of one name. */
struct config_client {
    char *name;
    struct config_limits limits;
};

struct config_hedge {
    bool enabled;
    int64_t delay_ms; /* The least. */
};

/* From which score on a prompt gets a dearer tier. */
struct config_complexity {
    double standard;
    double premium;
};

enum config_tier {
    CONFIG_TIER_ECONOMY,
    CONFIG_TIER_STANDARD,
    CONFIG_TIER_PREMIUM,
};

/* How a model is asked to go on with an answer that broke off. */
enum config_continuation {
    CONFIG_CONTINUE_PREFILL,   /* The answer so far is the last message. */
    CONFIG_CONTINUE_PREFIX,    /* The same, marked as a prefix. */
    CONFIG_CONTINUE_USER_TURN, /* A user message asks for it. */
    CONFIG_CONTINUE_NONE,
};

/* A model at one region of a provider: what breakers, gates and statistics
 * are kept for. */
struct config_target {
    char *name; /* "provider/model" or "provider@region/model" */
    size_t provider;
    size_t region;
    char *model;
    enum config_tier tier;
    int64_t priority;   /* Smaller is asked first. */
    int64_t weight;     /* For `weighted`; at least 0. */
    int64_t max_tokens; /* Most that may be asked for; 0: no limit known. */
    int64_t context;    /* Tokens; 0: not known. */
    bool has_price;
    struct price price;
    bool finish_reason_optional;
    double partial_refund; /* A share; see core/settle.h. */
    enum config_continuation continuation;
    struct config_breaker breaker;
    struct config_retry retry;
    struct config_timeouts timeouts;
    struct config_health health;
    struct config_limits limits;
};

enum config_strategy {
    CONFIG_PRIORITY,
    CONFIG_LATENCY,
    CONFIG_COST,
    CONFIG_WEIGHTED,
    CONFIG_COMPLEXITY,
};

struct config_route {
    char *name;
    size_t *targets; /* In order of preference. */
    size_t n_targets;
    /* Beside them: regions that were named together have the same number above
     * 0, and the nearest of them is preferred. */
    uint8_t groups[CONFIG_MAX_ROUTE_TARGETS];
    size_t *refusal_targets;
    size_t n_refusal_targets;
    uint8_t
        refusal_groups[CONFIG_MAX_ROUTE_TARGETS]; /* In order all the same. */
    enum config_strategy strategy;
    enum config_on_break on_break;
};

struct config_listen {
    char *socket;
    mode_t mode;
    char *group;          /* NULL: none. */
    char *admin_group;    /* NULL: none. */
    gid_t gid, admin_gid; /* (gid_t)-1 where there is no group. */
};

struct config_frame_limits {
    int64_t frame_bytes;
    int64_t connections;
    int64_t outstanding;
    int64_t partial_frame_ms;
    int64_t client_stall_ms;
    int64_t response_bytes;
};

struct config {
    char *path;
    struct config_listen listen;
    char *state_dir; /* An absolute path; "": nothing is kept on disk. */
    enum log_level log_level;
    enum log_format log_format;
    bool has_log_format; /* Otherwise log_default_format(). */

    struct config_provider *providers;
    size_t n_providers;
    struct config_target *targets;
    size_t n_targets;
    struct config_route *routes;
    size_t n_routes;
    struct config_budget *budgets;
    size_t n_budgets;
    struct config_client *clients;
    size_t n_clients;
    struct config_limits client_limits; /* Of clients that are not named. */

    struct config_breaker breaker;
    struct config_health health;
    struct config_retry retry;
    struct config_timeouts timeouts;
    struct config_stream stream;
    struct config_session session;
    struct config_hedge hedge;
    struct config_complexity complexity;
    struct config_queue queue;
    struct config_frame_limits limits;
    int64_t drain_ms;
    double partial_refund; /* Where a target says nothing else. */
};

/* One finding about a file.  `line` is 0 where none applies. */
struct config_issue {
    char file[192];
    int line;
    char path[128]; /* "providers[0].models[0].price.output" */
    char message[240];
    bool warning;
};

enum {
    CONFIG_MAX_ISSUES = 32
};

struct config_report {
    struct config_issue issues[CONFIG_MAX_ISSUES];
    size_t n_issues;
    size_t n_errors; /* Also those beyond the maximum. */
};

/* Reads `path`.  Returns NULL when the report holds an error; warnings alone
 * do not prevent loading. */
struct config *config_load(const char *path, struct config_report *ret_report);

/* The same for a text, as if it stood in a file called `path`. */
struct config *config_parse(const char *text, size_t size, const char *path,
                            struct config_report *ret_report);

/* NULL is fine. */
void config_free(struct config *config);

/* "FILE:LINE: PATH: MESSAGE" into `text`. */
void config_issue_format(const struct config_issue *issue, char *text,
                         size_t size);

/* Where the file is without -c: $XDG_CONFIG_HOME/aigw/aigwd.conf if it exists
 * ($HOME/.config where the variable is not set), else /etc/aigw/aigwd.conf.
 * The caller frees it. */
char *config_default_path(void);

/* Finds by name; -1 if there is none. */
int config_find_target(const struct config *config, const char *name);
int config_find_route(const struct config *config, const char *name);

const char *config_tier_name(enum config_tier tier);

/* The whole configuration in effect, defaults included, as a libconfig text
 * that can be loaded again.  Keys appear as the names of their sources, and the
 * values of headers are hidden.  The caller frees it. */
char *config_show(const struct config *config);

#endif
