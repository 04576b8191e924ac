/*
 * score_time.c - what core/complexity takes for prompts of 4 KiB.
 *
 *     score_time [BYTES]
 *
 * Prints the least and the mean time in several scripts and for code; the
 * least is what it takes when nobody else wants the processor.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "core/complexity.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ROUNDS = 2000,
    USUAL_BYTES = 4096
};

static const double NS_PER_US = 1000.0;

static const struct sample {
    const char *name;
    const char *text; /* Repeated to the wanted length. */
} SAMPLES[] = {
    {"English",
     "Design a service which compares several strategies and explain "
     "why each would be better when the load increases. "},
    {"Russian", "Спроектируй отказоустойчивую очередь сообщений и сравни. "},
    {"Arabic", "صمم نظام دفع موزعا يتحمل الأعطال ويضمن عدم التكرار. "},
    {"Chinese",
     "设计一个支持每秒十万次写入的系统，必须保证一致性，并分析取舍。"},
    {"Japanese", "分散システムのアーキテクチャを設計し、一貫性を分析して。"},
    {"code", "    if (x->count == 0 && y[i] != NULL) {\n"
             "        return f(x, \"text\");\n    }\n"},
};

static struct chat_request *
request_of(const char *text, size_t size)
{
    struct chat_request *request;
    struct chat_prompt prompt = {.max_tokens = 1};
    struct aigw_err err = {0};
    struct bytes whole;
    int status = 0;

    bytes_init(&whole, CHAT_MAX_BYTES);
    while (status == 0 && whole.size < size)
        status = bytes_append_str(&whole, text);
    prompt.prompt = whole.data;
    prompt.prompt_size = whole.size;
    if (status < 0 || chat_from_prompt(&prompt, &request, &err) < 0) {
        (void)fprintf(stderr, "score_time: %s\n", err.text);
        exit(EXIT_FAILURE);
    }
    bytes_deinit(&whole);
    return request;
}

static void
measure(const struct lexicon *lexicon, const struct sample *sample, size_t size)
{
    struct chat_request *request = request_of(sample->text, size);
    int64_t least_ns = INT64_MAX;
    int64_t sum_ns = 0;

    for (int i = 0; i < ROUNDS; i++) {
        int64_t from_ns = clock_mono_ns();
        struct complexity c;
        int64_t took_ns;

        complexity_score(lexicon, request, &c);
        took_ns = clock_mono_ns() - from_ns;
        sum_ns += took_ns;
        least_ns = took_ns < least_ns ? took_ns : least_ns;
    }
    printf("%-10s least %6.2f us, mean %6.2f us\n", sample->name,
           (double)least_ns / NS_PER_US, (double)sum_ns / ROUNDS / NS_PER_US);
    chat_free(request);
}

int
main(int argc, char **argv)
{
    static struct lexicon lexicon;
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : USUAL_BYTES;

    lexicon_init(&lexicon);
    for (size_t i = 0; i < array_count(SAMPLES); i++)
        measure(&lexicon, &SAMPLES[i], size);
    return EXIT_SUCCESS;
}
