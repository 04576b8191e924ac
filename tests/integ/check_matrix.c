/*
 * check_matrix.c - every way in which an answer can break, at every place
 * where it can break, with every behaviour of the model that is asked to go
 * on: the caller gets the answer byte for byte, or is told that it broke and
 * has all of it that there was.  Nothing ever ends short and looks whole.
 *
 * All cells run against one daemon, each with a prompt and a fault of its own.
 * The table is printed.
 */
#include "base/mem.h"
#include "heard.h"
#include "mock_answer.h"
#include "proto/bytes.h"
#include "support/daemon.h"
#include "support/provider.h"
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOKENS = 20,     /* Of an answer, as the mock has it by itself. */
    LIMIT_MS = 1500, /* Of every wait for a provider. */
    AT_ONCE = 200,   /* Cells. */
    N_IDLE = 250,    /* Calls that run beside them. */
    BATCH = 100,     /* Faults that are set at a time. */
};

static const struct fault_way {
    const char *name, *spec;
    bool is_cut; /* The provider went away, rather than saying something. */
} FAULTS[] = {
    {"cut", "kind=cut", true},
    {"reset", "kind=reset", true},
    {"stall", "kind=stall", true},
    {"error event", "kind=error-after,code=server_is_overloaded", false},
    {"malformed event", "kind=malformed", false},
    {"EOF in a character", "kind=cut-utf8", true},
    {"EOF without proof", "kind=end", true},
};

static const struct place {
    const char *name, *spec;
    unsigned n_tokens; /* Said before; from the first on, some are handed on. */
    bool proven;       /* The answer was whole before. */
} PLACES[] = {
    {"before first event", "place=start", 0, false},
    {"after role", "after=0", 0, false},
    {"after 1 token", "after=1", 1, false},
    {"in the middle", "after=10", 10, false},
    {"before last token", "after=19", 19, false},
    {"after last token", "after=20", 20, false},
    {"after finish_reason", "place=finish", 20, true},
};

static const char *const SHAPES[] = {"clean", "repeat", "restart"};

static const struct scene {
    const char *name;
    bool alone;  /* Nobody but provider a is asked. */
    bool always; /* It breaks whenever it is asked, not just once. */
} SCENES[] = {
    {"a breaks once, b stands by", false, false},
    {"a breaks always, b stands by", false, true},
    {"a breaks once, alone", true, false},
    {"a breaks always, alone", true, true},
};

/* What became of a cell. */
enum verdict {
    WHOLE = '=',     /* Exact, without a seam. */
    CONTINUED = '+', /* Exact, with one or more. */
    BROKEN = '!',    /* Said to be broken, and all of it there. */
    NOTHING = '-',   /* Said to have failed before the first content. */
};

enum {
    N_FAULTS = array_count(FAULTS),
    N_PLACES = array_count(PLACES),
    N_ROWS = N_FAULTS * N_PLACES,
    N_SHAPES = array_count(SHAPES),
    N_COLUMNS = 2 * N_SHAPES, /* Streamed, then not. */
    N_SCENES = array_count(SCENES),
    N_MODELS = N_SCENES * N_ROWS,
    N_CELLS = N_SCENES * N_ROWS * N_COLUMNS,
};

struct cell {
    const struct scene *scene;
    const struct fault_way *fault;
    const struct place *place;
    const char *shape;
    bool streamed;
    int row;
    char prompt[64];
};

static struct cell cells[N_CELLS];
static enum verdict verdicts[N_CELLS];
static struct test_provider a, b;
static struct test_daemon d;

/* All but the first one, which is the same in every script. */
static bool
has_wide_tokens(const char *prompt)
{
    char *text = mock_answer_text(prompt, TOKENS);
    bool wide = true;
    char *rest = NULL;

    ck_assert_ptr_nonnull(text);
    (void)strtok_r(text, " ", &rest);
    for (char *word = strtok_r(NULL, " ", &rest); word && wide;
         word = strtok_r(NULL, " ", &rest)) {
        wide = false;
        for (const char *c = word; *c; c++)
            wide |= (unsigned char)*c >= 0xc0;
    }
    free(text);
    return wide;
}

