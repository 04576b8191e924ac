#include "proto/frame.h"
#include "proto/status.h"

#include "base/mem.h"
#include "base/rng.h"
#include "support/random_object.h"
#include "support/suite.h"

#include <string.h>

static const struct frame_limits WIDE = {
    .bytes = 16 << 20,
    .depth = 32,
    .elements = 262144,
};

/* The bytes in an allocation of exactly their size, so that the sanitizer sees
 * a step beyond them. */
static unsigned char *
exactly(const void *data, size_t size)
{
    unsigned char *copy = malloc(size > 0 ? size : 1);

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, data, size);
    return copy;
}

static int
scan(const struct frame_limits *limits, const void *data, size_t size,
     size_t *ret_size)
{
    unsigned char *copy = exactly(data, size);
    struct frame f;
    int status;

    frame_init(&f, limits);
    status = frame_scan(&f, copy, size, ret_size);
    free(copy);
    return status;
}

/* Offers one byte more each time, as a slow peer would (F59). */
static int
scan_bytewise(const struct frame_limits *limits, const void *data, size_t size,
              size_t *ret_size)
{
    struct frame f;
    int status = AIGW_EAGAIN;

    frame_init(&f, limits);
    for (size_t n = 0; n <= size && status == AIGW_EAGAIN; n++) {
        unsigned char *copy = exactly(data, n);

        status = frame_scan(&f, copy, n, ret_size);
        free(copy);
    }
    return status;
}

/* Both ways must agree; gives the size only on success. */
static int
scan_both(const struct frame_limits *limits, const void *data, size_t size,
          size_t *ret_size)
{
    size_t whole = 0, bytewise = 0;
    int status = scan(limits, data, size, &whole);

    ck_assert_int_eq(scan_bytewise(limits, data, size, &bytewise), status);
    ck_assert_uint_eq(whole, bytewise);
    *ret_size = whole;
    return status;
}

/* Writes the shortest object with the tag `tag` into `out`; returns its size,
 * 0 if there is no such object. */
static size_t
make_object(unsigned tag, unsigned char *out)
{
    static const char *const numbered =
        /* c0 */ "0x00124xxx4812481248"
                 /* d4 */ "xxxxx1242424";
    int width;

    out[0] = (unsigned char)tag;
    if (tag < 0x80 || tag >= 0xe0)
        return 1;
    if (tag < 0x90)
        return 1 + 2 * (tag & 0x0f);
    if (tag < 0xa0)
        return 1 + (tag & 0x0f);
    if (tag < 0xc0)
        return 1 + (tag & 0x1f);
    width = numbered[tag - 0xc0] - '0';
    return width > 8 ? 0 : 1 + (size_t)width;
}

static size_t
size_by_msgpack(const unsigned char *data, size_t size)
{
    msgpack_unpacked unpacked;
    size_t offset = 0;

    msgpack_unpacked_init(&unpacked);
    (void)msgpack_unpack_next(&unpacked, (const char *)data, size, &offset);
    msgpack_unpacked_destroy(&unpacked);
    return offset;
}

START_TEST(every_tag_is_measured_as_msgpack_measures_it)
{
    unsigned char object[64] = {0};

    for (unsigned tag = 0; tag <= 0xff; tag++) {
        size_t size = make_object(tag, object), found = 0;

        if (size == 0)
            continue;
        ck_assert_int_eq(scan_both(&WIDE, object, sizeof(object), &found), 0);
        ck_assert_msg(found == size, "tag %02x: %zu, not %zu", tag, found,
                      size);
        ck_assert_uint_eq(size_by_msgpack(object, sizeof(object)), size);
        while (size-- > 0)
            ck_assert_int_eq(scan(&WIDE, object, size, &found), AIGW_EAGAIN);
    }
}

END_TEST

START_TEST(reserved_and_extension_tags_are_malformed)
{
    static const unsigned char tags[] = {0xc1, 0xc7, 0xc8, 0xc9, 0xd4,
                                         0xd5, 0xd6, 0xd7, 0xd8};
    unsigned char object[64] = {0};
    size_t size;

    for (size_t i = 0; i < sizeof(tags); i++) {
        ck_assert_uint_eq(make_object(tags[i], object), 0);
        ck_assert_int_eq(scan_both(&WIDE, object, sizeof(object), &size),
                         AIGW_EMALFORMED);
    }
}

