#include "app/config_schema.h"

#include "app/config_check.h"
#include "app/config_rows.h"

static const char *const LEVELS[] = {"error", "warn", "info", "debug", NULL};
static const char *const PROBES[] = {"models", "tcp", "chat", "off", NULL};
static const char *const CONTINUATIONS[] = {"prefill", "prefix", "user_turn",
                                            "none", NULL};
static const char *const BREAKS[] = {"continue", "restart", "error", NULL};
static const char *const DISCONNECTS[] = {"auto", "cancel", "detach", "finish",
                                          NULL};
static const char *const PERSISTS[] = {"all", "answers", "none", NULL};
const char *const config_schema_tiers[] = {"economy", "standard", "premium",
                                           NULL};
const char *const config_schema_scopes[] = {"all", "client", "route", "tag",
                                            NULL};
const char *const config_schema_periods[] = {"hour", "day", "month", "total",
                                             NULL};
const char *const config_schema_exceeded[] = {"refuse", "downgrade", "alert",
                                              NULL};
const char *const config_schema_strategies[] = {
    "priority", "latency", "cost", "weighted", "complexity", NULL};

/* clang-format off */
#define ROW(m) AT(config_breaker, m)
static const struct config_field BREAKER[] = {
    NUMBER("window_s",               CONFIG_SECONDS, ROW(window_ms),               1,    3600,    60),
    NUMBER("min_calls",              CONFIG_INT,     ROW(min_calls),               1,    1000000, 10),
    NUMBER("failure_rate",           CONFIG_RATIO,   ROW(failure_rate),            0.01, 1,       0.5),
    NUMBER("failure_threshold",      CONFIG_INT,     ROW(failure_threshold),       1,    1000000, 5),
    NUMBER("recovery_timeout_s",     CONFIG_SECONDS, ROW(recovery_timeout_ms),     0.01, 86400,   5),
    NUMBER("recovery_timeout_max_s", CONFIG_SECONDS, ROW(recovery_timeout_max_ms), 0.01, 86400,   300),
    NUMBER("half_open_max_requests", CONFIG_INT,     ROW(half_open_max_requests),  1,    1000,    3),
    NUMBER("success_threshold",      CONFIG_INT,     ROW(success_threshold),       1,    1000,    2),
    NUMBER("slow_call_ms",           CONFIG_INT,     ROW(slow_call_ms),            1,    3600000, 10000),
    NUMBER("slow_call_rate",         CONFIG_RATIO,   ROW(slow_call_rate),          0.01, 1,       0.8),
    NUMBER("half_open_wait_s",       CONFIG_SECONDS, ROW(half_open_wait_ms),       0.01, 86400,   30),
    NUMBER("connect_failures",       CONFIG_INT,     ROW(connect_failures),        1,    1000000, 3),
};
#undef ROW
TABLE(config_schema_breaker, BREAKER);

#define ROW(m) AT(config_health, m)
static const struct config_field HEALTH[] = {
    NUMBER("interval_s",     CONFIG_SECONDS, ROW(interval_ms),        0.01, 86400,   30),
    NUMBER("timeout_s",      CONFIG_SECONDS, ROW(timeout_ms),         0.01, 600,     5),
    CHOICE("kind",                           ROW(kind), PROBES, CONFIG_PROBE_MODELS, 0),
    NUMBER("paid_daily_usd", CONFIG_USD,     ROW(paid_daily_nanousd), 0,    1000000, 0),
};
#undef ROW
TABLE(config_schema_health, HEALTH);

#define ROW(m) AT(config_retry, m)
static const struct config_field RETRY[] = {
    NUMBER("max_attempts", CONFIG_INT,   ROW(max_attempts), 1, 10,      3),
    NUMBER("budget_ratio", CONFIG_RATIO, ROW(budget_ratio), 0, 1,       0.2),
    NUMBER("budget_min",   CONFIG_INT,   ROW(budget_min),   0, 1000000, 10),
    NUMBER("base_ms",      CONFIG_INT,   ROW(base_ms),      1, 600000,  250),
    NUMBER("max_ms",       CONFIG_INT,   ROW(max_ms),       1, 600000,  8000),
};
#undef ROW
TABLE(config_schema_retry, RETRY);

