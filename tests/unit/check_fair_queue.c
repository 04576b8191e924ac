/*
 * check_fair_queue.c - who goes next.
 */
#include "core/fair_queue.h"

#include "base/rng.h"
#include "support/suite.h"

#include <string.h>

enum {
    CLIENTS = 6,
    ENTRIES = 400,
    SMALL = 1000,
    LARGE = FAIR_QUANTUM,
};

static struct fair_queue q;
static struct fair_client clients[CLIENTS];
static struct fair_entry entries[ENTRIES];
static int n_entries;
static struct fair_entry *shed;
static const struct fair_terms ROOMY = {.max = 256, .patience_ms = INT64_MAX};

static void
setup(void)
{
    fair_queue_init(&q);
    memset(clients, 0, sizeof(clients));
    memset(entries, 0, sizeof(entries));
    n_entries = 0;
    shed = NULL;
}

static struct fair_entry *
make(enum fair_priority priority, int64_t cost)
{
    struct fair_entry *e = &entries[n_entries++];

    ck_assert_int_le(n_entries, ENTRIES);
    e->priority = priority;
    e->cost = cost;
    e->bytes = 10;
    return e;
}

static struct fair_entry *
join(int client, enum fair_priority priority, int64_t cost)
{
    struct fair_entry *e = make(priority, cost);

    ck_assert_int_eq(fair_queue_push(&q, &clients[client], e, &ROOMY, 0, &shed),
                     FAIR_ADMITTED);
    ck_assert_ptr_null(shed);
    return e;
}

/* The number of the client whose turn it is, which goes; -1: nobody waits. */
static int
next(void)
{
    struct fair_entry *e = fair_queue_first(&q);
    int client;

    if (!e)
        return -1;
    client = (int)(e->client - clients);
    fair_queue_take(&q, e, 0);
    return client;
}

static void
expect(const char *order)
{
    for (const char *c = order; *c; c++)
        ck_assert_msg(next() == *c - 'A', "at %s of %s", c, order);
    ck_assert_int_eq(next(), -1);
}

START_TEST(one_client_is_served_in_the_order_it_came)
{
    const struct fair_entry *first = join(0, FAIR_INTERACTIVE, SMALL);
    const struct fair_entry *second = join(0, FAIR_INTERACTIVE, SMALL);

    ck_assert_ptr_eq(fair_queue_first(&q), first);
    ck_assert_ptr_eq(fair_queue_next(&q, first), second);
    ck_assert_ptr_null(fair_queue_next(&q, second));
}

END_TEST

START_TEST(clients_with_equal_calls_take_turns)
{
    for (int i = 0; i < 4; i++)
        (void)join(0, FAIR_INTERACTIVE, LARGE);
    (void)join(1, FAIR_INTERACTIVE, LARGE);
    (void)join(2, FAIR_INTERACTIVE, LARGE);
    (void)join(2, FAIR_INTERACTIVE, LARGE);
    expect("ABCACAA");
}

END_TEST

START_TEST(small_calls_share_a_turn)
{
    for (int i = 0; i < 8; i++)
        (void)join(0, FAIR_INTERACTIVE, LARGE / 4);
    for (int i = 0; i < 2; i++)
        (void)join(1, FAIR_INTERACTIVE, LARGE);
    expect("AAAABAAAAB");
}

END_TEST

START_TEST(many_calls_of_one_client_delay_another_by_one_turn)
{
    for (int i = 0; i < 50; i++)
        (void)join(0, FAIR_INTERACTIVE, LARGE / 2);
    (void)join(1, FAIR_INTERACTIVE, LARGE);
    ck_assert_int_eq(next(), 0);
    ck_assert_int_eq(next(), 0);
    ck_assert_int_eq(next(), 1);
}

END_TEST

START_TEST(a_higher_priority_goes_first)
{
    (void)join(0, FAIR_PROBE, SMALL);
    (void)join(0, FAIR_BACKGROUND, SMALL);
    (void)join(1, FAIR_BACKGROUND, SMALL);
    (void)join(2, FAIR_INTERACTIVE, SMALL);
    expect("CABA");
}

END_TEST

START_TEST(who_can_go_need_not_be_the_first)
{
    (void)join(0, FAIR_INTERACTIVE, LARGE);
    (void)join(1, FAIR_INTERACTIVE, LARGE);
    (void)join(1, FAIR_INTERACTIVE, LARGE);
    fair_queue_take(&q, fair_queue_next(&q, fair_queue_first(&q)), 0);
    /* The first has kept its place. */
    expect("AB");
}

END_TEST

