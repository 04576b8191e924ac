/*
 * aigw.h - the client library of aigw, the LLM gateway sidecar.
 *
 * A `struct aigw` is one client of the daemon: one connection to its Unix
 * socket, opened when it is first needed and opened again when it is lost.
 * It can be used in two ways, and in both at once:
 *
 *   - blocking: aigw_generate(), aigw_chat(), aigw_call() return with the
 *     answer, and hand over what is streamed meanwhile through callbacks;
 *   - in an event loop: aigw_submit() starts any number of calls; poll
 *     aigw_fd() and call aigw_dispatch(), which calls back.
 *
 * libaigw(3) shows both; complete programs are among the examples.
 *
 * What holds for every function
 *
 * Errors: a function that can fail returns 0 (AIGW_ERR_NONE) or one of the
 * negative enum aigw_code.  A prompt that no provider could answer is not an
 * error: it is a result in which `success` is false.
 *
 * Memory: strings and values given to a function are borrowed for the length
 * of the call and copied where they are needed longer, unless its contract
 * says that it takes ownership.  NULL may be given to every aigw_*_free().
 *
 * Threads: a client belongs to one thread at a time; only aigw_cancel() may
 * be called from any other, or from a signal handler.  Different clients are
 * independent.  A value may be read by many threads at once.
 *
 * The library never ends the process, prints, changes signal handlers or the
 * environment, raises SIGPIPE, or leaves a descriptor open in a child that is
 * executed.  After fork(), only one of the two processes may use a client;
 * the other must not even free it.  Times are milliseconds.  Text is UTF-8.
 */
#ifndef AIGW_AIGW_H
#define AIGW_AIGW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct aigw;       /* A client. */
struct aigw_value; /* A tree of data, the currency of all calls. */

enum {
    AIGW_PROTOCOL = 1, /* The version of the protocol that is spoken. */
    AIGW_ID_SIZE = 37  /* Of a made-up `request_id`, its NUL included. */
};

/* The version of the library that is running, "major.minor.patch". */
const char *aigw_version(void);

/* Errors. */

enum aigw_code {
    AIGW_ERR_NONE = 0,
    /* Of the library. */
    AIGW_ERR_NOMEM = -2,     /* Out of memory. */
    AIGW_ERR_TOOBIG = -3,    /* A size, depth or queue limit was exceeded. */
    AIGW_ERR_IO = -4,        /* The system refused something; see the text. */
    AIGW_ERR_CONNECT = -5,   /* Nobody answers at the socket. */
    AIGW_ERR_TIMEDOUT = -6,  /* A deadline of the client passed. */
    AIGW_ERR_CANCELLED = -7, /* By aigw_cancel() or aigw_free(). */
    AIGW_ERR_CLOSED = -8,    /* The connection was lost during the call. */
    AIGW_ERR_INVALID = -9,   /* An argument, or a text that is no JSON. */
    AIGW_ERR_BUSY = -11,     /* A blocking call inside of a callback. */
    AIGW_ERR_ACCESS = -12,   /* The system does not let us use the socket. */
    /* Of the daemon; the numbers are those of the protocol.  An error that
     * the daemon sends with a number missing here is passed on unchanged. */
    AIGW_ERR_OVERLOADED = -32001, /* Too many calls or connections. */
    AIGW_ERR_DRAINING = -32002,   /* The daemon is shutting down. */
    AIGW_ERR_PERMISSION = -32003, /* Not for this user. */
    AIGW_ERR_NOT_FOUND = -32004,  /* No such target, route, request ... */
    AIGW_ERR_CONFLICT = -32005,   /* Same request_id, different request. */
    AIGW_ERR_REQUEST = -32600,    /* Not a request. */
    AIGW_ERR_NO_METHOD = -32601,  /* The text names the nearest one. */
    AIGW_ERR_PARAMS = -32602,     /* The text names the field. */
    AIGW_ERR_INTERNAL = -32603,   /* The daemon has a bug. */
    AIGW_ERR_MALFORMED = -32700   /* What was received is not the protocol. */
};