#define ROW(m) AT(config_timeouts, m)
static const struct config_field TIMEOUTS[] = {
    NUMBER("dns_ms",           CONFIG_INT, ROW(dns_ms),           1, 86400000, 2000),
    NUMBER("connect_ms",       CONFIG_INT, ROW(connect_ms),       1, 86400000, 5000),
    NUMBER("write_ms",         CONFIG_INT, ROW(write_ms),         1, 86400000, 10000),
    NUMBER("headers_ms",       CONFIG_INT, ROW(headers_ms),       1, 86400000, 15000),
    NUMBER("first_event_ms",   CONFIG_INT, ROW(first_event_ms),   1, 86400000, 30000),
    NUMBER("first_token_ms",   CONFIG_INT, ROW(first_token_ms),   1, 86400000, 60000),
    NUMBER("stall_ms",         CONFIG_INT, ROW(stall_ms),         1, 86400000, 20000),
    NUMBER("content_stall_ms", CONFIG_INT, ROW(content_stall_ms), 1, 86400000, 60000),
    NUMBER("answer_ms",        CONFIG_INT, ROW(answer_ms),        1, 86400000, 120000),
    NUMBER("total_ms",         CONFIG_INT, ROW(total_ms),         1, 86400000, 600000),
};
#undef ROW
TABLE(config_schema_timeouts, TIMEOUTS);

#define ROW(m) AT(config_frame_limits, m)
static const struct config_field FRAME_LIMITS[] = {
    NUMBER("frame_bytes",      CONFIG_INT, ROW(frame_bytes),      1024,  1 << 28, 16777216),
    NUMBER("connections",      CONFIG_INT, ROW(connections),      1,     65536,   256),
    NUMBER("outstanding",      CONFIG_INT, ROW(outstanding),      1,     65536,   256),
    NUMBER("partial_frame_ms", CONFIG_INT, ROW(partial_frame_ms), 1,     3600000, 10000),
    NUMBER("client_stall_ms",  CONFIG_INT, ROW(client_stall_ms),  1,     3600000, 30000),
    NUMBER("response_bytes",   CONFIG_INT, ROW(response_bytes),   65536, 1 << 30, 67108864),
};
#undef ROW
static TABLE(config_schema_frame_limits, FRAME_LIMITS);

#define ROW(m) AT(config_stream, m)
static const struct config_field STREAM[] = {
    CHOICE("on_break",      ROW(on_break),      BREAKS,      CONFIG_BREAK_CONTINUE,  0),
    NUMBER("continue_max",  CONFIG_INT,         ROW(continue_max), 0, 100,   3),
    CHOICE("on_disconnect", ROW(on_disconnect), DISCONNECTS, CONFIG_DISCONNECT_AUTO, 0),
    NUMBER("detach_s",      CONFIG_SECONDS,     ROW(detach_ms),    0, 86400, 30),
};
#undef ROW
static TABLE(config_schema_stream, STREAM);

#define ROW(m) AT(config_session, m)
static const struct config_field SESSION[] = {
    CHOICE("persist", ROW(persist), PERSISTS, CONFIG_PERSIST_ALL, 0),
    NUMBER("ttl_h",   CONFIG_HOURS, ROW(ttl_ms),    1, 8784,    24),
    NUMBER("max_mb",  CONFIG_MIB,   ROW(max_bytes), 1, 1048576, 256),
};
#undef ROW
static TABLE(config_schema_session, SESSION);

