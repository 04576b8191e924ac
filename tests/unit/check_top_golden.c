/*
 * check_top_golden.c - the whole screen as text, compared with what it is to
 * look like, and drawn from values that no daemon would send.
 *
 * The screens are in tests/unit/top/golden; AIGW_TEST_UPDATE=1 writes them
 * anew.
 */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/rng.h"
#include "support/suite.h"
#include "support/top_fixture.h"

enum {
    LONG_TEXT = 10000,
    MUTATIONS = 150,
    SIZES = 40
};

static struct top top;

static void
setup(void)
{
    top_setup(&top);
}

static void
teardown(void)
{
    top_teardown(&top);
}

static void
show_targets(void)
{
    top.ui.view = UI_TARGETS;
}

static void
show_routes(void)
{
    top.ui.view = UI_ROUTES;
}

static void
show_requests(void)
{
    top.ui.view = UI_REQUESTS;
}

static void
show_cost(void)
{
    top.ui.view = UI_COST;
}

static void
show_events(void)
{
    top.ui.view = UI_EVENTS;
}

static void
show_daemon(void)
{
    top.ui.view = UI_DAEMON;
}

static void
show_target(void)
{
    top.ui.view = UI_TARGETS;
    top.ui.detail = true;
}

static void
show_route(void)
{
    top.ui.view = UI_ROUTES;
    top.ui.detail = true;
}

static void
show_request(void)
{
    top.ui.view = UI_REQUESTS;
    top.ui.detail = true;
}

static void
show_lost(void)
{
    link_lost(&top.model.link, "aigwd closed the socket", TOP_NOW_MS);
    top.now_ms = TOP_NOW_MS + 100;
}

static void
show_waiting(void)
{
    top_teardown(&top);
    top_setup_empty(&top);
    link_lost(&top.model.link,
              "cannot connect to /run/aigw/aigw.sock: No such file or "
              "directory",
              TOP_NOW_MS);
}

static const struct {
    const char *name;
    void (*show)(void);
} scenes[] = {
    {"targets", show_targets},   {"routes", show_routes},
    {"requests", show_requests}, {"cost", show_cost},
    {"events", show_events},     {"daemon", show_daemon},
    {"target", show_target},     {"route", show_route},
    {"request", show_request},   {"lost", show_lost},
    {"waiting", show_waiting},
};

static const struct {
    int rows;
    int cols;
} sizes[] = {{5, 20}, {20, 50}, {24, 80}, {40, 120}, {50, 200}};

enum {
    N_SCENES = sizeof(scenes) / sizeof(scenes[0]),
    N_SIZES = sizeof(sizes) / sizeof(sizes[0])
};

/* Fails if a row of the canvas is wider than the canvas. */
static void
check_widths(void)
{
    for (int row = 0; row < top.canvas.rows; row++) {
        wchar_t wide[CANVAS_MAX_COLS * CELL_MAX_CHARS + 1];
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        size_t n;

        canvas_write_row(&top.canvas, row, out);
        (void)fclose(out);
        n = mbstowcs(wide, text, sizeof(wide) / sizeof(wide[0]));
        ck_assert_msg(n != (size_t)-1, "no UTF-8: %s", text);
        /* Control bytes would make it negative. */
        if (wcswidth(wide, n) < 0 || wcswidth(wide, n) > top.canvas.cols)
            ck_abort_msg("row %d of %dx%d: %s", row, top.canvas.rows,
                         top.canvas.cols, text);
        free(text);
    }
}

static char *
read_golden(const char *path)
{
    char *text = calloc(1, (size_t)64 * 1024);
    FILE *file = fopen(path, "r");

    ck_assert_ptr_nonnull(text);
    ck_assert_msg(file != NULL, "%s is missing: AIGW_TEST_UPDATE=1 writes it",
                  path);
    ck_assert_uint_gt(fread(text, 1, (size_t)64 * 1024 - 1, file), 0);
    (void)fclose(file);
    return text;
}

/* Where the row begins in which `a` and `b` first differ. */
static size_t
first_difference(const char *a, const char *b)
{
    size_t row = 0;

    for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
        if (a[i] == '\n')
            row = i + 1;
    }
    return row;
}