/* A short name for machines ("timed_out", "no_method"), and a text for people.
 * Never NULL, whatever the number. */
const char *aigw_code_name(int code);
const char *aigw_code_text(int code);

/* The error of the last function called on `client` that returns a code: 0 if
 * it succeeded.  A NULL client has AIGW_ERR_NOMEM, so that the result of
 * aigw_new() need not be checked on its own.
 *
 * The text is the most telling one there is, e.g. "cannot connect to
 * /run/aigw/aigw.sock: No such file or directory" or the daemon's own words;
 * never NULL, empty if there was no error, and valid until the next function
 * called on `client`.  It never contains a secret or a prompt. */
int aigw_error(const struct aigw *client);
const char *aigw_error_text(const struct aigw *client);

/* Clients. */

enum aigw_flag {
    /* Never come back to a call.  See "Lost connections" below. */
    AIGW_FLAG_NO_RESEND = 1 << 0,
    /* aigw_connect() keeps trying until its deadline instead of failing when
     * nobody listens: for programs that start together with the daemon. */
    AIGW_FLAG_WAIT = 1 << 1
};

/* How a client is to behave.  Always begin with aigw_options_init(), which
 * makes everything the default; more members may come in later versions. */
struct aigw_options {
    size_t struct_size; /* Set by aigw_options_init(). */
    /* Where the daemon listens.  NULL: $AIGW_SOCKET if it is set and not
     * empty, else $XDG_RUNTIME_DIR/aigw.sock if that exists, else
     * /run/aigw/aigw.sock.  The environment is read once, by aigw_new(), and
     * not at all in set-user-ID programs.  At most 107 bytes. */
    const char *socket_path;
    /* How this program appears in the daemon's status, log and accounts.
     * NULL: not named. */
    const char *client_name;
    const char *client_version;
    /* Longest time for one attempt to connect, greeting included, and longest
     * time a call waits for a connection before it fails with
     * AIGW_ERR_CONNECT.  0: 5,000. */
    int connect_timeout_ms;
    /* Longest time from the start of a call to its answer.  The daemon keeps
     * its own deadline (`deadline_ms`) and reports in a result what became of
     * the call; this one is for a daemon that does not answer at all.
     * 0: 660,000 (the daemon's default deadline and a minute).  Negative: no
     * limit.  aigw_set_call_timeout() changes it. */
    int call_timeout_ms;
    unsigned flags; /* Of enum aigw_flag. */
    /* Largest message accepted from the daemon, in bytes and in elements of
     * all its arrays and maps.  0: 128 MiB, 16,777,216; at most 512 MiB.  A
     * larger one breaks the connection with AIGW_ERR_TOOBIG. */
    size_t max_response_bytes;
    uint32_t max_response_elements;
};

static inline void
aigw_options_init(struct aigw_options *options)
{
    memset(options, 0, sizeof(*options));
    options->struct_size = sizeof(*options);
}

/* Makes a client; `options` may be NULL for all defaults.  Nothing is
 * connected yet.  Returns NULL only without memory: whatever else is wrong is
 * reported by the first function that needs it. */
struct aigw *aigw_new(const struct aigw_options *options);

/* Closes the connection and frees the client.  Calls in flight get their
 * `done` with AIGW_ERR_CANCELLED from inside; what they try to do with the
 * client fails.  The daemon stops those that nobody can come back for.
 *
 * May be called inside any callback.  The client then lives until that
 * callback returns, calls back for nothing but the `done` of calls in flight,
 * and the function that is running returns AIGW_ERR_CANCELLED: after that the
 * client is gone and must not be touched. */
void aigw_free(struct aigw *client);

/* The path that is used; never NULL. */
const char *aigw_socket_path(const struct aigw *client);

/* Changes `call_timeout_ms` for calls that start from now on. */
void aigw_set_call_timeout(struct aigw *client, int timeout_ms);