static const struct config_field HEDGE[] = {
    BOOL("enabled", AT(config_hedge, enabled), 0),
    NUMBER("delay_ms", CONFIG_INT, AT(config_hedge, delay_ms), 1, 3600000, 1000),
};
static TABLE(config_schema_hedge, HEDGE);

static const struct config_field COMPLEXITY[] = {
    NUMBER("standard", CONFIG_RATIO, AT(config_complexity, standard), 0, 1, 0.35),
    NUMBER("premium",  CONFIG_RATIO, AT(config_complexity, premium),  0, 1, 0.65),
};
static TABLE(config_schema_complexity, COMPLEXITY);

static const struct config_field QUEUE[] = {
    NUMBER("max",         CONFIG_INT, AT(config_queue, max),         0, 65536,   256),
    NUMBER("max_wait_ms", CONFIG_INT, AT(config_queue, max_wait_ms), 0, 3600000, 2000),
};
static TABLE(config_schema_queue, QUEUE);

#define ROW(m) AT(config_listen_form, m)
static const struct config_field LISTEN[] = {
    STR("socket",      ROW(socket),      config_check_socket, 0),
    STR("mode",        ROW(mode),        config_check_mode,   0),
    STR("group",       ROW(group),       config_check_group,  0),
    STR("admin_group", ROW(admin_group), config_check_group,  0),
};
#undef ROW
TABLE(config_schema_listen, LISTEN);

static const struct config_field LOG[] = {
    CHOICE("level", AT(config_log_form, level), LEVELS, LOG_INFO, 0),
    STR("format", AT(config_log_form, format), config_check_log_format, 0),
};
TABLE(config_schema_log, LOG);

static const struct config_field REGION[] = {
    STR("name", AT(config_region, name), config_check_name, CONFIG_REQUIRED),
    STR("base_url", AT(config_region, base_url), config_check_url, CONFIG_REQUIRED),
};
TABLE(config_schema_region, REGION);

static const struct config_field HEADER[] = {
    STR("name", AT(config_header, name), config_check_header_name, CONFIG_REQUIRED),
    STR("value", AT(config_header, value), config_check_header_value, CONFIG_REQUIRED),
};
TABLE(config_schema_header, HEADER);

#define ROW(m) AT(config_key_form, m)
static const struct config_field KEY[] = {
    STR("env",           ROW(env),        config_check_variable,   0),
    STR("file",          ROW(file),       config_check_path,       0),
    STR("credential",    ROW(credential), config_check_credential, 0),
    OTHER("command",     0),
    NUMBER("lifetime_s", CONFIG_SECONDS,  ROW(lifetime_ms), 1, 31536000, 0),
};
#undef ROW
TABLE(config_schema_key, KEY);

#define ROW(m) AT(config_limits, m)
static const struct config_field LIMITS[] = {
    NUMBER("rpm",         CONFIG_INT, ROW(rpm),         0, 1e9, 0),
    NUMBER("tpm",         CONFIG_INT, ROW(tpm),         0, 1e12, 0),
    NUMBER("concurrency", CONFIG_INT, ROW(concurrency), 0, 1e6, 0),
};
#undef ROW
TABLE(config_schema_limits, LIMITS);

static const struct config_field CLIENT[] = {
    STR("name", AT(config_client, name), config_check_name, CONFIG_REQUIRED),
    GROUP("limits", AT(config_client, limits), config_schema_limits, 0),
};
TABLE(config_schema_client, CLIENT);

static const struct config_field TLS[] = {
    STR("ca_file", AT(config_provider, ca_file), config_check_readable, 0),
};
static TABLE(TLS_TABLE, TLS);