START_TEST(whoever_gives_up_is_gone)
{
    struct fair_entry *e = join(0, FAIR_INTERACTIVE, SMALL);

    (void)join(1, FAIR_INTERACTIVE, SMALL);
    fair_queue_remove(&q, e);
    fair_queue_remove(&q, e);
    ck_assert_uint_eq(q.length, 1);
    ck_assert_uint_eq(q.bytes, 10);
    ck_assert_uint_eq(clients[0].length, 0);
    expect("B");
}

END_TEST

START_TEST(a_client_has_a_limit_of_its_own)
{
    for (int i = 0; i < FAIR_CLIENT_MAX; i++)
        (void)join(0, FAIR_INTERACTIVE, SMALL);
    ck_assert_int_eq(fair_queue_push(&q, &clients[0],
                                     make(FAIR_INTERACTIVE, SMALL), &ROOMY, 0,
                                     &shed),
                     FAIR_CLIENT_FULL);
    (void)join(1, FAIR_INTERACTIVE, SMALL);
}

END_TEST

START_TEST(when_it_is_full_the_newest_of_the_lowest_priority_goes)
{
    const struct fair_terms terms = {.max = 4, .patience_ms = INT64_MAX};
    const struct fair_entry *victim;

    (void)join(0, FAIR_BACKGROUND, SMALL);
    (void)join(1, FAIR_BACKGROUND, SMALL);
    victim = join(1, FAIR_BACKGROUND, SMALL);
    (void)join(2, FAIR_INTERACTIVE, SMALL);
    ck_assert_int_eq(fair_queue_push(&q, &clients[3],
                                     make(FAIR_BACKGROUND, SMALL), &terms, 0,
                                     &shed),
                     FAIR_FULL);
    ck_assert_int_eq(fair_queue_push(&q, &clients[3],
                                     make(FAIR_INTERACTIVE, SMALL), &terms, 0,
                                     &shed),
                     FAIR_ADMITTED);
    ck_assert_ptr_eq(shed, victim);
    ck_assert_ptr_null(victim->client);
    expect("CDAB");
}

END_TEST

START_TEST(all_entries_together_have_a_size)
{
    struct fair_entry *e = make(FAIR_INTERACTIVE, SMALL);
    struct fair_entry *late = make(FAIR_INTERACTIVE, SMALL);

    e->bytes = FAIR_BYTES_MAX - 5;
    ck_assert_int_eq(fair_queue_push(&q, &clients[0], e, &ROOMY, 0, &shed),
                     FAIR_ADMITTED);
    ck_assert_int_eq(fair_queue_push(&q, &clients[1], late, &ROOMY, 0, &shed),
                     FAIR_BYTES_FULL);
    late->bytes = 5;
    ck_assert_int_eq(fair_queue_push(&q, &clients[1], late, &ROOMY, 0, &shed),
                     FAIR_ADMITTED);
    late = make(FAIR_INTERACTIVE, SMALL);
    late->bytes = SIZE_MAX;
    ck_assert_int_eq(fair_queue_push(&q, &clients[1], late, &ROOMY, 0, &shed),
                     FAIR_BYTES_FULL);
}

END_TEST

START_TEST(who_cannot_make_it_is_refused_at_once)
{
    const struct fair_terms hurried = {.max = 256, .patience_ms = 999};
    int64_t now_ms = 0;

    for (int i = 0; i < 20; i++)
        (void)join(i % 2, FAIR_INTERACTIVE, LARGE);
    /* Ten a second, for a second. */
    for (int i = 0; i < 10; i++) {
        now_ms += 100;
        fair_queue_take(&q, fair_queue_first(&q), now_ms);
    }
    /* Ten are in line, of two clients; a third waits for one of each. */
    ck_assert_int_eq(
        fair_queue_wait_ms(&q, &clients[0], FAIR_INTERACTIVE, now_ms), 1100);
    ck_assert_int_eq(
        fair_queue_wait_ms(&q, &clients[2], FAIR_INTERACTIVE, now_ms), 300);
    ck_assert_int_eq(
        fair_queue_wait_ms(&q, &clients[2], FAIR_BACKGROUND, now_ms), 1100);
    ck_assert_int_eq(fair_queue_push(&q, &clients[0],
                                     make(FAIR_INTERACTIVE, LARGE), &hurried,
                                     now_ms, &shed),
                     FAIR_TOO_LATE);
    ck_assert_int_eq(fair_queue_push(&q, &clients[2],
                                     make(FAIR_INTERACTIVE, LARGE), &hurried,
                                     now_ms, &shed),
                     FAIR_ADMITTED);
}

END_TEST