/* What the daemon said in its greeting: `server`, `version`, `protocol`,
 * `instance_id`, `pid`, `methods`.  NULL before the first connection.  Valid
 * until the next function called on `client`. */
const struct aigw_value *aigw_server(const struct aigw *client);

/*
 * Lost connections
 *
 * A connection that breaks is opened again after a random delay of up to
 * 50 ms, doubling up to 2 s while that fails.  A call that was in flight
 *
 *   - goes on where it was, if the daemon keeps it, which it does for a
 *     generate or chat with a `request_id`: what was streamed before is not
 *     streamed again, and nothing is missing.  Nor is the provider asked
 *     twice, unless the daemon was restarted and keeps no state;
 *   - is sent again, if no byte of it had been written, or if its method only
 *     reads (hello, status, events, requests, metrics, explain, config.show,
 *     config.check, cost, session.get, session.list, drill.list, budget.list);
 *   - otherwise fails with AIGW_ERR_CLOSED, as does a call of which the daemon
 *     no longer has the rest.  The text then says that the answer may have
 *     been produced, and charged for, without our learning the result.
 *     Whether to ask again is for the caller to decide.
 *
 * The library makes up a `request_id` for calls of generate and chat that are
 * streamed or belong to a conversation, if they have none and do not say
 * `on_disconnect` "cancel".  AIGW_FLAG_NO_RESEND prevents that, and fails
 * every call of which something was written.  Subscriptions (watch, events
 * with follow) end with their connection: ask again in aigw_state_fn.
 */

/* Makes a `request_id` that nobody else has, a random UUID: for programs that
 * want to come back for an answer (session.resume) after their own end. */
void aigw_new_id(char ret_id[AIGW_ID_SIZE]);

/* Callbacks. */

/* A piece of a streamed answer. */
struct aigw_delta {
    /* From 1 without gaps; continues through events. */
    uint64_t seq;
    /* The text in it, with a NUL that `size` does not count; "" for a piece
     * without text.  Code points are never split between pieces. */
    const char *text;
    size_t size;
    /* The whole piece, an OpenAI delta object: {content}, {tool_calls} ... */
    const struct aigw_value *value;
};

/* What to call while a call runs; any member may be NULL.  Everything handed
 * to a callback is valid until it returns.  Begin with aigw_handlers_init(). */
struct aigw_handlers {
    size_t struct_size; /* Set by aigw_handlers_init(). */
    void *ctx;          /* Handed to every callback. */
    /* The next piece of the answer has come. */
    void (*delta)(void *ctx, const struct aigw_delta *delta);
    /* Something happened to the call that its reader should know: a map with
     * a `type`, e.g. "failover", "seam" (what follows is from another attempt),
     * "reset" (forget all text before).  May be told again after a loss. */
    void (*event)(void *ctx, const struct aigw_value *event);
    /* The call has ended; nothing comes after this.  `code` is 0 and `result`
     * the answer, or `code` is the error and `result` NULL; `text` explains
     * the error, and is "" without one.  Only for aigw_submit(): the blocking
     * functions return instead. */
    void (*done)(void *ctx, int code, const struct aigw_value *result,
                 const char *text);
};

static inline void
aigw_handlers_init(struct aigw_handlers *handlers)
{
    memset(handlers, 0, sizeof(*handlers));
    handlers->struct_size = sizeof(*handlers);
}

/*
 * Blocking calls
 *
 * Each sets `*ret_result` to the answer, which the caller then owns
 * (aigw_value_free()), or to NULL if it fails.  Each connects when necessary,
 * and carries on with everything else that is in flight meanwhile, callbacks
 * included.  None may be called inside a callback (AIGW_ERR_BUSY).
 *
 * Errors common to all: AIGW_ERR_CONNECT (no connection in time; or, if that
 * was why, AIGW_ERR_ACCESS, AIGW_ERR_PERMISSION, AIGW_ERR_OVERLOADED,
 * AIGW_ERR_DRAINING, or AIGW_ERR_INVALID for a path that is too long),
 * AIGW_ERR_IO, AIGW_ERR_TIMEDOUT, AIGW_ERR_CANCELLED, AIGW_ERR_CLOSED (see
 * "Lost connections"), AIGW_ERR_TOOBIG, AIGW_ERR_NOMEM, and whatever the
 * daemon answers.
 */

