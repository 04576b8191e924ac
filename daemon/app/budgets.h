/*
 * budgets.h - how much may be spent on whose calls.
 *
 * A budget of the configuration is one account (core/account), or one for each
 * client, route or tag.  Before an attempt is sent, the most that it can cost
 * is held in every account that it concerns:
 *
 *     budgets_hold() -> a row in the ledger -> sent -> budgets_settle()
 *
 * Budgets that refuse grant nothing while the ledger cannot be written, nor
 * before it is known what was spent until now.  What was, they learn from the
 * ledger, when the daemon starts and when a budget is new.  A ledger that was
 * lost does not know: then they grant nothing in that period, unless an
 * operator says so.
 *
 * Their clock is that of the wall, but never goes back, not even over a
 * restart: a period that has ended stays closed.
 */
#ifndef AIGW_APP_BUDGETS_H
#define AIGW_APP_BUDGETS_H

#include "app/config.h"
#include "core/account.h"
#include "proto/pack.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct app;
struct budgets;

/* Reads what was spent so far.  Blocks. */
struct budgets *budgets_new(struct app *app);

/* NULL is fine.  Nothing may be held any more. */
void budgets_free(struct budgets *b);

/* The budgets are those of app->config from now on; those that were there
 * before go on where they are. */
void budgets_reconfigure(struct budgets *b);

/* About once a second: periods that end, reading that failed. */
void budgets_tick(struct budgets *b);

/* Wall clock, but never back. */
int64_t budgets_now_ms(struct budgets *b);

/* Whose call it is.  Texts are borrowed for the call. */
struct budgets_payer {
    const char *client; /* "": `uid` stands for it. */
    uid_t uid;
    const char *route;
    const char *tags; /* Joined by commas. */
    bool nobody;      /* The daemon: it has the budgets of all, and no other. */
};

/* What all of a payer's budgets together allow. */
struct budgets_room {
    bool limited; /* One of them refuses: the rest is about the tightest. */
    bool scarce;  /* One that downgrades is beyond its soft limit. */
    const char *unverified; /* One that refuses, whatever it has: its name,
                               borrowed; NULL: there is none. */
    int64_t left_nanousd;   /* Never negative. */
    int64_t resets_at_ms;   /* INT64_MAX: never. */
};

struct budgets_room budgets_room(struct budgets *b,
                                 const struct budgets_payer *payer);

/* Tells that a call of the payer's failed because it needed so much. */
void budgets_note_refusal(struct budgets *b, const struct budgets_payer *payer,
                          int64_t needed_nanousd);

struct budgets_hold;

/* Holds `nanousd` (-1: not known) in all of the payer's accounts.  False: one
 * of them refuses.  `ret_hold` is NULL where no budget applies; otherwise
 * budgets_settle() is owed once. */
bool budgets_hold(struct budgets *b, const struct budgets_payer *payer,
                  int64_t nanousd, struct budgets_hold **ret_hold);

/* True if one of its budgets refuses, so that it must be durable before
 * anything is sent. */
bool budgets_hold_is_strict(const struct budgets_hold *hold);
int64_t budgets_hold_nanousd(const struct budgets_hold *hold);

/* The attempt has cost so much.  NULL is fine. */
void budgets_settle(struct budgets *b, struct budgets_hold *hold,
                    int64_t cost_nanousd);

/* What an attempt has cost after all. */
struct budgets_correction {
    struct budgets_payer payer;
    int64_t started_ms;
    int64_t from_nanousd; /* It was counted so far. */
    int64_t to_nanousd;
    bool verifies; /* So far nobody had seen its end. */
};

/* An attempt for which `hold` was held (NULL: nothing) has ended.  Budgets that
 * a reload has brought since then know of it what the ledger knew: `from`, or
 * nothing (0).  Before budgets_settle(), and before the ledger learns of it. */
void budgets_catch_up(struct budgets *b, const struct budgets_hold *hold,
                      const struct budgets_correction *correction);

struct budgets_reconciling;

/* An attempt that is `unknown` in that row of the ledger has cost so much.  If
 * this succeeds, `told` comes once when both know it, never from inside: with 0,
 * AIGW_ENOTFOUND (it was not unknown any more), or AIGW_EIO or AIGW_EBUSY
 * (storage fails: the ledger may know it later, the budgets when the daemon
 * starts again). */
int budgets_reconcile(struct budgets *b, int64_t row,
                      const struct budgets_correction *correction,
                      void (*told)(void *ctx, int status), void *ctx,
                      struct budgets_reconciling **ret);

/* `told` does not come any more, the rest is done all the same.  NULL is fine.
 */
void budgets_reconcile_unheard(struct budgets_reconciling *r);

/* What an operator changes until the configuration is read again. */
struct budgets_change {
    bool sets_limit, sets_exceeded;
    bool accepts_reset; /* It goes on although the ledger has a gap. */
    int64_t limit_nanousd;
    enum config_exceeded on_exceeded;
};

/* AIGW_ENOTFOUND: there is no such budget. */
int budgets_set(struct budgets *b, const char *name,
                const struct budgets_change *change);

/* Packs an array of at most `max` accounts, in the order of configuration. */
void budgets_pack(struct pack *p, struct budgets *b, int max);

#endif