START_TEST(of_a_queue_that_has_just_begun_nothing_is_known)
{
    for (int i = 0; i < 9; i++)
        (void)join(0, FAIR_INTERACTIVE, LARGE);
    ck_assert_int_eq(
        fair_queue_wait_ms(&q, &clients[1], FAIR_INTERACTIVE, 5000), -1);
    for (int i = 0; i < 8; i++)
        fair_queue_take(&q, fair_queue_first(&q), 500);
    ck_assert_int_eq(fair_queue_wait_ms(&q, &clients[1], FAIR_INTERACTIVE, 500),
                     -1);
    ck_assert_int_gt(
        fair_queue_wait_ms(&q, &clients[1], FAIR_INTERACTIVE, 1000), 0);
    ck_assert_int_eq(next(), 0);
    ck_assert_int_eq(
        fair_queue_wait_ms(&q, &clients[1], FAIR_INTERACTIVE, 9000), -1);
}

END_TEST

/*
 * The model: one list of all entries as they came, and the ring of each
 * priority as an array of clients.
 */
static struct {
    struct fair_entry *all[ENTRIES];
    int owner[ENTRIES];
    int n;
    int ring[FAIR_PRIORITIES][CLIENTS];
    int n_ring[FAIR_PRIORITIES];
    int64_t deficit[FAIR_PRIORITIES][CLIENTS];
} m;

static int
model_count(int client, int priority)
{
    int n = 0;

    for (int i = 0; i < m.n; i++)
        n += (client < 0 || m.owner[i] == client)
             && (priority < 0 || (int)m.all[i]->priority == priority);
    return n;
}

static struct fair_entry *
model_first(int client, int priority)
{
    for (int i = 0; i < m.n; i++)
        if (m.owner[i] == client && (int)m.all[i]->priority == priority)
            return m.all[i];
    return NULL;
}

static void
model_leave_ring(int client, int priority)
{
    int *ring = m.ring[priority];
    int at = 0;

    while (ring[at] != client)
        at++;
    memmove(&ring[at], &ring[at + 1],
            sizeof(int) * (size_t)(--m.n_ring[priority] - at));
}

static void
model_join(struct fair_entry *e, int client)
{
    int p = (int)e->priority;

    if (model_count(client, p) == 0) {
        m.ring[p][m.n_ring[p]++] = client;
        m.deficit[p][client] = 0;
    }
    m.owner[m.n] = client;
    m.all[m.n++] = e;
}

/* Returns whose it was. */
static int
model_remove(const struct fair_entry *e)
{
    int i = 0, client;

    while (m.all[i] != e)
        i++;
    client = m.owner[i];
    m.n--;
    memmove(&m.all[i], &m.all[i + 1], sizeof(m.all[0]) * (size_t)(m.n - i));
    memmove(&m.owner[i], &m.owner[i + 1],
            sizeof(m.owner[0]) * (size_t)(m.n - i));
    if (model_count(client, (int)e->priority) == 0)
        model_leave_ring(client, (int)e->priority);
    return client;
}

static void
model_take(const struct fair_entry *e)
{
    int p = (int)e->priority;
    int client = model_remove(e);
    int64_t *deficit = &m.deficit[p][client];
    const struct fair_entry *then = model_first(client, p);

    *deficit += *deficit < e->cost ? FAIR_QUANTUM - e->cost : -e->cost;
    if (then && then->cost > *deficit) {
        model_leave_ring(client, p);
        m.ring[p][m.n_ring[p]++] = client;
    }
}

/* The whole walk, and all sums. */
static void
check_against_model(void)
{
    const struct fair_entry *e = fair_queue_first(&q);
    size_t bytes = 0;

    for (int p = 0; p < FAIR_PRIORITIES; p++)
        for (int k = 0; k < m.n_ring[p]; k++)
            for (int i = 0; i < m.n; i++) {
                if ((int)m.all[i]->priority != p || m.owner[i] != m.ring[p][k])
                    continue;
                ck_assert_ptr_eq(e, m.all[i]);
                bytes += e->bytes;
                e = fair_queue_next(&q, e);
            }
    ck_assert_ptr_null(e);
    ck_assert_uint_eq(q.length, (size_t)m.n);
    ck_assert_uint_eq(q.bytes, bytes);
    for (int i = 0; i < CLIENTS; i++)
        ck_assert_uint_eq(clients[i].length, (size_t)model_count(i, -1));
}