/* Connects and greets the daemon, within `connect_timeout_ms`; returns at
 * once if connected.  Fails as soon as nobody listens at the socket, unless
 * AIGW_FLAG_WAIT is set; a daemon that is there but does not answer is
 * AIGW_ERR_TIMEDOUT.  Optional: every other call connects by itself, but
 * waits for a daemon that is just restarting. */
int aigw_connect(struct aigw *client);

/* A prompt and how to answer it.  Begin with aigw_generate_params_init(),
 * which leaves everything to the daemon; only `prompt` is required. */
struct aigw_generate_params {
    size_t struct_size; /* Set by aigw_generate_params_init(). */
    const char *prompt;
    const char *system_message;   /* NULL: the daemon's default. */
    double temperature;           /* 0 to 2; negative: the daemon's default. */
    int max_tokens;               /* 0: the daemon's default. */
    bool require_expensive_model; /* Only targets of the premium tier. */
    const char *route;            /* A route, or "provider/model". */
    const char *session_id;       /* Keeps the conversation of this name. */
    const char *request_id;       /* Names the call, to cancel or resume. */
    int64_t deadline_ms;          /* For the whole call; 0: the default. */
    bool stream;               /* Set by itself if there is a delta callback. */
    const char *on_break;      /* "continue", "restart" or "error". */
    const char *on_disconnect; /* "auto", "cancel", "detach" or "finish". */
    const char *tier;          /* "economy", "standard" or "premium". */
    double max_cost_usd;       /* For this call; 0: no limit of its own. */
    const char *const *tags;   /* Ends with NULL; NULL: none. */
    /* A map of further params, sent as they are; NULL: none. */
    const struct aigw_value *extra;
};

static inline void
aigw_generate_params_init(struct aigw_generate_params *params)
{
    memset(params, 0, sizeof(*params));
    params->struct_size = sizeof(*params);
    params->temperature = -1;
}

/* Answers a prompt.  The result has `success` and, if that is true, `content`,
 * `provider`, `model`, `cost_usd` and more; otherwise `error` and
 * `error_code` (see PROTOCOL.md).  `handlers` may be NULL; with a delta
 * callback the answer is streamed to it as well.  A `deadline_ms` beyond the
 * call timeout extends that by five seconds past the deadline.
 * AIGW_ERR_INVALID without a prompt. */
int aigw_generate(struct aigw *client,
                  const struct aigw_generate_params *params,
                  const struct aigw_handlers *handlers,
                  struct aigw_value **ret_result);

/* Answers an OpenAI chat-completions request, given as JSON text and passed
 * on as it is; with `"stream": true` in it, pieces go to `handlers` (may be
 * NULL).  `options`, a map of the further params of generate (`session_id`,
 * `tier` ...), may be NULL.  The result is that of generate, and `response`
 * in it is the completion as JSON text.  AIGW_ERR_INVALID without a body. */
int aigw_chat(struct aigw *client, const char *body_json,
              const struct aigw_value *options,
              const struct aigw_handlers *handlers,
              struct aigw_value **ret_result);

/* Calls any method.  `params` is what the method takes: a map, which is sent
 * as the only parameter; an array of all parameters; or NULL for none.
 * Anything else, or a method's name of more than 100 bytes, is
 * AIGW_ERR_INVALID. */
int aigw_call(struct aigw *client, const char *method,
              const struct aigw_value *params, struct aigw_value **ret_result);

/* The same with the parameters as JSON text (NULL or "" for none); text that
 * is no JSON is AIGW_ERR_INVALID, and the error text tells where. */
int aigw_call_json(struct aigw *client, const char *method,
                   const char *params_json, struct aigw_value **ret_result);

