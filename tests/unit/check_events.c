#include "app/events.h"
#include "core/utf8.h"
#include "support/suite.h"

#include <string.h>

static struct events *events;
static const struct event *told;

static void
on_event(void *ctx, const struct event *event)
{
    (void)ctx;
    told = event;
}

static void
setup(void)
{
    events = events_new(on_event, NULL);
}

static void
teardown(void)
{
    events_free(events);
}

START_TEST(the_ring_holds_the_last_ones)
{
    for (int64_t i = 1; i <= EVENTS_RING + 5; i++) {
        events_add(events, EVENT_HEALTH, &(struct event_text){.to = "ok"});
        ck_assert_int_eq(told->seq, i);
    }
    ck_assert_int_eq(events_next_seq(events), EVENTS_RING + 6);
    ck_assert_ptr_null(events_get(events, 0));
    ck_assert_ptr_null(events_get(events, 5));
    ck_assert_int_eq(events_get(events, 6)->seq, 6);
    ck_assert_ptr_eq(events_get(events, EVENTS_RING + 5), told);
    ck_assert_ptr_null(events_get(events, EVENTS_RING + 6));
}

END_TEST

START_TEST(the_longest_names_are_whole)
{
    char target[EVENT_TARGET_SIZE] = "";
    char id[EVENT_REQUEST_ID_SIZE] = "";

    memset(target, 't', sizeof(target) - 1);
    memset(id, 'i', sizeof(id) - 1);
    events_add(events, EVENT_REQUEST,
               &(struct event_text){.target = target, .request_id = id});
    ck_assert_str_eq(told->target, target);
    ck_assert_str_eq(told->request_id, id);
    ck_assert_str_eq(told->reason, "");
}

END_TEST

START_TEST(a_long_reason_is_cut_between_characters)
{
    char reason[400] = "";

    for (size_t i = 0; i + 3 < sizeof(reason); i += 3)
        memcpy(reason + i, "\xe2\x82\xac", 4);
    for (int shift = 0; shift < 3; shift++) {
        events_add(events, EVENT_BREAKER,
                   &(struct event_text){.reason = reason});
        ck_assert_uint_gt(strlen(told->reason), sizeof(told->reason) - 4);
        ck_assert(utf8_valid(told->reason, strlen(told->reason)));
        memmove(reason + 1, reason, sizeof(reason) - 2);
        reason[0] = 'x';
    }
}

END_TEST

START_TEST(a_request_is_for_its_user_and_administrators)
{
    const struct event request = {.kind = EVENT_REQUEST, .uid = 7};
    const struct event breaker = {.kind = EVENT_BREAKER};

    ck_assert(event_is_for(&request, 7, false));
    ck_assert(event_is_for(&request, 8, true));
    ck_assert(!event_is_for(&request, 8, false));
    ck_assert(event_is_for(&breaker, 8, false));
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("events");
    TCase *tc = tcase_create("ring");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_ring_holds_the_last_ones);
    tcase_add_test(tc, the_longest_names_are_whole);
    tcase_add_test(tc, a_long_reason_is_cut_between_characters);
    tcase_add_test(tc, a_request_is_for_its_user_and_administrators);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
