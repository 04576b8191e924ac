/*
 * check_usage.c - what providers say they counted, and what that costs to the
 * nano-dollar.  The figures were worked out by hand: a price of 1.25 USD per
 * million is 1,250 nano-dollars a token.
 *
 * Recorded answers are no part of the project; without them the test that
 * needs them says so and passes.
 */
#include "core/usage.h"

#include "base/mem.h"
#include "core/price.h"
#include "support/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef bool (*usage_fn)(const json_t *told, struct usage *ret_usage);

/* Nano-dollars a token times a million: what the configuration makes of USD
 * per million. */
#define USD(usd) ((int64_t)((usd)*1e9 + 0.5))

#define RATES(in, out, cached, write)                                          \
    {                                                                          \
        USD(in), USD(out), USD(cached), USD(write), USD(2 * (in)), USD(out)    \
    }

static const struct price GPT_5 = {.rates = RATES(1.25, 10, 0.125, 1.25)};
static const struct price GPT_5_4 = {
    .rates = RATES(2.5, 15, 0.25, 2.5),
    .over = {{.context = 272000, .rates = RATES(5, 22.5, 0.5, 5)}},
    .n_over = 1,
};
static const struct price SONNET_4_5 = {
    .rates = RATES(3, 15, 0.3, 3.75),
    .over = {{.context = 200000, .rates = RATES(6, 22.5, 0.6, 7.5)}},
    .n_over = 1,
};
static const struct price GEMINI_2_5_PRO = {
    .rates = RATES(1.25, 10, 0.125, 1.25),
    .over = {{.context = 200000, .rates = RATES(2.5, 15, 0.25, 2.5)}},
    .n_over = 1,
};
static const struct price GROK_4 = {.rates = RATES(3, 15, 0.75, 3)};
static const struct price DEEPSEEK = {.rates = RATES(0.14, 0.28, 0.0028, 0.14)};

/* Reasoning has a price of its own, and so has each request. */
static const struct price SEARCHING = {
    .rates = {USD(1), USD(2), USD(1), USD(1), USD(1), USD(3)},
    .per_request_nanousd = 5000000,
};