/* The same with `handlers` (may be NULL) for what is streamed meanwhile. */
int aigw_call_stream(struct aigw *client, const char *method,
                     const struct aigw_value *params,
                     const struct aigw_handlers *handlers,
                     struct aigw_value **ret_result);

/* Waits for the next thing to happen and calls back for it: for programs that
 * follow notifications or have submitted calls, and have no loop of their
 * own.  Returns 0 after at least one callback, AIGW_ERR_TIMEDOUT after
 * `timeout_ms` without any (negative: no limit), AIGW_ERR_CANCELLED by
 * aigw_cancel(), AIGW_ERR_IO, AIGW_ERR_NOMEM.  Lost connections end nothing
 * here; they are told to aigw_state_fn. */
int aigw_wait(struct aigw *client, int timeout_ms);

/* Ends the blocking call that runs on `client`: it tells the daemon, which
 * stops the call at the provider, and returns AIGW_ERR_CANCELLED without
 * waiting for an answer.  If none runs, the next one ends at once, so that a
 * cancellation which comes a moment early is not lost.  Calls that were
 * submitted go on.
 *
 * May be called from any thread, from a signal handler, and inside a
 * callback; `client` must not be freed at the same time. */
void aigw_cancel(struct aigw *client);

/*
 * Event loops
 *
 * Wait for aigw_events() on aigw_fd(), at most aigw_timeout_ms(), and then call
 * aigw_dispatch().  The descriptor stays the same as long as the client lives,
 * through every reconnection: register it once.
 */

/* Starts a call of any method; `params` as for aigw_call().  Returns at once
 * and never calls back from inside.  If it fails, no callback comes.
 * Otherwise exactly one `done` comes, from aigw_dispatch(), from a blocking
 * function or from aigw_free().  Answers come in any order.
 *
 * `handlers` is copied and may be NULL for a call nobody waits for.
 * `*ret_call` (if not NULL) names the call; such names are never used again.
 * AIGW_ERR_INVALID, AIGW_ERR_NOMEM, AIGW_ERR_TOOBIG (params nested too deeply,
 * or more than 128 MiB waiting to be written), AIGW_ERR_CLOSED (the client is
 * being freed). */
int aigw_submit(struct aigw *client, const char *method,
                const struct aigw_value *params,
                const struct aigw_handlers *handlers, uint64_t *ret_call);

/* The same for generate and chat. */
int aigw_submit_generate(struct aigw *client,
                         const struct aigw_generate_params *params,
                         const struct aigw_handlers *handlers,
                         uint64_t *ret_call);
int aigw_submit_chat(struct aigw *client, const char *body_json,
                     const struct aigw_value *options,
                     const struct aigw_handlers *handlers, uint64_t *ret_call);

/* Forgets a submitted call and tells the daemon to stop it.  None of its
 * callbacks come after this, `done` included.  A call that has ended, or never
 * was, is ignored. */
void aigw_call_cancel(struct aigw *client, uint64_t call);

/* The number of calls in flight. */
size_t aigw_in_flight(const struct aigw *client);

/* Asks for a connection without waiting for it, and without having anything
 * to call: for programs that live on notifications.  Once a connection was
 * asked for, by this or by any call, the client keeps one up. */
void aigw_start(struct aigw *client);

/* The descriptor to wait on; only the client may read from it or close it.
 * -1 if the system refused to make one, which aigw_dispatch() reports. */
int aigw_fd(const struct aigw *client);
/* What to wait for on it, as for poll(): POLLIN, at present always. */
short aigw_events(const struct aigw *client);

/* How long to wait before the next aigw_dispatch(); -1: as long as nothing
 * comes.  Ask again after every aigw_dispatch() and aigw_submit(). */
int aigw_timeout_ms(const struct aigw *client);

/* Does whatever can be done without waiting, and calls back.  Calling it too
 * often or too early does no harm.  Inside a callback it does nothing and
 * returns AIGW_ERR_BUSY.  A connection that breaks or cannot be made is no
 * error here: calls and aigw_state_fn learn of it.  AIGW_ERR_NOMEM and
 * AIGW_ERR_IO are, and may be tried again; AIGW_ERR_CANCELLED means that a
 * callback has freed the client. */
