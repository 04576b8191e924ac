#include "support/scripted_server.h"

#include "support/client_wire.h"

#include "proto/frame.h"
#include "proto/unpack.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    KEPT_MAX = 256,
    PROMPT_MAX = 128,
    ID_MAX = 64,
    INPUT_MAX = 64 << 20
};

struct scripted_server {
    char path[108];
    bool mute;
    int listener;
    int stop_fd;
    int n_connections;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int n_cancels, n_hanging, n_prompts;
    int n_cuts;       /* Connections that are still to be cut ... */
    size_t cut_bytes; /* ... after so many bytes. */
    char id[ID_MAX];  /* Of the call that is kept. */
    char prompt[PROMPT_MAX];
    uint32_t kept[KEPT_MAX]; /* Requests of "reverse" without an answer. */
    size_t n_kept;
};

/* One request being handled. */
struct job {
    struct scripted_server *server;
    int fd;
    bool closed;
    size_t left; /* Bytes until the connection is cut. */
    uint32_t msgid;
    const msgpack_object *params;
};

static void
send_all(struct job *job, const char *data, size_t size, size_t step)
{
    while (size > 0 && !job->closed) {
        size_t n = size < step ? size : step;
        ssize_t sent =
            send(job->fd, data, n < job->left ? n : job->left, MSG_NOSIGNAL);

        if (sent <= 0) {
            job->closed = true;
            return;
        }
        data += sent;
        size -= (size_t)sent;
        job->left -= (size_t)sent;
    }
}

static void
send_packed(struct job *job, struct bytes *out, size_t step)
{
    send_all(job, out->data, out->size, step);
    bytes_deinit(out);
}

static void
reply_object(struct job *job, const msgpack_object *object, size_t step)
{
    struct bytes out;
    struct pack p;

    bytes_init(&out, INPUT_MAX);
    pack_init(&p, &out);
    rpc_begin_response(&p, job->msgid);
    if (object)
        pack_object(&p, object);
    else
        pack_nil(&p);
    ck_assert_int_eq(pack_finish(&p), 0);
    send_packed(job, &out, step);
}

static void
reply_json(struct job *job, uint32_t msgid, const char *json)
{
    struct bytes out;

    bytes_init(&out, INPUT_MAX);
    wire_response(&out, msgid, json);
    send_packed(job, &out, SIZE_MAX);
}

static void
notify(struct job *job, const char *method, const char *json)
{
    struct bytes out;

    bytes_init(&out, INPUT_MAX);
    wire_notification(&out, method, json);
    send_packed(job, &out, SIZE_MAX);
}

static void
begin_cut(struct job *job)
{
    struct scripted_server *s = job->server;

    pthread_mutex_lock(&s->lock);
    if (s->n_cuts > 0) {
        s->n_cuts--;
        job->left = s->cut_bytes;
    }
    pthread_mutex_unlock(&s->lock);
}

static void
do_hello(struct job *job)
{
    char json[96];

    snprintf(json, sizeof(json),
             "{\"connection\":%d,\"methods\":[\"session.resume\"]}",
             job->server->n_connections);
    reply_json(job, job->msgid, json);
    begin_cut(job);
}

static void
do_echo(struct job *job)
{
    reply_object(job, unpack_item(job->params, 0), SIZE_MAX);
}

static void
do_drip(struct job *job)
{
    reply_object(job, unpack_item(job->params, 0), 1);
}

static void
do_fail(struct job *job)
{
    struct bytes out;

    bytes_init(&out, INPUT_MAX);
    wire_error(&out, job->msgid, -32004, "no such thing");
    send_packed(job, &out, SIZE_MAX);
}

