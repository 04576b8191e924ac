/*
 * The openai dialect against recorded traffic: every answer is read in pieces
 * of several sizes with the same events, what is read is what jansson's tree
 * says, and the scanner of usual chunks never disagrees with that tree.
 *
 * The recordings are no part of the project; without them the tests that need
 * them say so and pass.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "core/dialect_openai_scan.h"
#include "support/openai_replay.h"
#include "support/openai_ways.h"
#include "support/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FIXTURES[] = AIGW_SOURCE_DIR "/../shared/fixtures";

static const char *const PROVIDERS[] = {
    "alibaba",       "azure",    "cerebras",    "deepseek",
    "gemini-openai", "groq",     "huggingface", "mistral",
    "moonshot",      "ollama",   "openai-chat", "openrouter",
    "perplexity",    "together", "xai",         "zai",
};

static bool
ends_in(const char *name, const char *suffix)
{
    size_t size = strlen(name);
    size_t tail = strlen(suffix);

    return size >= tail && strcmp(name + size - tail, suffix) == 0;
}

static bool
read_file(const char *path, struct bytes *b)
{
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t n;

    if (!file)
        return false;
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        ck_assert_int_eq(bytes_append(b, block, n), 0);
    (void)fclose(file);
    return true;
}

/* One payload a line, as they would arrive. */
static void
make_stream(const struct bytes *lines, struct bytes *b)
{
    const char *end = lines->data + lines->size;

    for (const char *at = lines->data; at && at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((stop ? stop : end) - at);

        (void)bytes_append_str(b, "data: ");
        (void)bytes_append(b, at, size);
        (void)bytes_append_str(b, "\n\n");
        at += size + 1;
    }
    (void)bytes_append_str(b, "data: [DONE]\n\n");
}

/* What the tree says about a payload, by the shortest way. */
static void
add_content(const json_t *content, struct bytes *text)
{
    if (json_is_string(content))
        (void)bytes_append(text, json_string_value(content),
                           json_string_length(content));
    for (size_t i = 0; i < json_array_size(content); i++)
        add_content(json_object_get(json_array_get(content, i), "text"), text);
}

