/*
 * check_frames.c - bytes that are not the protocol: they end the connection
 * they came on, cost no memory, and nobody else notices.
 */
#include "base/mem.h"
#include "base/rng.h"
#include "support/calls.h"
#include "support/packed_json.h"
#include "support/procfs.h"
#include "support/sanitizer.h"
#include "support/suite.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    MEBIBYTE = 1024 * 1024,
    N_MUTATED = 10000,
    N_WARM = 2000,
    DEEP = 1000000,
    FRAME_MAX = 512,
};

static struct gateway g;

static void
setup(void)
{
    g = (struct gateway){0};
    gateway_start(&g);
}

static void
teardown(void)
{
    gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    gateway_stop(&g);
}

static int
dial(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    memcpy(addr.sun_path, g.daemon.socket, sizeof(g.daemon.socket));
    ck_assert_msg(connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0,
                  "cannot connect: %s", strerror(errno));
    return fd;
}

struct row {
    const char *name;
    const char *bytes;
    size_t size;
    bool half_closes;   /* The caller ends its side. */
    const char *answer; /* Before the end: the start of it; NULL: nothing. */
    size_t answer_size;
};

#define BYTES(text) (text), sizeof(text) - 1
#define ERROR_TO_7  BYTES("\x94\x01\x07\x92\xd1")
#define NOTHING     NULL, 0

/* clang-format off */
static const struct row ROWS[] = {
    {"an array of 268 million",   BYTES("\xdd\x0f\xff\xff\xff\x01"),                false, NOTHING},
    {"the longest array",         BYTES("\xdd\xff\xff\xff\xff"),                    false, NOTHING},
    {"the longest map",           BYTES("\xdf\xff\xff\xff\xff"),                    false, NOTHING},
    {"the longest string",        BYTES("\xdb\xff\xff\xff\xff"),                    false, NOTHING},
    {"the longest binary",        BYTES("\xc6\xff\xff\xff\xff"),                    false, NOTHING},
    {"the longest extension",     BYTES("\xc9\xff\xff\xff\xff\x01"),                false, NOTHING},
    {"a byte that means nothing", BYTES("\xc1"),                                    false, NOTHING},
    {"an integer",                BYTES("\x07"),                                    false, NOTHING},
    {"a map",                     BYTES("\x81\xa1k\x01"),                           false, NOTHING},
    {"text",                      BYTES("GET / HTTP/1.1\r\n\r\n"),                  false, NOTHING},
    {"an empty array",            BYTES("\x90"),                                    false, NOTHING},
    {"no known type",             BYTES("\x94\x05\x07\xa5hello\x90"),               false, NOTHING},
    {"a method that is no text",  BYTES("\x94\x00\x07\x01\x90"),                    false, ERROR_TO_7},
    {"params that are no array",  BYTES("\x94\x00\x07\xa5hello\x01"),               false, ERROR_TO_7},
    {"a params array too long",   BYTES("\x94\x00\x07\xa5hello\xdd\xff\xff\xff\xff"), false, ERROR_TO_7},
    {"a negative msgid",          BYTES("\x94\x00\xff\xa5hello\x90"),               false, NOTHING},
    {"a msgid that is text",      BYTES("\x94\x00\xa1x\xa5hello\x90"),              false, NOTHING},
    {"three elements",            BYTES("\x93\x00\x07\xa5hello"),                   false, ERROR_TO_7},
    {"a frame that ends early",   BYTES("\x94\x00\x07\xa5he"),                      true,  NOTHING},
    {"nothing at all",            BYTES(""),                                        true,  NOTHING},
};

/* clang-format on */

/* Reads to the end of the connection, which must come. */
static size_t
read_to_end(int fd, char *data, size_t size)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    size_t n = 0;
    ssize_t got = 1;

    while (got > 0 && n < size) {
        ck_assert_msg(poll(&p, 1, PATIENCE_MS) == 1, "it stays open");
        got = recv(fd, data + n, size - n, 0);
        n += got > 0 ? (size_t)got : 0;
    }
    return n;
}

