#include "proto/bytes.h"
#include "proto/frame.h"
#include "proto/pack.h"
#include "proto/rpc.h"
#include "proto/status.h"
#include "proto/unpack.h"

#include "base/mem.h"
#include "base/rng.h"
#include "support/random_object.h"
#include "support/suite.h"

#include <string.h>

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct frame_limits LIMITS = {
    .bytes = 16 << 20,
    .depth = 32,
    .elements = 262144,
};

static const struct good {
    const char *name;
    const char *bytes;
    size_t size;
    enum rpc_type type;
    uint32_t msgid;
    const char *method;
    unsigned n_params;
} GOOD[] = {
    {"request", BYTES("\x94\x00\x07\xa5hello\x90"), RPC_REQUEST, 7, "hello", 0},
    {"largest msgid", BYTES("\x94\x00\xce\xff\xff\xff\xff\xa1m\x90"),
     RPC_REQUEST, UINT32_MAX, "m", 0},
    {"msgid in 64 bits",
     BYTES("\x94\x00\xcf\x00\x00\x00\x00\x00\x00\x00\x05\xa1m\x90"),
     RPC_REQUEST, 5, "m", 0},
    {"signed msgid", BYTES("\x94\x00\xd0\x05\xa1m\x90"), RPC_REQUEST, 5, "m",
     0},
    {"method as bin", BYTES("\x94\x00\x01\xc4\x05hello\x90"), RPC_REQUEST, 1,
     "hello", 0},
    {"no name", BYTES("\x94\x00\x01\xa0\x90"), RPC_REQUEST, 1, "", 0},
    {"long headers",
     BYTES("\xdd\x00\x00\x00\x04\xcc\x00\xcd\x00\x01\xdb\x00\x00\x00\x01m\xdc"
           "\x00\x01\xc0"),
     RPC_REQUEST, 1, "m", 1},
    {"notification", BYTES("\x93\x02\xa5watch\x92\x01\x80"), RPC_NOTIFICATION,
     0, "watch", 2},
    {"response", BYTES("\x94\x01\x03\xc0\x81\xa2ok\xc3"), RPC_RESPONSE, 3, NULL,
     0},
    {"response with an error", BYTES("\x94\x01\x03\x92\xd1\x82\xd4\xa2no\xc0"),
     RPC_RESPONSE, 3, NULL, 0},
};

START_TEST(an_envelope_is_read)
{
    const struct good *row = &GOOD[_i];
    struct rpc_message m;

    ck_assert_int_eq(rpc_parse(row->bytes, row->size, &m), 0);
    ck_assert_int_eq(m.type, row->type);
    ck_assert_uint_eq(m.msgid, row->msgid);
    if (row->method) {
        ck_assert_uint_eq(m.method_size, strlen(row->method));
        ck_assert_mem_eq(m.method, row->method, m.method_size);
        ck_assert_int_eq(m.params.type, MSGPACK_OBJECT_ARRAY);
        ck_assert_uint_eq(m.params.via.array.size, row->n_params);
    }
    rpc_message_free(&m);
}

END_TEST

START_TEST(a_response_has_error_and_result)
{
    struct rpc_message m;

    ck_assert_int_eq(rpc_parse(BYTES("\x94\x01\x03\xc0\x2a"), &m), 0);
    ck_assert_int_eq(m.error.type, MSGPACK_OBJECT_NIL);
    ck_assert_uint_eq(m.result.via.u64, 42);
    rpc_message_free(&m);
    ck_assert_int_eq(rpc_parse(BYTES("\x94\x01\x03\xa2no\xc0"), &m), 0);
    ck_assert_int_eq(m.error.type, MSGPACK_OBJECT_STR);
    ck_assert_int_eq(m.result.type, MSGPACK_OBJECT_NIL);
    rpc_message_free(&m);
}

END_TEST