static void
model_push(struct rng *rng, size_t max)
{
    int client = (int)rng_upto(rng, CLIENTS - 1);
    struct fair_entry *e = NULL;
    enum fair_verdict verdict;

    for (int i = 0; i < ENTRIES && !e; i++)
        if (!entries[i].client)
            e = &entries[i];
    ck_assert_ptr_nonnull(e);
    *e = (struct fair_entry){
        .priority = (enum fair_priority)rng_upto(rng, FAIR_PRIORITIES - 1),
        .cost = 1 + rng_upto(rng, FAIR_QUANTUM - 1),
        .bytes = (size_t)rng_upto(rng, 1000),
    };
    verdict = fair_queue_push(
        &q, &clients[client], e,
        &(struct fair_terms){.max = max, .patience_ms = INT64_MAX}, 0, &shed);
    if (verdict == FAIR_CLIENT_FULL)
        ck_assert_int_eq(model_count(client, -1), FAIR_CLIENT_MAX);
    if (verdict == FAIR_FULL) {
        ck_assert_uint_ge((size_t)m.n, max);
        for (int p = (int)e->priority + 1; p < FAIR_PRIORITIES; p++)
            ck_assert_int_eq(model_count(-1, p), 0);
    }
    if (verdict != FAIR_ADMITTED)
        return;
    if (shed) {
        ck_assert_uint_ge((size_t)m.n, max);
        ck_assert_int_gt((int)shed->priority, (int)e->priority);
        for (int p = (int)shed->priority + 1; p < FAIR_PRIORITIES; p++)
            ck_assert_int_eq(model_count(-1, p), 0);
        (void)model_remove(shed);
    }
    model_join(e, client);
}

START_TEST(it_does_what_the_model_does)
{
    enum {
        SEEDS = 20,
        EVENTS = 500
    };

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        size_t max = seed % 2 == 0 ? 30 : 300;
        struct rng rng;

        rng_init(&rng, seed);
        setup();
        memset(&m, 0, sizeof(m));
        for (int i = 0; i < EVENTS; i++) {
            int64_t what = rng_upto(&rng, 9);
            struct fair_entry *e = fair_queue_first(&q);

            for (int64_t k = rng_upto(&rng, 3); e && k > 0 && what > 8; k--)
                e = fair_queue_next(&q, e);
            if (what < 6) {
                model_push(&rng, max);
            } else if (e && what == 6) {
                fair_queue_remove(&q, e);
                (void)model_remove(e);
            } else if (e) {
                model_take(e);
                fair_queue_take(&q, e, 0);
            }
            check_against_model();
        }
    }
}

END_TEST

/* Shreedhar and Varghese: what two clients that always wait have got differs by
 * less than three times the largest turn. */
START_TEST(clients_that_always_wait_get_the_same)
{
    enum {
        TAKEN = 3000
    };

    int64_t got[CLIENTS] = {0};
    struct rng rng;

    rng_init(&rng, 7);
    for (int i = 0; i < CLIENTS; i++)
        for (int k = 0; k < 2; k++)
            (void)join(i, FAIR_INTERACTIVE, 1 + rng_upto(&rng, LARGE - 1));
    for (int n = 0; n < TAKEN; n++) {
        struct fair_entry *e = fair_queue_first(&q);
        int client = (int)(e->client - clients);

        fair_queue_take(&q, e, 0);
        got[client] += e->cost;
        /* The clients differ in how large their calls are. */
        e->cost = 1 + rng_upto(&rng, LARGE / (client + 1) - 1);
        ck_assert_int_eq(
            fair_queue_push(&q, &clients[client], e, &ROOMY, 0, &shed),
            FAIR_ADMITTED);
        for (int i = 0; i < CLIENTS; i++)
            ck_assert_int_lt(got[client] - got[i], 3 * FAIR_QUANTUM);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("fair_queue");
    TCase *tc = tcase_create("order");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, one_client_is_served_in_the_order_it_came);
    tcase_add_test(tc, clients_with_equal_calls_take_turns);
    tcase_add_test(tc, small_calls_share_a_turn);
    tcase_add_test(tc, many_calls_of_one_client_delay_another_by_one_turn);
    tcase_add_test(tc, a_higher_priority_goes_first);
    tcase_add_test(tc, who_can_go_need_not_be_the_first);
    tcase_add_test(tc, whoever_gives_up_is_gone);
    suite_add_tcase(s, tc);

    tc = tcase_create("limits");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_client_has_a_limit_of_its_own);
    tcase_add_test(tc, when_it_is_full_the_newest_of_the_lowest_priority_goes);
    tcase_add_test(tc, all_entries_together_have_a_size);
    tcase_add_test(tc, who_cannot_make_it_is_refused_at_once);
    tcase_add_test(tc, of_a_queue_that_has_just_begun_nothing_is_known);
    suite_add_tcase(s, tc);

    tc = tcase_create("invariants");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, it_does_what_the_model_does);
    tcase_add_test(tc, clients_that_always_wait_get_the_same);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
