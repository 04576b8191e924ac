/*
 * check_io_db_faults.c - what a database still keeps of its promises when
 * the disk fails (F62), the process is killed (F63), the file is damaged
 * (F64) or is not ours.
 */
#include "base/rng.h"
#include "db_fixture.h"
#include "fault_vfs.h"
#include "support/suite.h"
#include "turns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    N_ROWS = 30,     /* Of one run with faults. */
    MAX_FAULT = 400, /* Operations that are made to fail, one a run. */
    LASTING = 25,    /* As many in a row, in the other runs. */
    N_KILLS = 50,
    KILL_WITHIN_MS = 60,
};

static struct db_options
faulty_options(void)
{
    struct db_options options = db_fixture_options();

    options.vfs = FAULT_VFS;
    return options;
}

/* Writes rows and notes which were acknowledged, in transactions of three.
 * Returns the number of operations. */
static void
write_rows(struct db *db, bool *ret_acked)
{
    for (int i = 0; i < N_ROWS; i += 3) {
        for (int j = i; j < i + 3; j++)
            ck_assert_int_eq(db_fixture_insert(db, j), 0);
        if (db_fixture_sync(db) != 0)
            continue;
        for (int j = 0; j < i + 3; j++)
            ret_acked[j] = true;
    }
}

static void
check_rows(const bool *acked)
{
    char sql[128];

    for (int i = 0; i < N_ROWS; i++) {
        (void)snprintf(sql, sizeof(sql),
                       "SELECT count(*) FROM t "
                       "WHERE id = %d AND text = 'text of %d'",
                       i, i);
        if (acked[i])
            ck_assert_int_eq(db_fixture_ask(sql), 1);
    }
}

static void
remove_files(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[128];

    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof(name), "%s%s", db_path, suffixes[i]);
        (void)unlink(name);
    }
}

/* Returns false when the run had no such operation. */
static bool
run_with_fault(enum fault_kind kind, long first, long n)
{
    struct db_options options = faulty_options();
    bool acked[N_ROWS] = {false};
    struct db *db = NULL;
    bool closed = true;
    int64_t refused = 0;

    fault_vfs_set(kind, first, n);
    if (db_open(db_loop, &options, &db, NULL) == 0) {
        write_rows(db, acked);
        refused = db_state(db)->n_refused;
        ck_assert_int_eq(db_state(db)->n_moved_aside, 0);
        closed = db_close(db) == 0;
    }
    fault_vfs_clear();
    /* Nothing is written twice, and nothing is lost without a word. */
    ck_assert_int_eq(refused, 0);
    for (int i = 0; i < N_ROWS && db && closed; i++)
        acked[i] = true;
    if (db)
        check_rows(acked);
    remove_files();
    return fault_vfs_failed() > 0 || fault_vfs_count() > first;
}

/* F62, for each k. */
START_TEST(no_acknowledged_row_is_lost_by_one_fault)
{
    fault_vfs_register();
    for (long k = 0; k < MAX_FAULT; k++)
        if (!run_with_fault((enum fault_kind)_i, k, 1))
            break;
}

END_TEST

START_TEST(no_acknowledged_row_is_lost_by_lasting_faults)
{
    fault_vfs_register();
    for (long k = 0; k < MAX_FAULT; k += 3)
        if (!run_with_fault((enum fault_kind)_i, k, LASTING))
            break;
}

END_TEST

static struct db *watched;
static int n_changes;

static void
on_changed(void *ctx)
{
    (void)ctx;
    n_changes++;
}

static bool
is_well(void)
{
    return !db_state(watched)->degraded;
}