int aigw_dispatch(struct aigw *client);

/* A notification that belongs to no call: `method` is "status" (after a call
 * of `watch`) or "event" (after one of `events` with `follow`), or one that
 * this version has not heard of; `params` is an array. */
typedef void (*aigw_notification_fn)(void *ctx, const char *method,
                                     const struct aigw_value *params);

/* NULL: nobody is told. */
void aigw_on_notification(struct aigw *client,
                          aigw_notification_fn notification, void *ctx);

enum aigw_state {
    AIGW_STATE_IDLE,       /* No connection was asked for yet. */
    AIGW_STATE_CONNECTING, /* Being made; the greeting is part of that. */
    AIGW_STATE_UP,         /* Connected and greeted. */
    AIGW_STATE_WAITING     /* Lost or refused; will be tried again. */
};

enum aigw_state aigw_get_state(const struct aigw *client);

/* The connection came into `state`.  For AIGW_STATE_WAITING, `code` and `text`
 * tell why; otherwise they are 0 and "". */
typedef void (*aigw_state_fn)(void *ctx, enum aigw_state state, int code,
                              const char *text);

/* Sets who is told of the connection; NULL: nobody. */
void aigw_on_state(struct aigw *client, aigw_state_fn state, void *ctx);

/*
 * Values: reading
 *
 * Every reading function accepts NULL and treats it as nil, so that a chain
 * of look-ups needs one check at its end.  A value that is inside of another
 * one belongs to it, and is valid until the outermost one is freed or
 * changed.
 */

enum aigw_type {
    AIGW_TYPE_NIL,
    AIGW_TYPE_BOOL,
    AIGW_TYPE_INT,    /* int64_t. */
    AIGW_TYPE_DOUBLE, /* Finite or not. */
    AIGW_TYPE_STRING, /* Text or other bytes. */
    AIGW_TYPE_ARRAY,
    AIGW_TYPE_MAP /* From strings to values, in the order received. */
};

enum aigw_type aigw_value_type(const struct aigw_value *value);

/* Each returns what the value is, or `fallback` if it is of another type.  An
 * integer is also a double; a double is also an integer if it is integral and
 * fits.  The string has a NUL after its end, and may have others inside:
 * aigw_value_size() is its length. */
bool aigw_value_bool(const struct aigw_value *value, bool fallback);
int64_t aigw_value_int(const struct aigw_value *value, int64_t fallback);
double aigw_value_double(const struct aigw_value *value, double fallback);
const char *aigw_value_str(const struct aigw_value *value,
                           const char *fallback);

/* The bytes of a string (its NUL not counted), the elements of an array or
 * the entries of a map; 0 for every other type. */
size_t aigw_value_size(const struct aigw_value *value);

/* Element `i` of an array, or the value of entry `i` of a map; NULL if there
 * is none.  For going through: i from 0 to aigw_value_size(). */
const struct aigw_value *aigw_value_at(const struct aigw_value *value,
                                       size_t i);

/* The key of entry `i` of a map; NULL if there is none. */
const char *aigw_value_key(const struct aigw_value *map, size_t i);

/* The value of `key`, the first one if there are several; NULL if there is
 * none. */
const struct aigw_value *aigw_value_get(const struct aigw_value *map,
                                        const char *key);

/* What lies at the end of a dotted path of keys and array indices, e.g.
 * "targets.0.ttft_ms.p99"; NULL if it does not exist.  A key that contains a
 * dot cannot be reached so: use aigw_value_get(). */
const struct aigw_value *aigw_value_path(const struct aigw_value *value,
                                         const char *path);

/* aigw_value_path() and the reading of what was found, in one. */
bool aigw_get_bool(const struct aigw_value *value, const char *path,
                   bool fallback);
int64_t aigw_get_int(const struct aigw_value *value, const char *path,
                     int64_t fallback);
