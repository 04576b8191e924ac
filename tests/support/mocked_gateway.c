#include "support/mocked_gateway.h"

#include "mock/mock_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONFIG_MAX = 8192,
};

static const char *
or_nothing(const char *text)
{
    return text ? text : "";
}

static void __attribute__((format(printf, 2, 3)))
add(char config[CONFIG_MAX], const char *format, ...)
{
    size_t used = strlen(config);
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(config + used, CONFIG_MAX - used, format, args);
    va_end(args);
    ck_assert_int_lt(n, (int)(CONFIG_MAX - used));
}

static void
add_timeouts(char config[CONFIG_MAX])
{
    add(config,
        " timeouts = { dns_ms = %d; connect_ms = %d; headers_ms = %d;"
        " first_event_ms = %d; first_token_ms = %d; stall_ms = %d;"
        " content_stall_ms = %d; answer_ms = %d; };",
        GATEWAY_DNS_MS, GATEWAY_CONNECT_MS, GATEWAY_HEADERS_MS,
        GATEWAY_FIRST_EVENT_MS, GATEWAY_FIRST_TOKEN_MS, GATEWAY_STALL_MS,
        GATEWAY_CONTENT_STALL_MS, GATEWAY_ANSWER_MS);
}

static void
add_provider(char config[CONFIG_MAX], const struct gateway *g, size_t i)
{
    const char *model = "price = { input = 2.0; output = 8.0; };";

    add(config, "%s{ name = \"%c\";", i > 0 ? ",\n  " : "  ", "abc"[i]);
    if (i == 0 && g->url_of_a)
        add(config, " base_url = \"%s\";", g->url_of_a);
    else
        add(config, " base_url = \"http://127.0.0.1:%d/v1\";",
            g->mocks[i].port);
    add(config, "%s", or_nothing(g->more_of_all));
    if (i == 0)
        add(config, "%s", or_nothing(g->more_of_a));
    if (i == 0 && !strstr(or_nothing(g->more_of_a), "timeouts"))
        add_timeouts(config);
    if (i == 0 && g->model_of_a)
        model = g->model_of_a;
    add(config, " models = ( { name = \"m\"; %s %s } ); }", model,
        or_nothing(g->more_of_models[i]));
}

static void
write_config(const struct gateway *g, char config[CONFIG_MAX])
{
    config[0] = '\0';
    add(config,
        "%s"
        "health = { kind = \"off\"; };\n"
        "retry = { base_ms = 20; max_ms = 50; };\n"
        "%s\nproviders = (\n",
        g->keeps_state ? "" : "state_dir = \"\";\n", or_nothing(g->more));
    for (size_t i = 0; i < g->n_mocks; i++)
        add_provider(config, g, i);
    add(config, "\n);\n");
}

void
gateway_prepare(struct gateway *g)
{
    char config[CONFIG_MAX];

    if (g->n_mocks == 0)
        g->n_mocks = 2;
    for (size_t i = 0; i < g->n_mocks; i++)
        if (g->mocks[i].port == 0)
            test_provider_start(&g->mocks[i], NULL);
    write_config(g, config);
    test_daemon_configure(&g->daemon, "%s", config);
}

void
gateway_start(struct gateway *g)
{
    gateway_prepare(g);
    test_daemon_spawn(&g->daemon, NULL);
    test_daemon_await(&g->daemon);
    g->peer = peer_connect(g->daemon.socket);
}

void
gateway_start_slow(struct gateway *g, const char *more)
{
    *g = (struct gateway){
        .n_mocks = 1,
        .keeps_state = more != NULL,
        .more = more,
    };
    test_provider_start(&g->mocks[0], "--token-interval-ms", "25", NULL);
    gateway_start(g);
}

void
gateway_reload(struct gateway *g)
{
    char config[CONFIG_MAX];

    write_config(g, config);
    test_daemon_reconfigure(&g->daemon, "%s", config);
    ck_assert(value_bool(peer_result(g->peer, "config.reload", "[]"), "ok"));
}

void
gateway_start_again(struct gateway *g)
{
    peer_close(g->peer);
    process_kill(&g->daemon.process);
    (void)test_daemon_wait(&g->daemon);
    test_daemon_spawn(&g->daemon, NULL);
    test_daemon_await(&g->daemon);
    g->peer = peer_connect(g->daemon.socket);
}

