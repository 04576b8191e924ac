/*
 * curlmulti.h - libcurl's multi interface on the loop.
 *
 * The only file that calls curl_multi_*.  It turns readiness and time into
 * curl_multi_socket_action(), drains the results after every such call, and
 * takes handles out at moments when libcurl allows it.  What the transfers
 * are about is the matter of http.h.
 *
 *     OUT --start--> (STARTING) --> RUNNING --result--> READY --done()--> OUT
 *                        |             |                  |
 *                        '--- drop ----+------ drop ------'--dropped()--> OUT
 */
#ifndef AIGW_IO_CURLMULTI_H
#define AIGW_IO_CURLMULTI_H

#include "io/loop.h"
#include "io/poller.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <sys/queue.h>

struct curlmulti;

enum curlmulti_state {
    CURLMULTI_OUT,
    CURLMULTI_STARTING, /* As soon as libcurl is not on the stack. */
    CURLMULTI_RUNNING,
    CURLMULTI_DROPPING, /* As soon as libcurl is not on the stack. */
    CURLMULTI_READY,    /* Has a result; `done` is about to come. */
};

/* One transfer, embedded in its owner.  The owner sets `easy` and the two
 * functions; they are called with the handle out of the multi. */
struct curlmulti_transfer {
    CURL *easy;
    void (*done)(struct curlmulti_transfer *transfer, CURLcode code);
    void (*dropped)(struct curlmulti_transfer *transfer);
    enum curlmulti_state state;
    CURLcode code;
    TAILQ_ENTRY(curlmulti_transfer) link;
};

/* 0 in `max_connections` means no limit; `multiplex` lets HTTP/2 transfers
 * share a connection.  NULL without memory. */
struct curlmulti *curlmulti_new(struct loop *loop, struct poller_table *pollers,
                                int max_connections, bool multiplex);

/* No transfer may be left, and libcurl not be on the stack. */
void curlmulti_free(struct curlmulti *multi);

/* Makes the sockets of `easy` known here.  Once per handle. */
void curlmulti_prepare(struct curlmulti *multi, CURL *easy);

/* For CURLOPT_OPENSOCKETFUNCTION: a descriptor, or -1 with errno. */
int curlmulti_open_socket(struct curlmulti *multi,
                          const struct curl_sockaddr *address);

/* 0 or AIGW_ENOMEM.  The transfer makes its first step from the loop. */
int curlmulti_start(struct curlmulti *multi,
                    struct curlmulti_transfer *transfer);

/* Ends the transfer; `dropped` comes now or when libcurl has returned, `done`
 * does not.  Harmless when the transfer is OUT or DROPPING. */
void curlmulti_drop(struct curlmulti *multi,
                    struct curlmulti_transfer *transfer);

/* Lets a paused transfer go on; its callbacks run inside this call, so only
 * the loop may make it. */
void curlmulti_unpause(struct curlmulti *multi,
                       struct curlmulti_transfer *transfer);

#endif