/* A prompt that no other cell has.  Each has a script of its own, of several
 * bytes a character where the break is to be inside one. */
static void
write_prompt(struct cell *c, int i)
{
    int salt = 0;

    do
        (void)snprintf(c->prompt, sizeof(c->prompt), "<%d> (%s) %d", i,
                       c->shape, salt++);
    while (strstr(c->fault->spec, "utf8") && !has_wide_tokens(c->prompt));
}

static void
lay_out_cells(void)
{
    for (int i = 0; i < N_CELLS; i++) {
        int column = i % N_COLUMNS;
        struct cell *c = &cells[i];

        c->row = i / N_COLUMNS % N_ROWS;
        c->scene = &SCENES[i / N_COLUMNS / N_ROWS];
        c->fault = &FAULTS[c->row / N_PLACES];
        c->place = &PLACES[c->row % N_PLACES];
        c->shape = SHAPES[column % N_SHAPES];
        c->streamed = column < N_SHAPES;
        write_prompt(c, i);
    }
}

static void
set_faults(void)
{
    struct bytes specs;

    bytes_init(&specs, 1 << 20);
    for (int i = 0; i < N_CELLS; i++) {
        const struct cell *c = &cells[i];

        (void)bytes_printf(&specs, "%s,%s,match=<%d>%s\n", c->fault->spec,
                           c->place->spec, i,
                           c->scene->always ? "" : ",count=1");
        if (i % BATCH == BATCH - 1 || i == N_CELLS - 1) {
            (void)test_provider_fault(&a, bytes_cstr(&specs));
            bytes_clear(&specs);
        }
    }
    bytes_deinit(&specs);
    for (size_t i = 0; i < N_SHAPES; i++) {
        char spec[64];

        (void)snprintf(spec, sizeof(spec),
                       "kind=continuation,shape=%s,match=(%s)", SHAPES[i],
                       SHAPES[i]);
        (void)test_provider_fault(&a, spec);
        (void)test_provider_fault(&b, spec);
    }
    (void)test_provider_fault(&a, "kind=hang,match=idle");
}

/* Breakers, budgets and limits have tests of their own; here they stay out of
 * the way.  Each row of a scene has a model of its own: of one target few
 * retries may run at a time, and few attempts once it was overloaded. */
static void
start_daemon(void)
{
    static char models[N_MODELS * 24];
    static char routes[N_MODELS * 80];

    for (int i = 0; i < N_MODELS; i++) {
        size_t used = strlen(models);

        (void)snprintf(models + used, sizeof(models) - used,
                       ", { name = \"m%d\"; }", i);
        used = strlen(routes);
        if (!SCENES[i / N_ROWS].alone)
            (void)snprintf(routes + used, sizeof(routes) - used,
                           "%s{ name = \"m%d\"; targets = ( \"a/m%d\","
                           " \"b/m\" ); }",
                           used > 0 ? ", " : "", i, i);
    }
    test_daemon_start(
        &d,
        "state_dir = \"\"; health = { kind = \"off\"; };\n"
        "breaker = { failure_threshold = 1000000; min_calls = 1000000; };\n"
        "retry = { base_ms = 20; max_ms = 50; budget_min = 1000000;"
        " budget_ratio = 1.0; };\n"
        "timeouts = { first_event_ms = %d; first_token_ms = %d;"
        " stall_ms = %d; content_stall_ms = %d; answer_ms = %d; };\n"
        "providers = (\n"
        " { name = \"a\"; base_url = \"http://127.0.0.1:%d/v1\"; models = (\n"
        "   { name = \"idle\"; timeouts = { answer_ms = 100000; }; }%s ); },\n"
        " { name = \"b\"; base_url = \"http://127.0.0.1:%d/v1\"; models = (\n"
        "   { name = \"m\"; } ); } );\n"
        "routes = ( %s );\n",
        LIMIT_MS, LIMIT_MS, LIMIT_MS, LIMIT_MS, 2 * LIMIT_MS, a.port, models,
        b.port, routes);
}