static void
count(struct scripted_server *s, int *counter)
{
    pthread_mutex_lock(&s->lock);
    (*counter)++;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void
do_hang(struct job *job)
{
    count(job->server, &job->server->n_hanging);
}

static void
do_die(struct job *job)
{
    job->closed = true;
}

static void
do_die_once(struct job *job)
{
    if (job->server->n_connections == 1)
        do_die(job);
    else
        do_echo(job);
}

static void
do_reverse(struct job *job)
{
    struct scripted_server *s = job->server;
    const msgpack_object *last = unpack_item(job->params, 0);
    const char *text;
    size_t size;

    s->kept[s->n_kept++] = job->msgid;
    if (!last || !unpack_text(last, &text, &size))
        return;
    while (s->n_kept > 0) {
        char json[32];

        s->n_kept--;
        snprintf(json, sizeof(json), "%u", s->kept[s->n_kept]);
        reply_json(job, s->kept[s->n_kept], json);
    }
}

static void
stream_words(struct job *job, const char *prompt, int64_t from_seq)
{
    int seq = 0;

    while (*prompt) {
        size_t size = strcspn(prompt, " ");
        char json[256];

        size += prompt[size] == ' ';
        snprintf(json, sizeof(json), "[%u,%d,{\"content\":\"%.*s\"}]",
                 job->msgid, ++seq, (int)size, prompt);
        if (seq >= from_seq)
            notify(job, "call.delta", json);
        prompt += size;
    }
}

static void
reply_answer(struct job *job, const char *prompt)
{
    char json[256];

    snprintf(json, sizeof(json), "{\"success\":true,\"content\":\"%s\"}",
             prompt);
    reply_json(job, job->msgid, json);
}

/* A prompt that is kept already is one that attaches. */
static void
keep(struct scripted_server *s, const char *id, const char *prompt)
{
    pthread_mutex_lock(&s->lock);
    s->n_prompts += id[0] == '\0' || strcmp(s->id, id) != 0;
    if (id[0] != '\0') {
        snprintf(s->id, sizeof(s->id), "%s", id);
        snprintf(s->prompt, sizeof(s->prompt), "%s", prompt);
    }
    pthread_mutex_unlock(&s->lock);
}

static void
do_generate(struct job *job)
{
    const msgpack_object *map = unpack_item(job->params, 0);
    struct unpack u;
    char prompt[PROMPT_MAX] = "";
    char id[ID_MAX] = "";
    bool stream = false;

    unpack_init(&u, map, NULL);
    unpack_cstr(&u, "prompt", prompt, sizeof(prompt));
    unpack_cstr(&u, "request_id", id, sizeof(id));
    unpack_bool(&u, "stream", &stream);
    keep(job->server, id, prompt);
    if (strcmp(prompt, "hang") == 0) {
        do_hang(job);
        return;
    }
    if (strcmp(prompt, "die") == 0
        || (strcmp(prompt, "die_once") == 0
            && job->server->n_connections == 1)) {
        do_die(job);
        return;
    }
    if (stream)
        stream_words(job, prompt, 1);
    reply_answer(job, prompt);
}

static void
do_resume(struct job *job)
{
    struct scripted_server *s = job->server;
    char prompt[PROMPT_MAX];
    char id[ID_MAX] = "";
    int64_t from_seq = 1;
    struct unpack u;
    bool known;

    unpack_init(&u, unpack_item(job->params, 0), NULL);
    unpack_cstr(&u, "request_id", id, sizeof(id));
    unpack_int(&u, "from_seq", &from_seq);
    pthread_mutex_lock(&s->lock);
    known = id[0] != '\0' && strcmp(s->id, id) == 0;
    snprintf(prompt, sizeof(prompt), "%s", s->prompt);
    pthread_mutex_unlock(&s->lock);
    if (known) {
        stream_words(job, prompt, from_seq);
        reply_answer(job, prompt);
    } else {
        do_fail(job);
    }
}

static void
do_watch(struct job *job)
{
    reply_json(job, job->msgid, "{}");
    notify(job, "status", "[{\"n\":1}]");
    notify(job, "status", "[{\"n\":2}]");
}

static void
do_cancel(struct job *job)
{
    count(job->server, &job->server->n_cancels);
    reply_json(job, job->msgid, "{\"cancelled\":true}");
}

struct script {
    const char *method;
    void (*run)(struct job *job);
};

static const struct script scripts[] = {
    {"hello", do_hello},     {"echo", do_echo},
    {"fail", do_fail},       {"hang", do_hang},
    {"die", do_die},         {"die_once", do_die_once},
    {"status", do_die_once}, {"drip", do_drip},
    {"reverse", do_reverse}, {"generate", do_generate},
    {"watch", do_watch},     {"cancel", do_cancel},
    {"chat", do_echo},       {"session.resume", do_resume},
};

static void
run_script(struct job *job, const struct rpc_message *m)
{
    size_t n = sizeof(scripts) / sizeof(scripts[0]);

    job->msgid = m->msgid;
    job->params = &m->params;
    for (size_t i = 0; i < n; i++)
        if (strlen(scripts[i].method) == m->method_size
            && memcmp(scripts[i].method, m->method, m->method_size) == 0)
            scripts[i].run(job);
}

static void
handle_frames(struct job *job, struct frame *frame, struct bytes *in)
{
    size_t size;

    while (!job->closed && frame_scan(frame, in->data, in->size, &size) == 0) {
        struct rpc_message m;

        ck_assert_int_eq(rpc_parse(in->data, size, &m), 0);
        if (!job->server->mute)
            run_script(job, &m);
        rpc_message_free(&m);
        bytes_consume(in, size);
    }
}

/* False when the server is to stop. */
static bool
wait_readable(const struct scripted_server *s, int fd)
{
    struct pollfd p[2] = {{.fd = s->stop_fd, .events = POLLIN},
                          {.fd = fd, .events = POLLIN}};

    (void)poll(p, 2, -1);
    return p[0].revents == 0;
}

static void
serve(struct scripted_server *s, int fd)
{
    const struct frame_limits limits = {
        .bytes = INPUT_MAX, .depth = 32, .elements = 1 << 20};
    struct job job = {.server = s, .fd = fd, .left = SIZE_MAX};
    struct frame frame;
    struct bytes in;

    s->n_kept = 0;
    frame_init(&frame, &limits);
    bytes_init(&in, INPUT_MAX);
    while (!job.closed && wait_readable(s, fd)) {
        char *space = bytes_reserve(&in, 65536);
        ssize_t n = recv(fd, space, 65536, 0);

        if (n <= 0)
            break;
        bytes_commit(&in, (size_t)n);
        handle_frames(&job, &frame, &in);
    }
    bytes_deinit(&in);
    close(fd);
}

static void *
run_server(void *arg)
{
    struct scripted_server *s = arg;

    while (wait_readable(s, s->listener)) {
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0)
            continue;
        s->n_connections++;
        serve(s, fd);
    }
    return NULL;
}