#define ROW(m) AT(config_provider_form, m)
static const struct config_field PROVIDER[] = {
    STR("name",       ROW(provider.name),    config_check_name,    CONFIG_REQUIRED),
    STR("dialect",    ROW(provider.dialect), config_check_dialect, 0),
    STR("base_url",   ROW(base_url),         config_check_url,     0),
    BOOL("http2",     ROW(provider.http2),   0),
    NUMBER("partial_refund", CONFIG_RATIO, ROW(provider.partial_refund), 0, 1, 0),
    GROUP("tls",      ROW(provider),          TLS_TABLE,              0),
    GROUP("limits",   ROW(provider.limits),   config_schema_limits,   0),
    GROUP("breaker",  ROW(breaker),           config_schema_breaker,  CONFIG_OVERRIDE),
    GROUP("health",   ROW(provider.health),   config_schema_health,   CONFIG_OVERRIDE),
    GROUP("retry",    ROW(retry),             config_schema_retry,    CONFIG_OVERRIDE),
    GROUP("timeouts", ROW(provider.timeouts), config_schema_timeouts, CONFIG_OVERRIDE),
    OTHER("key", 0), OTHER("keys", 0), OTHER("regions", 0), OTHER("headers", 0),
    OTHER("models", CONFIG_REQUIRED),
};
#undef ROW
TABLE(config_schema_provider, PROVIDER);

#define ROW(m) AT(config_target, m)
static const struct config_field MODEL[] = {
    STR("name",          ROW(model), config_check_model, CONFIG_REQUIRED),
    CHOICE("tier",       ROW(tier), config_schema_tiers, CONFIG_TIER_STANDARD, 0),
    NUMBER("priority",   CONFIG_INT, ROW(priority),   0, 1000000, 1),
    NUMBER("weight",     CONFIG_INT, ROW(weight),     0, 1000000, 1),
    NUMBER("max_tokens", CONFIG_INT, ROW(max_tokens), 0, 1e9,     0),
    NUMBER("context",    CONFIG_INT, ROW(context),    0, 1e9,     0),
    BOOL("finish_reason_optional", ROW(finish_reason_optional), 0),
    NUMBER("partial_refund", CONFIG_RATIO, ROW(partial_refund), 0, 1, 0),
    CHOICE("continuation", ROW(continuation), CONTINUATIONS, CONFIG_CONTINUE_NONE, 0),
    GROUP("breaker",     ROW(breaker),  config_schema_breaker,  CONFIG_OVERRIDE),
    GROUP("health",      ROW(health),   config_schema_health,   CONFIG_OVERRIDE),
    GROUP("retry",       ROW(retry),    config_schema_retry,    CONFIG_OVERRIDE),
    GROUP("timeouts",    ROW(timeouts), config_schema_timeouts, CONFIG_OVERRIDE),
    GROUP("limits",      ROW(limits),   config_schema_limits,   CONFIG_OVERRIDE),
    OTHER("price", 0),
};
#undef ROW
TABLE(config_schema_model, MODEL);

/* Rates without a default of their own are filled in from the others. */
#define RATE(name_, where_) NUMBER(name_, CONFIG_USD, where_, 0, 1000000, 0)
#define NEEDED_RATE(name_, where_)                                             \
    {                                                                          \
        .name = (name_), .type = CONFIG_USD, where_, .max = 1000000,           \
        .flags = CONFIG_REQUIRED                                               \
    }
#define PRICE                                                                  \
    NEEDED_RATE("input",  AT(config_price_form, price.rates.input)),           \
    NEEDED_RATE("output", AT(config_price_form, price.rates.output)),          \
    RATE("cached_input", AT(config_price_form, price.rates.cached_input)),     \
    RATE("cache_write",  AT(config_price_form, price.rates.cache_write)),      \
    RATE("cache_write_1h", AT(config_price_form, price.rates.cache_write_1h)), \
    RATE("reasoning",    AT(config_price_form, price.rates.reasoning)),        \
    RATE("per_request", AT(config_price_form, price.per_request_nanousd)),     \
    OTHER("over", 0)

static const struct config_field MODEL_PRICE[] = {PRICE};
TABLE(config_schema_price, MODEL_PRICE);

