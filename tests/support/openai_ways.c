#include "support/openai_ways.h"

#include "base/mem.h"
#include "support/openai_replay.h"

#include <check.h>
#include <ctype.h>
#include <string.h>

static bool
makes_tree(struct json_slice document)
{
    json_t *tree = NULL;
    int status = json_parse_lenient(document.text, document.size, &tree);

    json_decref(tree);
    return status == 0;
}

/* Appends a document with the first letter of its first key escaped. */
static void
append_escaped(struct bytes *b, struct json_slice document)
{
    const char *quote = memchr(document.text, '"', document.size);
    size_t before = quote ? (size_t)(quote - document.text) + 1 : 0;

    /* What no tree can be made of is read in one way only, and errors may
     * quote it. */
    if (before == 0 || before == document.size
        || !isalpha((unsigned char)document.text[before])
        || !makes_tree(document)) {
        (void)bytes_append(b, document.text, document.size);
        return;
    }
    (void)bytes_append(b, document.text, before);
    (void)bytes_printf(b, "\\u%04x", (unsigned)document.text[before]);
    (void)bytes_append(b, document.text + before + 1,
                       document.size - before - 1);
}

static void
append_escaped_stream(struct bytes *b, struct json_slice body)
{
    static const char mark[] = "data: ";
    const char *end = body.text + body.size;

    for (const char *at = body.text; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((stop ? stop : end) - at);
        size_t skip = size > 6 && memcmp(at, mark, 6) == 0 ? 6 : size;

        (void)bytes_append(b, at, skip);
        if (skip < size)
            append_escaped(b, (struct json_slice){at + skip, size - skip});
        (void)bytes_append(b, "\n", stop ? 1 : 0);
        at += size + 1;
    }
}

static void
check_same(const struct dialect_facts *a, const struct dialect_facts *b)
{
    ck_assert_int_eq(a->terminal, b->terminal);
    ck_assert_int_eq(a->done, b->done);
    ck_assert_int_eq(a->content, b->content);
    ck_assert_int_eq(a->malformed, b->malformed);
    ck_assert_int_eq(a->has_usage, b->has_usage);
    ck_assert_int_eq(a->defect, b->defect);
    ck_assert_int_eq(a->error.present, b->error.present);
    ck_assert_str_eq(a->finish, b->finish);
    ck_assert_str_eq(a->id, b->id);
    ck_assert_str_eq(a->model, b->model);
    ck_assert_int_eq(a->response.text != NULL, b->response.text != NULL);
}

void
ways_check(bool streamed, struct json_slice body, size_t piece)
{
    struct replay straight;
    struct replay around;
    struct bytes escaped;

    bytes_init(&escaped, 1 << 26);
    if (streamed)
        append_escaped_stream(&escaped, body);
    else
        append_escaped(&escaped, body);
    replay_init(&straight, streamed);
    replay_init(&around, streamed);
    straight.piece = piece;
    straight.random = true;
    around.piece = piece;
    around.random = true;
    replay_run(&straight, body.text, body.size);
    replay_run(&around, escaped.data, escaped.size);
    ck_assert_int_eq(straight.status, around.status);
    ck_assert_msg(strcmp(bytes_cstr(&straight.log), bytes_cstr(&around.log))
                      == 0,
                  "%s\n%s\n%.*s", straight.log.data, around.log.data,
                  (int)body.size, body.text);
    ck_assert_uint_eq(straight.pings, around.pings);
    check_same(straight.facts, around.facts);
    replay_deinit(&straight);
    replay_deinit(&around);
    bytes_deinit(&escaped);
}

