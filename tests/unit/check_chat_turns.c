#include "core/chat_turns.h"

#include "support/suite.h"

#include <stdio.h>
#include <string.h>

/* JSON with single quotes for double ones. */
static const char *
json(const char *text)
{
    static char buffers[4][4096];
    static size_t n;
    char *b = buffers[n++ % 4];

    ck_assert_uint_lt(strlen(text), sizeof(buffers[0]));
    for (size_t i = 0; i <= strlen(text); i++)
        b[i] = text[i] == '\'' ? '"' : text[i];
    return b;
}

static struct json_slice
slice(const char *text)
{
    return (struct json_slice){text, strlen(text)};
}

static struct chat_request *
request_of(const char *body)
{
    struct aigw_err err = {0};
    struct chat_request *request = NULL;
    const char *text = json(body);

    ck_assert_int_eq(chat_from_body(text, strlen(text), &request, &err), 0);
    return request;
}

static void
expect_slice(struct json_slice is, const char *want)
{
    const char *text = json(want);

    ck_assert_msg(is.size == strlen(text) && !memcmp(is.text, text, is.size),
                  "%.*s is not %s", (int)is.size, is.text, text);
}

static const struct row {
    const char *name;
    const char *messages;
    const char *turns;
    size_t n_turns;
    const char *interrupted;
    const char *want;
} ROWS[] = {
    {"behind the leading system messages",
     "[{'role':'system','content':'S'},{'role':'developer','content':'D'},"
     "{'role':'user','content':'U'}]",
     "{'role':'user','content':'1'},{'role':'assistant','content':'2'}", 2,
     NULL,
     "[{'role':'system','content':'S'},{'role':'developer','content':'D'},"
     "{'role':'user','content':'1'},{'role':'assistant','content':'2'},"
     "{'role':'user','content':'U'}]"},
    {"first where there is no system message",
     " [ {'role':'user','content':'U'} , {'role':'system','content':'S'} ] ",
     "{'role':'user','content':'1'}", 1, NULL,
     "[{'role':'user','content':'1'},{'role':'user','content':'U'},"
     "{'role':'system','content':'S'}]"},
    {"last where there is nothing else", "[{'role':'system','content':'S'}]",
     "{'role':'user','content':'1'}", 1, NULL,
     "[{'role':'system','content':'S'},{'role':'user','content':'1'}]"},
    {"nothing where nothing was said", "[{'role':'user','content':'U'}]", "", 0,
     NULL, "[{'role':'user','content':'U'}]"},
    {"an interrupted answer is asked for in front of the text",
     "[{'role':'user','name':'n','content':'U \\\"x\\\"'},"
     "{'role':'user','content':'V'}]",
     "{'role':'assistant','content':'half a'}", 1, "half a",
     "[{'role':'assistant','content':'half a'},"
     "{'role':'user','name':'n','content':'Your previous response was "
     "interrupted and ended with \\\"half a\\\". Complete it first, continuing "
     "exactly where it ended, then answer this:\\n\\nU \\\"x\\\"'},"
     "{'role':'user','content':'V'}]"},
    {"an interrupted answer is asked for in a part of its own",
     "[{'role':'user','content':[{'type':'text','text':'U'}]}]",
     "{'role':'assistant','content':'half'}", 1, "half",
     "[{'role':'assistant','content':'half'},"
     "{'role':'user','content':[{'type':'text','text':'Your previous response "
     "was interrupted and ended with \\\"half\\\". Complete it first, "
     "continuing exactly where it ended, then answer this:\\n\\n'},"
     "{'type':'text','text':'U'}]}]"},
    {"a tool's result is not asked to complete anything",
     "[{'role':'tool','content':'42'}]",
     "{'role':'assistant','content':'half'}", 1, "half",
     "[{'role':'assistant','content':'half'},{'role':'tool','content':'42'}]"},
};

START_TEST(turns_are_put_where_they_belong)
{
    const struct row *row = &ROWS[_i];
    char body[2048];
    struct chat_request *original, *request = NULL;
    struct chat_turns turns = {
        .messages = slice(json(row->turns)),
        .n_messages = row->n_turns,
    };

    (void)snprintf(body, sizeof(body),
                   "{'model':'m','messages':%s,'seed':7,'max_tokens':5,"
                   "'stream_options':{'x':1}}",
                   row->messages);
    original = request_of(body);
    if (row->interrupted)
        turns.interrupted = slice(row->interrupted);
    ck_assert_int_eq(chat_with_turns(original, &turns, &request), 0);
    expect_slice(request->messages, row->want);
    ck_assert_uint_eq(request->n_messages, original->n_messages + row->n_turns);
    ck_assert_str_eq(request->model, "m");
    expect_slice(request->extra, "'seed':7");
    expect_slice(request->stream_extra, "'x':1");
    ck_assert_int_eq(request->max_tokens, 5);
    chat_free(original);
    chat_free(request);
}

