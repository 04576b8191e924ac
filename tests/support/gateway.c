#include "support/gateway.h"

#include <stdio.h>
#include <string.h>

static const char PROVIDERS[] =
    "providers = (\n"
    "  { name = \"one\"; dialect = \"openai\";\n"
    "    base_url = \"http://127.0.0.1:%d/v1\";\n"
    "    models = ( { name = \"m\"; tier = \"premium\"; priority = 1;\n"
    "                 max_tokens = 1000; context = 8000;\n"
    "                 price = { input = 2.0; output = 8.0; }; } ); },\n"
    "  { name = \"two\"; dialect = \"openai\";\n"
    "    base_url = \"http://127.0.0.1:%d/v1\";\n"
    "    models = ( { name = \"m\"; tier = \"economy\"; priority = 2;\n"
    "                 price = { input = 1.0; output = 2.0; }; } ); }\n"
    ");\n"
    "%s%s%s%s";

static const char ROUTES[] =
    "routes = ( { name = \"default\"; targets = ( \"one/m\", \"two/m\" ); } );\n";

static const char NO_PROBES[] = "health = { kind = \"off\"; };\n";
static const char NO_STATE[] = "state_dir = \"\";\n";

static const char *
probes(const char *settings)
{
    return strstr(settings, "health =") ? "" : NO_PROBES;
}

static const char *
routes(const char *settings)
{
    return strstr(settings, "routes =") ? "" : ROUTES;
}

static const char *
state(const char *settings)
{
    return strstr(settings, "state_dir =") ? "" : NO_STATE;
}

void
test_gateway_start(struct test_gateway *g, const char *settings)
{
    test_provider_start(&g->one, "--tokens", "5", NULL);
    test_provider_start(&g->two, "--tokens", "5", NULL);
    test_daemon_start(&g->daemon, PROVIDERS, g->one.port, g->two.port,
                      routes(settings), probes(settings), state(settings),
                      settings);
    g->peer = peer_connect(g->daemon.socket);
}

void
test_gateway_reconfigure(struct test_gateway *g, const char *settings)
{
    test_daemon_reconfigure(&g->daemon, PROVIDERS, g->one.port, g->two.port,
                            routes(settings), probes(settings), state(settings),
                            settings);
}

void
test_gateway_stop(struct test_gateway *g)
{
    peer_close(g->peer);
    test_daemon_stop(&g->daemon);
    test_provider_stop(&g->one);
    test_provider_stop(&g->two);
}

const json_t *
test_gateway_target(struct test_gateway *g, const char *name)
{
    return value_at(peer_result(g->peer, "status", "[{'target': '%s'}]", name),
                    "targets.0");
}

const char *
test_gateway_state(struct test_gateway *g, const char *name)
{
    return value_str(test_gateway_target(g, name), "state");
}

static bool
is(const json_t *event, const char *member, const char *text)
{
    const char *got = json_string_value(json_object_get(event, member));

    return got && strcmp(got, text) == 0;
}

void
test_gateway_reason(struct test_gateway *g, const char *kind, const char *from,
                    const char *to, const char *reason)
{
    const json_t *events =
        value_at(peer_result(g->peer, "events", "[]"), "events");
    const json_t *event, *found = NULL;
    size_t i;

    json_array_foreach (events, i, event) {
        if (!is(event, "kind", kind) || !is(event, "from", from)
            || !is(event, "to", to))
            continue;
        ck_assert_msg(!found, "two %s events from %s to %s", kind, from, to);
        found = event;
    }
    ck_assert_msg(found != NULL, "no %s event from %s to %s", kind, from, to);
    ck_assert_msg(strncmp(value_str(found, "reason"), reason, strlen(reason))
                      == 0,
                  "%s instead of %s", value_str(found, "reason"), reason);
}
