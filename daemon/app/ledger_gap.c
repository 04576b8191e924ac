/*
 * ledger_gap.c - a ledger that does not know what was spent before.
 *
 * Its file was damaged and lies aside, or could not be used.  What lies aside
 * is noted in the ledger that took its place whenever one is opened, so that a
 * daemon that died between the two knows of it as well; and so are the budgets
 * that have been accepted since.  What was spent while the file could not be
 * used is not in it when it can be used again: a mark beside it says so.
 */
#include "app/app.h"
#include "app/ledger_internal.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char ASIDE[] = "ledger.db.damaged-";

/* When a file of that name was moved aside; -1: it is none of these, or what
 * SQLite had beside it. */
static int64_t
moved_ms(const char *name)
{
    size_t size = strlen(name);
    struct tm utc = {0};

    if (strncmp(name, ASIDE, strlen(ASIDE)) != 0
        || strcmp(name + size - 4, "-wal") == 0
        || strcmp(name + size - 4, "-shm") == 0)
        return -1;
    if (!strptime(name + strlen(ASIDE), "%Y%m%dT%H%M%SZ", &utc))
        return clock_wall_ms();
    return (int64_t)timegm(&utc) * 1000;
}

static void
note(struct ledger *l, const char *what, int64_t at_ms)
{
    struct db_value values[] = {db_text(what), db_int(at_ms)};

    if (at_ms >= 0)
        (void)db_write(l->storage.db,
                       "INSERT OR IGNORE INTO gaps VALUES (?1, ?2)", values,
                       array_count(values));
}

/* The latest of its kind is what counts. */
static void
note_missed(struct ledger *l)
{
    struct db_value now = db_int(clock_wall_ms());

    (void)db_write(l->storage.db,
                   "INSERT OR REPLACE INTO gaps VALUES ('missed', ?1)", &now,
                   1);
}

static char *
mark_path(const struct ledger *l)
{
    return mem_printf("%s/ledger.missed", l->storage.app->config->state_dir);
}

static bool
is_marked(const struct ledger *l)
{
    char *path = mark_path(l);
    bool is_there = access(path, F_OK) == 0;

    free(path);
    return is_there;
}

void
ledger_gap_mark(struct ledger *l)
{
    char *path;
    int fd;

    if (l->marked || l->storage.path || !*l->storage.app->config->state_dir)
        return;
    l->marked = true;
    path = mark_path(l);
    fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
              S_IRUSR | S_IWUSR);
    if (fd < 0 || fsync(fd) != 0)
        log_line(LOG_ERROR, "the ledger will not know of what is spent now",
                 LOG_STR("path", path));
    if (fd >= 0)
        (void)close(fd);
    free(path);
}

void
ledger_gap_unmark(const struct ledger *l)
{
    char *path = mark_path(l);

    if (l->storage.path)
        (void)unlink(path);
    free(path);
}

/* Whatever lies aside there. */
static void
note_folder(struct ledger *l, const char *folder)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);

    while (dir && (entry = readdir(dir)))
        note(l, entry->d_name, moved_ms(entry->d_name));
    if (dir)
        (void)closedir(dir);
}

void
ledger_gap_note(struct ledger *l)
{
    const char *folder = l->storage.app->config->state_dir;

    l->n_noted = l->storage.n_moved_aside;
    if (!*folder)
        return;
    if (!l->storage.path || is_marked(l))
        note_missed(l);
    if (l->storage.path)
        note_folder(l, folder);
}

/* By now it may be gone. */
void
ledger_gap_watch(struct ledger *l)
{
    if (l->n_noted == l->storage.n_moved_aside)
        return;
    l->n_noted = l->storage.n_moved_aside;
    note_missed(l);
}

static void
forget_accepted(struct ledger *l)
{
    for (size_t i = 0; i < l->n_accepted; i++)
        free(l->accepted[i]);
    free(l->accepted);
    l->accepted = NULL;
    l->n_accepted = 0;
}

void
ledger_gap_free(struct ledger *l)
{
    forget_accepted(l);
}

static void
remember(struct ledger *l, const char *budget)
{
    l->accepted = mem_grow(l->accepted, l->n_accepted + 1, sizeof(char *));
    l->accepted[l->n_accepted++] = mem_strdup(budget);
}

void
ledger_gap_read(struct ledger *l, const struct db_rows *rows)
{
    forget_accepted(l);
    for (int i = 0; i < db_rows_count(rows); i++)
        remember(l, db_rows_text(rows, i, 0));
}

/* One that happens while the daemon runs matters to what is read later. */
int64_t
ledger_gap_ms(struct ledger *l)
{
    ledger_gap_watch(l);
    if (l->n_moved_aside != l->storage.n_moved_aside) {
        l->n_moved_aside = l->storage.n_moved_aside;
        forget_accepted(l);
        l->gap_ms = clock_wall_ms();
    }
    return l->gap_ms;
}

bool
ledger_gap_is_accepted(const struct ledger *l, const char *budget)
{
    for (size_t i = 0; i < l->n_accepted; i++)
        if (strcmp(l->accepted[i], budget) == 0)
            return true;
    return false;
}

/* A clock that was set back does not make it older than what it is about. */
void
ledger_gap_accept(struct ledger *l, const char *budget)
{
    int64_t now_ms = clock_wall_ms();
    struct db_value values[] = {
        db_text(budget),
        db_int(now_ms > l->gap_ms ? now_ms : l->gap_ms),
    };

    if (ledger_gap_is_accepted(l, budget))
        return;
    remember(l, budget);
    log_line(LOG_WARN, "a budget goes on without what was spent before",
             LOG_STR("budget", budget));
    (void)db_write(l->storage.db,
                   "INSERT OR REPLACE INTO accepted VALUES (?1, ?2)", values,
                   array_count(values));
}