double aigw_get_double(const struct aigw_value *value, const char *path,
                       double fallback);
const char *aigw_get_str(const struct aigw_value *value, const char *path,
                         const char *fallback);

/* Whether two values are equal: same type, same content, maps in the same
 * order.  Not a number is equal to itself. */
bool aigw_value_equal(const struct aigw_value *a, const struct aigw_value *b);

/*
 * Values: building
 *
 * Nothing here needs to be checked.  A value that could not be made, or could
 * not take something, remembers that, and so does whatever it is put into; a
 * call made with it fails.  Without memory the makers return a nil that
 * remembers AIGW_ERR_NOMEM, never NULL.
 */

struct aigw_value *aigw_value_map(void);
struct aigw_value *aigw_value_array(void);
struct aigw_value *aigw_value_new_nil(void);
struct aigw_value *aigw_value_new_bool(bool value);
struct aigw_value *aigw_value_new_int(int64_t value);
struct aigw_value *aigw_value_new_double(double value);
struct aigw_value *aigw_value_new_str(const char *text);
struct aigw_value *aigw_value_new_strn(const char *text, size_t size);

/* A deep copy, also of a part of a value. */
struct aigw_value *aigw_value_copy(const struct aigw_value *value);

/* Only for a value that was made by these functions or handed over by a call,
 * never for one inside of another. */
void aigw_value_free(struct aigw_value *value);

/* What went wrong first while `value` was built: 0, AIGW_ERR_NOMEM,
 * AIGW_ERR_TOOBIG (more than 128 levels), or AIGW_ERR_INVALID (an entry for
 * what is no map, an element for what is no array, NULL as a key, a string or
 * a value). */
int aigw_value_status(const struct aigw_value *value);

/* Puts an entry into a map, in place of one with the same key.  Returns 0 or
 * what aigw_value_status() knows from now on.  aigw_value_set() takes
 * ownership of `value`, even if it fails. */
int aigw_value_set(struct aigw_value *map, const char *key,
                   struct aigw_value *value);
int aigw_value_set_nil(struct aigw_value *map, const char *key);
int aigw_value_set_bool(struct aigw_value *map, const char *key, bool value);
int aigw_value_set_int(struct aigw_value *map, const char *key, int64_t value);
int aigw_value_set_double(struct aigw_value *map, const char *key,
                          double value);
int aigw_value_set_str(struct aigw_value *map, const char *key,
                       const char *text);

/* Puts an element at the end of an array.  Takes ownership of `value` as
 * aigw_value_set() does. */
int aigw_value_append(struct aigw_value *array, struct aigw_value *value);
int aigw_value_append_str(struct aigw_value *array, const char *text);

/* Values: JSON. */

enum aigw_json_style {
    AIGW_JSON_COMPACT, /* One line, no spaces. */
    AIGW_JSON_PRETTY   /* Two spaces a level. */
};

/* Writes `value` as JSON, NUL-terminated, to be released with free(); NULL
 * without memory.  Doubles are written with as few digits as bring back the
 * same number, and always look like one ("1.0"); those that are not finite
 * become null.  Bytes that are not UTF-8 become U+FFFD. */
char *aigw_value_to_json(const struct aigw_value *value,
                         enum aigw_json_style style);

/* Where a JSON text is wrong, and how.  Lines and columns count from 1,
 * columns in characters; `offset` counts bytes from 0. */
struct aigw_json_error {
    int line;
    int column;
    size_t offset;
    char text[160];
};

/* Reads `size` bytes of JSON text, which hold exactly one value of any type.
 * AIGW_ERR_INVALID (not JSON, a duplicate key, a number out of range),
 * AIGW_ERR_TOOBIG (more than 128 MiB, or more than 128 levels),
 * AIGW_ERR_NOMEM.  On failure `*ret_value` is NULL, and `ret_error` (may be
 * NULL) is filled; on success it is left alone. */
int aigw_value_from_json(const char *text, size_t size,
                         struct aigw_value **ret_value,
                         struct aigw_json_error *ret_error);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