END_TEST

/* F73.  `bytes` is all that ever comes. */
static const struct refusal {
    const char *name;
    const char *bytes;
    size_t size;
    int status;
} REFUSALS[] = {

#define ROW(name, bytes, status)                                               \
    {                                                                          \
        name, bytes, sizeof(bytes) - 1, status                                 \
    }
    ROW("array 32 of 268 million", "\xdd\x0f\xff\xff\xff\x01", AIGW_ETOOBIG),
    ROW("array 32 of all", "\xdd\xff\xff\xff\xff", AIGW_ETOOBIG),
    ROW("map 32 of all", "\xdf\xff\xff\xff\xff", AIGW_ETOOBIG),
    ROW("map 32 that wraps to none", "\xdf\x80\x00\x00\x00", AIGW_ETOOBIG),
    ROW("str 32 of all", "\xdb\xff\xff\xff\xff", AIGW_ETOOBIG),
    ROW("bin 32 of all", "\xc6\xff\xff\xff\xff", AIGW_ETOOBIG),
    ROW("str 32 within an array", "\x92\x01\xdb\xff\xff\xff\xff", AIGW_ETOOBIG),
    ROW("one element too many", "\xdd\x00\x04\x00\x01", AIGW_ETOOBIG),
    ROW("one entry too many", "\xdf\x00\x02\x00\x01", AIGW_ETOOBIG),
    ROW("too many in two arrays", "\x92\xdd\x00\x03\xff\xff", AIGW_ETOOBIG),
    ROW("a str that leaves no room for the next object",
        "\x92\xdb\x00\xff\xff\xfa", AIGW_ETOOBIG),
    ROW("reserved byte", "\xc1", AIGW_EMALFORMED),
    ROW("reserved byte within", "\x93\x00\x01\xc1", AIGW_EMALFORMED),
    ROW("fixext", "\x94\x00\x01\xd4\x00\x00", AIGW_EMALFORMED),
    ROW("ext 32 of all", "\xc9\xff\xff\xff\xff\x01", AIGW_EMALFORMED),
    ROW("timestamp", "\xd6\xff\x00\x00\x00\x00", AIGW_EMALFORMED),
    ROW("nothing", "", AIGW_EAGAIN),
    ROW("half a header", "\xdd\xff\xff\xff", AIGW_EAGAIN),
    ROW("as many elements as may be", "\xdd\x00\x04\x00\x00", AIGW_EAGAIN),
    ROW("as many entries as may be", "\xdf\x00\x02\x00\x00", AIGW_EAGAIN),
    ROW("as many in two arrays as may be", "\x92\xdd\x00\x03\xff\xfe",
        AIGW_EAGAIN),
    ROW("as long a str as may be", "\xdb\x00\xff\xff\xfb", AIGW_EAGAIN),
#undef ROW
};

START_TEST(a_promise_beyond_the_limits_is_refused_at_once)
{
    const struct refusal *row = &REFUSALS[_i];
    size_t size;
    int status = scan_both(&WIDE, row->bytes, row->size, &size);

    ck_assert_msg(status == row->status, "%s: %s", row->name,
                  aigw_status_text(status));
}

END_TEST

START_TEST(a_refusal_stays)
{
    struct frame f;
    size_t size;

    frame_init(&f, &WIDE);
    ck_assert_int_eq(frame_scan(&f, "\x91\xc1", 2, &size), AIGW_EMALFORMED);
    ck_assert_int_eq(frame_scan(&f, "\x91\xc1\x01", 3, &size), AIGW_EMALFORMED);
}

END_TEST