/* How many retries may run at a time depends on how much runs at all: these
 * calls do, until their caller goes away. */
static struct peer *
start_idlers(void)
{
    struct peer *p = peer_connect(d.socket);

    for (int i = 0; i < N_IDLE; i++)
        (void)peer_send(p, "generate",
                        "[{'prompt': 'idle', 'route': 'a/idle'}]");
    eventually(test_provider_count(&a, "sends") == N_IDLE);
    return p;
}

static void
ask(struct hearing *h, const struct cell *c)
{
    char more[64] = "";

    (void)snprintf(more, sizeof(more), ", 'route': '%sm%d'%s",
                   c->scene->alone ? "a/" : "",
                   (int)(c->scene - SCENES) * N_ROWS + c->row,
                   c->streamed ? ", 'stream': true" : "");
    (void)hearing_ask(h, c->prompt, more);
}

static const char *
label(const struct cell *c)
{
    static char text[160];

    (void)snprintf(text, sizeof(text), "%s: %s, %s, %s, %s", c->scene->name,
                   c->fault->name, c->place->name,
                   c->streamed ? "streamed" : "not streamed", c->shape);
    return text;
}

static void __attribute__((noreturn))
complain(const struct cell *c, const struct heard *heard, const char *what)
{
    ck_abort_msg("%s (prompt \"%s\"): %s\nheard: %s\nevents: %s\nresult: %s",
                 label(c), c->prompt, what, heard->text,
                 json_dumps(heard->events, 0),
                 json_dumps(heard->result, JSON_INDENT(2)));
}

static enum verdict
judge_success(const struct cell *c, const struct heard *heard, const char *want)
{
    const char *content = value_str(heard->result, "content");

    if (strcmp(content, want) != 0)
        complain(c, heard, "an answer that is none");
    if (c->streamed && strcmp(heard->text, content) != 0)
        complain(c, heard, "the deltas are not the content");
    if (strcmp(value_str(heard->result, "finish_reason"), "stop") != 0)
        complain(c, heard, "another finish reason");
    return heard_count(heard, "seam") > 0 ? CONTINUED : WHOLE;
}

static enum verdict
judge_failure(const struct cell *c, const struct heard *heard, const char *want)
{
    const char *code = value_str(heard->result, "error_code");
    const json_t *partial = value_find(heard->result, "partial");

    if (!partial && heard->size == 0)
        return NOTHING;
    if (strcmp(code, "stream_broken") != 0)
        complain(c, heard, "another error");
    if (!partial || strcmp(json_string_value(partial), heard->text) != 0)
        complain(c, heard, "the deltas are not the partial text");
    if (strncmp(heard->text, want, heard->size) != 0)
        complain(c, heard, "what was said is not part of the answer");
    return BROKEN;
}

/* What may become of the cell. */
static const char *
allowed(const struct cell *c)
{
    if (c->streamed && c->place->proven)
        return "=";
    if (!c->streamed || c->place->n_tokens == 0)
        return c->scene->alone ? "=-" : "=";
    if (c->place->n_tokens == TOKENS)
        return c->scene->alone ? "=+!" : "=+";
    if (c->scene->alone && c->scene->always)
        return "!";
    return c->scene->alone && !c->fault->is_cut ? "+!" : "+";
}

