/*
 * http_internal.h - what the files of http.h share.
 *
 *     http_pool.c     clients and pools, and how long they live
 *     http_easy.c     the options of every handle of a pool
 *     http_request.c  a request as libcurl takes it: checked, in one block
 *     http_head.c     response head lines into name and value
 *     http.c          starting, libcurl's callbacks, cancelling
 *     http_refusal.c  HTTP/2: requests that the peer disowned
 *     http_result.c   how a transfer ended
 */
#ifndef AIGW_IO_HTTP_INTERNAL_H
#define AIGW_IO_HTTP_INTERNAL_H

#include "io/curlmulti.h"
#include "io/http.h"
#include "proto/bytes.h"

#include <curl/curl.h>
#include <sys/queue.h>

TAILQ_HEAD(http_list, http);

struct http_client {
    struct loop *loop;
    struct poller_table *pollers;
    CURLSH *share; /* TLS sessions and DNS. */
    int n_pools;
    int n_handles;
    bool freeing;
};

struct http_pool {
    struct http_client *client;
    struct curlmulti *multi;
    char *ca_file; /* NULL: none was found, libcurl's own default. */
    bool http2;
    int64_t connect_ms;
    struct http_list running;
    struct http_list spare; /* With their handles, for the next transfers. */
    int n_spare;
    struct loop_task reap; /* Frees the pool when nothing is on the stack. */
};

/* The request as libcurl wants it.  One block, borrowed by the handle until
 * the transfer is over. */
struct http_block {
    char *data;
    size_t secret_size; /* Of the header lines, which hold keys. */
    struct curl_slist *headers;
    const char *body;
};

/* The head of a response while its lines come in. */
struct http_head {
    struct bytes lines; /* NUL behind each line. */
    size_t n_lines;
    size_t n_bytes; /* Of all lines so far, interim heads and trailers too. */
    size_t max_bytes;
    int http_status;
    bool complete; /* The final head was read. */
};

struct http {
    struct http_pool *pool;
    TAILQ_ENTRY(http) link;
    CURL *easy;
    struct curlmulti_transfer transfer;
    const struct http_ops *ops;
    void *ctx;
    struct loop_task resume;
    struct http_block block;
    size_t body_size;
    struct http_head head;
    size_t n_received;
    size_t max_body_bytes;
    int64_t burst_ms;   /* The turn of the loop of which `burst_bytes` is. */
    size_t burst_bytes; /* Of the body, received within one turn. */
    int sends;
    long stream_id;  /* HTTP/2: of the request. */
    int local_errno; /* Why no socket could be made, or 0. */
    bool connect_only;
    bool resolved;       /* A milestone was told. */
    bool connected_told; /* Likewise. */
    bool connected;      /* On the connection in use now. */
    bool cancelled;      /* No callback any more. */
    bool pause_wanted;   /* The owner has asked to stop. */
    bool paused;         /* libcurl has stopped. */
    bool resend_stopped; /* libcurl wanted to send the request again. */
    bool refused;        /* HTTP/2: not processed, says the peer. */
    bool over_limit;
    bool not_http; /* A body without a head. */
    char error[CURL_ERROR_SIZE];
};

/* A transfer with its handle, spare or new.  NULL without memory. */
struct http *http_pool_take(struct http_pool *pool);

/* Gives back a transfer that is over. */
void http_pool_give(struct http *http);

/* Sets what all transfers of a pool have in common; whatever libcurl compares
 * before it reuses a connection is set here and nowhere else. */
int http_easy_setup(struct http *http);

/* The system's bundle of certificates, or NULL if none is at a known place. */
const char *http_easy_system_ca(void);

/* AIGW_EINVAL, AIGW_ENOMEM. */
int http_block_make(const struct http_request *request,
                    struct http_block *ret_block);
void http_block_release(struct http_block *block);

void http_head_init(struct http_head *head, size_t max_bytes);
void http_head_deinit(struct http_head *head);

enum http_head_event {
    HTTP_HEAD_MORE,
    HTTP_HEAD_COMPLETE, /* http_head_parse() gives the headers. */
    HTTP_HEAD_FAILED,   /* Too large, or no memory. */
};

/* Takes one line as libcurl delivers it. */
enum http_head_event http_head_line(struct http_head *head, const char *line,
                                    size_t size);

/* Splits the lines in place.  The caller frees `*ret_headers`, which points
 * into `head`.  AIGW_ENOMEM. */
int http_head_parse(struct http_head *head, struct http_header **ret_headers,
                    size_t *ret_n);

/* libcurl's callbacks; `userdata` is the struct http. */
curl_socket_t http_on_open_socket(void *userdata, curlsocktype purpose,
                                  struct curl_sockaddr *address);
int http_on_before_request(void *userdata, char *remote_ip, char *local_ip,
                           int remote_port, int local_port);
size_t http_on_header(char *data, size_t size, size_t n, void *userdata);
size_t http_on_body(char *data, size_t size, size_t n, void *userdata);
int http_on_debug(CURL *easy, curl_infotype type, char *data, size_t size,
                  void *userdata);
void http_on_done(struct curlmulti_transfer *transfer, CURLcode code);
void http_on_dropped(struct curlmulti_transfer *transfer);
void http_on_resume(void *ctx);

/* What `code` and the course of the transfer amount to. */
void http_result_of(const struct http *http, CURLcode code,
                    struct http_result *ret_result);

#endif