static const struct {
    const char *from;
    const char *to;
} CHANGES[] = {
    {"null", "\"\""},
    {"null", "[ ]"},
    {"null", "{}"},
    {"null", "0"},
    {"null", "true"},
    {"null", "false"},
    {"null", "\"text\""},
    {"\"stop\"", "\"error\""},
    {"\"stop\"", "null"},
    {"\"stop\"", "\"\""},
    {"\"stop\"", "\"st\\u006fp\""},
    {"\"stop\"", "[\"stop\"]"},
    {"0", "1.0"},
    {"0", "1e2"},
    {"0", "1e400"},
    {"0", "-1"},
    {"0", "null"},
    {"0", "\"0\""},
    {"0", "999999999"},
    {"0", "1000000000"},
    {"0", "1000000001"},
    {"0", "123456789012345678901"},
    {"1", "[{\"x\":1.25}]"},
    {"\"content\"", "\"reasoning_content\""},
    {"\"content\"", "\"content\":\"x\",\"content\""},
    {"\"content\"", "\"c\\u006fntent\""},
    {"\"role\"", "\"name\""},
    {"\"role\"", "\"refusal\""},
    {"\"role\":", "\"role\":[1,{\"a\":\"\\u0000\"}],\"channel\":"},
    {"\"object\"", "\"type\""},
    {"\"chat.completion\"", "\"error\""},
    {"\"chat.completion.chunk\"", "\"error\""},
    {"\"id\"", "\"error\""},
    {"\"id\"", "\"model\""},
    {"\"id\"", "\"usage\":null,\"id\""},
    {"\"usage\"", "\"x_groq\""},
    {"\"usage\"", "\"x_groq\":{\"usage\":{\"prompt_tokens\":7}},\"used\""},
    {"\"finish_reason\"", "\"stop_reason\""},
    {"\"finish_reason\"", "\"finish_reason\":\"length\",\"finish_reason\""},
    {"\"index\":0", "\"index\":1"},
    {"\"index\":0", "\"index\":128"},
    {"\"index\"", "\"\\u0000\":0,\"index\""},
    {"\"index\"", "\"a\":[[{\"b\":[1,2,{}]}]],\"index\""},
    {"[{", "[{},{"},
    {"[{", "[1,{"},
    {"[{", "[],\"choices\":[{"},
    {"{", "{ "},
    {"{\"", "{\"\":{},\""},
    {"}]", "},{\"index\":1}]"},
    {"\":", "\" : "},
    {"\"prompt_tokens\"", "\"input_tokens\""},
    {"\"completion_tokens\"", "\"reasoning_tokens\""},
    {"\"total_tokens\"", "\"prompt_cache_hit_tokens\":3,\"total_tokens\""},
    {"\"total_tokens\"", "\"cached_tokens\":4,\"total_tokens\""},
    {"\"audio_tokens\"", "\"cache_write_tokens\""},
    {"\"audio_tokens\"", "\"num_cached_tokens\""},
    {"\"cached_tokens\"", "\"cached_tokens\":2,\"cached_tokens\""},
    {"_details\":{", "_details\":{},\"x\":{"},
    {"_details\":{", "_details\":null,\"x\":{"},
    {" ", "\\n\xc3\xa9\\ud83d\\ude00"},
    {" ", "\\u0000"},
    {" ", "\xff"},
    {"a", "\\ud83d"},
};

/* The occurrence of `what` that follows a random place, or the first. */
static const char *
find(struct rng *rng, struct json_slice in, const char *what)
{
    size_t from = (size_t)rng_upto(rng, (int64_t)in.size - 1);
    const char *found =
        memmem(in.text + from, in.size - from, what, strlen(what));

    return found ? found : memmem(in.text, in.size, what, strlen(what));
}

/* Replaces `b` by itself with one change. */
static void
mutate_once(struct rng *rng, struct bytes *b)
{
    static const char bytes[] = "{}[]\",:\\u0123dn \t\n\x01\x80\xff-e.t";
    size_t n = (size_t)rng_upto(rng, array_count(CHANGES) - 1);
    struct json_slice was = {b->data, b->size};
    const char *at = find(rng, was, CHANGES[n].from);
    struct bytes changed;
    size_t before;

    if (!at || rng_upto(rng, 4) == 0) {
        b->data[rng_upto(rng, (int64_t)b->size - 1)] =
            bytes[rng_upto(rng, (int64_t)sizeof(bytes) - 2)];
        return;
    }
    before = (size_t)(at - was.text);
    bytes_init(&changed, b->max);
    (void)bytes_append(&changed, was.text, before);
    (void)bytes_append_str(&changed, CHANGES[n].to);
    before += strlen(CHANGES[n].from);
    (void)bytes_append(&changed, was.text + before, was.size - before);
    bytes_deinit(b);
    *b = changed;
}

void
ways_mutate(struct rng *rng, struct json_slice document, struct bytes *b)
{
    struct bytes mutated;

    bytes_init(&mutated, 1 << 26);
    (void)bytes_append(&mutated, document.text, document.size);
    for (int64_t n = rng_upto(rng, 2); n >= 0 && mutated.size > 0; n--)
        mutate_once(rng, &mutated);
    (void)bytes_append(b, mutated.data, mutated.size);
    bytes_deinit(&mutated);
}