START_TEST(failing_disk_is_told_and_what_was_queued_is_written_afterwards)
{
    struct db_options options = faulty_options();

    options.changed = on_changed;
    fault_vfs_register();
    ck_assert_int_eq(db_open(db_loop, &options, &watched, NULL), 0);
    fault_vfs_set(FAULT_ENOSPC, 0, 1 << 30);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(db_fixture_insert(watched, i), 0);
    ck_assert_int_eq(db_fixture_sync(watched), AIGW_EIO);
    ck_assert(db_state(watched)->degraded);
    ck_assert_ptr_nonnull(strstr(db_state(watched)->error, "full"));
    ck_assert_int_eq(n_changes, 1);
    /* Those who come later are told at once. */
    ck_assert_int_eq(db_fixture_insert(watched, 5), 0);
    ck_assert_int_eq(db_fixture_sync(watched), AIGW_EIO);
    fault_vfs_clear();
    turns_until(db_loop, is_well);
    ck_assert_int_eq(n_changes, 2);
    ck_assert_int_eq(db_fixture_sync(watched), 0);
    ck_assert_int_eq(db_state(watched)->n_refused, 0);
    ck_assert_int_ge(db_state(watched)->n_reopened, 1);
    ck_assert_int_eq(db_fixture_ask("SELECT count(*) FROM t"), 6);
    ck_assert_int_eq(db_close(watched), 0);
}

END_TEST