/* F73: sound MessagePack of a wrong shape.  `msgid` is -1 if none is told. */
static const struct bad {
    const char *name;
    const char *bytes;
    size_t size;
    int status;
    int64_t msgid;
} BAD[] = {
    {"scalar", BYTES("\x01"), AIGW_EREQUEST, -1},
    {"map", BYTES("\x80"), AIGW_EREQUEST, -1},
    {"empty array", BYTES("\x90"), AIGW_EREQUEST, -1},
    {"type alone", BYTES("\x91\x00"), AIGW_EREQUEST, -1},
    {"unknown type", BYTES("\x94\x03\x01\xa1m\x90"), AIGW_EREQUEST, -1},
    {"negative type", BYTES("\x94\xff\x01\xa1m\x90"), AIGW_EREQUEST, -1},
    {"huge type",
     BYTES("\x94\xcf\x01\x00\x00\x00\x00\x00\x00\x00\x01\xa1m\x90"),
     AIGW_EREQUEST, -1},
    {"type as str",
     BYTES("\x94\xa1"
           "0\x01\xa1m\x90"),
     AIGW_EREQUEST, -1},
    {"short request", BYTES("\x93\x00\x08\xa1m"), AIGW_EREQUEST, 8},
    {"long request", BYTES("\x95\x00\x08\xa1m\x90\xc0"), AIGW_EREQUEST, 8},
    {"negative msgid", BYTES("\x94\x00\xff\xa1m\x90"), AIGW_EREQUEST, -1},
    {"msgid beyond 32 bits",
     BYTES("\x94\x00\xcf\x00\x00\x00\x01\x00\x00\x00\x00\xa1m\x90"),
     AIGW_EREQUEST, -1},
    {"msgid as float", BYTES("\x94\x00\xca\x00\x00\x00\x00\xa1m\x90"),
     AIGW_EREQUEST, -1},
    {"method as int", BYTES("\x94\x00\x08\x01\x90"), AIGW_EREQUEST, 8},
    {"method as nil", BYTES("\x94\x00\x08\xc0\x90"), AIGW_EREQUEST, 8},
    {"params as map", BYTES("\x94\x00\x08\xa1m\x80"), AIGW_EREQUEST, 8},
    {"params as nil", BYTES("\x94\x00\x08\xa1m\xc0"), AIGW_EREQUEST, 8},
    {"long notification", BYTES("\x94\x02\xa1m\x90\xc0"), AIGW_EREQUEST, -1},
    {"notification without params", BYTES("\x92\x02\xa1m"), AIGW_EREQUEST, -1},
    {"short response", BYTES("\x93\x01\x08\xc0"), AIGW_EREQUEST, 8},
    {"response with a str as msgid", BYTES("\x94\x01\xa1x\xc0\xc0"),
     AIGW_EREQUEST, -1},
    {"nothing", BYTES(""), AIGW_EMALFORMED, -1},
    {"cut", BYTES("\x94\x00\x08\xa1"), AIGW_EMALFORMED, 8},
    {"cut before the msgid", BYTES("\x94\x00"), AIGW_EMALFORMED, -1},
    {"cut within the msgid", BYTES("\x94\x00\xcd\x01"), AIGW_EMALFORMED, -1},
    {"two objects", BYTES("\x94\x00\x08\xa1m\x90\xc0"), AIGW_EMALFORMED, 8},
    {"reserved byte", BYTES("\x94\x00\x08\xa1m\x91\xc1"), AIGW_EMALFORMED, 8},
    {"reserved byte under long headers",
     BYTES("\xdc\x00\x04\xcc\x00\xcc\x08\xc1"), AIGW_EMALFORMED, 8},
    {"reserved byte under longer headers",
     BYTES("\xdd\x00\x00\x00\x04\x00\xd2\x00\x00\x00\x08\xc1"), AIGW_EMALFORMED,
     8},
};