START_TEST(bytes_are_allowed_up_to_the_limit)
{
    static const char *const frames[] = {"\x93\xa3xyz\xcd\x01\x02\xc4\x02__",
                                         "\x82\xa1x\x01\xa1y\x94\x01\x02\x03"
                                         "\x04"};
    static const size_t sizes[] = {12, 11};
    struct frame_limits limits = WIDE;
    size_t size;

    for (size_t i = 0; i < array_count(frames); i++) {
        limits.bytes = sizes[i];
        ck_assert_int_eq(scan_both(&limits, frames[i], sizes[i], &size), 0);
        ck_assert_uint_eq(size, sizes[i]);
        while (--limits.bytes > 0)
            ck_assert_int_eq(scan_both(&limits, frames[i], sizes[i], &size),
                             AIGW_ETOOBIG);
    }
}

END_TEST

/* Whoever keeps a buffer of the limit's size must never be left with a full
 * one and no verdict. */
START_TEST(a_full_buffer_always_has_a_verdict)
{
    struct rng r;

    rng_init(&r, 1);
    for (int round = 0; round < 2000; round++) {
        struct frame_limits limits = {
            .bytes = 1 + (size_t)rng_upto(&r, 23),
            .depth = 4,
            .elements = 24,
        };
        unsigned char data[24];
        size_t size;

        for (size_t i = 0; i < sizeof(data); i++) {
            data[i] = (unsigned char)rng_next(&r);
            if (rng_upto(&r, 1) == 0)
                data[i] = (unsigned char)(0x90 | (data[i] & 0x0f));
        }
        ck_assert_int_ne(scan_both(&limits, data, limits.bytes, &size),
                         AIGW_EAGAIN);
    }
}

END_TEST

START_TEST(elements_are_allowed_up_to_the_limit)
{
    /* Five of them: the inner array, and 1, 2, {"": nil}. */
    static const char frame[] = "\x91\x92\x01\x81\xa0\xc0";
    struct frame_limits limits = WIDE;
    size_t size;

    limits.elements = 5;
    ck_assert_int_eq(scan_both(&limits, frame, sizeof(frame) - 1, &size), 0);
    limits.elements = 4;
    ck_assert_int_eq(scan_both(&limits, frame, sizeof(frame) - 1, &size),
                     AIGW_ETOOBIG);
}

END_TEST

static int
scan_nested(unsigned char opening, size_t depth, unsigned char innermost)
{
    unsigned char *data = malloc(2 * depth + 1);
    size_t size = 0, found = 0;
    int status;

    ck_assert_ptr_nonnull(data);
    for (size_t i = 1; i < depth; i++) {
        data[size++] = opening;
        if (opening == 0x81)
            data[size++] = 0xa0;
    }
    data[size++] = innermost;
    data[size++] = 0xc0;
    status = scan_both(&WIDE, data, size, &found);
    free(data);
    return status;
}

START_TEST(thirty_two_levels_are_allowed)
{
    ck_assert_int_eq(scan_nested(0x91, 32, 0x91), 0);
    ck_assert_int_eq(scan_nested(0x91, 33, 0x91), AIGW_ETOOBIG);
    ck_assert_int_eq(scan_nested(0x81, 32, 0x90), 0);
    ck_assert_int_eq(scan_nested(0x81, 33, 0x90), AIGW_ETOOBIG);
    ck_assert_int_eq(scan_nested(0x81, 33, 0x80), AIGW_ETOOBIG);
}

END_TEST

START_TEST(a_million_levels_are_refused)
{
    enum {
        LEVELS = 1000000
    };

    unsigned char *data = malloc(LEVELS);
    size_t size;

    ck_assert_ptr_nonnull(data);
    memset(data, 0x91, LEVELS);
    ck_assert_int_eq(scan(&WIDE, data, LEVELS, &size), AIGW_ETOOBIG);
    ck_assert_int_eq(scan(&WIDE, data, 33, &size), AIGW_ETOOBIG);
    ck_assert_int_eq(scan(&WIDE, data, 32, &size), AIGW_EAGAIN);
    free(data);
}

END_TEST

/* What was scanned is destroyed behind the scanner, so looking at it again
 * would show. */