START_TEST(f73_malformed_frame_ends_its_own_connection_only)
{
    const struct row *row = &ROWS[_i];
    char answer[4096];
    int fd = dial();
    size_t n;

    ck_assert_int_eq(send(fd, row->bytes, row->size, MSG_NOSIGNAL), row->size);
    if (row->half_closes)
        (void)shutdown(fd, SHUT_WR);
    n = read_to_end(fd, answer, sizeof(answer));
    ck_assert_msg(row->answer ? n > row->answer_size : n == 0,
                  "%s: an answer of %zu bytes", row->name, n);
    if (row->answer)
        ck_assert_mem_eq(answer, row->answer, row->answer_size);
    (void)close(fd);
}

END_TEST

START_TEST(f73_nesting_a_million_deep_is_refused)
{
    char *deep = malloc(DEEP);
    char answer[64];
    int fd = dial();

    ck_assert_ptr_nonnull(deep);
    memset(deep, 0x91, DEEP);
    (void)send(fd, deep, DEEP, MSG_NOSIGNAL);
    (void)read_to_end(fd, answer, sizeof(answer));
    (void)close(fd);
    free(deep);
}

END_TEST

START_TEST(f73_msgid_in_use_ends_the_connection_and_its_call)
{
    static const char TWICE[] =
        "\x94\x00\x07\xa8generate\x91\x81\xa6prompt\xa4hang"
        "\x94\x00\x07\xa5hello\x90";

    char answer[64];
    int fd = dial();

    test_provider_fault(&g.mocks[0], "kind=hang,match=hang");
    ck_assert_int_eq(send(fd, TWICE, sizeof(TWICE) - 1, MSG_NOSIGNAL),
                     sizeof(TWICE) - 1);
    ck_assert_uint_eq(read_to_end(fd, answer, sizeof(answer)), 0);
    (void)close(fd);
    eventually(value_int(gateway_target(&g, "a/m"), "in_flight") == 0);
}

END_TEST

