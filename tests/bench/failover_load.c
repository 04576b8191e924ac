/*
 * failover_load.c - measures how fast a broken stream is completed.
 *
 *     failover_load --connect aigw.sock --rounds 300
 *
 * Plays all parts but aigwd's: the caller of one streamed call after the
 * other, provider a, which dies in the middle of each answer, and provider b,
 * which completes it.  The first line of output says where the two listen; the
 * configuration of aigwd is to be made from that, and its socket is waited
 * for.  A round:
 *
 *     RESTING --> ASKED --> HALF --> CUT --> HELD --> DECIDED --> ENDING
 *
 *     ASKED    the caller has called; a says its half of the answer
 *     HALF     the caller has all of that; a dies                   [1 begins]
 *     CUT      b has the whole request for the rest                 [1 ends]
 *     HELD     b has said what may be a repetition; the caller must not see
 *              it yet; b says what decides                          [2 begins]
 *     DECIDED  the caller has what is new of it                     [2 ends]
 *     ENDING   b says the rest, and the caller gets the result
 *
 * A dead provider refuses connections, so the first figure includes that aigwd
 * tries the same target once more, in vain.  The connection to b is warm: it
 * is that of the round before.  Every answer must be right, byte for byte.
 */
#include "base/clock.h"
#include "core/hist.h"
#include "load.h"
#include "proto/unpack.h"
#include "rpc_link.h"
#include "stand_in.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    FIRST_ROUNDS = 5, /* Not counted: connections are opened, memory is. */
    AWAIT_DAEMON_MS = 10000,
    /* aigwd spreads calls that leave a target within 100 ms of each other. */
    REST_MS = 40,
    HOLD_MS = 3,
    ROUND_MS = 5000, /* Nothing takes so long unless something hangs. */
    TEXT_BYTES = 512,
    NS_PER_MS = 1000000,
    NS_PER_US = 1000
};

enum source {
    SOURCE_CALLER,
    SOURCE_LISTENER_A,
    SOURCE_LISTENER_B,
    SOURCE_A,
    SOURCE_B
};

enum stage {
    STAGE_RESTING,
    STAGE_ASKED,
    STAGE_HALF,
    STAGE_CUT,
    STAGE_HELD,
    STAGE_DECIDED,
    STAGE_ENDING
};

static const char *const STAGES[] = {"resting", "asked",   "half",  "cut",
                                     "held",    "decided", "ending"};

static const char *const HALF[] = {"The river rises in the hills, ", "and ",
                                   "nobody hurries", " on its banks."};
static const char *const REST[] = {" The ferry", " waits", " for", " them."};

/* How b goes on.  `held` repeats the end of a's half or its beginning, or may
 * yet turn out to; the byte that tells is in `decides`. */
static const struct tack {
    const char *held;
    const char *decides;
    const char *fresh; /* What is new of both. */
} TACKS[] = {
    {" The river", " boats go by.", " The river boats go by."},
    {"nobody hurries on", " its banks. Boats go by.", " Boats go by."},
    {"The river rises in the hills, and nobody",
     " hurries on its banks. Boats go by.", " Boats go by."},
};

enum {
    N_TACKS = sizeof(TACKS) / sizeof(TACKS[0]),
    N_HALF = sizeof(HALF) / sizeof(HALF[0]),
    N_REST = sizeof(REST) / sizeof(REST[0])
};

struct failover {
    const char *address;
    unsigned n_rounds;
    int epoll;
    struct rpc_link caller;
    struct stand_in a, b;

    unsigned round;
    enum stage stage;
    int64_t due_ns;   /* RESTING, HELD: when to go on. */
    int64_t since_ns; /* CUT, DECIDED: what is measured began then. */
    const struct tack *tack;
    char half[TEXT_BYTES]; /* What a has said. */
    char want[TEXT_BYTES]; /* The whole answer. */
    char text[TEXT_BYTES]; /* What the caller has. */
    unsigned n_seams;      /* What it was told of. */
    struct hist asked;     /* From the cut to the request for the rest. */
    struct hist told;      /* From the deciding byte to the delta. */
};

static void
usage(const char *program)
{
    (void)fprintf(stderr, "Usage: %s --connect ADDRESS [--rounds N]\n",
                  program);
    exit(EX_USAGE);
}