static const struct {
    const char *name;
    usage_fn read;
    const struct price *price;
    const char *told;
    int64_t nanousd;
} BILLS[] = {
    /* 15 x 1,250 + 993 x 10,000 */
    {"OpenAI: reasoning is in the completion", usage_from_openai, &GPT_5,
     "{'prompt_tokens':15,'completion_tokens':993,'total_tokens':1008,"
     "'prompt_tokens_details':{'cached_tokens':0,'audio_tokens':0},"
     "'completion_tokens_details':{'reasoning_tokens':960}}",
     9948750},
    /* (115,886 - 92,160) x 1,250 + 92,160 x 125 + 1,720 x 10,000 */
    {"OpenAI responses: cached is in the input", usage_from_responses, &GPT_5,
     "{'input_tokens':115886,'input_tokens_details':{'cached_tokens':92160},"
     "'output_tokens':1720,'output_tokens_details':{'reasoning_tokens':1472},"
     "'total_tokens':117606}",
     58377500},
    /* 200,000 x 5,000 + 100,000 x 500 + 1,000 x 22,500 */
    {"OpenAI: long prompts cost more", usage_from_openai, &GPT_5_4,
     "{'prompt_tokens':300000,'completion_tokens':1000,'total_tokens':301000,"
     "'prompt_tokens_details':{'cached_tokens':100000}}",
     1072500000},
    /* (5,000 - 3,000 - 1,000) x 3,000 + 3,000 x 300 + 1,000 x 3,750 */
    {"OpenAI's form: written is in the prompt", usage_from_openai, &SONNET_4_5,
     "{'prompt_tokens':5000,'completion_tokens':0,'total_tokens':5000,"
     "'prompt_tokens_details':{'cached_tokens':3000,"
     "'cache_write_tokens':1000}}",
     7650000},
    /* 21 x 3,000 + 1,880 x 3,750 + 10,000 x 300 + 393 x 15,000 */
    {"Anthropic: the cache is beside the input", usage_from_anthropic,
     &SONNET_4_5,
     "{'input_tokens':21,'cache_creation_input_tokens':1880,"
     "'cache_read_input_tokens':10000,'output_tokens':393}",
     16008000},
    /* 21 x 3,000 + 880 x 3,750 + 1,000 x 6,000 + 393 x 15,000 */
    {"Anthropic: an hour in the cache is dearer", usage_from_anthropic,
     &SONNET_4_5,
     "{'input_tokens':21,'cache_creation_input_tokens':1880,"
     "'cache_creation':{'ephemeral_5m_input_tokens':880,"
     "'ephemeral_1h_input_tokens':1000},'output_tokens':393}",
     15258000},
    /* More than was written at all, none, and what is no count. */
    {"Anthropic: no more than was written", usage_from_anthropic, &SONNET_4_5,
     "{'input_tokens':0,'cache_creation_input_tokens':10,"
     "'cache_creation':{'ephemeral_1h_input_tokens':99},'output_tokens':0}",
     60000},
    {"Anthropic: what is no count", usage_from_anthropic, &SONNET_4_5,
     "{'input_tokens':0,'cache_creation_input_tokens':10,"
     "'cache_creation':{'ephemeral_1h_input_tokens':-1},'output_tokens':0}",
     37500},
    /* 1,000 x 3,000 + 199,000 x 300 + 10 x 15,000 */
    {"Anthropic: 200,000 are not long", usage_from_anthropic, &SONNET_4_5,
     "{'input_tokens':1000,'cache_read_input_tokens':199000,"
     "'cache_creation_input_tokens':0,'output_tokens':10}",
     62850000},
    /* 1,000 x 6,000 + 199,001 x 600 + 10 x 22,500 */
    {"Anthropic: the cache makes a prompt long", usage_from_anthropic,
     &SONNET_4_5,
     "{'input_tokens':1000,'cache_read_input_tokens':199001,"
     "'cache_creation_input_tokens':0,'output_tokens':10}",
     125625600},
    /* (249 + 319) x 1,250 + (240 + 301) x 10,000 */
    {"Gemini: thoughts and prompts of tools are beside", usage_from_gemini,
     &GEMINI_2_5_PRO,
     "{'candidatesTokenCount':240,'promptTokenCount':249,"
     "'thoughtsTokenCount':301,'toolUsePromptTokenCount':319,"
     "'totalTokenCount':1109}",
     6120000},
    /* 200,000 x 2,500 + 50,000 x 250 + 1,000 x 15,000 */
    {"Gemini: long, and cached in the prompt", usage_from_gemini,
     &GEMINI_2_5_PRO,
     "{'promptTokenCount':250000,'cachedContentTokenCount':50000,"
     "'candidatesTokenCount':100,'thoughtsTokenCount':900,"
     "'totalTokenCount':251000}",
     527500000},
    /* 9 x 1,250 + (28 + 244) x 10,000 */
    {"Gemini's imitation: thoughts show in the total alone", usage_from_openai,
     &GEMINI_2_5_PRO,
     "{'prompt_tokens':9,'completion_tokens':28,'total_tokens':281}", 2731250},
    /* 49 x 3,000 + 150 x 750 + (1 + 130) x 15,000 */
    {"xAI: reasoning is beside the completion", usage_from_openai, &GROK_4,
     "{'prompt_tokens':199,'completion_tokens':1,'total_tokens':330,"
     "'prompt_tokens_details':{'cached_tokens':150},"
     "'completion_tokens_details':{'reasoning_tokens':130}}",
     2224500},
    /* (1,941 - 947) x 3,000 + 947 x 750 + 583 x 15,000 */
    {"xAI responses: reasoning is in the output", usage_from_responses, &GROK_4,
     "{'input_tokens':1941,'input_tokens_details':{'cached_tokens':947},"
     "'output_tokens':583,'output_tokens_details':{'reasoning_tokens':380},"
     "'total_tokens':2524}",
     12437250},
    /* 19 x 140 + 320 x 2.8 + 92 x 280 */
    {"DeepSeek: hits and misses", usage_from_openai, &DEEPSEEK,
     "{'prompt_tokens':339,'completion_tokens':92,'total_tokens':431,"
     "'prompt_cache_hit_tokens':320,'prompt_cache_miss_tokens':19,"
     "'completion_tokens_details':{'reasoning_tokens':48}}",
     29316},
    /* 2.8, rounded up */
    {"DeepSeek: less than a nano-dollar is one", usage_from_openai, &DEEPSEEK,
     "{'prompt_tokens':1,'completion_tokens':0,'total_tokens':1,"
     "'prompt_cache_hit_tokens':1}",
     3},
    /* 100 x 1,000 + 30 x 2,000 + 20 x 3,000 + 5,000,000 */
    {"reasoning and requests with prices of their own", usage_from_openai,
     &SEARCHING,
     "{'prompt_tokens':100,'completion_tokens':50,'total_tokens':150,"
     "'completion_tokens_details':{'reasoning_tokens':20}}",
     5220000},
};