static void
add_payload(const char *data, size_t size, const char *member,
            struct bytes *text)
{
    /* Together sends a seed beyond 64 bits. */
    json_t *tree =
        json_loadb(data, size, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    json_t *choices = json_object_get(tree, "choices");

    for (size_t i = 0; i < json_array_size(choices); i++) {
        json_t *choice = json_array_get(choices, i);

        if (!json_object_get(tree, "error")
            && json_number_value(json_object_get(choice, "index")) == 0)
            add_content(
                json_object_get(json_object_get(choice, member), "content"),
                text);
    }
    json_decref(tree);
}

/* Calls `visit` for each payload of an event stream of one-line events. */
static void
each_payload(const char *body, size_t size,
             void (*visit)(const char *data, size_t size, void *ctx), void *ctx)
{
    const char *end = body + size;

    for (const char *at = body; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        stop = stop ? stop : end;
        if (stop - at > 6 && memcmp(at, "data: {", 7) == 0)
            visit(at + 6, (size_t)(stop - at - 6), ctx);
        at = stop + 1;
    }
}

static void
visit_delta(const char *data, size_t size, void *ctx)
{
    add_payload(data, size, "delta", ctx);
}

struct seen {
    int files;
    int chunks;
    int scanned;
    struct rng rng;
};

static bool
is_nothing(const json_t *value)
{
    return !value || json_is_null(value);
}

static void
compare_text(struct json_slice text, const json_t *value)
{
    ck_assert_uint_eq(text.size, json_string_length(value));
    if (text.size > 0)
        ck_assert_mem_eq(text.text, json_string_value(value), text.size);
}

static void
compare_choice(json_t *choice, const struct openai_scan *scan)
{
    json_t *delta = json_object_get(choice, "delta");
    json_t *content = json_object_get(delta, "content");
    const char *key;
    json_t *value;
    struct bytes text;

    ck_assert_int_eq(json_object_size(delta) > 0, scan->has_delta);
    ck_assert_uint_eq(
        (uint64_t)json_integer_value(json_object_get(choice, "index")),
        scan->choice);
    compare_text(scan->finish, json_object_get(choice, "finish_reason"));
    json_object_foreach (delta, key, value)
        ck_assert_msg(strcmp(key, "content") == 0 || strcmp(key, "role") == 0
                          || strcmp(key, "name") == 0
                          || strcmp(key, "channel") == 0 || json_is_null(value)
                          || json_array_size(value) + json_object_size(value)
                                     + json_string_length(value)
                                 == 0,
                      "%s", key);
    bytes_init(&text, scan->content.size + 1);
    ck_assert_int_eq(json_is_string(content), scan->content.text != NULL);
    if (scan->content.size > 0)
        ck_assert_int_eq(json_unescape(scan->content, &text), 0);
    compare_text((struct json_slice){text.data, text.size}, content);
    bytes_deinit(&text);
}

/* What the scanner says must be all that the tree says. */
static void
compare(const char *data, size_t size, const struct openai_scan *scan)
{
    json_error_t error;
    json_t *tree = json_loadb(data, size, JSON_ALLOW_NUL, &error);
    json_t *choices = json_object_get(tree, "choices");
    json_t *usage = json_object_get(tree, "usage");
    json_t *prompt = json_object_get(usage, "prompt_tokens");

    ck_assert_msg(tree != NULL, "%s: %.*s", error.text, (int)size, data);
    ck_assert_uint_eq(json_array_size(choices), scan->has_choice);
    ck_assert(is_nothing(json_object_get(tree, "error")));
    ck_assert(is_nothing(json_object_get(tree, "x_groq")));
    compare_text(scan->id, json_object_get(tree, "id"));
    compare_text(scan->model, json_object_get(tree, "model"));
    if (scan->has_choice)
        compare_choice(json_array_get(choices, 0), scan);
    ck_assert_int_eq(!is_nothing(usage), scan->has_usage);
    if (scan->has_usage)
        ck_assert_int_eq(prompt ? json_integer_value(prompt) : -1,
                         scan->counts.prompt);
    json_decref(tree);
}

static void
visit_scan(const char *data, size_t size, void *ctx)
{
    struct seen *seen = ctx;
    struct openai_scan scan;
    struct bytes mutated;

    seen->chunks++;
    if (openai_scan_chunk((struct json_slice){data, size}, &scan)) {
        seen->scanned++;
        compare(data, size, &scan);
    }
    bytes_init(&mutated, 1 << 24);
    for (int round = 0; round < 8; round++) {
        bytes_clear(&mutated);
        ways_mutate(&seen->rng, (struct json_slice){data, size}, &mutated);
        if (openai_scan_chunk((struct json_slice){mutated.data, mutated.size},
                              &scan))
            compare(mutated.data, mutated.size, &scan);
    }
    bytes_deinit(&mutated);
}

/* By the scanner and by way of trees, as it is and mutated. */
static void
check_ways(bool streamed, const struct bytes *body, struct seen *seen)
{
    struct json_slice whole = {body->data, body->size};
    struct bytes mutated;

    bytes_init(&mutated, 1 << 24);
    ways_check(streamed, whole, 0);
    ways_check(streamed, whole, 1);
    for (int round = 0; round < (streamed ? 8 : 100); round++) {
        bytes_clear(&mutated);
        ways_mutate(&seen->rng, whole, &mutated);
        ways_check(streamed, (struct json_slice){mutated.data, mutated.size},
                   0);
    }
    bytes_deinit(&mutated);
}

static void
check_assembled(const struct replay *r)
{
    struct json_slice content = assemble_content(r->answer);
    struct assemble_head head = {"i", "m", 1, NULL};
    struct bytes b;
    json_t *built;

    bytes_init(&b, 1 << 24);
    ck_assert_int_eq(assemble_build(r->answer, &head, &b), 0);
    ck_assert_int_eq(json_parse(b.data, b.size, &built, NULL), 0);
    ck_assert_uint_eq(content.size, r->text.size);
    if (content.size > 0)
        ck_assert_mem_eq(content.text, r->text.data, content.size);
    json_decref(built);
    bytes_deinit(&b);
}

static void
check_stream(const char *path, const struct bytes *body)
{
    static const size_t pieces[] = {0, 1, 13, 1000};
    struct replay whole;
    struct bytes want;

    bytes_init(&want, 1 << 24);
    each_payload(body->data, body->size, visit_delta, &want);
    replay_init(&whole, true);
    replay_run(&whole, body->data, body->size);
    ck_assert_msg(whole.facts->terminal != whole.facts->error.present,
                  "%s: neither proof nor error, or both", path);
    ck_assert_msg(!whole.facts->malformed, "%s: malformed", path);
    ck_assert_msg(
        whole.text.size == want.size
            && (want.size == 0
                || memcmp(whole.text.data, want.data, want.size) == 0),
        "%s: the text differs", path);
    check_assembled(&whole);
    for (size_t i = 1; i < array_count(pieces); i++) {
        struct replay split;

        replay_init(&split, true);
        split.piece = pieces[i];
        replay_run(&split, body->data, body->size);
        ck_assert_msg(strcmp(bytes_cstr(&split.log), bytes_cstr(&whole.log))
                          == 0,
                      "%s in pieces of %zu", path, pieces[i]);
        replay_deinit(&split);
    }
    replay_deinit(&whole);
    bytes_deinit(&want);
}

static void
check_whole(const char *path, const struct bytes *body)
{
    struct replay r;
    struct bytes want;

    bytes_init(&want, 1 << 24);
    add_payload(body->data, body->size, "message", &want);
    replay_init(&r, false);
    replay_run(&r, body->data, body->size);
    ck_assert_msg(r.facts->terminal != r.facts->error.present,
                  "%s: neither proof nor error, or both", path);
    ck_assert_msg(r.facts->defect == ANSWER_DEFECT_NONE, "%s: %s", path,
                  answer_defect_text(r.facts->defect));
    ck_assert_msg(r.text.size == want.size, "%s: the text differs", path);
    ck_assert_msg(r.facts->error.present || r.facts->has_usage, "%s: no usage",
                  path);
    check_assembled(&r);
    replay_deinit(&r);
    bytes_deinit(&want);
}

/* Other APIs of the same providers lie beside their chats. */
static bool
is_chat(const struct bytes *body)
{
    return memmem(body->data, body->size, "\"choices\"", 9)
           || memmem(body->data, body->size, "\"error\"", 7);
}

static bool
is_other(const struct bytes *body)
{
    return memmem(body->data, body->size, "\"sequence_number\"", 17)
           || memmem(body->data, body->size, "\"object\":\"response\"", 19)
           || memmem(body->data, body->size, "\"object\": \"response\"", 20);
}

static void
check_file(const char *path, struct seen *seen)
{
    struct bytes body;
    struct bytes stream;

    bytes_init(&body, 1 << 24);
    bytes_init(&stream, 1 << 24);
    ck_assert_msg(read_file(path, &body), "%s", path);
    if (body.size == 0 || !is_chat(&body) || is_other(&body)) {
        bytes_deinit(&body);
        return;
    }
    seen->files++;
    if (ends_in(path, ".chunks.txt"))
        make_stream(&body, &stream);
    else
        (void)bytes_append(&stream, body.data, body.size);
    check_ways(!ends_in(path, ".json"), &stream, seen);
    if (ends_in(path, ".json")) {
        check_whole(path, &body);
    } else {
        check_stream(path, &stream);
        each_payload(stream.data, stream.size, visit_scan, seen);
    }
    bytes_deinit(&body);
    bytes_deinit(&stream);
}

static void
check_provider(const char *provider, struct seen *seen)
{
    char path[4096];
    struct dirent *entry;
    DIR *dir;

    (void)snprintf(path, sizeof(path), "%s/%s", FIXTURES, provider);
    dir = opendir(path);
    if (!dir)
        return;
    while ((entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;

        if (!ends_in(name, ".sse") && !ends_in(name, ".chunks.txt")
            && (!ends_in(name, ".json") || ends_in(name, ".meta.json")))
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s/%s", FIXTURES, provider,
                       name);
        check_file(path, seen);
    }
    (void)closedir(dir);
}

START_TEST(recorded_answers_are_read_as_jansson_reads_them)
{
    struct seen seen = {.files = 0};

    rng_init(&seen.rng, (uint64_t)_i + 1);
    check_provider(PROVIDERS[_i], &seen);
    if (seen.files == 0)
        (void)printf("skipped: no recordings of %s\n", PROVIDERS[_i]);
    else
        (void)printf("%s: %d files, %d chunks, %d by the scanner\n",
                     PROVIDERS[_i], seen.files, seen.chunks, seen.scanned);
    ck_assert_int_ge(seen.files, 0);
}

END_TEST

/* The same comparison on chunks that need no recordings. */
START_TEST(mutated_chunks_are_scanned_as_jansson_reads_them)
{
    static const char *const chunks[] = {
        "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,"
        "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
        "\"a\\n\\u00e9\"},\"logprobs\":null,\"finish_reason\":null}],"
        "\"usage\":null}",
        "{\"choices\":[{\"index\":12,\"delta\":{\"role\":\"assistant\","
        "\"content\":\"\",\"refusal\":null}}]}",
        "{ \"choices\" : [ { \"delta\" : { \"content\" : \"\\ud83d\\ude00\" "
        "} } ] }",
    };
    struct seen seen = {.files = 0};

    rng_init(&seen.rng, (uint64_t)_i + 1);
    for (int round = 0; round < 500; round++)
        for (size_t i = 0; i < array_count(chunks); i++)
            visit_scan(chunks[i], strlen(chunks[i]), &seen);
    ck_assert_int_eq(seen.scanned, seen.chunks);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("dialect_replay");
    TCase *tc = tcase_create("recordings");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, recorded_answers_are_read_as_jansson_reads_them, 0,
                        (int)array_count(PROVIDERS));
    suite_add_tcase(s, tc);

    tc = tcase_create("scanner");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, mutated_chunks_are_scanned_as_jansson_reads_them, 0,
                        10);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