START_TEST(what_is_no_envelope_is_told_apart)
{
    const struct bad *row = &BAD[_i];
    struct rpc_message m;
    enum rpc_type type;
    uint32_t msgid;
    int status = rpc_parse(row->bytes, row->size, &m);
    bool known = rpc_peek(row->bytes, row->size, &type, &msgid);

    ck_assert_msg(status == row->status, "%s: %s", row->name,
                  aigw_status_text(status));
    ck_assert_msg(known == (row->msgid >= 0), "%s", row->name);
    if (known)
        ck_assert_int_eq(msgid, row->msgid);
}

END_TEST

START_TEST(a_method_name_has_at_most_100_bytes)
{
    char frame[6 + 101 + 1] = "\x94\x00\x01\xd9";
    struct rpc_message m;

    for (size_t n = 100; n <= 101; n++) {
        frame[4] = (char)n;
        memset(frame + 5, 'm', n);
        frame[5 + n] = (char)0x90;
        if (n == 100) {
            ck_assert_int_eq(rpc_parse(frame, 6 + n, &m), 0);
            ck_assert_uint_eq(m.method_size, n);
            rpc_message_free(&m);
        } else {
            ck_assert_int_eq(rpc_parse(frame, 6 + n, &m), AIGW_EREQUEST);
        }
    }
}

END_TEST

START_TEST(an_envelope_cut_anywhere_is_incomplete)
{
    const struct good *row = &GOOD[_i];
    struct frame f;
    struct rpc_message m;
    size_t end;

    for (size_t n = 0; n < row->size; n++) {
        char *copy = malloc(n > 0 ? n : 1);

        ck_assert_ptr_nonnull(copy);
        memcpy(copy, row->bytes, n);
        frame_init(&f, &LIMITS);
        ck_assert_int_eq(frame_scan(&f, copy, n, &end), AIGW_EAGAIN);
        ck_assert_int_eq(rpc_parse(copy, n, &m), AIGW_EMALFORMED);
        free(copy);
    }
    frame_init(&f, &LIMITS);
    ck_assert_int_eq(frame_scan(&f, row->bytes, row->size, &end), 0);
    ck_assert_uint_eq(end, row->size);
}

END_TEST

/* The sanitizer's hook, where there is one, shows each allocation. */
extern int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void *, size_t),
    void (*on_free)(const volatile void *)) __attribute__((weak));

static size_t largest_allocation;

static void
on_malloc(const volatile void *block, size_t size)
{
    (void)block;
    if (size > largest_allocation)
        largest_allocation = size;
}

static void
on_free(const volatile void *block)
{
    (void)block;
}

static void
mutate(struct rng *r, char *data, size_t size)
{
    static const unsigned char nasty[] = {0x91, 0xc1, 0xc6, 0xc9, 0xdb,
                                          0xdd, 0xdf, 0xff, 0x00};
    int64_t n = 1 + rng_upto(r, 3);

    while (n-- > 0) {
        size_t at = (size_t)rng_upto(r, (int64_t)size - 1);

        if (rng_upto(r, 1) == 0)
            data[at] = (char)rng_next(r);
        else
            data[at] = (char)nasty[rng_upto(r, sizeof(nasty) - 1)];
    }
}

/* Reads one frame as a connection does. */
static int
read_frame(const char *data, size_t size)
{
    struct rpc_message m;
    enum rpc_type type;
    uint32_t msgid;
    struct frame f;
    size_t end;
    int status;

    frame_init(&f, &LIMITS);
    status = frame_scan(&f, data, size, &end);
    if (!status)
        status = rpc_parse(data, end, &m);
    if (!status)
        rpc_message_free(&m);
    else
        (void)rpc_peek(data, size, &type, &msgid);
    return status;
}

/* F73.  An element of one byte takes 24 of memory, in a block that may be
 * twice as large as needed. */