/* JSON with single quotes. */
static json_t *
parse(const char *text)
{
    char *copy = strdup(text);
    json_t *value;

    ck_assert_ptr_nonnull(copy);
    for (char *at = copy; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    value = json_loads(copy, 0, NULL);
    ck_assert_msg(value != NULL, "%s", text);
    free(copy);
    return value;
}

START_TEST(what_was_counted_costs_so_much)
{
    json_t *told = parse(BILLS[_i].told);
    struct usage usage = {0};
    int64_t nanousd = -1;

    ck_assert_msg(BILLS[_i].read(told, &usage), "%s", BILLS[_i].name);
    ck_assert_int_eq(price_cost(BILLS[_i].price, &usage, &nanousd), 0);
    ck_assert_msg(nanousd == BILLS[_i].nanousd, "%s: %lld", BILLS[_i].name,
                  (long long)nanousd);
    json_decref(told);
}

END_TEST

/* The output at the start of a stream is a placeholder; at its end are sums,
 * but the cache may be left out. */
START_TEST(an_anthropic_stream_is_told_twice)
{
    json_t *start = parse("{'input_tokens':25,'cache_read_input_tokens':7,"
                          "'cache_creation_input_tokens':3,"
                          "'output_tokens':1}");
    json_t *end = parse("{'output_tokens':15,"
                        "'output_tokens_details':{'thinking_tokens':9}}");
    struct usage usage = {0};

    ck_assert(usage_from_anthropic(start, &usage));
    ck_assert_int_eq(usage.completion, 1);
    ck_assert(usage_from_anthropic(end, &usage));
    ck_assert_int_eq(usage.prompt, 25);
    ck_assert_int_eq(usage.cached, 7);
    ck_assert_int_eq(usage.cache_write, 3);
    ck_assert_int_eq(usage.completion, 15);
    ck_assert_int_eq(usage.reasoning, 9);
    ck_assert_int_eq(usage_prompt_total(&usage), 35);
    json_decref(start);
    json_decref(end);
}

END_TEST

static const struct {
    usage_fn read;
    const char *told;
} NONE[] = {
    {usage_from_openai, "{}"},
    {usage_from_openai, "[]"},
    {usage_from_openai, "{'prompt_tokens':-1}"},
    {usage_from_openai, "{'prompt_tokens':'7'}"},
    {usage_from_openai, "{'prompt_tokens':1000000001}"},
    {usage_from_openai, "{'prompt_tokens':1.5}"},
    {usage_from_openai, "{'prompt_tokens':1,'completion_tokens':-1}"},
    {usage_from_responses, "{'prompt_tokens':1}"},
    {usage_from_responses, "{'input_tokens':9223372036854775807}"},
    {usage_from_anthropic, "{'input_tokens':null,'output_tokens':[]}"},
    {usage_from_gemini, "{'totalTokenCount':5}"},
    {usage_from_gemini, "{'promptTokenCount':1e300}"},
};

START_TEST(f67_what_cannot_be_a_count_is_none)
{
    json_t *told = parse(NONE[_i].told);
    struct usage usage = {.prompt = 42};

    ck_assert_msg(!NONE[_i].read(told, &usage), "%s", NONE[_i].told);
    ck_assert_int_eq(usage.prompt, 42);
    json_decref(told);
}

END_TEST

static const struct {
    usage_fn read;
    const char *told;
    int64_t prompt, completion, cached, reasoning;
} CUT[] = {
    {usage_from_openai,
     "{'prompt_tokens':5,'completion_tokens':3,'total_tokens':8,"
     "'prompt_tokens_details':{'cached_tokens':9},"
     "'completion_tokens_details':{'reasoning_tokens':9}}",
     5, 3, 5, 3},
    {usage_from_anthropic,
     "{'input_tokens':5,'output_tokens':3,'output_tokens_details':"
     "{'thinking_tokens':9}}",
     5, 3, 0, 3},
    {usage_from_gemini,
     "{'promptTokenCount':5,'cachedContentTokenCount':9,"
     "'candidatesTokenCount':3,'totalTokenCount':8}",
     5, 3, 5, 0},
    {usage_from_gemini,
     "{'promptTokenCount':1000000000,'toolUsePromptTokenCount':1000000000}",
     USAGE_MAX_TOKENS, 0, 0, 0},
    {usage_from_gemini, "{'promptTokenCount':5,'totalTokenCount':12}", 5, 7, 0,
     0},
};

START_TEST(f67_parts_are_cut_to_the_whole)
{
    json_t *told = parse(CUT[_i].told);
    struct usage usage = {0};

    ck_assert(CUT[_i].read(told, &usage));
    ck_assert_int_eq(usage.prompt, CUT[_i].prompt);
    ck_assert_int_eq(usage.completion, CUT[_i].completion);
    ck_assert_int_eq(usage.cached, CUT[_i].cached);
    ck_assert_int_eq(usage.reasoning, CUT[_i].reasoning);
    json_decref(told);
}

END_TEST

/* Recorded answers, and by which name they tell their total. */
static const struct source {
    const char *folder;
    const char *member;
    const char *total;
    usage_fn read;
} SOURCES[] = {
    {"openai-chat", "usage", "total_tokens", usage_from_openai},
    {"openai-responses", "usage", "total_tokens", usage_from_responses},
    {"deepseek", "usage", "total_tokens", NULL},
    {"xai", "usage", "total_tokens", NULL},
    {"gemini-openai", "usage", "total_tokens", usage_from_openai},
    {"gemini", "usageMetadata", "totalTokenCount", usage_from_gemini},
    {"anthropic", "usage", NULL, usage_from_anthropic},
};

/* Two of them speak both of OpenAI's forms. */
static usage_fn
reader_of(const struct source *source, const json_t *told)
{
    if (source->read)
        return source->read;
    return json_object_get(told, "input_tokens") ? usage_from_responses
                                                 : usage_from_openai;
}

static int64_t
count_of(const json_t *told, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(told, name));
}