START_TEST(a_long_frame_in_pieces_is_walked_once)
{
    enum {
        ELEMENTS = 262144,
        PIECE = 64 << 10
    };
    struct frame f;
    size_t total = 5 + 3 * ELEMENTS, size = 0;
    unsigned char *data = malloc(total);

    ck_assert_ptr_nonnull(data);
    memcpy(data, "\xdd\x00\x04\x00\x00", 5);
    for (size_t i = 5; i < total; i += 3)
        memcpy(data + i, "\xcd\x01\x02", 3);
    frame_init(&f, &WIDE);
    for (size_t n = PIECE; n < total; n += PIECE) {
        ck_assert_int_eq(frame_scan(&f, data, n, &size), AIGW_EAGAIN);
        ck_assert_uint_gt(f.offset, n - 3);
        memset(data, 0xc1, n < f.offset ? n : f.offset);
    }
    ck_assert_int_eq(frame_scan(&f, data, total, &size), 0);
    ck_assert_uint_eq(size, total);
    free(data);
}

END_TEST

START_TEST(a_long_string_is_stepped_over)
{
    struct frame f;
    size_t total = 16 << 20, size = 0;
    unsigned char *data = calloc(1, total);

    ck_assert_ptr_nonnull(data);
    memcpy(data, "\xdb\x00\xff\xff\xfb", 5);
    frame_init(&f, &WIDE);
    ck_assert_int_eq(frame_scan(&f, data, 5, &size), AIGW_EAGAIN);
    ck_assert_uint_eq(f.offset, total);
    ck_assert_int_eq(frame_scan(&f, data, total - 1, &size), AIGW_EAGAIN);
    ck_assert_int_eq(frame_scan(&f, data, total, &size), 0);
    ck_assert_uint_eq(size, total);
    free(data);
}

END_TEST

/* Random frames one after the other, in random pieces, end where they were
 * written to end. */
START_TEST(any_division_gives_the_same_frames)
{
    struct rng r;
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    size_t ends[20], begin = 0, available = 0;
    struct frame f;

    rng_init(&r, (uint64_t)_i);
    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    for (size_t i = 0; i < array_count(ends); i++) {
        random_object(&r, &packer, 5);
        ends[i] = buffer.size;
    }
    frame_init(&f, &WIDE);
    for (size_t i = 0; i < array_count(ends);) {
        size_t size = 0;
        int status =
            frame_scan(&f, buffer.data + begin, available - begin, &size);

        if (status == AIGW_EAGAIN) {
            ck_assert_uint_lt(available, ends[i]);
            available += 1 + (size_t)rng_upto(&r, 4000);
            available = available < buffer.size ? available : buffer.size;
            continue;
        }
        ck_assert_int_eq(status, 0);
        begin += size;
        ck_assert_uint_eq(begin, ends[i++]);
    }
    msgpack_sbuffer_destroy(&buffer);
}

END_TEST

static Suite *
frame_suite(void)
{
    Suite *suite = suite_create("frame");
    TCase *sizes = tcase_create("sizes");
    TCase *limits = tcase_create("limits");
    TCase *pieces = tcase_create("pieces");

    tcase_add_test(sizes, every_tag_is_measured_as_msgpack_measures_it);
    tcase_add_test(sizes, reserved_and_extension_tags_are_malformed);
    tcase_add_loop_test(limits, a_promise_beyond_the_limits_is_refused_at_once,
                        0, array_count(REFUSALS));
    tcase_add_test(limits, a_refusal_stays);
    tcase_add_test(limits, bytes_are_allowed_up_to_the_limit);
    tcase_add_test(limits, a_full_buffer_always_has_a_verdict);
    tcase_add_test(limits, elements_are_allowed_up_to_the_limit);
    tcase_add_test(limits, thirty_two_levels_are_allowed);
    tcase_add_test(limits, a_million_levels_are_refused);
    tcase_add_test(pieces, a_long_frame_in_pieces_is_walked_once);
    tcase_add_test(pieces, a_long_string_is_stepped_over);
    tcase_add_loop_test(pieces, any_division_gives_the_same_frames, 0, 40);
    suite_add_tcase(suite, sizes);
    suite_add_tcase(suite, limits);
    suite_add_tcase(suite, pieces);
    return suite;
}

int
main(void)
{
    return suite_main(frame_suite());
}
