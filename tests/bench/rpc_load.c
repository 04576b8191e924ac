/*
 * rpc_load.c - keeps calls of `generate` in flight at aigwd, and measures
 * them; see load.h.
 *
 *     rpc_load --connect aigw.sock --connections 64 --prompt Hello
 *     rpc_load --connect aigw.sock --connections 40 --depth 25 --stream
 *
 * Requests are packed once.  Every answer must be a success; the text of a
 * stream must be what aigw-mock says, byte for byte, piece by piece and again
 * as a whole.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "load.h"
#include "rpc_link.h"

#include <stdlib.h>
#include <string.h>

struct rpc_load {
    struct load load;
    struct rpc_link *links;
    struct bytes *requests; /* By call; its msgid is the call's number. */
};

static const struct load_ops OPS;

static void
pack_request(const struct load *l, unsigned call, struct bytes *out)
{
    char *prompt = load_prompt(l, call);

    rpc_link_pack(out, call, prompt, l->options.stream);
    free(prompt);
}

static void
begin_call(struct load *l, unsigned call)
{
    struct rpc_load *r = container_of(l, struct rpc_load, load);
    const struct bytes *request = &r->requests[call];

    load_send(r->links[call / l->options.depth].fd, request->data,
              request->size);
}

static unsigned
call_of(const struct load *l, uint64_t msgid)
{
    if (msgid >= l->n_calls)
        load_die("an answer to something else");
    return (unsigned)msgid;
}

static bool
is_good(const struct load *l, const struct load_call *c,
        const struct rpc_message *m)
{
    const char *content;
    size_t size;

    if (!rpc_link_success(m, &content, &size))
        return false;
    if (!l->options.stream)
        return true;
    return !c->wrong && c->text_at == c->text_size && size == c->text_size
           && memcmp(content, c->text, size) == 0;
}

static void
take_message(void *ctx, const struct rpc_message *m)
{
    struct load *l = ctx;
    uint64_t msgid;
    const char *text;
    size_t size;

    if (m->type == RPC_RESPONSE) {
        unsigned call = call_of(l, m->msgid);

        load_end(l, call, is_good(l, &l->calls[call], m), &OPS);
    } else if (rpc_link_delta(m, &msgid, &text, &size)) {
        struct load_call *c = &l->calls[call_of(l, msgid)];

        load_compare(c, text, size);
        load_token(l, c, clock_mono_ns());
    }
}

static void
take_input(struct load *l, unsigned i)
{
    struct rpc_load *r = container_of(l, struct rpc_load, load);

    rpc_link_read(&r->links[i], take_message, l);
}

static const struct load_ops OPS = {.begin = begin_call,
                                    .readable = take_input};

static void
open_connections(struct rpc_load *r)
{
    struct load *l = &r->load;

    r->links = calloc(l->options.connections, sizeof(*r->links));
    r->requests = calloc(l->n_calls, sizeof(*r->requests));
    if (!r->links || !r->requests)
        load_die("out of memory");
    for (unsigned i = 0; i < l->n_calls; i++)
        pack_request(l, i, &r->requests[i]);
    for (unsigned i = 0; i < l->options.connections; i++) {
        rpc_link_open(&r->links[i], l->options.address, 0);
        load_add(l, r->links[i].fd, i);
    }
}

static void
close_connections(struct rpc_load *r)
{
    for (unsigned i = 0; i < r->load.options.connections; i++)
        rpc_link_close(&r->links[i]);
    for (unsigned i = 0; i < r->load.n_calls; i++)
        bytes_deinit(&r->requests[i]);
    free(r->links);
    free(r->requests);
}

int
main(int argc, char **argv)
{
    struct rpc_load r;

    load_init(&r.load, argc, argv);
    open_connections(&r);
    load_run(&r.load, &OPS);
    load_report(&r.load);
    close_connections(&r);
    load_deinit(&r.load);
    return EXIT_SUCCESS;
}
