/*
 * Server-sent events: what a line end is, what joins, what is dropped, and
 * that chunks make no difference.
 */
#include "core/sse.h"

#include "base/mem.h"
#include "base/rng.h"
#include "proto/status.h"
#include "support/suite.h"

#include <stdio.h>
#include <string.h>

enum {
    LOG_SIZE = 8192
};

/* Writes what it is told as text: "name|data;" per event, "#;" a comment. */
struct recorder {
    char log[LOG_SIZE];
    size_t used;
    bool borrowed; /* The last data lay within the chunk. */
    const char *chunk;
    size_t chunk_size;
    int answer;
};

static void
record(struct recorder *r, const char *text, size_t size)
{
    ck_assert_uint_lt(r->used + size, LOG_SIZE);
    memcpy(r->log + r->used, text, size);
    r->used += size;
    r->log[r->used] = '\0';
}

static int
on_event(void *ctx, const struct sse_event *event)
{
    struct recorder *r = ctx;

    record(r, event->name, strlen(event->name));
    record(r, "|", 1);
    record(r, event->data, event->size);
    record(r, ";", 1);
    r->borrowed = event->data >= r->chunk
                  && event->data + event->size <= r->chunk + r->chunk_size;
    return r->answer;
}

static int
on_comment(void *ctx)
{
    record(ctx, "#;", 2);
    return 0;
}

static const struct sse_ops OPS = {on_event, on_comment};

static int
feed(struct sse *s, struct recorder *r, const char *data, size_t size)
{
    r->chunk = data;
    r->chunk_size = size;
    return sse_feed(s, data, size, &OPS, r);
}

static const struct row {
    const char *name;
    const char *input;
    const char *events;
} ROWS[] = {
    {"data without a name", "data: {\"foo\":true}\n\n", "|{\"foo\":true};"},
    {"a name without data", "event: ping\n\n", "ping|;"},
    {"a name with data", "event: a\ndata: b\n\n", "a|b;"},
    {"two events", "data: 1\n\ndata: 2\n\n", "|1;|2;"},
    {"the name does not stay", "event: a\ndata: 1\n\ndata: 2\n\n", "a|1;|2;"},
    {"the last name wins", "event: a\nevent: b\ndata: 1\n\n", "b|1;"},
    {"lines are joined",
     "data: {\ndata: \"foo\":\ndata: \ndata:\ndata: true}\n\n",
     "|{\n\"foo\":\n\n\ntrue};"},
    {"only one blank is dropped", "data:  x\n\n", "| x;"},
    {"no blank is needed", "data:x\n\n", "|x;"},
    {"a field without a colon", "data\n\n", "|;"},
    {"two empty lines of data", "data\ndata\n\n", "|\n;"},
    {"CR ends lines", "data: 1\r\rdata: 2\r\r", "|1;|2;"},
    {"CRLF ends lines", "data: 1\r\n\r\ndata: 2\r\n\r\n", "|1;|2;"},
    {"all three ends", "data: 1\r\ndata: 2\rdata: 3\n\r\n", "|1\n2\n3;"},
    {"a LF after CRLF is an empty line", "data: 1\r\n\n", "|1;"},
    {"comments", ": hello\n\n:\n\ndata: 1\n: x\n\n", "#;#;#;|1;"},
    {"id and retry and others", "id: 1\nretry: 5\nfoo: 6\ndata: 1\n\n", "|1;"},
    {"nothing but id", "id: 1\n\n", ""},
    {"a byte order mark",
     "\xef\xbb\xbf"
     "data: 1\n\n",
     "|1;"},
    {"a mark is no mark later",
     "data: 1\n\n\xef\xbb\xbf"
     "data: 2\n\n",
     "|1;"},
    {"only one mark",
     "\xef\xbb\xbf\xef\xbb\xbf"
     "data: 2\n\n",
     ""},
    {"F14: an event that no blank line ends", "data: 1\n\ndata: 2\n", "|1;"},
    {"F14: a line that no end ends", "data: 1\n\ndata: 2", "|1;"},
    {"U+2028 is no line end",
     "data: a\xe2\x80\xa8"
     "b\n\n",
     "|a\xe2\x80\xa8"
     "b;"},
    {"bytes that are not UTF-8", "data: \xff\xfe\n\n", "|\xff\xfe;"},
    {"empty lines", "\n\n\r\r\r\n", ""},
};

static void
run(const struct row *row, size_t piece)
{
    size_t size = strlen(row->input);
    struct recorder r = {.used = 0};
    struct sse s;

    sse_init(&s, 1024, 4096);
    for (size_t i = 0; i < size; i += piece) {
        size_t n = size - i < piece ? size - i : piece;

        ck_assert_int_eq(feed(&s, &r, row->input + i, n), 0);
    }
    ck_assert_msg(strcmp(r.log, row->events) == 0,
                  "%s in pieces of %zu: got \"%s\", not \"%s\"", row->name,
                  piece, r.log, row->events);
    sse_deinit(&s);
}

START_TEST(a_stream_gives_these_events_in_pieces_of_any_size)
{
    const struct row *row = &ROWS[_i];

    for (size_t piece = 1; piece <= strlen(row->input) + 1; piece++)
        run(row, piece);
}

END_TEST

START_TEST(a_NUL_is_a_byte_like_any_other)
{
    static const char input[] = "data: a\0b\n\n";
    struct recorder r = {.used = 0};
    struct sse s;

    sse_init(&s, 1024, 4096);
    ck_assert_int_eq(feed(&s, &r, input, sizeof(input) - 1), 0);
    ck_assert_uint_eq(r.used, 5);
    ck_assert_mem_eq(r.log, "|a\0b;", 5);
    sse_deinit(&s);
}

