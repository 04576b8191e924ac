/*
 * check_top_busy.c - aigw-top under a hail of keys and sizes, in front of a
 * terminal that nobody reads, and what it writes when nothing happens.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "integ/top_run.h"
#include "support/gateway.h"
#include "support/procfs.h"
#include "support/sanitizer.h"
#include "support/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(*(table))))

enum {
    RANDOM_KEYS = 10000,
    KEYS_AT_ONCE = 40,
    CLOCK_SECONDS = 3,
    CLOCK_BYTES = 200, /* At most, for one more second on the clock. */
    FRAME_BYTES = 500, /* At least, for a picture of another size. */
    RECORDED_BYTES = 20000,
    MEMORY_BYTES = 1 << 20
};

static const struct {
    int rows, cols;
} sizes[] = {{5, 20},    {1, 1},   {100, 300}, {24, 80},
             {120, 320}, {2, 300}, {50, 1},    {24, 80}};

START_TEST(every_size_is_followed_at_once)
{
    top_run_replay(24, 80, NULL);
    for (int i = 0; i < ROWS(sizes); i++) {
        pty_resize(&pty, sizes[i].rows, sizes[i].cols);
        pty_pump(&pty, 60);
    }
    pty_await(&pty, "q Quit");
    pty_type(&pty, "q");
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

/* What keys send, and a mouse that stays away from "q Quit". */
static const char *const keys[] = {
    "\x1B",
    "\x1B[A",
    "\x1B[B",
    "\x1BOA",
    "\x1BOB",
    "\x1B[5~",
    "\x1B[6~",
    "\x1BOH",
    "\x1BOF",
    "\x1BOP",
    "\x1BOQ",
    "\x1B[15~",
    "\x1B[Z",
    "\t",
    "\r",
    "\x7F",
    "\x0C",

    "\x06",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "/",
    "\\",
    "?",
    ">",
    "<",
    "j",
    "k",
    "g",
    "G",
    "d",
    "D",
    "B",
    "K",
    "y",
    "n",
    "P",
    "a",
    "w",
    "u",
    " ",
    "r",
    "+",
    "-",
    "M",
    "e",
    "o",
    "S",
    "\xC3\xA9",
    "\x1B[<0;5;2M",
    "\x1B[<64;9;9M",
    "\x1B[<0;250;90M",
    "\x1B[1;5D",
    "\x1B[200~",
    "\xFF",
    "\xE6",
};

static void
press_random_keys(int n)
{
    for (; n > 0; n--) {
        long choice = random() % (ROWS(keys) + 20);

        if (choice < ROWS(keys)) {
            pty_type(&pty, keys[choice]);
            continue;
        }
        /* Any byte but those which end the top_run_program(), or stop it: meanwhile the
         * terminal shows what is typed. */
        choice = random() % 256;
        if (choice != 'q' && choice != 0x03 && choice != 0x1A && choice != 0x1C)
            pty_type_bytes(&pty, (const char[]){(char)choice}, 1);
    }
}

START_TEST(any_keys_and_sizes_do_no_harm)
{
    TOP_RUN(24, 80, "--demo");
    top_run_await();
    srandom(1);
    for (int i = 0; i < RANDOM_KEYS / KEYS_AT_ONCE; i++) {
        press_random_keys(KEYS_AT_ONCE);
        if (i % 3 == 0)
            pty_resize(&pty, 1 + (int)(random() % 60),
                       1 + (int)(random() % 200));
        pty_pump(&pty, 2);
    }
    pty_resize(&pty, 24, 80);
    /* Out of whatever the keys have led to. */
    pty_type(&pty, "\x1B");
    pty_pump(&pty, 100);
    pty_type(&pty, "\x1B");
    pty_pump(&pty, 100);
    pty_await(&pty, "q Quit");
    pty_type(&pty, "q");
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

START_TEST(what_is_typed_may_be_any_character)
{
    top_run_replay(24, 80, NULL);
    pty_type(&pty, "\\n\xC3\xA9\xE6\xA8\xA1x");
    pty_await(&pty, "n\xC3\xA9\xE6\xA8\xA1x");
    pty_type(&pty, "\x7F\x7F");
    pty_await_gone(&pty, "\xE6\xA8\xA1");
    /* Esc alone is known without waiting for long. */
    pty_type(&pty, "\x1B");
    pty_await_gone(&pty, "n\xC3\xA9");
    pty_await(&pty, "q Quit");
}

END_TEST

START_TEST(a_second_on_the_clock_costs_few_bytes)
{
    static struct test_gateway g;
    uint64_t before;
    unsigned long bytes;

    test_gateway_start(&g, "");
    TOP_RUN(24, 80, "-s", g.daemon.socket);
    top_run_await();
    pty_await(&pty, "LIVE");
    pty_type(&pty, " ");
    pty_await(&pty, "PAUSED");
    pty_pump(&pty, 300);
    before = pty.n_bytes;
    pty_pump(&pty, CLOCK_SECONDS * 1000);
    bytes = (unsigned long)(pty.n_bytes - before) / CLOCK_SECONDS;
    (void)printf("aigw-top: %lu bytes for one more second on the clock\n",
                 bytes);
    ck_assert_uint_gt(bytes, 0);
    ck_assert_uint_lt(bytes, CLOCK_BYTES);
    test_gateway_stop(&g);
}

END_TEST

/* What it has written since it began, to all files. */
static uint64_t
bytes_written(void)
{
    char path[32], line[64];
    unsigned long long bytes = 0;
    FILE *in;

    (void)snprintf(path, sizeof(path), "/proc/%d/io", (int)pty.pid);
    in = fopen(path, "re");
    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof(line), in) && strncmp(line, "wchar", 5) != 0)
        continue;
    (void)fclose(in);
    ck_assert_int_eq(sscanf(line, "wchar: %llu", &bytes), 1);
    return bytes;
}

