#include "integ/mock_chat.h"

#include "base/mem.h"
#include "mock_answer.h"

#include <string.h>

const struct wire_limits mock_chat_patient = {.timeout_ms = 10000};
const char mock_chat_path[] = "/v1/chat/completions";
const char mock_chat_prompt[] = "Why is the sky blue?";
struct mock_process mock_chat_process;

static void
start(void)
{
    static const char *const args[] = {"--tokens",    "6", "--price-in", "2",
                                       "--price-out", "8", NULL};

    ck_assert_int_eq(mock_process_start(&mock_chat_process, args), 0);
}

/* An exit code other than 0 is also how a sanitizer speaks. */
static void
stop(void)
{
    ck_assert_int_eq(mock_process_stop(&mock_chat_process), 0);
}

TCase *
mock_chat_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, start, stop);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(suite, tc);
    return tc;
}

char *
mock_chat_body(const char *fields, const char *text)
{
    return mem_printf("{\"model\":\"m\",%s\"messages\":[{\"role\":\"user\","
                      "\"content\":\"%s\"}]}",
                      fields, text);
}

struct wire
mock_chat_ask(const char *fields, const char *text,
              const struct wire_limits *limits)
{
    char *body = mock_chat_body(fields, text);
    struct wire w =
        wire_request(mock_chat_process.port, "POST", mock_chat_path,
                     "Authorization: Bearer k-secret\r\n", body, limits);

    free(body);
    return w;
}

int
mock_chat_status(void)
{
    struct wire w = mock_chat_ask("", mock_chat_prompt, &mock_chat_patient);
    int status = wire_status(&w);

    free(w.data);
    return status;
}

json_t *
mock_chat_answer(const char *fields, const char *text)
{
    struct wire w = mock_chat_ask(fields, text, &mock_chat_patient);
    size_t size;
    bool whole;
    char *body = wire_body(&w, &size, &whole);
    json_t *answer = json_loadb(body, size, 0, NULL);

    ck_assert_int_eq(wire_status(&w), 200);
    ck_assert_int_eq(whole, true);
    ck_assert_ptr_nonnull(answer);
    free(body);
    free(w.data);
    return answer;
}

const json_t *
mock_chat_choice(const json_t *answer)
{
    return json_array_get(json_object_get(answer, "choices"), 0);
}

const char *
mock_chat_message(const json_t *answer, const char *field)
{
    return json_string_value(json_object_get(
        json_object_get(mock_chat_choice(answer), "message"), field));
}

void
mock_chat_assert_text(const char *got, const char *for_prompt, unsigned tokens)
{
    char *want = mock_answer_text(for_prompt, tokens);

    ck_assert_str_eq(got, want);
    free(want);
}

/* Appends to `text` what one event says. */
static void
read_event(const char *line, size_t size, char *text)
{
    json_t *event = json_loadb(line, size, 0, NULL);
    const char *content = json_string_value(json_object_get(
        json_object_get(mock_chat_choice(event), "delta"), "content"));

    if (content != NULL) {
        memcpy(text + strlen(text), content, strlen(content) + 1);
    }
    json_decref(event);
}

char *
mock_chat_stream_text(const struct wire *w, bool *ret_whole)
{
    size_t size;
    char *body = wire_body(w, &size, ret_whole);
    char *text = mem_new(size + 1);
    const char *at = body;

    while ((at = strstr(at, "data: ")) != NULL) {
        const char *end = strstr(at, "\n\n");

        if (end == NULL) {
            break;
        }
        read_event(at + 6, (size_t)(end - at - 6), text);
        at = end;
    }
    free(body);
    return text;
}