static void
read_command_line(struct failover *f, int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"connect", required_argument, NULL, 'c'},
        {"rounds", required_argument, NULL, 'r'},
        {NULL, 0, NULL, 0},
    };
    int option;

    f->n_rounds = 100;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        if (option == 'c')
            f->address = optarg;
        else if (option == 'r')
            f->n_rounds = (unsigned)strtoul(optarg, NULL, 10);
        else
            usage(argv[0]);
    }
    if (optind < argc || !f->address || f->n_rounds == 0)
        usage(argv[0]);
}

static void
watch(struct failover *f, int fd, enum source source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = source};

    if (epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event))
        load_die("epoll: %s", strerror(errno));
}

static void
add_text(char text[TEXT_BYTES], const char *more, size_t size)
{
    size_t used = strlen(text);

    if (size >= TEXT_BYTES - used)
        load_die("more text than there can be");
    memcpy(text + used, more, size);
    text[used + size] = '\0';
}

static void
add_texts(char text[TEXT_BYTES], const char *const *pieces, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_text(text, pieces[i], strlen(pieces[i]));
}

static void
say_all(struct stand_in *s, const char *const *pieces, size_t n)
{
    for (size_t i = 0; i < n; i++)
        stand_in_say(s, pieces[i]);
}

static void
rest(struct failover *f)
{
    f->stage = STAGE_RESTING;
    f->due_ns = clock_mono_ns() + (int64_t)REST_MS * NS_PER_MS;
}

static void
begin_round(struct failover *f)
{
    struct bytes request;

    f->tack = &TACKS[f->round % N_TACKS];
    f->half[0] = f->want[0] = f->text[0] = '\0';
    add_texts(f->half, HALF, N_HALF);
    add_texts(f->want, HALF, N_HALF);
    add_text(f->want, f->tack->fresh, strlen(f->tack->fresh));
    add_texts(f->want, REST, N_REST);
    f->n_seams = 0;
    if (f->a.listener < 0) {
        stand_in_listen(&f->a);
        watch(f, f->a.listener, SOURCE_LISTENER_A);
    }
    f->stage = STAGE_ASKED;
    rpc_link_pack(&request, f->round, "Tell me of the river.", true);
    load_send(f->caller.fd, request.data, request.size);
    bytes_deinit(&request);
}

/* What a stage had to wait for has come. */
static void
measured(struct failover *f, struct hist *hist)
{
    int64_t us = (clock_mono_ns() - f->since_ns) / NS_PER_US;

    if (f->round >= FIRST_ROUNDS)
        hist_record(hist, us);
}

static void
take_request_at_a(struct failover *f)
{
    if (!stand_in_read(&f->a))
        return;
    if (f->stage != STAGE_ASKED)
        load_die("a was asked while %s", STAGES[f->stage]);
    f->stage = STAGE_HALF;
    stand_in_begin(&f->a);
    say_all(&f->a, HALF, N_HALF);
}

static void
take_request_at_b(struct failover *f)
{
    const char *body = stand_in_read(&f->b);

    if (!body)
        return;
    if (f->stage != STAGE_CUT || !strstr(body, f->half))
        load_die("b was asked while %s: %s", STAGES[f->stage], body);
    measured(f, &f->asked);
    f->stage = STAGE_HELD;
    f->due_ns = clock_mono_ns() + (int64_t)HOLD_MS * NS_PER_MS;
    stand_in_begin(&f->b);
    stand_in_say(&f->b, f->tack->held);
}

static void
decide(struct failover *f)
{
    f->stage = STAGE_DECIDED;
    f->since_ns = clock_mono_ns();
    stand_in_say(&f->b, f->tack->decides);
}

static void
take_delta(struct failover *f, const char *text, size_t size)
{
    add_text(f->text, text, size);
    if (strncmp(f->text, f->want, strlen(f->text)) != 0)
        load_die("a wrong answer: %s", f->text);
    if (f->stage == STAGE_HALF && strcmp(f->text, f->half) == 0) {
        f->stage = STAGE_CUT;
        f->since_ns = clock_mono_ns();
        stand_in_die(&f->a);
    } else if (f->stage == STAGE_DECIDED) {
        measured(f, &f->told);
        f->stage = STAGE_ENDING;
        say_all(&f->b, REST, N_REST);
        stand_in_end(&f->b);
    } else if (f->stage != STAGE_HALF && f->stage != STAGE_ENDING) {
        load_die("text while %s: %.*s", STAGES[f->stage], (int)size, text);
    }
}

