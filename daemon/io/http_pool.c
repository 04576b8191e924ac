#include "base/mem.h"
#include "io/http_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    MAX_SPARE = 64, /* Handles kept per pool, at about 10 KiB each. */
};

struct http_client *
http_client_new(struct loop *loop)
{
    struct http_client *client;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return NULL;
    client = mem_new(sizeof(*client));
    client->loop = loop;
    client->pollers = poller_table_new(loop);
    client->share = curl_share_init();
    if (!client->share) {
        http_client_free(client);
        return NULL;
    }
    (void)curl_share_setopt(client->share, CURLSHOPT_SHARE,
                            CURL_LOCK_DATA_SSL_SESSION);
    (void)curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    return client;
}

static void
settle_client(struct http_client *client)
{
    if (!client->freeing || client->n_pools > 0)
        return;
    (void)curl_share_cleanup(client->share);
    poller_table_free(client->pollers);
    free(client);
    curl_global_cleanup();
}

void
http_client_free(struct http_client *client)
{
    if (!client)
        return;
    client->freeing = true;
    settle_client(client);
}

int
http_client_handles(const struct http_client *client)
{
    return client->n_handles;
}

int
http_client_connections(const struct http_client *client)
{
    return poller_count_own(client->pollers);
}

static void
free_transfer(struct http *http)
{
    http->pool->client->n_handles--;
    curl_easy_cleanup(http->easy);
    free(http);
}

static void
on_reap(void *ctx)
{
    struct http_pool *pool = ctx;
    struct http_client *client = pool->client;
    struct http *http;

    assert(TAILQ_EMPTY(&pool->running));
    while ((http = TAILQ_FIRST(&pool->spare))) {
        TAILQ_REMOVE(&pool->spare, http, link);
        free_transfer(http);
    }
    curlmulti_free(pool->multi);
    free(pool->ca_file);
    free(pool);
    client->n_pools--;
    settle_client(client);
}

struct http_pool *
http_pool_new(struct http_client *client,
              const struct http_pool_options *options)
{
    const char *ca_file =
        options->ca_file ? options->ca_file : http_easy_system_ca();
    struct http_pool *pool;

    if (options->ca_file && access(options->ca_file, R_OK) != 0)
        return NULL;
    pool = mem_new(sizeof(*pool));
    pool->client = client;
    pool->multi = curlmulti_new(client->loop, client->pollers,
                                options->max_connections, options->http2);
    if (!pool->multi) {
        free(pool);
        return NULL;
    }
    pool->ca_file = ca_file ? mem_strdup(ca_file) : NULL;
    pool->http2 = options->http2;
    pool->connect_ms = options->connect_ms;
    TAILQ_INIT(&pool->running);
    TAILQ_INIT(&pool->spare);
    pool->reap = (struct loop_task){.fn = on_reap, .ctx = pool};
    client->n_pools++;
    return pool;
}

void
http_pool_set_connect_ms(struct http_pool *pool, int64_t connect_ms)
{
    pool->connect_ms = connect_ms;
}

/* The pool outlives this call until the loop's next task, by when cancelled
 * transfers have left libcurl and no callback of theirs is on the stack. */
void
http_pool_free(struct http_pool *pool)
{
    struct http *http, *next;

    if (!pool)
        return;
    for (http = TAILQ_FIRST(&pool->running); http; http = next) {
        next = TAILQ_NEXT(http, link);
        http_cancel(http);
    }
    loop_defer(pool->client->loop, &pool->reap);
}

static struct http *
new_transfer(struct http_pool *pool)
{
    struct http *http = calloc(1, sizeof(*http));

    if (!http)
        return NULL;
    http->pool = pool;
    http->easy = curl_easy_init();
    if (!http->easy || http_easy_setup(http)) {
        curl_easy_cleanup(http->easy);
        free(http);
        return NULL;
    }
    http->transfer.easy = http->easy;
    http->transfer.done = http_on_done;
    http->transfer.dropped = http_on_dropped;
    http->resume = (struct loop_task){.fn = http_on_resume, .ctx = http};
    pool->client->n_handles++;
    return http;
}

struct http *
http_pool_take(struct http_pool *pool)
{
    struct http *http = TAILQ_FIRST(&pool->spare);

    if (http) {
        TAILQ_REMOVE(&pool->spare, http, link);
        pool->n_spare--;
    } else {
        http = new_transfer(pool);
    }
    if (http)
        TAILQ_INSERT_TAIL(&pool->running, http, link);
    return http;
}

static void
clear(struct http *http)
{
    loop_undefer(http->pool->client->loop, &http->resume);
    http_head_deinit(&http->head);
    http_block_release(&http->block);
    (void)curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, NULL);
    *http = (struct http){
        .pool = http->pool,
        .easy = http->easy,
        .transfer = http->transfer,
        .resume = http->resume,
    };
}

/* A handle keeps its buffers, so that the next transfer need not make them. */
void
http_pool_give(struct http *http)
{
    struct http_pool *pool = http->pool;

    TAILQ_REMOVE(&pool->running, http, link);
    clear(http);
    if (pool->n_spare >= MAX_SPARE) {
        free_transfer(http);
        return;
    }
    TAILQ_INSERT_HEAD(&pool->spare, http, link);
    pool->n_spare++;
}
