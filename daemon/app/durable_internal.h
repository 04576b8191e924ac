/*
 * durable_internal.h - what the files of durable share.
 *
 *     durable.c         the registry, how durables come and go
 *     durable_begin.c   from the request to the proxy: what is known, what
 *                       goes along, what is stored first
 *     durable_run.c     the proxy's caller: keeps and stores what is said
 *     durable_follow.c  the followers
 *     durable_recall.c  a call that was stored before
 */
#ifndef AIGW_APP_DURABLE_INTERNAL_H
#define AIGW_APP_DURABLE_INTERNAL_H

#include "app/app.h"
#include "app/conversation.h"
#include "app/durable.h"
#include "app/recall.h"
#include "app/store.h"

#include <sys/queue.h>
#include <uthash.h>

enum {
    DURABLE_KEY_SIZE = CALL_KEY_SIZE,
    DURABLE_SESSION_KEY_SIZE = CALL_SESSION_SIZE + 16,
};

enum durable_state {
    DURABLE_LOOKING,  /* What is known is read. */
    DURABLE_CREATING, /* Its row is written. */
    DURABLE_RUNNING,  /* The proxy has it. */
    DURABLE_ENDING,   /* Its end is written. */
    DURABLE_ENDED,    /* Its result may be told. */
};

struct follower {
    struct durable *durable;
    struct follower_options options;
    bool full;
    struct replay_cursor cursor; /* Of one that streams. */
    TAILQ_ENTRY(follower) link;
};

TAILQ_HEAD(followers, follower);

struct durable {
    struct app *app;
    enum durable_state state;
    struct session_client client;
    struct call_params params; /* Owns chat and embed until RUNNING. */
    enum call_form form;
    unsigned char digest[DIGEST_SIZE];
    int64_t id; /* Of the row; 0: there is none (yet). */
    bool named; /* The caller gave the request_id. */
    bool upstream_streams;
    bool recalled; /* From the store: nothing runs. */
    bool stored;   /* What happens is written. */
    const char *cancel_why;

    struct replay replay;
    struct replay_cursor stored_at; /* The replay is stored up to there. */
    bool committed;                 /* The first delta is stored. */
    bool committing;
    bool unkept; /* Something said did not fit into the replay. */
    struct bytes result;
    struct call *call; /* RUNNING */

    struct followers followers;
    unsigned n_followers;
    struct follower *streamer; /* NULL: nobody wants deltas. */

    struct timer *timer;   /* Nobody follows and may not come back. */
    struct loop_task task; /* The next step, or telling. */
    struct db_read read;
    struct db_sync sync;
    struct db_sync commit;
    struct recall recall;
    struct bytes recalled_text;
    struct conversation conversation;
    size_t held_bytes; /* Counted in app->load. */

    bool registered;
    char key[DURABLE_KEY_SIZE]; /* Owner and name. */
    char session_key[DURABLE_SESSION_KEY_SIZE];
    UT_hash_handle hh;         /* By key, while `registered`. */
    UT_hash_handle hh_session; /* By session_key, while it may not be shared. */
    TAILQ_ENTRY(durable) link;
};

TAILQ_HEAD(durable_list, durable);

struct durables {
    struct app *app;
    struct durable *by_key;
    struct durable *by_session;
    struct durable_list list; /* Also those that are not registered. */
    unsigned n;
    struct timer *flush_timer; /* Something said is to be stored. */
    struct timer *tidy_timer;
    bool flush_armed;
    bool hurried;
};

/* durable.c: without a name, followers or anything begun; NULL without
 * memory. */
struct durable *durable_new(struct app *app,
                            const struct session_client *client);
int durable_shed(struct app *app, struct aigw_err *err, const char *why);

/* The call of this very client. */
struct durable *durable_find_own(const struct app *app,
                                 const struct session_client *asker,
                                 const char *request_id);

/* Nobody else may have the conversation, if it is of one; false if somebody
 * has. */
bool durable_claim_session(struct durable *d);

/* The conversation is free for another call. */
void durable_release_session(struct durable *d);

/* Gone; followers must have been told. */
void durable_free(struct durable *d);

/* Stores what is said within FLUSH_MS from now, together with what others
 * say. */
void durables_flush_soon(struct durables *all);

/* Counts what it holds. */
void durable_hold(struct durable *d);

/* Calls `fn` from the loop, instead of anything that was put off before. */
void durable_later(struct durable *d, void (*fn)(void *ctx));

/* durable_begin.c */
void durable_look(struct durable *d);

/* Looks for the conversation's turns, then creates. */
void durable_prepare(struct durable *d);

/* The followers are told that it fails, and it is gone. */
void durable_refuse(struct durable *d, int status, const char *text);

/* durable_recall.c: a row was found; its call is told as it was. */
void durable_recall(struct durable *d, const struct store_call *row);

/* durable_run.c */
extern const struct caller_ops DURABLE_CALLER_OPS;

/* Queues what was said since the last time. */
void durable_flush(struct durable *d);

/* It has its result: stores that, then tells. */
void durable_end(struct durable *d, const struct store_call *end);

/* durable_follow.c */
int durable_attach(struct durable *d, const struct follower_options *options,
                   struct follower **ret_follower, struct aigw_err *err);

/* The follower of `from`, which has no other, follows `to` in its place. */
void durable_hand_over(struct durable *from, struct durable *to);

/* Gives the streaming follower what there is for it. */
void durable_pump(struct durable *d);

/* The same; then, if it has ended, the result to everybody who has had all
 * deltas.  May free `d`. */
void durable_tell(struct durable *d);

/* Tells what there is to tell, and lets the provider go on unless somebody
 * reads too slowly.  May free `d`. */
void durable_go_on(struct durable *d);

/* Goes on from the loop, and looks whether all that was said is kept. */
void durable_wake(struct durable *d);

/* True while more deltas would only be kept. */
bool durable_is_blocked(const struct durable *d);

/* Those who want deltas that are not held any more are told so; the others
 * begin where they want to. */
void durable_place_followers(struct durable *d);

#endif
