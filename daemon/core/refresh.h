/*
 * refresh.h - when a token is fetched anew, as a pure state machine.
 *
 *     NONE --> DUE --> RUNNING --> FRESH --.
 *               ^         |                |  80 % of its life, a refusal,
 *               |         v                |  an order
 *               |       FAILED             |
 *               '---------'----------------'
 *
 * The owner runs whatever prints tokens when refresh_may_run() says so, and
 * reports how the run ended.  There is one run at a time.  A token that has
 * not expired and was not refused stays in use while its successor is fetched,
 * and while that fails.
 *
 * Tokens are numbered, so that the refusal of one which has been replaced
 * since is told from the refusal of the one in use.  A token that was fetched
 * because its predecessor was refused, and is refused before it was ever
 * accepted, is refused for good: fetching another one would go on for ever.
 */
#ifndef AIGW_CORE_REFRESH_H
#define AIGW_CORE_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

enum {
    REFRESH_AT_PERCENT = 80,        /* Of the life of a token. */
    REFRESH_GAP_MS = 250,           /* The least between two runs. */
    REFRESH_BACKOFF_MS = 1000,      /* After a failure, doubling */
    REFRESH_BACKOFF_MAX_MS = 60000, /* up to this. */
};

enum refresh_state {
    REFRESH_NONE,    /* Nobody wants a token. */
    REFRESH_FRESH,   /* There is one; the next run is planned. */
    REFRESH_DUE,     /* A run is to begin as soon as it may. */
    REFRESH_RUNNING, /* A run is under way. */
    REFRESH_FAILED,  /* The last run failed; the next one is planned. */
};

struct refresh {
    enum refresh_state state;
    int64_t lifetime_ms; /* Of tokens that do not tell theirs; 0: no end. */
    uint64_t version;    /* The number of the token; 0: there was none. */
    bool refused;        /* It was. */
    bool on_trial;       /* Its predecessor was, and it was not accepted yet. */
    unsigned failures;   /* Runs in a row. */
    int64_t next_ms;     /* FRESH, DUE, FAILED: when the next run may begin. */
    int64_t expires_ms;  /* Of the token; INT64_MAX: never. */
    int64_t ended_ms;    /* When the last run ended. */
};

/* Starts in NONE. */
void refresh_init(struct refresh *r, int64_t lifetime_ms);

/* A token is wanted at once, whatever was planned: the first one, or one that
 * the operator asked for.  A run that is under way will do. */
void refresh_order(struct refresh *r, int64_t now_ms);

/* Nobody wants a token any more; the one there is is not used again, and the
 * run that is under way was aborted. */
void refresh_forget(struct refresh *r);

/* True if a run is to begin now, which is then under way.  The owner asks at
 * refresh_wakeup() and after every call below. */
bool refresh_may_run(struct refresh *r, int64_t now_ms);

/* When time alone makes a run begin; INT64_MAX: never. */
int64_t refresh_wakeup(const struct refresh *r);

/* The run printed a token that lives for `told_ms` (0: it did not tell). */
void refresh_succeeded(struct refresh *r, int64_t told_ms, int64_t now_ms);

/* The run printed none. */
void refresh_failed(struct refresh *r, int64_t now_ms);

/* The provider accepted, or refused, the token `version`.  The second returns
 * true if another one is there already, or on its way: it is worth asking
 * again. */
void refresh_accepted(struct refresh *r, uint64_t version);
bool refresh_refused(struct refresh *r, uint64_t version, int64_t now_ms);

/* The token may be used. */
bool refresh_is_usable(const struct refresh *r, int64_t now_ms);

/* It may not, but one that may is on its way. */
bool refresh_is_awaited(const struct refresh *r, int64_t now_ms);

/* There is a token, and its life is over. */
bool refresh_is_expired(const struct refresh *r, int64_t now_ms);

/* "none", "fresh", "due", "running", "failed". */
const char *refresh_state_name(enum refresh_state state);

#endif