static void
take_result(struct failover *f, const struct rpc_message *m)
{
    const char *text;
    size_t size;

    if (!rpc_link_success(m, &text, &size))
        load_die("a call failed while %s", STAGES[f->stage]);
    if (f->stage != STAGE_ENDING || size != strlen(f->want)
        || memcmp(text, f->want, size) != 0 || strcmp(f->text, f->want) != 0)
        load_die("a wrong result: %.*s", (int)size, text);
    if (f->n_seams != 1)
        load_die("%u seams in an answer", f->n_seams);
    if (f->b.n_accepted != 1)
        load_die("the connection to b was not kept");
    f->round++;
    rest(f);
}

static void
count_seam(struct failover *f, const struct rpc_message *m)
{
    const msgpack_object *type =
        unpack_find(unpack_item(&m->params, 2), "type");
    const char *name;
    size_t size;

    f->n_seams += type && unpack_text(type, &name, &size)
                  && size == strlen("seam") && memcmp(name, "seam", size) == 0;
}

static void
take_message(void *ctx, const struct rpc_message *m)
{
    struct failover *f = ctx;
    uint64_t msgid;
    const char *text;
    size_t size;

    if (m->type == RPC_RESPONSE)
        take_result(f, m);
    else if (rpc_link_delta(m, &msgid, &text, &size))
        take_delta(f, text, size);
    else if (rpc_link_is(m, "call.event"))
        count_seam(f, m);
}

static void
take_event(struct failover *f, enum source source)
{
    switch (source) {
    case SOURCE_CALLER:
        rpc_link_read(&f->caller, take_message, f);
        break;
    case SOURCE_LISTENER_A:
        stand_in_accept(&f->a);
        watch(f, f->a.fd, SOURCE_A);
        break;
    case SOURCE_LISTENER_B:
        stand_in_accept(&f->b);
        watch(f, f->b.fd, SOURCE_B);
        break;
    case SOURCE_A:
        take_request_at_a(f);
        break;
    case SOURCE_B:
        take_request_at_b(f);
        break;
    }
}

static bool
waits_for_time(const struct failover *f)
{
    return f->stage == STAGE_RESTING || f->stage == STAGE_HELD;
}

/* One event at a time: each may end what another is about. */
static void
step(struct failover *f)
{
    struct epoll_event event;
    int wait_ms = ROUND_MS;
    int n;

    if (waits_for_time(f)) {
        int64_t left_ns = f->due_ns - clock_mono_ns();

        wait_ms = left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0;
    }
    n = epoll_wait(f->epoll, &event, 1, wait_ms);
    if (n < 0 && errno != EINTR)
        load_die("epoll: %s", strerror(errno));
    if (n > 0)
        take_event(f, event.data.u32);
    else if (f->stage == STAGE_RESTING)
        begin_round(f);
    else if (f->stage == STAGE_HELD)
        decide(f);
    else
        load_die("nothing happens while %s", STAGES[f->stage]);
}

static void
report(const struct failover *f)
{
    printf("calls=%" PRIu64 " asked_p50_us=%" PRId64 " asked_p99_us=%" PRId64
           " asked_max_us=%" PRId64 " told_p50_us=%" PRId64
           " told_p99_us=%" PRId64 " told_max_us=%" PRId64 "\n",
           f->told.count, hist_quantile_us(&f->asked, 0.50),
           hist_quantile_us(&f->asked, 0.99), f->asked.max_us,
           hist_quantile_us(&f->told, 0.50), hist_quantile_us(&f->told, 0.99),
           f->told.max_us);
}

static void
open_stage(struct failover *f)
{
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (f->epoll < 0)
        load_die("epoll: %s", strerror(errno));
    hist_init(&f->asked);
    hist_init(&f->told);
    stand_in_init(&f->a);
    stand_in_init(&f->b);
    stand_in_listen(&f->a);
    stand_in_listen(&f->b);
    watch(f, f->a.listener, SOURCE_LISTENER_A);
    watch(f, f->b.listener, SOURCE_LISTENER_B);
    printf("listening on 127.0.0.1:%u 127.0.0.1:%u\n", ntohs(f->a.port),
           ntohs(f->b.port));
    (void)fflush(stdout);
    rpc_link_open(&f->caller, f->address, AWAIT_DAEMON_MS);
    watch(f, f->caller.fd, SOURCE_CALLER);
}

int
main(int argc, char **argv)
{
    struct failover f = {0};

    read_command_line(&f, argc, argv);
    open_stage(&f);
    rest(&f);
    while (f.round < f.n_rounds + FIRST_ROUNDS)
        step(&f);
    report(&f);
    rpc_link_close(&f.caller);
    stand_in_deinit(&f.a);
    stand_in_deinit(&f.b);
    close(f.epoll);
    return EXIT_SUCCESS;
}
