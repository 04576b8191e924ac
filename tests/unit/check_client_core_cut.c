/*
 * check_client_core_cut.c - the conversation with the daemon, without a socket:
 * a stream whose connections are cut anywhere, and often (F56).
 */
#include "support/client_core.h"
#include "support/suite.h"

/* A daemon that keeps one call, whose answer is a row of numbered words. */
enum {
    N_WORDS = 12
};

struct keeper {
    char told[256];       /* What the caller was told. */
    bool answered;        /* The caller has the result. */
    uint32_t msgid;       /* Of the request that is being served. */
    int64_t from_seq;     /* Where that one starts. */
    char request[512];    /* What was written on this connection. */
    size_t request_bytes; /* How much of it. */
};

static void
word(int64_t seq, char ret_word[static 32])
{
    snprintf(ret_word, 32, "w\xc3\xb6rd%d ", (int)seq);
}

/* Reads the one request of this connection, if it is there in whole.  What was
 * begun is never asked again. */
static bool
keeper_reads(struct keeper *k)
{
    struct aigw_value *params;
    struct rpc_message m;
    struct frame frame;
    size_t size;

    frame_init(&frame, &core.limits);
    if (frame_scan(&frame, k->request, k->request_bytes, &size) != 0)
        return false;
    params = aigw_value_new_nil();
    ck_assert_int_eq(rpc_parse(k->request, size, &m), 0);
    ck_assert_int_eq(value_unpack(&m.params, params), 0);
    k->msgid = m.msgid;
    k->from_seq = aigw_get_int(params, "0.from_seq", 1);
    if (k->told[0] != '\0')
        ck_assert_uint_eq(m.method_size, strlen("session.resume"));
    aigw_value_free(params);
    rpc_message_free(&m);
    return true;
}

static void
keeper_answers(const struct keeper *k)
{
    for (int64_t seq = k->from_seq; seq <= N_WORDS; seq++) {
        char text[32];

        word(seq, text);
        put_delta(k->msgid, (int)seq, text);
        if (seq == 5)
            put_event(k->msgid, 5, "seam");
    }
    wire_response(&wire, k->msgid, "7");
}

static void
keeper_tells(struct keeper *k)
{
    struct core_event event;

    while (core_next(&core, &event) == 0) {
        if (event.type == CORE_DELTA)
            strncat(k->told, aigw_get_str(&event.value, "content", "?"),
                    sizeof(k->told) - strlen(k->told) - 1);
        k->answered |= event.type == CORE_ANSWER;
        core_event_free(&event);
    }
}

/* One connection, cut after so many bytes in each direction. */
static void
keeper_serves(struct keeper *k, size_t n_read, size_t n_written)
{
    k->request_bytes = 0;
    bytes_clear(&wire);
    while (k->request_bytes < n_read) {
        size_t n = write_out(k->request + k->request_bytes, 1);

        if (n == 0)
            break;
        k->request_bytes += n;
    }
    if (keeper_reads(k))
        keeper_answers(k);
    for (size_t at = 0; at < wire.size && at < n_written; at += 7) {
        size_t left = wire.size < n_written ? wire.size - at : n_written - at;

        feed(wire.data + at, left < 7 ? left : 7);
        keeper_tells(k);
    }
    if (!k->answered)
        core_disconnected(&core, AIGW_ECLOSED, 1000);
}

static void
expect_whole_answer(const struct keeper *k)
{
    char want[256] = "";

    for (int seq = 1; seq <= N_WORDS; seq++)
        word(seq, want + strlen(want));
    ck_assert_str_eq(k->told, want);
    ck_assert_ptr_null(core_take_ended(&core));
    ck_assert_uint_eq(core.queued_bytes, 0);
    ck_assert_uint_eq(core.calls.n, 0);
}

/* The loop's index is the byte at which the first connection ends. */
START_TEST(a_stream_may_be_cut_anywhere)
{
    struct keeper k = {.answered = false};

    (void)submit_params("generate",
                        "{\"prompt\":\"x\",\"request_id\":\"r-1\"}");
    keeper_serves(&k, SIZE_MAX, (size_t)_i);
    if (!k.answered)
        keeper_serves(&k, SIZE_MAX, SIZE_MAX);
    ck_assert_int_eq(k.answered, true);
    expect_whole_answer(&k);
}

END_TEST

static uint32_t
next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(*state >> 33);
}

/* However often, provided that it comes forward in between. */
START_TEST(a_stream_may_be_cut_again_and_again)
{
    uint64_t seed = (uint64_t)_i + 1;
    struct keeper k = {.answered = false};

    (void)submit_params("generate",
                        "{\"prompt\":\"x\",\"request_id\":\"r-1\"}");
    for (int i = 0; !k.answered; i++) {
        bool fruitful = i % (CORE_LOSSES_MAX - 1) == 0;
        size_t n_read = fruitful ? SIZE_MAX : next_random(&seed) % 200;

        keeper_serves(&k, n_read,
                      (fruitful ? 60 : 0) + next_random(&seed) % 90);
        ck_assert_int_lt(i, 200);
    }
    expect_whole_answer(&k);
}

END_TEST

static void
setup_keeping(void)
{
    setup();
    core.keeps_calls = true;
}

static Suite *
cut_suite(void)
{
    Suite *suite = suite_create("client_core_cut");
    TCase *tc = tcase_create("cuts");

    tcase_add_checked_fixture(tc, setup_keeping, teardown);
    tcase_add_loop_test(tc, a_stream_may_be_cut_anywhere, 0, 520);
    tcase_add_loop_test(tc, a_stream_may_be_cut_again_and_again, 0, 60);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(cut_suite());
}