static const struct config_field PRICES[] = {
    STR("model", AT(config_price_form, model), config_check_model, CONFIG_REQUIRED),
    PRICE,
};
TABLE(config_schema_prices, PRICES);

static const struct config_field TIER[] = {
    {.name = "context", .type = CONFIG_INT, AT(price_tier, context),
     .min = 1, .max = 1e9, .flags = CONFIG_REQUIRED},
    NEEDED_RATE("input", AT(price_tier, rates.input)),
    NEEDED_RATE("output", AT(price_tier, rates.output)),
    RATE("cached_input", AT(price_tier, rates.cached_input)),
    RATE("cache_write", AT(price_tier, rates.cache_write)),
    RATE("cache_write_1h", AT(price_tier, rates.cache_write_1h)),
    RATE("reasoning", AT(price_tier, rates.reasoning)),
};
TABLE(config_schema_tier, TIER);

#define ROW(m) AT(config_route_form, m)
static const struct config_field ROUTE[] = {
    STR("name",        ROW(name),     config_check_name, CONFIG_REQUIRED),
    CHOICE("strategy", ROW(strategy), config_schema_strategies, CONFIG_PRIORITY, 0),
    CHOICE("on_break", ROW(on_break), BREAKS, CONFIG_BREAK_CONTINUE, 0),
    OTHER("targets", CONFIG_REQUIRED),
    OTHER("refusal_targets", 0),
};
#undef ROW
TABLE(config_schema_route, ROUTE);

#define ROW(m) AT(config_budget, m)
static const struct config_field BUDGET[] = {
    STR("name",           ROW(name),   config_check_name, CONFIG_REQUIRED),
    CHOICE("scope",       ROW(scope),  config_schema_scopes, CONFIG_SCOPE_ALL, 0),
    STR("match",          ROW(match),  config_check_name, 0),
    CHOICE("period",      ROW(period), config_schema_periods, ACCOUNT_DAY, 0),
    {.name = "limit_usd", .type = CONFIG_USD, ROW(limit_nanousd), .max = 1000000,
     .flags = CONFIG_REQUIRED},
    CHOICE("on_exceeded", ROW(on_exceeded), config_schema_exceeded,
           CONFIG_EXCEEDED_REFUSE, 0),
    NUMBER("soft",        CONFIG_RATIO, ROW(soft), 0, 1, 0.8),
};
#undef ROW
TABLE(config_schema_budget, BUDGET);

#define ROW(m) AT(config, m)
static const struct config_field ROOT[] = {
    STR("state_dir",  ROW(state_dir), config_check_state_dir, 0),
    NUMBER("drain_s", CONFIG_SECONDS, ROW(drain_ms), 0, 3600, 25),
    NUMBER("partial_refund", CONFIG_RATIO, ROW(partial_refund), 0, 1, 0),
    GROUP("breaker",  ROW(breaker),  config_schema_breaker,  0),
    GROUP("health",   ROW(health),   config_schema_health,   0),
    GROUP("retry",    ROW(retry),    config_schema_retry,    0),
    GROUP("timeouts", ROW(timeouts), config_schema_timeouts, 0),
    GROUP("stream",   ROW(stream),   config_schema_stream,   0),
    GROUP("session",  ROW(session),  config_schema_session,  0),
    GROUP("hedge",    ROW(hedge),    config_schema_hedge,    0),
    GROUP("complexity", ROW(complexity), config_schema_complexity, 0),
    GROUP("queue",    ROW(queue),    config_schema_queue,    0),
    GROUP("limits",   ROW(limits),   config_schema_frame_limits, 0),
    GROUP("client_limits", ROW(client_limits), config_schema_limits, 0),
    OTHER("listen", 0), OTHER("log", 0), OTHER("routes", 0), OTHER("prices", 0),
    OTHER("providers", CONFIG_REQUIRED),
    OTHER("budgets", 0), OTHER("clients", 0),
};
#undef ROW
TABLE(config_schema_root, ROOT);
/* clang-format on */