START_TEST(request_may_come_one_byte_at_a_time)
{
    static const char REQUEST[] =
        "\x94\x00\x07\xa8generate\x91\x81\xa6prompt\xa5hello";

    /* A response to 7 without an error. */
    static const char HEAD[] = "\x94\x01\x07\xc0";

    struct pollfd p;
    char answer[16384];
    int fd = dial();

    for (size_t i = 0; i + 1 < sizeof(REQUEST); i++) {
        ck_assert_int_eq(send(fd, &REQUEST[i], 1, MSG_NOSIGNAL), 1);
        process_pause();
    }
    p = (struct pollfd){.fd = fd, .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
    ck_assert_int_gt(recv(fd, answer, sizeof(answer), 0), sizeof(HEAD));
    ck_assert_mem_eq(answer, HEAD, sizeof(HEAD) - 1);
    (void)close(fd);
}

END_TEST

/* Sound requests, which are then damaged. */
static const char *const REQUESTS[] = {
    "[0, 7, 'hello', [{'client': 'mutant', 'version': '1.0'}]]",
    "[0, 8, 'generate', [{'prompt': 'hello', 'max_tokens': 10,"
    " 'temperature': 0.5, 'stream': true, 'tags': ['a', 'b']}]]",
    "[0, 9, 'chat', [{'model': 'default', 'messages': [{'role': 'user',"
    " 'content': 'hello'}]}, {'deadline_ms': 5000}]]",
    "[0, 10, 'explain', [{'prompt': 'hello', 'route': 'a/m'}]]",
    "[0, 11, 'status', [{'window_s': 60, 'target': 'a/m'}]]",
    "[0, 12, 'cancel', [{'msgid': 8}]]",
    "[2, 'unknown', [1, 2, 3]]",
};

static size_t
pack_request(const char *quoted, char frame[FRAME_MAX])
{
    char text[FRAME_MAX];
    msgpack_sbuffer packed;
    json_t *value;
    size_t size;

    (void)snprintf(text, sizeof(text), "%s", quoted);
    for (char *at = strchr(text, '\''); at; at = strchr(at, '\''))
        *at = '"';
    value = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(value);
    msgpack_sbuffer_init(&packed);
    packed_json_write(&packed, value);
    size = packed.size;
    ck_assert_uint_lt(size, FRAME_MAX);
    memcpy(frame, packed.data, size);
    msgpack_sbuffer_destroy(&packed);
    json_decref(value);
    return size;
}

/* Flips, overwrites, doubles or drops a few bytes. */
static size_t
mutate(char frame[FRAME_MAX], size_t size, struct rng *rng)
{
    for (int64_t n = 1 + rng_upto(rng, 4); n > 0 && size > 1; n--) {
        size_t at = (size_t)rng_upto(rng, (int64_t)size - 1);

        switch (rng_upto(rng, 3)) {
        case 0:
            frame[at] = (char)(frame[at] ^ (1 << rng_upto(rng, 7)));
            break;
        case 1:
            frame[at] = (char)(0x90 + rng_upto(rng, 0x6f));
            break;
        case 2:
            memmove(frame + at, frame + at + 1, size - at - 1);
            size--;
            break;
        default:
            if (size + 1 < FRAME_MAX) {
                memmove(frame + at + 1, frame + at, size - at);
                size++;
            }
        }
    }
    return size;
}

/* What came back is thrown away. */
static void
discard(int fd)
{
    char data[4096];

    while (recv(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
        continue;
}

static void
send_mutants(int total, struct rng *rng)
{
    int fd = dial();

    for (int i = 0; i < total; i++) {
        char frame[FRAME_MAX];
        size_t which = (size_t)rng_upto(rng, array_count(REQUESTS) - 1);
        size_t size = pack_request(REQUESTS[which], frame);

        size = mutate(frame, size, rng);
        discard(fd);
        if (send(fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size
            || rng_upto(rng, 9) == 0) {
            (void)close(fd);
            fd = dial();
        }
        if (i % 500 == 0)
            gateway_expect_answer(&g, gateway_ask(&g, "hello", ""), "hello");
    }
    (void)close(fd);
    eventually(
        value_int(peer_result(g.peer, "status", "[{}]"), "server.connections")
        == 1);
}

START_TEST(f73_ten_thousand_mutated_frames_cost_less_than_a_mebibyte)
{
    int64_t before_bytes;
    struct rng rng;
    pid_t pid = g.daemon.process.pid;

    rng_init(&rng, 73);
    send_mutants(N_WARM, &rng);
    before_bytes = procfs_rss_bytes(pid);
    for (int i = 0; i < 100; i++) {
        int fd = dial();

        (void)send(fd, "\xdd\x0f\xff\xff\xff\x01", 6, MSG_NOSIGNAL);
        (void)close(fd);
    }
    send_mutants(N_MUTATED, &rng);
    if (!SANITIZED)
        ck_assert_int_lt(procfs_rss_bytes(pid) - before_bytes, MEBIBYTE);
}

END_TEST

static Suite *
frames_suite(void)
{
    Suite *suite = suite_create("frames");
    TCase *tc = tcase_create("malformed");

    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, f73_malformed_frame_ends_its_own_connection_only, 0,
                        array_count(ROWS));
    tcase_add_test(tc, f73_nesting_a_million_deep_is_refused);
    tcase_add_test(tc, f73_msgid_in_use_ends_the_connection_and_its_call);
    tcase_add_test(tc, request_may_come_one_byte_at_a_time);
    tcase_add_test(tc,
                   f73_ten_thousand_mutated_frames_cost_less_than_a_mebibyte);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(frames_suite());
}
