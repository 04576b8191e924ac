/*
 * fuzz_ratelimit.c - response headers as a provider might send them.
 *
 * The input is lines "name: value"; each goes to the parser of ratelimit.h
 * (and so through the grammars of when.h and date.h), and what comes out must
 * be within its stated bounds, also for the gate that acts on it.
 */
#include "core/gate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void
check(bool holds)
{
    if (!holds)
        abort();
}

static const int64_t WALL_MS = INT64_C(1775399335000);

static void
feed_line(struct ratelimit_parser *p, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    size_t name_len;

    if (!colon)
        return;
    name_len = (size_t)(colon - line);
    ratelimit_header(p, line, name_len, colon + 1, len - name_len - 1);
}

static void
feed(struct ratelimit_parser *p, const char *text, size_t size)
{
    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t len = end ? (size_t)(end - text) : size;

        feed_line(p, text, len);
        if (!end)
            return;
        text += len + 1;
        size -= len + 1;
    }
}

static void
check_bucket(const struct ratelimit_bucket *b)
{
    check(b->limit >= -1 && b->remaining >= -1);
    check(b->reset_ms >= -1 && b->reset_ms <= WHEN_MAX_WAIT_MS);
}

static void
check_gate(const struct ratelimit *told, int status)
{
    struct gate_response response = {.http_status = status, .told = *told};
    struct gate gate;
    struct rng rng;

    rng_init(&rng, 1);
    gate_init(&gate);
    response.ticket = gate_begin(&gate, 1, 0);
    gate_reply(&gate, &response, 0, &rng);
    check(gate_check(&gate, 1, WHEN_MAX_WAIT_MS).reason == GATE_PASS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratelimit_parser parser;
    struct ratelimit result;

    ratelimit_init(&parser);
    feed(&parser, (const char *)data, size);
    ratelimit_finish(&parser, WALL_MS, &result);

    check(result.retry_after_ms >= -1);
    check(result.retry_after_ms <= WHEN_MAX_WAIT_MS);
    check_bucket(&result.requests);
    check_bucket(&result.tokens);
    check_gate(&result, 429);
    check_gate(&result, 503);
    check_gate(&result, 200);
    return 0;
}
