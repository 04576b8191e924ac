/*
 * scripted_server.h - a daemon for the tests of the client, in a thread.
 *
 * Speaks MessagePack-RPC on a Unix socket, one connection after the other.
 * What it does with a request is decided by the method's name:
 *
 *     hello     {connection: n, methods: ["session.resume"]}, n counting from 1
 *     echo      its first parameter
 *     fail      the error -32004 "no such thing"
 *     hang      nothing
 *     die       closes the connection
 *     die_once  closes the first connection; later it is an echo
 *     drip      its first parameter, byte by byte
 *     reverse   keeps the requests until one has the parameter "now", then
 *               answers them all, the last one first
 *     generate  "hang", "die" or "die_once" if that is the prompt; otherwise
 *               the prompt, streamed word by word when `stream` is true; the
 *               last one with a `request_id` is kept
 *     session.resume
 *               the rest of that one, or the error -32004
 *     watch     {}, and then two notifications of the method `status`
 *     cancel    {cancelled: true}, and counts it
 *
 * "status" and "chat" are as "die_once" and as "echo".
 */
#ifndef AIGW_TESTS_SCRIPTED_SERVER_H
#define AIGW_TESTS_SCRIPTED_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct scripted_server;

/* Listens at `path` before it returns.  If `mute`, it accepts connections and
 * answers nothing. */
struct scripted_server *scripted_server_start(const char *path, bool mute);

/* Ends the thread and removes the socket. */
void scripted_server_stop(struct scripted_server *s);

/* Ends each of the next `n` connections when so many bytes were written to it,
 * the answer to hello not counted. */
void scripted_server_cut(struct scripted_server *s, int n, size_t n_bytes);

/* Forgets the call that is kept, as a daemon without state does. */
void scripted_server_forget(struct scripted_server *s);

/* How often a prompt came that was not kept already, and a cancellation. */
int scripted_server_prompts(struct scripted_server *s);
int scripted_server_cancels(struct scripted_server *s);

/* Waits, at most five seconds, until so many cancellations have come. */
bool scripted_server_saw_cancels(struct scripted_server *s, int n);

/* The same for requests that hang. */
bool scripted_server_saw_hanging(struct scripted_server *s, int n);

#endif