static void
compare(const char *path, const char *drawn)
{
    char *golden = read_golden(path);
    size_t at = first_difference(golden, drawn);

    if (strcmp(golden, drawn) != 0)
        ck_abort_msg("%s\nhas    %.*s\nand is %.*s", path,
                     (int)strcspn(golden + at, "\n"), golden + at,
                     (int)strcspn(drawn + at, "\n"), drawn + at);
    free(golden);
}

static void
update(const char *path, const char *drawn)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    (void)fputs(drawn, file);
    (void)fclose(file);
}

START_TEST(screens_look_as_they_always_did)
{
    int scene = _i / N_SIZES;
    int size = _i % N_SIZES;

    scenes[scene].show();
    for (int ascii = 0; ascii < 2; ascii++) {
        char path[4096];
        char *drawn;

        top_draw(&top, sizes[size].rows, sizes[size].cols, ascii == 1);
        check_widths();
        drawn = top_text(&top);
        (void)snprintf(path, sizeof(path), "%s/golden/%s-%dx%d-%s.txt",
                       TOP_DATA, scenes[scene].name, sizes[size].rows,
                       sizes[size].cols, ascii ? "ascii" : "utf8");
        if (getenv("AIGW_TEST_UPDATE"))
            update(path, drawn);
        else
            compare(path, drawn);
        for (const char *p = drawn; ascii && *p; p++)
            ck_assert_int_lt((unsigned char)*p, 0x80);
        free(drawn);
    }
}

END_TEST

START_TEST(every_size_has_a_screen)
{
    struct rng r;

    rng_init(&r, 3);
    scenes[_i].show();
    for (int i = 0; i < SIZES; i++) {
        top_draw(&top, 5 + (int)rng_upto(&r, 95), 20 + (int)rng_upto(&r, 280),
                 rng_upto(&r, 1) == 1);
        check_widths();
    }
    for (int rows = 1; rows < 12; rows++) {
        top_draw(&top, rows, 1 + (int)rng_upto(&r, 99), false);
        check_widths();
    }
}

END_TEST

/* Text that tries to break out of its place. */
static const char *
hostile_text(struct rng *r)
{
    static char endless[LONG_TEXT + 1];
    static const char *const texts[] = {
        "",
        "\033[2J\033]0;title\007\r\n\tname",
        "\302\233m\177\001",
        "\344\270\255\346\226\207/\346\250\241\345\236\213-\347\211\210",
        "e\314\201\314\201\314\201\314\201\314\201",
        "\314\201\314\202",
        "\360\237\230\200\360\237\230\200",
        "\377\376\300\257\342\202",
        "%s%n%d",
        "open",
        "half_open",
        "all",
        endless,
    };

    memset(endless, 'x', LONG_TEXT);
    return texts[rng_upto(r, (int64_t)(sizeof(texts) / sizeof(*texts)) - 1)];
}

static struct aigw_value *
odd_value(struct rng *r)
{
    static const double numbers[] = {0, -1, 1e300, -1e300, 1e-300, 0.5, 4e18};
    struct aigw_value *list;

    switch (rng_upto(r, 8)) {
    case 0:
        return aigw_value_new_nil();
    case 1:
        return aigw_value_new_bool(true);
    case 2:
        return aigw_value_new_int(rng_upto(r, 1) ? INT64_MAX : INT64_MIN);
    case 3:
        return aigw_value_new_double((double)NAN);
    case 4:
        return aigw_value_new_double(rng_upto(r, 1) ? (double)INFINITY
                                                    : -(double)INFINITY);
    case 5:
        return aigw_value_new_double(numbers[rng_upto(r, 6)]);
    case 6:
        return aigw_value_map();
    case 7:
        list = aigw_value_array();
        (void)aigw_value_append_str(list, hostile_text(r));
        return list;
    default:
        return aigw_value_new_str(hostile_text(r));
    }
}

/* How a value is changed. */
struct mutation {
    struct rng r;
    int64_t one_in; /* So many values are replaced; 0: none. */
    bool hostile;   /* Texts become hostile ones. */
};

static struct aigw_value *mutate(struct mutation *m,
                                 const struct aigw_value *value);

