#include "breaks.h"

#include "mock_answer.h"

#include <stdlib.h>
#include <string.h>

const char breaks_prompt[] = "warm";
const char breaks_stream[] = ", 'stream': true";

struct gateway breaks_gateway;
struct hearing breaks_hearing;

void
breaks_start_with(const struct gateway *settings)
{
    breaks_gateway = *settings;
    gateway_start(&breaks_gateway);
    hearing_init(&breaks_hearing, breaks_gateway.peer);
}

void
breaks_start(void)
{
    breaks_start_with(&(struct gateway){.n_mocks = 3});
}

void
breaks_stop(void)
{
    hearing_deinit(&breaks_hearing);
    gateway_stop(&breaks_gateway);
}

void
breaks_fault(size_t mock, const char *spec)
{
    (void)test_provider_fault(&breaks_gateway.mocks[mock], spec);
}

const struct heard *
breaks_ask(const char *more)
{
    return hearing_await(&breaks_hearing,
                         hearing_ask(&breaks_hearing, breaks_prompt, more));
}

void
breaks_expect_whole(const struct heard *heard)
{
    char *text = mock_answer_text(breaks_prompt, GATEWAY_TOKENS);

    ck_assert_msg(value_bool(heard->result, "success"), "%s",
                  json_dumps(heard->result, 0));
    ck_assert_str_eq(value_str(heard->result, "content"), text);
    ck_assert_str_eq(heard->text, text);
    free(text);
}

void
breaks_expect_broken(const struct heard *heard, unsigned n_tokens)
{
    char *text = mock_answer_text(breaks_prompt, n_tokens);

    gateway_expect_failure(heard->result, "stream_broken");
    ck_assert_str_eq(value_str(heard->result, "partial"), text);
    ck_assert_str_eq(heard->text, text);
    free(text);
}

void
breaks_expect_seam(const struct heard *heard, size_t i, unsigned n_tokens,
                   const char *from, const char *to)
{
    const json_t *seam = heard_event(heard, "seam", i);

    ck_assert_msg(seam != NULL, "no seam number %zu: %s", i,
                  json_dumps(heard->result, 0));
    ck_assert_str_eq(value_str(seam, "from"), from);
    ck_assert_str_eq(value_str(seam, "to"), to);
    if (i == 0)
        ck_assert_int_eq(value_int(seam, "at_seq"), n_tokens);
    ck_assert_int_eq(value_int(seam, "at_byte"),
                     (int64_t)breaks_bytes(n_tokens));
}

size_t
breaks_bytes(unsigned n_tokens)
{
    char *text = mock_answer_text(breaks_prompt, n_tokens);
    size_t size = strlen(text);

    free(text);
    return size;
}

json_t *
breaks_last_body(size_t mock)
{
    json_t *stats = test_provider_stats(&breaks_gateway.mocks[mock]);
    json_t *body = json_loads(value_str(stats, "last.body"), 0, NULL);

    ck_assert_ptr_nonnull(body);
    json_decref(stats);
    return body;
}