void
gateway_stop(struct gateway *g)
{
    peer_close(g->peer);
    test_daemon_stop(&g->daemon);
    for (size_t i = 0; i < g->n_mocks; i++)
        test_provider_stop(&g->mocks[i]);
    free(g->streamed);
}

/* Appends the delta's text to what was streamed. */
static void
take_delta(struct gateway *g, uint32_t msgid, const json_t *params)
{
    const json_t *content = value_find(params, "2.content");
    size_t used = strlen(g->streamed);
    size_t size = json_string_length(content);

    ck_assert_int_eq(value_int(params, "0"), msgid);
    ck_assert_int_eq(value_int(params, "1"), (int64_t)++g->n_deltas);
    if (!json_is_string(content))
        return;
    g->streamed = realloc(g->streamed, used + size + 1);
    ck_assert_ptr_nonnull(g->streamed);
    memcpy(g->streamed + used, json_string_value(content), size + 1);
}

uint32_t
gateway_send(struct gateway *g, const char *prompt, const char *more)
{
    return peer_send(g->peer, "generate", "[{'prompt': '%s'%s}]", prompt, more);
}

const json_t *
gateway_await(struct gateway *g, uint32_t msgid)
{
    struct peer_reply reply = peer_wait(g->peer, msgid);
    const json_t *params;

    ck_assert_msg(reply.code == 0, "error %d: %s", reply.code, reply.text);
    free(g->streamed);
    g->streamed = strdup("");
    g->n_deltas = 0;
    while ((params = peer_notification(g->peer, "call.delta", 0)))
        take_delta(g, msgid, params);
    return reply.result;
}

const json_t *
gateway_ask(struct gateway *g, const char *prompt, const char *more)
{
    return gateway_await(g, gateway_send(g, prompt, more));
}

/* The result as text, for messages; never freed, as the test ends there. */
static const char *
dump(const json_t *result)
{
    return json_dumps(result, JSON_INDENT(2));
}

void
gateway_expect_answer(const struct gateway *g, const json_t *result,
                      const char *prompt)
{
    char *want = mock_answer_text(prompt, GATEWAY_TOKENS);

    ck_assert_ptr_nonnull(want);
    if (!value_bool(result, "success"))
        ck_abort_msg("no answer: %s", dump(result));
    ck_assert_str_eq(value_str(result, "content"), want);
    if (g->n_deltas > 0)
        ck_assert_str_eq(g->streamed, want);
    free(want);
}

void
gateway_expect_failure(const json_t *result, const char *error_code)
{
    if (value_bool(result, "success"))
        ck_abort_msg("it succeeded: %s", dump(result));
    if (strcmp(value_str(result, "error_code"), error_code) != 0)
        ck_abort_msg("not %s: %s", error_code, dump(result));
}

void
gateway_expect_broken(const struct gateway *g, const json_t *result,
                      const char *prompt, unsigned n_tokens)
{
    char *want = mock_answer_text(prompt, n_tokens);

    gateway_expect_failure(result, "stream_broken");
    ck_assert_str_eq(value_str(result, "partial"), want);
    ck_assert_str_eq(g->streamed, want);
    free(want);
}

int64_t
gateway_sends(const struct gateway *g, size_t mock)
{
    return test_provider_count(&g->mocks[mock], "sends");
}

const json_t *
gateway_target(struct gateway *g, const char *name)
{
    return value_at(peer_result(g->peer, "status", "[{'target': '%s'}]", name),
                    "targets.0");
}

double
gateway_loop_lag_ms(struct gateway *g)
{
    return value_real(peer_result(g->peer, "status", "[{}]"),
                      "server.loop_lag_ms");
}

static bool
is(const json_t *event, const char *member, const char *text)
{
    const char *got = json_string_value(json_object_get(event, member));

    return got && strcmp(got, text) == 0;
}

void
gateway_expect_event(struct gateway *g, const char *kind, const char *target,
                     const char *from, const char *to)
{
    const json_t *result = peer_result(g->peer, "events", "[{}]");
    const json_t *events = value_at(result, "events");

    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);

        if (is(event, "kind", kind) && is(event, "target", target)
            && is(event, "from", from) && is(event, "to", to))
            return;
    }
    ck_abort_msg("no %s event of %s from %s to %s in %s", kind, target, from,
                 to, dump(result));
}
