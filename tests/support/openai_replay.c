#include "support/openai_replay.h"

#include "core/utf8.h"

#include <check.h>
#include <string.h>

void
replay_init(struct replay *r, bool streamed)
{
    *r = (struct replay){
        .params = {.streamed = streamed, .response_max_bytes = 1 << 22},
        .head = {200, streamed ? "text/event-stream" : "application/json"},
    };
}

static void
log_delta(struct replay *r, const struct dialect_event *ev)
{
    int status;

    (void)bytes_printf(&r->log, "delta %u ", ev->choice);
    ck_assert_msg(utf8_valid(ev->text, ev->size), "text is not UTF-8");
    if (ev->plain) {
        ck_assert_uint_gt(ev->size, 0);
        (void)json_append_string(&r->log, ev->text, ev->size);
        ck_assert_int_eq(
            assemble_text(r->answer, ev->choice, ev->text, ev->size), 0);
    } else {
        ck_assert_int_eq(json_check(ev->delta.text, ev->delta.size, NULL), 0);
        (void)bytes_append(&r->log, ev->delta.text, ev->delta.size);
        status = assemble_delta(r->answer, ev->choice, ev->delta.text,
                                ev->delta.size);
        ck_assert(status == 0 || r->random);
    }
    if (ev->choice == 0)
        (void)bytes_append(&r->text, ev->text, ev->size);
    (void)bytes_append_str(&r->log, "; ");
}

static int
on_event(void *ctx, const struct dialect_event *ev)
{
    struct replay *r = ctx;

    switch (ev->kind) {
    case DIALECT_START:
        (void)bytes_append_str(&r->log, "start; ");
        break;
    case DIALECT_PING:
        r->pings++;
        break;
    case DIALECT_DELTA:
        log_delta(r, ev);
        break;
    case DIALECT_FINISH:
        (void)bytes_printf(&r->log, "finish %u %s; ", ev->choice, ev->finish);
        ck_assert_int_eq(assemble_finish(r->answer, ev->choice, ev->finish), 0);
        break;
    case DIALECT_USAGE:
        (void)bytes_printf(&r->log, "usage %d/%d/%d/%d/%d%s; ",
                           (int)ev->usage->prompt, (int)ev->usage->completion,
                           (int)ev->usage->cached, (int)ev->usage->cache_write,
                           (int)ev->usage->reasoning,
                           ev->usage->shape.reasoning_beside ? "+" : "");
        break;
    case DIALECT_DONE:
        (void)bytes_append_str(&r->log, "done; ");
        break;
    case DIALECT_ERROR:
        ck_assert_uint_lt(strlen(ev->error->text), API_ERROR_TEXT_SIZE);
        (void)bytes_printf(&r->log, "error %d %s/%s %s; ",
                           ev->error->http_status, ev->error->code,
                           ev->error->type, ev->error->text);
        break;
    case DIALECT_MALFORMED:
        (void)bytes_append_str(&r->log, "malformed; ");
        break;
    }
    return 0;
}

void
replay_run(struct replay *r, const char *data, size_t size)
{
    const struct dialect *d = &dialect_openai;
    size_t piece = r->piece ? r->piece : size;

    bytes_init(&r->log, 1 << 26);
    bytes_init(&r->text, 1 << 26);
    r->answer = assemble_new(1 << 26);
    r->parser = d->parser_new(&r->params);
    d->parser_head(r->parser, &r->head);
    r->status = 0;
    for (size_t i = 0; i < size && r->status == 0; i += piece)
        r->status =
            d->parser_feed(r->parser, data + i,
                           size - i < piece ? size - i : piece, on_event, r);
    if (r->status == 0)
        r->status = d->parser_finish(r->parser, !r->cut, on_event, r);
    r->facts = d->parser_facts(r->parser);
}

void
replay_deinit(struct replay *r)
{
    dialect_openai.parser_free(r->parser);
    assemble_free(r->answer);
    bytes_deinit(&r->log);
    bytes_deinit(&r->text);
}