/* That the answer broke indeed, and where it was to break. */
static void
check_place(const struct cell *c, const struct heard *heard)
{
    const char *outcome = value_str(heard->result, "attempts.0.outcome");
    const json_t *seam = heard_event(heard, "seam", 0);
    char *said = mock_answer_text(c->prompt, c->place->n_tokens);
    size_t size = strlen(said);

    free(said);
    if ((strcmp(outcome, "ok") == 0) != (c->streamed && c->place->proven))
        complain(c, heard, "the first attempt did not end as told");
    if (seam && value_int(seam, "at_byte") != (int64_t)size)
        complain(c, heard, "the seam is somewhere else");
    if (c->streamed && heard->size < size)
        complain(c, heard, "some of the text was lost");
}

static enum verdict
judge(const struct cell *c, const struct heard *heard)
{
    char *want = mock_answer_text(c->prompt, TOKENS);
    enum verdict verdict;

    ck_assert_ptr_nonnull(want);
    verdict = value_bool(heard->result, "success")
                  ? judge_success(c, heard, want)
                  : judge_failure(c, heard, want);
    free(want);
    check_place(c, heard);
    if (!strchr(allowed(c), (char)verdict))
        complain(c, heard, "not what this kind of break must come to");
    return verdict;
}

static void
print_row(int row)
{
    (void)printf("%-19s %-20s", FAULTS[row / N_PLACES].name,
                 PLACES[row % N_PLACES].name);
    for (int scene = 0; scene < N_SCENES; scene++) {
        (void)printf("  ");
        for (int i = 0; i < N_COLUMNS; i++)
            (void)printf("%s%c", i == N_SHAPES ? " " : "",
                         verdicts[(scene * N_ROWS + row) * N_COLUMNS + i]);
    }
    (void)printf("\n");
}

static int
count(enum verdict verdict)
{
    int n = 0;

    for (int i = 0; i < N_CELLS; i++)
        n += verdicts[i] == verdict;
    return n;
}

static void
print_table(int64_t took_ms)
{
    (void)printf("\nFour groups: a breaks once and b stands by, a breaks "
                 "always and b stands by,\na breaks once and is alone, a "
                 "breaks always and is alone.  In each the model\nresumes, "
                 "repeats, restarts: first streamed, then not.\n\n");
    for (int row = 0; row < N_ROWS; row++)
        print_row(row);
    (void)printf("\n= exact %d   + exact by continuation %d   "
                 "! stream_broken with all text %d   - failed before any text "
                 "%d\n%d cells, 0 silent truncations, %.1f s\n",
                 count(WHOLE), count(CONTINUED), count(BROKEN), count(NOTHING),
                 N_CELLS, (double)took_ms / 1000);
}

START_TEST(every_break_ends_in_the_exact_answer_or_an_honest_failure)
{
    int64_t begun_ms = process_now_ms();
    struct peer *idlers, *p;
    struct hearing h;

    lay_out_cells();
    test_provider_start(&a, NULL);
    test_provider_start(&b, NULL);
    set_faults();
    start_daemon();
    idlers = start_idlers();
    p = peer_connect(d.socket);
    hearing_init(&h, p);
    for (int i = 0; i < N_CELLS; i++) {
        hearing_await_all_but(&h, AT_ONCE - 1);
        ask(&h, &cells[i]);
    }
    hearing_await_all_but(&h, 0);
    for (int i = 0; i < N_CELLS; i++)
        verdicts[i] = judge(&cells[i], &h.calls[i]);
    print_table(process_now_ms() - begun_ms);
    hearing_deinit(&h);
    peer_close(p);
    peer_close(idlers);
    test_daemon_stop(&d);
    test_provider_stop(&a);
    test_provider_stop(&b);
}

END_TEST

static Suite *
matrix_suite(void)
{
    Suite *s = suite_create("matrix");
    TCase *tc = tcase_create("breaks");

    tcase_set_timeout(tc, 240);
    tcase_add_test(tc,
                   every_break_ends_in_the_exact_answer_or_an_honest_failure);
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(matrix_suite());
}