static int64_t
total_of(const struct source *source, const json_t *told)
{
    if (source->total)
        return count_of(told, source->total);
    return count_of(told, "input_tokens")
           + count_of(told, "cache_read_input_tokens")
           + count_of(told, "cache_creation_input_tokens")
           + count_of(told, "output_tokens");
}

static unsigned
check_told(const struct source *source, const json_t *told)
{
    struct usage usage = {0};

    if (!reader_of(source, told)(told, &usage) || total_of(source, told) == 0)
        return 0;
    ck_assert_msg(usage_prompt_total(&usage) + usage_completion_total(&usage)
                      == total_of(source, told),
                  "%s: %lld", source->folder,
                  (long long)total_of(source, told));
    return 1;
}

/* Every usage at any depth. */
static unsigned
check_tree(const struct source *source, json_t *tree)
{
    unsigned n = 0;
    const char *name;
    json_t *value;
    size_t i;

    json_object_foreach (tree, name, value) {
        if (strcmp(name, source->member) == 0 && json_is_object(value))
            n += check_told(source, value);
        else
            n += check_tree(source, value);
    }
    json_array_foreach (tree, i, value)
        n += check_tree(source, value);
    return n;
}

/* A document, or one on each line, as streams have them. */
static unsigned
check_text(const struct source *source, char *text)
{
    json_t *tree = json_loads(text, 0, NULL);
    unsigned n = check_tree(source, tree);
    char *rest = text;

    json_decref(tree);
    if (tree)
        return n;
    for (char *line; (line = strsep(&rest, "\n"));) {
        tree = json_loads(strncmp(line, "data:", 5) == 0 ? line + 5 : line, 0,
                          NULL);
        n += check_tree(source, tree);
        json_decref(tree);
    }
    return n;
}

static unsigned
check_file(const struct source *source, const char *folder, const char *name)
{
    enum {
        MOST = 4 * 1024 * 1024
    };

    char path[1024];
    char *text;
    unsigned n;
    FILE *file;
    size_t size;

    if (strstr(name, ".meta.json"))
        return 0;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "re");
    if (!file)
        return 0;
    text = mem_new(MOST + 1);
    size = fread(text, 1, MOST, file);
    text[size] = '\0';
    (void)fclose(file);
    n = check_text(source, text);
    free(text);
    return n;
}

START_TEST(recorded_usages_add_up_to_their_totals)
{
    const struct source *source = &SOURCES[_i];
    char folder[512];
    struct dirent *entry;
    unsigned n = 0;
    DIR *dir;

    (void)snprintf(folder, sizeof(folder),
                   AIGW_SOURCE_DIR "/../shared/fixtures/%s", source->folder);
    dir = opendir(folder);
    if (!dir) {
        (void)printf("skipped: no recordings of %s\n", source->folder);
        return;
    }
    while ((entry = readdir(dir)))
        n += check_file(source, folder, entry->d_name);
    (void)closedir(dir);
    ck_assert_uint_gt(n, 0);
}

END_TEST

static Suite *
usage_suite(void)
{
    Suite *s = suite_create("usage");
    TCase *tc = tcase_create("usage");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, what_was_counted_costs_so_much, 0,
                        (int)array_count(BILLS));
    tcase_add_test(tc, an_anthropic_stream_is_told_twice);
    tcase_add_loop_test(tc, f67_what_cannot_be_a_count_is_none, 0,
                        (int)array_count(NONE));
    tcase_add_loop_test(tc, f67_parts_are_cut_to_the_whole, 0,
                        (int)array_count(CUT));
    tcase_add_loop_test(tc, recorded_usages_add_up_to_their_totals, 0,
                        (int)array_count(SOURCES));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(usage_suite());
}