static struct aigw_value *
mutate_map(struct mutation *m, const struct aigw_value *value)
{
    struct aigw_value *map = aigw_value_map();

    for (size_t i = 0; i < aigw_value_size(value); i++) {
        const char *key = aigw_value_key(value, i);

        if (m->one_in > 0 && rng_upto(&m->r, 2 * m->one_in) == 0)
            key = hostile_text(&m->r);
        (void)aigw_value_set(map, key, mutate(m, aigw_value_at(value, i)));
    }
    return map;
}

static struct aigw_value *
mutate_array(struct mutation *m, const struct aigw_value *value)
{
    struct aigw_value *array = aigw_value_array();

    for (size_t i = 0; i < aigw_value_size(value); i++)
        (void)aigw_value_append(array, mutate(m, aigw_value_at(value, i)));
    return array;
}

static struct aigw_value *
mutate(struct mutation *m, const struct aigw_value *value)
{
    enum aigw_type type = aigw_value_type(value);

    if (m->one_in > 0 && rng_upto(&m->r, m->one_in) == 0)
        return odd_value(&m->r);
    if (type == AIGW_TYPE_MAP)
        return mutate_map(m, value);
    if (type == AIGW_TYPE_ARRAY)
        return mutate_array(m, value);
    if (type == AIGW_TYPE_STRING && m->hostile && rng_upto(&m->r, 3) > 0)
        return aigw_value_new_str(hostile_text(&m->r));
    return aigw_value_copy(value);
}

/* Whatever else is wrong with them, events are counted. */
static void
feed_event(struct mutation *m, const struct aigw_value *value, size_t i)
{
    struct aigw_value *event = mutate(m, value);

    if (aigw_value_type(event) == AIGW_TYPE_MAP)
        (void)aigw_value_set_int(event, "seq", (int64_t)i + 1);
    model_take_event(&top.model, event);
}

static void
feed_mutations(struct mutation *m)
{
    static const char *const costs[] = {"cost_target.json", "cost_route.json",
                                        "cost_client.json"};

    struct aigw_value *value = top_value("snapshot.json");

    top_teardown(&top);
    top_setup_empty(&top);
    model_take_snapshot(&top.model, mutate(m, value), TOP_NOW_MS);
    aigw_value_free(value);
    value = top_value("requests.json");
    model_take_requests(&top.model, mutate(m, value));
    aigw_value_free(value);
    for (int by = 0; by < COST_BY_N; by++) {
        value = top_value(costs[by]);
        model_take_cost(&top.model, (enum cost_by)by, mutate(m, value));
        aigw_value_free(value);
    }
    value = top_value("events.json");
    for (size_t i = 0; i < aigw_value_size(value); i++)
        feed_event(m, aigw_value_at(value, i), i);
    aigw_value_free(value);
}

static void
draw_anything(struct rng *r)
{
    struct ui_table *table;

    top.ui.view = (enum ui_view)rng_upto(r, UI_VIEWS - 1);
    top.ui.detail = rng_upto(r, 1) == 1;
    top.ui.milliseconds = rng_upto(r, 1) == 1;
    table = &top.ui.tables[top.ui.view];
    table->sort = (int)rng_upto(r, 12) - 1;
    table->index = (int)rng_upto(r, 8);
    table->ascending = rng_upto(r, 1) == 1;
    top.now_ms = TOP_NOW_MS + (double)rng_upto(r, 100000);
    top_draw(&top, 5 + (int)rng_upto(r, 60), 20 + (int)rng_upto(r, 220),
             rng_upto(r, 1) == 1);
    check_widths();
}

START_TEST(hostile_texts_stay_in_their_places)
{
    struct mutation m = {.hostile = true};

    rng_init(&m.r, (uint64_t)_i + 11);
    for (int i = 0; i < MUTATIONS / 5; i++) {
        feed_mutations(&m);
        (void)snprintf(top.model.link.reason, sizeof(top.model.link.reason),
                       "%s", hostile_text(&m.r));
        (void)snprintf(top.ui.message, sizeof(top.ui.message), "%s",
                       hostile_text(&m.r));
        top.ui.message_until_ms = TOP_NOW_MS + 1000;
        for (int k = 0; k < 6; k++)
            draw_anything(&m.r);
    }
}