/* Fills what lies between the program and a terminal that takes nothing, by
 * large pictures.  Once it is full, a picture is drawn no more. */
static void
fill_terminal(void)
{
    int64_t give_up_ms = process_now_ms() + PATIENCE_MS;
    uint64_t before;
    int i = 0;

    do {
        ck_assert_int_lt(process_now_ms(), give_up_ms);
        before = bytes_written();
        pty_resize(&pty, 100, 280 + ++i % 20);
        for (int n = 0; n < 20 && bytes_written() == before; n++)
            process_pause();
    } while (bytes_written() > before + FRAME_BYTES);
}

static off_t
recorded(const char *path)
{
    struct stat status = {0};

    (void)stat(path, &status);
    return status.st_size;
}

START_TEST(a_terminal_that_nobody_reads_stops_only_the_picture)
{
    static struct test_gateway g;
    char record[64];
    off_t before;
    int64_t memory;

    test_gateway_start(&g, "");
    (void)snprintf(record, sizeof(record), "%s/record", top_run_folder());
    {
        const char *argv[] = {top_run_program(),
                              "-s",
                              g.daemon.socket,
                              "-d",
                              "0.1",
                              "--record",
                              record,
                              NULL};

        pty_start(&pty, argv, top_run_folder(), 24, 80);
    }
    top_run_await();
    pty_await(&pty, "LIVE");
    fill_terminal();

    before = recorded(record);
    memory = procfs_rss_bytes(g.daemon.process.pid);
    eventually(recorded(record) > before + RECORDED_BYTES);
    if (!SANITIZED)
        ck_assert_int_lt(procfs_rss_bytes(g.daemon.process.pid),
                         memory + MEMORY_BYTES);

    /* It is read again: what comes is the present. */
    pty_resize(&pty, 24, 80);
    pty_await(&pty, "q Quit");
    pty_await(&pty, "LIVE");
    pty_type(&pty, "q");
    ck_assert_int_eq(pty_wait(&pty), 0);
    pty_expect_restored(&pty);
    test_gateway_stop(&g);
}

END_TEST

START_TEST(a_terminal_that_nobody_reads_is_left_all_the_same)
{
    top_run_replay(24, 80, NULL);
    fill_terminal();
    pty_signal(&pty, SIGTERM);
    ck_assert_int_eq(pty_wait_unread(&pty), 0);
    pty_expect_restored(&pty);
}

END_TEST

static Suite *
busy_suite(void)
{
    Suite *suite = suite_create("top_busy");
    TCase *busy = tcase_create("busy");

    tcase_add_checked_fixture(busy, top_run_set_up, top_run_tear_down);
    tcase_set_timeout(busy, 120);
    tcase_add_test(busy, every_size_is_followed_at_once);
    tcase_add_test(busy, any_keys_and_sizes_do_no_harm);
    tcase_add_test(busy, what_is_typed_may_be_any_character);
    tcase_add_test(busy, a_second_on_the_clock_costs_few_bytes);
    tcase_add_test(busy, a_terminal_that_nobody_reads_stops_only_the_picture);
    tcase_add_test(busy, a_terminal_that_nobody_reads_is_left_all_the_same);
    suite_add_tcase(suite, busy);
    return suite;
}

int
main(void)
{
    return suite_main(busy_suite());
}