END_TEST

START_TEST(an_event_whole_in_its_chunk_is_not_copied)
{
    static const char input[] = "event: x\ndata: hello\n\n";
    struct recorder r = {.used = 0};
    struct sse s;

    sse_init(&s, 1024, 4096);
    (void)feed(&s, &r, input, sizeof(input) - 1);
    ck_assert(r.borrowed);
    ck_assert_ptr_null(s.data.block);
    ck_assert_ptr_null(s.line.block);
    sse_deinit(&s);
}

END_TEST

START_TEST(a_line_may_have_its_maximum_and_no_more)
{
    for (size_t extra = 0; extra <= 1; extra++) {
        for (size_t piece = 1; piece <= 64; piece += 21) {
            char input[64];
            struct recorder r = {.used = 0};
            int status = 0;
            struct sse s;
            int n = snprintf(input, sizeof(input), "data: %.*s\n\n",
                             (int)(10 + extra), "0123456789abc");

            sse_init(&s, 16, 4096);
            for (size_t i = 0; i < (size_t)n && status == 0; i += piece)
                status = feed(&s, &r, input + i,
                              (size_t)n - i < piece ? (size_t)n - i : piece);
            ck_assert_int_eq(status, extra ? AIGW_ETOOBIG : 0);
            ck_assert_int_eq(feed(&s, &r, "\n", 1), status);
            sse_deinit(&s);
        }
    }
}

END_TEST

START_TEST(F82_an_event_may_have_its_maximum_and_no_more)
{
    for (size_t piece = 1; piece <= 64; piece += 9) {
        static const char fits[] = "data: 1234\ndata: 678\n\n";
        static const char over[] = "data: 1234\ndata: 6789\n\n";
        struct recorder r = {.used = 0};
        struct sse s;
        int status = 0;

        sse_init(&s, 64, 8);
        for (size_t i = 0; i < sizeof(fits) - 1; i += piece)
            ck_assert_int_eq(feed(&s, &r, fits + i,
                                  sizeof(fits) - 1 - i < piece
                                      ? sizeof(fits) - 1 - i
                                      : piece),
                             0);
        for (size_t i = 0; i < sizeof(over) - 1 && status == 0; i += piece)
            status = feed(&s, &r, over + i,
                          sizeof(over) - 1 - i < piece ? sizeof(over) - 1 - i
                                                       : piece);
        ck_assert_int_eq(status, AIGW_ETOOBIG);
        ck_assert_str_eq(r.log, "|1234\n678;");
        sse_deinit(&s);
    }
}

END_TEST

START_TEST(what_a_callback_refuses_ends_the_stream)
{
    struct recorder r = {.answer = AIGW_ECANCELLED};
    struct sse s;

    sse_init(&s, 64, 64);
    ck_assert_int_eq(feed(&s, &r, "data: 1\n\ndata: 2\n\n", 18),
                     AIGW_ECANCELLED);
    ck_assert_int_eq(feed(&s, &r, "data: 3\n\n", 9), AIGW_ECANCELLED);
    ck_assert_str_eq(r.log, "|1;");
    sse_deinit(&s);
}

END_TEST

START_TEST(random_bytes_in_random_chunks_give_the_same_events)
{
    static const char *const words[] = {"data: ", "data", "event: e",     "\n",
                                        "\r",     "\r\n", "\n\n",         ":c",
                                        "x",      "id:1", "\xef\xbb\xbf", " "};
    struct rng rng;

    rng_init(&rng, (uint64_t)_i + 1);
    for (int round = 0; round < 50; round++) {
        char input[512] = "";
        size_t size = 0;
        struct recorder whole = {.used = 0};
        struct recorder split = {.used = 0};
        struct sse s;

        for (int i = 0; i < 40; i++) {
            const char *word =
                words[rng_upto(&rng, (int64_t)array_count(words) - 1)];

            memcpy(input + size, word, strlen(word));
            size += strlen(word);
        }
        sse_init(&s, 100, 200);
        (void)feed(&s, &whole, input, size);
        sse_deinit(&s);
        sse_init(&s, 100, 200);
        for (size_t i = 0; i < size;) {
            size_t n = 1 + (size_t)rng_upto(&rng, 9);

            n = n < size - i ? n : size - i;
            (void)feed(&s, &split, input + i, n);
            i += n;
        }
        sse_deinit(&s);
        ck_assert_str_eq(split.log, whole.log);
    }
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("sse");
    TCase *tc = tcase_create("rules");

    tcase_add_loop_test(tc, a_stream_gives_these_events_in_pieces_of_any_size,
                        0, (int)array_count(ROWS));
    tcase_add_test(tc, a_NUL_is_a_byte_like_any_other);
    tcase_add_test(tc, an_event_whole_in_its_chunk_is_not_copied);
    suite_add_tcase(s, tc);

    tc = tcase_create("limits");
    tcase_add_test(tc, a_line_may_have_its_maximum_and_no_more);
    tcase_add_test(tc, F82_an_event_may_have_its_maximum_and_no_more);
    tcase_add_test(tc, what_a_callback_refuses_ends_the_stream);
    suite_add_tcase(s, tc);

    tc = tcase_create("property");
    tcase_add_loop_test(tc, random_bytes_in_random_chunks_give_the_same_events,
                        0, 20);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