END_TEST

START_TEST(values_of_any_type_and_none_can_be_drawn)
{
    struct mutation m = {.hostile = true};

    rng_init(&m.r, (uint64_t)_i + 23);
    for (int i = 0; i < MUTATIONS / 5; i++) {
        m.one_in = 1 + rng_upto(&m.r, 40);
        feed_mutations(&m);
        for (int k = 0; k < 6; k++)
            draw_anything(&m.r);
    }
}

END_TEST

START_TEST(old_numbers_are_never_drawn_as_live)
{
    const struct cell *cells;

    show_lost();
    top_draw(&top, 24, 80, false);
    top_shows(&top, "CONNECTION LOST 15:04:05 (aigwd closed the socket)");
    cells = top.canvas.cells;
    /* The summary and the table: rows 1, 2 and from 5 on. */
    for (int row = 1; row < 22; row++) {
        if (row == 3 || row == 4)
            continue;
        for (int col = 0; col < 80; col++)
            ck_assert_int_eq(cells[row * 80 + col].style, STYLE_DIM);
    }
}

END_TEST

START_TEST(the_status_word_says_what_the_numbers_are)
{
    top_draw(&top, 24, 80, false);
    top_shows(&top, "LIVE 1s  15:04:05");
    top.ui.replay = true;
    top.ui.speed = 2;
    top_draw(&top, 24, 80, false);
    top_shows(&top, "REPLAY x2  15:04:05");
    top.ui.paused = true;
    top_draw(&top, 24, 80, false);
    top_shows(&top, "PAUSED  15:04:05");
    top_draw(&top, 24, 25, false);
    top_shows(&top, "PAUSED\n");
}

END_TEST

START_TEST(hidden_rows_and_the_filter_are_told_of)
{
    struct ui_table *table = &top.ui.tables[UI_TARGETS];

    (void)snprintf(table->filter, sizeof(table->filter), "%s", "OPENAI");
    top_draw(&top, 24, 80, false);
    top_shows(&top, " 2 targets:   1 closed, 1 open   4 hidden   filter: OPE");
    top_draw(&top, 40, 120, false);
    top_shows(&top, "filter: OPENAI   window 1m");
    (void)snprintf(table->filter, sizeof(table->filter), "%s", "nothing");
    top_draw(&top, 24, 80, false);
    top_shows(&top, "All rows are hidden.");
}

END_TEST

START_TEST(a_selected_row_far_down_is_in_view)
{
    struct ui_table *table = &top.ui.tables[UI_TARGETS];

    table->sort = -1;
    (void)snprintf(table->selected, sizeof(table->selected), "%s",
                   "openai/gpt-4.1-mini");
    table->index = 5;
    top_draw(&top, 9, 80, false);
    top_shows(&top, ">openai/gpt-4.1-mini");
}

END_TEST

static Suite *
golden_suite(void)
{
    Suite *suite = suite_create("top_golden");
    TCase *tc_golden = tcase_create("golden");
    TCase *tc_any = tcase_create("anything");

    tcase_add_checked_fixture(tc_golden, setup, teardown);
    tcase_add_loop_test(tc_golden, screens_look_as_they_always_did, 0,
                        N_SCENES * N_SIZES);
    tcase_add_test(tc_golden, old_numbers_are_never_drawn_as_live);
    tcase_add_test(tc_golden, the_status_word_says_what_the_numbers_are);
    tcase_add_test(tc_golden, hidden_rows_and_the_filter_are_told_of);
    tcase_add_test(tc_golden, a_selected_row_far_down_is_in_view);
    suite_add_tcase(suite, tc_golden);
    tcase_add_checked_fixture(tc_any, setup, teardown);
    tcase_set_timeout(tc_any, 60);
    tcase_add_loop_test(tc_any, every_size_has_a_screen, 0, N_SCENES);
    tcase_add_loop_test(tc_any, hostile_texts_stay_in_their_places, 0, 5);
    tcase_add_loop_test(tc_any, values_of_any_type_and_none_can_be_drawn, 0, 5);
    suite_add_tcase(suite, tc_any);
    return suite;
}

int
main(void)
{
    return suite_main(golden_suite());
}