START_TEST(ten_thousand_mutated_frames_do_no_harm)
{
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    struct rng r;
    int refused = 0;

    rng_init(&r, 73);
    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    if (__sanitizer_install_malloc_and_free_hooks)
        (void)__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    for (int i = 0; i < 10000; i++) {
        int status;

        msgpack_sbuffer_clear(&buffer);
        (void)msgpack_sbuffer_write(&buffer, BYTES("\x94\x00\x07\xa1m\x92"));
        random_object(&r, &packer, 4);
        random_object(&r, &packer, 4);
        mutate(&r, buffer.data, buffer.size);
        largest_allocation = 0;
        status = read_frame(buffer.data, buffer.size);
        refused += status != 0;
        if (largest_allocation > 48 * buffer.size + 4096)
            ck_abort_msg("%zu bytes allocated for %zu", largest_allocation,
                         buffer.size);
    }
    ck_assert_int_gt(refused, 1000);
    msgpack_sbuffer_destroy(&buffer);
}

END_TEST

static struct bytes out;
static struct pack p;

static void
setup(void)
{
    bytes_init(&out, 1000);
    pack_init(&p, &out);
}

static void
teardown(void)
{
    bytes_deinit(&out);
}

static void
expect_written(const char *bytes, size_t size)
{
    ck_assert_int_eq(pack_finish(&p), 0);
    ck_assert_uint_eq(out.size, size);
    ck_assert_mem_eq(out.data, bytes, size);
}

START_TEST(a_request_is_written)
{
    rpc_begin_request(&p, UINT32_MAX, "hello");
    pack_array_begin(&p);
    pack_array_end(&p);
    expect_written(
        BYTES("\x94\x00\xce\xff\xff\xff\xff\xa5hello\xdd\x00\x00\x00\x00"));
}

END_TEST

START_TEST(a_notification_is_written)
{
    rpc_begin_notification(&p, "event");
    pack_array_begin(&p);
    pack_int(&p, 1);
    pack_array_end(&p);
    expect_written(BYTES("\x93\x02\xa5"
                         "event\xdd\x00\x00\x00\x01\x01"));
}

END_TEST

START_TEST(a_response_is_written)
{
    rpc_begin_response(&p, 3);
    pack_map_begin(&p);
    pack_kv_bool(&p, "ok", true);
    pack_map_end(&p);
    expect_written(BYTES("\x94\x01\x03\xc0\xdf\x00\x00\x00\x01\xa2ok\xc3"));
}

END_TEST

/* What other clients show: always `[code, text]`, and a result that is nil. */
START_TEST(an_error_is_written_as_code_and_text)
{
    rpc_put_error(&p, 9, AIGW_ENOMETHOD, "no such method");
    expect_written(BYTES("\x94\x01\x09\x92\xd1\x80\xa7\xaeno such method\xc0"));
}

END_TEST

START_TEST(an_error_without_text_has_that_of_its_status)
{
    rpc_put_error(&p, 9, AIGW_EDRAINING, NULL);
    expect_written(BYTES("\x94\x01\x09\x92\xd1\x82\xfe\xbb"
                         "the daemon is shutting down\xc0"));
}

END_TEST

START_TEST(a_status_of_ours_becomes_an_internal_error)
{
    rpc_put_error(&p, 9, AIGW_ENOMEM, NULL);
    expect_written(BYTES("\x94\x01\x09\x92\xd1\x80\xa5\xadout of memory\xc0"));
}

END_TEST

START_TEST(an_error_can_be_one_of_neovims)
{
    rpc_put_error(&p, 9, AIGW_OK, "no such method");
    expect_written(BYTES("\x94\x01\x09\x92\x00\xaeno such method\xc0"));
}

END_TEST