struct scripted_server *
scripted_server_start(const char *path, bool mute)
{
    struct scripted_server *s = calloc(1, sizeof(*s));
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    ck_assert_ptr_nonnull(s);
    snprintf(s->path, sizeof(s->path), "%s", path);
    memcpy(address.sun_path, s->path, sizeof(s->path));
    s->mute = mute;
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(
        bind(s->listener, (const struct sockaddr *)&address, sizeof(address)),
        0);
    ck_assert_int_eq(listen(s->listener, 16), 0);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    ck_assert_int_eq(pthread_create(&s->thread, NULL, run_server, s), 0);
    return s;
}

void
scripted_server_stop(struct scripted_server *s)
{
    uint64_t one = 1;

    ck_assert_int_eq(write(s->stop_fd, &one, sizeof(one)), sizeof(one));
    pthread_join(s->thread, NULL);
    close(s->listener);
    close(s->stop_fd);
    (void)unlink(s->path);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->changed);
    free(s);
}

void
scripted_server_cut(struct scripted_server *s, int n, size_t n_bytes)
{
    pthread_mutex_lock(&s->lock);
    s->n_cuts = n;
    s->cut_bytes = n_bytes;
    pthread_mutex_unlock(&s->lock);
}

void
scripted_server_forget(struct scripted_server *s)
{
    pthread_mutex_lock(&s->lock);
    s->id[0] = '\0';
    pthread_mutex_unlock(&s->lock);
}

static int
read_counter(struct scripted_server *s, const int *counter)
{
    int n;

    pthread_mutex_lock(&s->lock);
    n = *counter;
    pthread_mutex_unlock(&s->lock);
    return n;
}

int
scripted_server_prompts(struct scripted_server *s)
{
    return read_counter(s, &s->n_prompts);
}

int
scripted_server_cancels(struct scripted_server *s)
{
    return read_counter(s, &s->n_cancels);
}

static bool
saw(struct scripted_server *s, const int *counter, int n)
{
    struct timespec until;
    int status = 0;
    bool seen;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    pthread_mutex_lock(&s->lock);
    while (*counter < n && status == 0)
        status = pthread_cond_timedwait(&s->changed, &s->lock, &until);
    seen = *counter >= n;
    pthread_mutex_unlock(&s->lock);
    return seen;
}

bool
scripted_server_saw_cancels(struct scripted_server *s, int n)
{
    return saw(s, &s->n_cancels, n);
}

bool
scripted_server_saw_hanging(struct scripted_server *s, int n)
{
    return saw(s, &s->n_hanging, n);
}