START_TEST(locked_file_is_busy_and_loses_nothing)
{
    sqlite3 *other = NULL;

    watched = db_fixture_open();
    ck_assert_int_eq(sqlite3_open(db_path, &other), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", 0, 0, 0), 0);
    ck_assert_int_eq(db_fixture_insert(watched, 1), 0);
    ck_assert_int_eq(db_fixture_sync(watched), AIGW_EBUSY);
    ck_assert_int_eq(sqlite3_exec(other, "COMMIT", 0, 0, 0), 0);
    ck_assert_int_eq(sqlite3_close(other), SQLITE_OK);
    turns_until(db_loop, is_well);
    ck_assert_int_eq(db_fixture_sync(watched), 0);
    ck_assert_int_eq(db_state(watched)->n_reopened, 0);
    ck_assert_int_eq(db_close(watched), 0);
    ck_assert_int_eq(db_fixture_ask("SELECT count(*) FROM t"), 1);
}

END_TEST

START_TEST(close_says_that_writes_were_lost)
{
    struct db_options options = faulty_options();
    struct db *db;

    fault_vfs_register();
    ck_assert_int_eq(db_open(db_loop, &options, &db, NULL), 0);
    fault_vfs_set(FAULT_EIO, 0, 1 << 30);
    ck_assert_int_eq(db_fixture_insert(db, 1), 0);
    ck_assert_int_eq(db_close(db), AIGW_EIO);
}

END_TEST

START_TEST(removed_file_is_noticed)
{
    watched = db_fixture_open();
    ck_assert_int_eq(db_fixture_insert(watched, 1), 0);
    ck_assert_int_eq(db_fixture_sync(watched), 0);
    remove_files();
    ck_assert_int_eq(db_fixture_insert(watched, 2), 0);
    ck_assert_int_eq(db_fixture_sync(watched), AIGW_EIO);
    turns_until(db_loop, is_well);
    ck_assert_int_eq(db_fixture_sync(watched), 0);
    ck_assert_int_eq(db_fixture_ask("SELECT max(id) FROM t"), 2);
    ck_assert_int_eq(db_close(watched), 0);
}

END_TEST

/* Tells each row that was acknowledged through the pipe, until killed. */
static void
write_for_ever(int fd, int64_t id)
{
    struct db *db;

    db_loop = loop_new();
    db = db_fixture_open();
    for (;; id++) {
        if (db_fixture_insert(db, id) != 0 || db_fixture_sync(db) != 0
            || write(fd, &id, sizeof(id)) != (ssize_t)sizeof(id))
            _exit(1);
    }
}

static int64_t
last_acked(int fd, int64_t before)
{
    int64_t id;

    while (read(fd, &id, sizeof(id)) == (ssize_t)sizeof(id))
        before = id;
    (void)close(fd);
    return before;
}

static int64_t
write_and_kill(int64_t last, struct rng *rng)
{
    struct timespec pause = {0};
    int fds[2];
    pid_t pid;
    int status;

    ck_assert_int_eq(pipe(fds), 0);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        write_for_ever(fds[1], last + 1);
    (void)close(fds[1]);
    pause.tv_nsec = (long)rng_upto(rng, KILL_WITHIN_MS) * 1000000 + 1000000;
    (void)nanosleep(&pause, NULL);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    return last_acked(fds[0], last);
}

/* F63 */
START_TEST(no_acknowledged_row_is_lost_when_killed)
{
    struct rng rng;
    int64_t last = 0;
    int64_t found;

    rng_init(&rng, 63);
    for (int i = 0; i < N_KILLS; i++) {
        struct db *db;

        last = write_and_kill(last, &rng);
        db = db_fixture_open();
        ck_assert_int_eq(db_state(db)->n_moved_aside, 0);
        found = db_fixture_ask("SELECT count(*) FROM t");
        ck_assert_int_ge(found, last);
        ck_assert_int_eq(db_fixture_ask("SELECT ifnull(max(id), 0) FROM t"),
                         found);
        ck_assert_int_eq(db_close(db), 0);
        last = found;
    }
    ck_assert_int_gt(last, N_KILLS);
}

END_TEST

static void
overwrite(off_t at, size_t size)
{
    int fd = open(db_path, O_WRONLY);

    ck_assert_int_ge(fd, 0);
    for (size_t i = 0; i < size; i++)
        ck_assert_int_eq(pwrite(fd, "\xa5", 1, at + (off_t)i), 1);
    (void)close(fd);
}

static void
fill(int n)
{
    struct db *db = db_fixture_open();

    for (int i = 0; i < n; i++)
        ck_assert_int_eq(db_fixture_insert(db, i), 0);
    ck_assert_int_eq(db_close(db), 0);
}

static const struct {
    off_t at;
    size_t size;
} damages[] = {
    {0, 16},      /* The magic. */
    {0, 100},     /* The header. */
    {32768, 4096} /* A page in the middle. */
};

/* F64 */
START_TEST(damaged_file_is_moved_aside_and_a_fresh_one_takes_its_place)
{
    struct stat st;
    struct db *db;

    fill(2000);
    ck_assert_int_eq(stat(db_path, &st), 0);
    ck_assert_int_gt(st.st_size, 49152);
    overwrite(damages[_i].at, damages[_i].size);
    db = db_fixture_open();
    ck_assert_int_eq(db_state(db)->n_moved_aside, 1);
    ck_assert_ptr_nonnull(strstr(db_state(db)->moved_aside, ".damaged-"));
    ck_assert_int_eq(access(db_state(db)->moved_aside, R_OK), 0);
    ck_assert_int_eq(db_fixture_insert(db, 1), 0);
    ck_assert_int_eq(db_fixture_sync(db), 0);
    ck_assert_int_eq(db_fixture_ask("SELECT count(*) FROM t"), 1);
    ck_assert_int_eq(db_close(db), 0);
}

END_TEST

START_TEST(later_version_is_refused_and_left_alone)
{
    struct db_options options = db_fixture_options();
    struct aigw_err err;
    struct db *db;

    fill(3);
    options.n_migrations = 0;
    ck_assert_int_eq(db_open(db_loop, &options, &db, &err), AIGW_ENOTSUP);
    ck_assert_ptr_nonnull(strstr(err.text, "later version"));
    ck_assert_int_eq(db_fixture_ask("SELECT count(*) FROM t"), 3);
}

END_TEST

START_TEST(migrations_lead_an_old_file_to_the_new_version)
{
    const char *const scripts[] = {db_schema[0],
                                   "ALTER TABLE t ADD COLUMN more INT;"
                                   "UPDATE t SET more = 9"};
    struct db_options options = db_fixture_options();
    struct db *db;

    fill(3);
    options.migrations = scripts;
    options.n_migrations = 2;
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(db_open(db_loop, &options, &db, NULL), 0);
        ck_assert_int_eq(db_close(db), 0);
        ck_assert_int_eq(db_fixture_ask("SELECT sum(more) FROM t"), 27);
    }
    ck_assert_int_eq(db_fixture_ask("PRAGMA user_version"), 2);
}

END_TEST

START_TEST(symbolic_link_is_refused)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct db_options options = db_fixture_options();
    struct aigw_err err;
    struct db *db;
    char name[128];

    (void)snprintf(name, sizeof(name), "%s%s", db_path, suffixes[_i]);
    ck_assert_int_eq(symlink("/etc/hostname", name), 0);
    ck_assert_int_eq(db_open(db_loop, &options, &db, &err), AIGW_EACCES);
    ck_assert_ptr_nonnull(strstr(err.text, "symbolic link"));
}

END_TEST