START_TEST(what_is_written_can_be_read)
{
    struct rpc_message m;
    const msgpack_object *first;
    int64_t n = 0;
    struct unpack u;

    rpc_begin_request(&p, 12345, "generate");
    pack_array_begin(&p);
    pack_map_begin(&p);
    pack_kv_int(&p, "max_tokens", 77);
    pack_map_end(&p);
    pack_array_end(&p);
    ck_assert_int_eq(pack_finish(&p), 0);
    ck_assert_int_eq(read_frame(out.data, out.size), 0);
    ck_assert_int_eq(rpc_parse(out.data, out.size, &m), 0);
    first = unpack_item(&m.params, 0);
    unpack_init(&u, first, NULL);
    ck_assert_int_eq(unpack_int(&u, "max_tokens", &n), true);
    ck_assert_int_eq(n, 77);
    rpc_message_free(&m);
}

END_TEST

/* The worked example of PROTOCOL.md. */
START_TEST(the_documented_requests_are_read)
{
    static const char bytes[] = "\x94\x00\x01\xa6"
                                "cancel\x91\x81\xa5msgid\x07"
                                "\x94\x00\x02\xa7genrate\x90";
    static const char *const methods[] = {"cancel", "genrate"};
    size_t offset = 0;
    struct frame f;

    frame_init(&f, &LIMITS);
    for (uint32_t i = 0; i < 2; i++) {
        const char *at = bytes + offset;
        struct rpc_message m;
        size_t size;

        ck_assert_int_eq(frame_scan(&f, at, sizeof(bytes) - 1 - offset, &size),
                         0);
        ck_assert_int_eq(rpc_parse(at, size, &m), 0);
        ck_assert_uint_eq(m.msgid, i + 1);
        ck_assert_mem_eq(m.method, methods[i], strlen(methods[i]));
        rpc_message_free(&m);
        offset += size;
    }
    ck_assert_uint_eq(offset, sizeof(bytes) - 1);
}

END_TEST

START_TEST(the_documented_answers_are_written)
{
    rpc_put_error(&p, 2, AIGW_ENOMETHOD, "no such method");
    rpc_begin_response(&p, 1);
    pack_map_begin(&p);
    pack_kv_bool(&p, "cancelled", true);
    pack_map_end(&p);
    expect_written(BYTES("\x94\x01\x02\x92\xd1\x80\xa7\xaeno such method\xc0"
                         "\x94\x01\x01\xc0\xdf\x00\x00\x00\x01\xa9"
                         "cancelled\xc3"));
}

END_TEST

static Suite *
rpc_suite(void)
{
    Suite *suite = suite_create("rpc");
    TCase *reading = tcase_create("reading");
    TCase *writing = tcase_create("writing");

    tcase_add_loop_test(reading, an_envelope_is_read, 0, array_count(GOOD));
    tcase_add_test(reading, a_response_has_error_and_result);
    tcase_add_loop_test(reading, what_is_no_envelope_is_told_apart, 0,
                        array_count(BAD));
    tcase_add_test(reading, a_method_name_has_at_most_100_bytes);
    tcase_add_loop_test(reading, an_envelope_cut_anywhere_is_incomplete, 0,
                        array_count(GOOD));
    tcase_add_test(reading, ten_thousand_mutated_frames_do_no_harm);
    tcase_add_checked_fixture(writing, setup, teardown);
    tcase_add_test(writing, a_request_is_written);
    tcase_add_test(writing, a_notification_is_written);
    tcase_add_test(writing, a_response_is_written);
    tcase_add_test(writing, an_error_is_written_as_code_and_text);
    tcase_add_test(writing, an_error_without_text_has_that_of_its_status);
    tcase_add_test(writing, a_status_of_ours_becomes_an_internal_error);
    tcase_add_test(writing, an_error_can_be_one_of_neovims);
    tcase_add_test(writing, what_is_written_can_be_read);
    tcase_add_test(writing, the_documented_requests_are_read);
    tcase_add_test(writing, the_documented_answers_are_written);
    suite_add_tcase(suite, reading);
    suite_add_tcase(suite, writing);
    return suite;
}

int
main(void)
{
    return suite_main(rpc_suite());
}
