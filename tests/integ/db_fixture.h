/*
 * db_fixture.h - a loop, a folder for one test, and a database in it.
 */
#ifndef AIGW_TESTS_DB_FIXTURE_H
#define AIGW_TESTS_DB_FIXTURE_H

#include "io/db.h"
#include "io/loop.h"

#define DB_INSERT "INSERT INTO t (id, text) VALUES (?1, ?2)"

extern struct loop *db_loop;
extern char db_folder[64];
extern char db_path[96];
extern const char *const db_schema[1]; /* t (id INTEGER PRIMARY KEY, text) */

/* Checked fixtures. */
void db_fixture_setup(void);
void db_fixture_teardown(void);

/* The file of the fixture, fully synchronised; fails the test. */
struct db_options db_fixture_options(void);
struct db *db_fixture_open(void);

/* A sync whose end can be asked for. */
struct waiter {
    struct db_sync sync;
    int n_done;
    int status;
};

void waiter_init(struct waiter *w);

/* Runs the loop until nothing queued waits, or `w` is done. */
int db_fixture_sync(struct db *db);

/* Row `id` with a text that can be recomputed. */
int db_fixture_insert(struct db *db, int64_t id);

/* What a connection of its own finds with a query for one number. */
int64_t db_fixture_ask(const char *sql);

#endif
