/*
 * check_clients.c - who calls: as many as are told apart, and the others.
 */
#include "app/clients.h"
#include "support/suite.h"

#include <stdio.h>

static struct clients *clients;

static void
setup(void)
{
    clients = clients_new();
}

static void
teardown(void)
{
    clients_free(clients);
}

static struct session_client
named(uid_t uid, int number)
{
    struct session_client who = {.uid = uid};

    (void)snprintf(who.name, sizeof(who.name), "c%d", number);
    return who;
}

static void
call_of(struct stats *s)
{
    static const struct figures_entry ANSWER = {.end = FIGURES_SUCCESS,
                                                .latency_us = 1000};

    stats_end(stats_begin(s), &ANSWER, -1, 1000, 0);
}

START_TEST(a_client_is_a_user_and_a_name)
{
    struct session_client a = named(1, 1), b = named(2, 1), c = named(1, 2);

    ck_assert_ptr_null(clients_find(clients, &a));
    call_of(clients_hear(clients, &a, 0));
    call_of(clients_hear(clients, &b, 0));
    call_of(clients_hear(clients, &c, 0));
    call_of(clients_hear(clients, &a, 0));
    ck_assert_uint_eq(clients->n_known, 3);
    ck_assert_int_eq(clients_find(clients, &a)->stats->figures.requests, 2);
    ck_assert_ptr_null(clients->others);
}

END_TEST

START_TEST(the_one_not_heard_of_for_longest_becomes_one_of_the_others)
{
    struct session_client first = named(1, 0), second = named(1, 1);
    struct session_client more = named(1, CLIENTS_MAX);

    for (int i = 0; i < CLIENTS_MAX; i++) {
        struct session_client who = named(1, i);

        call_of(clients_hear(clients, &who, 0));
    }
    (void)clients_hear(clients, &first, 0);
    call_of(clients_hear(clients, &more, 0));
    ck_assert_ptr_nonnull(clients_find(clients, &first));
    ck_assert_ptr_null(clients_find(clients, &second));
    ck_assert_ptr_nonnull(clients_find(clients, &more));
    ck_assert_uint_eq(clients->n_known, CLIENTS_MAX);
    ck_assert_int_eq(clients->others->figures.requests, 1);
}

END_TEST

START_TEST(a_client_with_a_call_is_not_forgotten)
{
    struct stats *running[CLIENTS_MAX];
    struct session_client who;

    for (int i = 0; i < CLIENTS_MAX; i++) {
        who = named(1, i);
        running[i] = stats_begin(clients_hear(clients, &who, 0));
    }
    who = named(1, CLIENTS_MAX);
    ck_assert_ptr_eq(clients_hear(clients, &who, 0), clients->others);
    ck_assert_ptr_null(clients_find(clients, &who));
    for (int i = 0; i < CLIENTS_MAX; i++)
        stats_end(running[i], &(struct figures_entry){0}, -1, 0, 0);
    ck_assert_ptr_ne(clients_hear(clients, &who, 0), clients->others);
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("clients");
    TCase *tc = tcase_create("clients");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_client_is_a_user_and_a_name);
    tcase_add_test(tc,
                   the_one_not_heard_of_for_longest_becomes_one_of_the_others);
    tcase_add_test(tc, a_client_with_a_call_is_not_forgotten);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