START_TEST(file_of_another_user_is_refused)
{
    struct db_options options = db_fixture_options();
    struct aigw_err err;
    struct db *db;

    if (geteuid() != 0) {
        (void)puts("skipped: only root can give a file away");
        return;
    }
    fill(1);
    ck_assert_int_eq(chown(db_path, 1, 1), 0);
    ck_assert_int_eq(db_open(db_loop, &options, &db, &err), AIGW_EACCES);
    ck_assert_ptr_nonnull(strstr(err.text, "belongs to user 1"));
}

END_TEST

START_TEST(folder_where_others_may_write_is_refused)
{
    struct db_options options = db_fixture_options();
    struct aigw_err err;
    struct db *db;

    ck_assert_int_eq(chmod(db_folder, 0777), 0);
    ck_assert_int_eq(db_open(db_loop, &options, &db, &err), AIGW_EACCES);
    ck_assert_ptr_nonnull(strstr(err.text, "others may replace"));
}

END_TEST

static mode_t
mode_of(const char *suffix)
{
    char name[128];
    struct stat st;

    (void)snprintf(name, sizeof(name), "%s%s", db_path, suffix);
    ck_assert_int_eq(stat(name, &st), 0);
    return st.st_mode & 07777;
}

START_TEST(files_and_folders_are_for_their_owner_alone)
{
    size_t size = strlen(db_folder);
    struct db *db;

    (void)umask(0);
    (void)snprintf(db_path, sizeof(db_path), "%s/a/b/test.db", db_folder);
    fill(1);
    ck_assert_int_eq(chmod(db_path, 0644), 0);
    db = db_fixture_open();
    ck_assert_int_eq(db_fixture_insert(db, 2), 0);
    ck_assert_int_eq(db_fixture_sync(db), 0);
    ck_assert_uint_eq(mode_of(""), 0600);
    ck_assert_uint_eq(mode_of("-wal"), 0600);
    ck_assert_uint_eq(mode_of("-shm"), 0600);
    ck_assert_int_eq(db_close(db), 0);
    (void)snprintf(db_path + size, sizeof(db_path) - size, "/a/b");
    ck_assert_uint_eq(mode_of(""), 0700);
}

END_TEST

static Suite *
faults_suite(void)
{
    Suite *suite = suite_create("io_db_faults");
    TCase *disk = tcase_create("disk");
    TCase *kills = tcase_create("kills");
    TCase *files = tcase_create("files");

    tcase_add_checked_fixture(disk, db_fixture_setup, db_fixture_teardown);
    tcase_add_loop_test(disk, no_acknowledged_row_is_lost_by_one_fault, 0,
                        FAULT_KINDS);
    tcase_add_loop_test(disk, no_acknowledged_row_is_lost_by_lasting_faults, 0,
                        FAULT_KINDS);
    tcase_add_test(
        disk, failing_disk_is_told_and_what_was_queued_is_written_afterwards);
    tcase_add_test(disk, locked_file_is_busy_and_loses_nothing);
    tcase_add_test(disk, close_says_that_writes_were_lost);
    tcase_add_test(disk, removed_file_is_noticed);
    tcase_set_timeout(disk, 120);
    suite_add_tcase(suite, disk);

    tcase_add_checked_fixture(kills, db_fixture_setup, db_fixture_teardown);
    tcase_add_test(kills, no_acknowledged_row_is_lost_when_killed);
    tcase_set_timeout(kills, 120);
    suite_add_tcase(suite, kills);

    tcase_add_checked_fixture(files, db_fixture_setup, db_fixture_teardown);
    tcase_add_loop_test(
        files, damaged_file_is_moved_aside_and_a_fresh_one_takes_its_place, 0,
        (int)(sizeof(damages) / sizeof(*damages)));
    tcase_add_test(files, later_version_is_refused_and_left_alone);
    tcase_add_test(files, migrations_lead_an_old_file_to_the_new_version);
    tcase_add_loop_test(files, symbolic_link_is_refused, 0, 3);
    tcase_add_test(files, file_of_another_user_is_refused);
    tcase_add_test(files, folder_where_others_may_write_is_refused);
    tcase_add_test(files, files_and_folders_are_for_their_owner_alone);
    suite_add_tcase(suite, files);
    return suite;
}

int
main(void)
{
    return suite_main(faults_suite());
}