END_TEST

START_TEST(what_turns_bring_is_counted)
{
    struct chat_request *original = request_of(
        "{'messages':[{'role':'user','content':'four'}],'tools':[{'a':1}]}");
    struct chat_request *request = NULL;
    struct chat_turns turns = {
        .messages = slice(json(
            "{'role':'user','content':[{'type':'image_url','image_url':{}}]},"
            "{'role':'assistant','content':'123456'}")),
        .n_messages = 2,
    };

    ck_assert(!original->has_images);
    ck_assert_int_eq(chat_with_turns(original, &turns, &request), 0);
    ck_assert(request->has_images);
    ck_assert(request->has_tools);
    ck_assert_uint_eq(request->prompt_bytes,
                      original->prompt_bytes + CHAT_PART_BYTES + 6);
    chat_free(original);
    chat_free(request);
}

END_TEST

START_TEST(the_quoted_tail_begins_with_a_whole_code_point)
{
    struct chat_request *original =
        request_of("{'messages':[{'role':'user','content':'U'}]}");
    struct chat_request *request = NULL;
    char said[601];
    char *quote;

    for (size_t i = 0; i < 600; i += 3)
        memcpy(said + i, "\xe4\xbd\xa0", 3);
    said[600] = '\0';
    ck_assert_int_eq(chat_with_turns(original,
                                     &(struct chat_turns){
                                         .messages = slice(""),
                                         .interrupted = slice(said),
                                     },
                                     &request),
                     0);
    quote = strstr(request->block, "ended with");
    ck_assert_ptr_nonnull(quote);
    quote = strstr(quote, "\\\"") + 2;
    ck_assert_mem_eq(quote, "\xe4\xbd\xa0", 3);
    ck_assert_mem_eq(quote + CHAT_TAIL_BYTES / 3 * 3, "\\\".", 3);
    chat_free(original);
    chat_free(request);
}

END_TEST

static struct bytes b;

static void
set_up(void)
{
    bytes_init(&b, 4096);
}

static void
tear_down(void)
{
    bytes_deinit(&b);
}

static void
expect_bytes(const char *want)
{
    expect_slice((struct json_slice){b.data, b.size}, want);
}

START_TEST(a_turn_is_what_is_no_system_message)
{
    struct chat_request *request = request_of(
        "{'messages':[{'role':'system','content':'S'} , {'role':'user',"
        "'content':'1'} , {'role':'assistant','content':'2'},"
        "{'role':'system','content':'T'},{'role':'user','content':'3'}]}");
    size_t n;

    ck_assert_int_eq(chat_put_turn(request, &b, &n), 0);
    ck_assert_uint_eq(n, 3);
    expect_bytes("{'role':'user','content':'1'},{'role':'assistant','content':"
                 "'2'},{'role':'user','content':'3'}");
    chat_free(request);
}

END_TEST

START_TEST(an_answer_keeps_content_and_tool_calls)
{
    const char *message =
        json("{'reasoning_content':'hm','tool_calls':[{'id':'c'}],"
             "'role':'assistant','content':null,'refusal':null}");

    ck_assert_int_eq(chat_put_answer(slice(message), &b), 0);
    expect_bytes(
        "{'role':'assistant','content':null,'tool_calls':[{'id':'c'}]}");
}

END_TEST

START_TEST(an_answer_of_text_becomes_a_message)
{
    ck_assert_int_eq(chat_put_answer_text("a\n", 2, &b), 0);
    expect_bytes("{'role':'assistant','content':'a\\n'}");
}

END_TEST

START_TEST(what_does_not_fit_is_an_error)
{
    bytes_deinit(&b);
    bytes_init(&b, 10);
    ck_assert_int_eq(chat_put_answer_text("a", 1, &b), AIGW_ETOOBIG);
    ck_assert_uint_eq(b.size, 0);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("chat_turns");
    TCase *tc = tcase_create("turns");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, turns_are_put_where_they_belong, 0,
                        sizeof(ROWS) / sizeof(*ROWS));
    tcase_add_test(tc, what_turns_bring_is_counted);
    tcase_add_test(tc, the_quoted_tail_begins_with_a_whole_code_point);
    tcase_add_test(tc, a_turn_is_what_is_no_system_message);
    tcase_add_test(tc, an_answer_keeps_content_and_tool_calls);
    tcase_add_test(tc, an_answer_of_text_becomes_a_message);
    tcase_add_test(tc, what_does_not_fit_is_an_error);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
