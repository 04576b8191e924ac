/*
 * fuzz_dialect.c - the openai dialect as a provider could abuse it.
 *
 * The first byte chooses how the answer is announced and read; the rest is
 * the body.  Whatever comes, events are valid UTF-8 and JSON, the key does
 * not appear in an error, and the deltas can be put together again and weigh no
 * more than their texts have bytes, as do bytes that nobody has checked.  The
 * same bytes are also read as a caller's body.
 */
#include "core/assemble.h"
#include "core/chat.h"
#include "core/dialect_openai.h"
#include "core/json_skip.h"
#include "core/utf8.h"
#include "core/weigh.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    RESPONSE_MAX_BYTES = 65536
};

static const char KEY[] = "sk-abcdefgh12345678";

static void
must(bool held)
{
    if (!held)
        abort();
}

static void
must_weigh_little(struct json_slice value)
{
    must(json_texts_size(value) <= value.size);
    must(weigh_json(value) <= json_texts_size(value));
    must(weigh_text(value.text, value.size) <= value.size);
}

static int
on_event(void *ctx, const struct dialect_event *ev)
{
    struct assemble *a = ctx;

    if (ev->kind == DIALECT_DELTA) {
        must(utf8_valid(ev->text, ev->size));
        if (ev->plain) {
            must(ev->size > 0);
            (void)assemble_text(a, ev->choice, ev->text, ev->size);
        } else {
            must(json_check(ev->delta.text, ev->delta.size, NULL) == 0);
            must(json_texts_size(ev->delta) >= ev->size);
            must_weigh_little(ev->delta);
            (void)assemble_delta(a, ev->choice, ev->delta.text, ev->delta.size);
        }
    }
    if (ev->kind == DIALECT_FINISH)
        (void)assemble_finish(a, ev->choice, ev->finish);
    if (ev->kind == DIALECT_ERROR)
        must(!strstr(ev->error->text, KEY) && !strstr(ev->error->code, KEY)
             && !strstr(ev->error->type, KEY));
    return 0;
}

static void
check_built(const struct assemble *a)
{
    struct assemble_head head = {"i", "m", 1, NULL};
    struct bytes b;

    bytes_init(&b, 1 << 24);
    must(assemble_build(a, &head, &b) == 0);
    must(json_check(b.data, b.size, NULL) == 0);
    bytes_deinit(&b);
}

static void
read_answer(unsigned how, const char *data, size_t size)
{
    static const char *const types[] = {"text/event-stream", "application/json",
                                        "text/html", NULL};
    static const int statuses[] = {200, 200, 429, 500};
    struct dialect_params params = {
        .streamed = how & 1,
        .embed = (how & 6) == 6,
        .n_choices = how & 2,
        .key = KEY,
        .response_max_bytes = RESPONSE_MAX_BYTES,
    };
    struct dialect_head head = {statuses[how >> 3 & 3], types[how >> 5 & 3]};
    const struct dialect *d = &dialect_openai;
    struct assemble *a = assemble_new(RESPONSE_MAX_BYTES);
    struct dialect_parser *p = d->parser_new(&params);
    size_t piece = how & 128 ? 3 : size;
    const struct dialect_facts *facts = d->parser_facts(p);

    d->parser_head(p, &head);
    for (size_t i = 0; i < size; i += piece)
        (void)d->parser_feed(p, data + i, size - i < piece ? size - i : piece,
                             on_event, a);
    (void)d->parser_finish(p, true, on_event, a);
    must(!facts->has_usage
         || (facts->usage.prompt >= 0 && facts->usage.completion >= 0));
    check_built(a);
    d->parser_free(p);
    assemble_free(a);
}

static void
read_request(const char *data, size_t size)
{
    struct dialect_target target = {
        .base_url = "http://h", .model = "m", .key = KEY, .max_tokens = 9};
    struct dialect_http http = {0};
    struct chat_request *request;

    if (chat_from_body(data, size, &request, NULL) < 0)
        return;
    must(dialect_openai.build_chat(request, &target, true, &http) == 0);
    must(json_check(http.body, http.body_size, NULL) == 0);
    dialect_http_deinit(&http);
    chat_free(request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    must_weigh_little((struct json_slice){(const char *)data + 1, size - 1});
    read_answer(data[0], (const char *)data + 1, size - 1);
    read_request((const char *)data + 1, size - 1);
    return 0;
}
