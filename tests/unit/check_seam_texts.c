/*
 * The seam between two attempts' texts (F51), for all texts: against a plain
 * reference model over strings of few letters, and over prose and code in
 * several scripts that a model continues in each of the three ways.
 */
#include "core/seam.h"

#include "support/seam_run.h"
#include "support/suite.h"

#include <stdio.h>

static struct json_slice
slice(const char *text, size_t size)
{
    return (struct json_slice){text, size};
}

static size_t
blanks_of(struct json_slice text)
{
    size_t n = 0;

    while (n < text.size && strchr(" \n\r\t", text.text[n]))
        n++;
    return n;
}

static struct json_slice
after(struct json_slice text, size_t n)
{
    return slice(text.text + n, text.size - n);
}

/* Bytes that both begin with. */
static size_t
common(struct json_slice a, struct json_slice b)
{
    size_t n = 0;

    while (n < a.size && n < b.size && a.text[n] == b.text[n])
        n++;
    return n;
}

static size_t
plain_repeat(struct json_slice said, struct json_slice head)
{
    size_t most = said.size < SEAM_TAIL_BYTES ? said.size : SEAM_TAIL_BYTES;

    for (size_t k = most; k >= SEAM_LEAST_BYTES; k--)
        if (k <= head.size && common(after(said, said.size - k), head) == k)
            return k;
    return 0;
}

/* Where the head goes on as it is. */
static size_t
plain_blanks(struct json_slice said, size_t unseen, struct json_slice head)
{
    size_t n = common(after(said, said.size - unseen), head);

    if (n > 0 || head.size == 0 || said.size < 2)
        return n;
    return (head.text[0] == ' ' || head.text[0] == '\n')
           && said.text[said.size - 1] == head.text[0]
           && blanks_of(after(said, said.size - 2)) == 0;
}

/* Says of a whole head how much of it is to be dropped; SIZE_MAX: all, it is
 * another answer.  For heads that begin with fewer than 200 bytes of white
 * space, so that SEAM_HOLD_BYTES plays no part. */
static size_t
plain_drop(struct json_slice said, size_t unseen, struct json_slice head)
{
    bool blank = blanks_of(said) == said.size;
    size_t skipped = blank ? 0 : blanks_of(head);
    struct json_slice top = after(said, blank ? 0 : blanks_of(said));
    size_t again = common(top, after(head, skipped));
    size_t repeat = plain_repeat(said, head);

    if (again == top.size)
        return skipped + again;
    if (repeat > 0 && skipped + again < SEAM_TAIL_BYTES)
        return repeat;
    if (again >= SEAM_LEAST_BYTES)
        return SIZE_MAX;
    return plain_blanks(said, unseen, head);
}

static void
assert_as_model(struct seam_run *run, struct rng *cuts, int64_t most)
{
    size_t drop = plain_drop(run->said, run->unseen, run->head);
    enum seam_verdict want = drop == SIZE_MAX ? SEAM_DIVERGED : SEAM_CLEAR;
    struct json_slice fresh =
        after(run->head, drop == SIZE_MAX ? run->head.size : drop);

    seam_run_play(run, cuts, most);
    ck_assert_msg(run->verdict == want && run->new_size == fresh.size,
                  "\"%.*s\" + \"%.*s\": got %d, %zu bytes, not %d, %zu",
                  (int)run->said.size, run->said.text, (int)run->head.size,
                  run->head.text, (int)run->verdict, run->new_size, (int)want,
                  fresh.size);
    ck_assert_mem_eq(run->new_text, fresh.text, fresh.size);
    ck_assert(!run->was_cut);
    seam_run_deinit(run);
}

/* Appends letters of a small alphabet; two of them share their first byte. */
static size_t
invent(struct rng *r, const char *const *letters, int64_t n_letters, int64_t n,
       char *ret_text)
{
    size_t size = 0;

    for (; n > 0; n--) {
        const char *letter = letters[rng_upto(r, n_letters - 1)];

        memcpy(ret_text + size, letter, strlen(letter));
        size += strlen(letter);
    }
    return size;
}

static size_t
next_start(struct json_slice text, size_t at)
{
    while (at < text.size && ((unsigned char)text.text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Begins with nothing, an end or the beginning of what was said. */
static size_t
invent_start(struct rng *r, struct json_slice said, char *ret_text)
{
    size_t at = next_start(said, (size_t)rng_upto(r, (int64_t)said.size - 1));
    struct json_slice part = {NULL, 0};

    switch (rng_upto(r, 3)) {
    case 0:
        part = after(said, at);
        break;
    case 1:
        part = slice(said.text, at);
        break;
    case 2:
        part = said;
        break;
    default:
        return 0;
    }
    memcpy(ret_text, part.text, part.size);
    return part.size;
}

static const char *const ALPHABETS[][3] = {
    {"a", "b", "b"},
    {"a", "b", "c"},
    {"a", "a", " "},
    {"a", "\n", " "},
    {"\xc3\xa9", "\xc3\xa8", "a"},
    {"\xe6\x97\xa5", "\xe6\x97\xa6", "\xe6\x9c\xac"},
};

static void
try_letters(struct rng *r, const char *const *letters, int64_t most_letters)
{
    char said[512], head[1024];
    size_t size, head_size;
    struct seam_run run = {.unseen = 0};

    size = invent(r, letters, 3, 1 + rng_upto(r, most_letters - 1), said);
    run.said = slice(said, size);
    head_size = 0;
    if (rng_upto(r, 3) == 0)
        head[head_size++] = ' ';
    head_size += invent_start(r, run.said, head + head_size);
    head_size += invent(r, letters, 3, rng_upto(r, 40), head + head_size);
    run.head = slice(head, head_size);
    if (rng_upto(r, 1) == 0)
        while (run.unseen < size && strchr(" \n", said[size - 1 - run.unseen]))
            run.unseen++;
    assert_as_model(&run, NULL, 0);
    assert_as_model(&run, r, 1);
    assert_as_model(&run, r, 8);
}

START_TEST(of_few_letters_it_makes_what_the_model_makes)
{
    struct rng r;

    rng_init(&r, (uint64_t)_i);
    for (int round = 0; round < 1000; round++)
        try_letters(&r, ALPHABETS[_i % (int)array_count(ALPHABETS)],
                    round % 3 == 0 ? 8 : 120);
}

END_TEST

enum {
    TEXT_BYTES = 16384
};

/* What the texts are made of; the numbers that are put between keep them from
 * being periodic. */
static const struct script {
    const char *name;
    const char *words[8];
} SCRIPTS[] = {
    /* clang-format off */
    {"Latin", {"the ", "naïve ", "fox, ", "which ", "jumped. ", "Übergröße ",
               "over ", "it. "}},
    {"CJK", {"日本", "語の", "文章", "です。", "東京", "漢字、", "中文", "に"}},
    {"emoji", {"👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "ok ", "🇩🇪", "🇫🇷", "❤️ ", "e\u0301"}},
    {"Arabic", {"مرحبا ", "بالعالم، ", "هذا ", "نص ", "طويل. ", "שלום ",
                "עולם ", "\u200f"}},
    {"code", {"            if (x) {\n", "                return;\n",
              "            }\n", "\n", "                    call(a, b);\n",
              "        }\n", "\t\tdone();\n", "                                ;"
              "\n"}},
    /* clang-format on */
};

static char text[TEXT_BYTES + 64];

static size_t
write_text(struct rng *r, const struct script *script, size_t size)
{
    size_t used = 0;

    while (used < size) {
        const char *word = script->words[rng_upto(r, 7)];
        size_t n = strlen(word);

        memcpy(text + used, word, n);
        used += n;
        if (rng_upto(r, 3) == 0)
            used += (size_t)snprintf(text + used, 16, "%d",
                                     (int)rng_upto(r, 99999));
    }
    return used;
}

enum behaviour {
    GOES_ON,
    REPEATS,
    BEGINS_AGAIN,
    N_BEHAVIOURS
};

/* How many bytes before the seam the model begins. */
static size_t
choose_back(struct rng *r, enum behaviour behaviour, struct json_slice said)
{
    static const int64_t LONGEST[] = {24, 100, 1000, SEAM_TAIL_BYTES};
    size_t back;

    switch (behaviour) {
    case REPEATS:
        back = SEAM_LEAST_BYTES + (size_t)rng_upto(r, LONGEST[rng_upto(r, 3)]);
        if (back > SEAM_TAIL_BYTES)
            back = SEAM_TAIL_BYTES;
        if (back > said.size)
            return said.size;
        back = said.size - next_start(said, said.size - back);
        return back < SEAM_LEAST_BYTES ? said.size : back;
    case BEGINS_AGAIN:
        return said.size;
    case GOES_ON:
    case N_BEHAVIOURS:
        break;
    }
    return 0;
}

/* True if a clean continuation reads as a new beginning. */
static bool
begins_alike(struct json_slice said, struct json_slice head)
{
    struct json_slice top = after(said, blanks_of(said));
    size_t again = common(top, after(head, blanks_of(head)));

    return again >= SEAM_LEAST_BYTES || again == top.size;
}

/* True for the exceptions that the header names: the text repeats itself at
 * this place in a way that reads as something else. */
static bool
is_ambiguous(struct json_slice said, struct json_slice rest, size_t back)
{
    struct json_slice head = {rest.text - back, rest.size + back};

    if (back == said.size)
        return false;
    if (back == 0)
        return plain_repeat(said, head) > 0 || begins_alike(said, head)
               || plain_blanks(said, 0, head) > 0;
    return plain_repeat(said, head) != back;
}

/* Cuts the text anywhere and lets a model continue it; false if that is one
 * of the exceptions. */
static bool
continue_text(struct rng *r, struct json_slice whole, enum behaviour behaviour)
{
    size_t seam =
        next_start(whole, 1 + (size_t)rng_upto(r, (int64_t)whole.size - 2));
    struct seam_run run = {.said = slice(whole.text, seam)};
    struct json_slice rest = after(whole, seam);
    size_t back = choose_back(r, behaviour, run.said);

    if (is_ambiguous(run.said, rest, back))
        return false;
    run.head = slice(rest.text - back, rest.size + back);
    seam_run_play(&run, r, 1 + rng_upto(r, 60));
    ck_assert_int_eq(run.verdict, SEAM_CLEAR);
    ck_assert_uint_eq(run.new_size, rest.size);
    ck_assert_mem_eq(run.new_text, rest.text, rest.size);
    ck_assert(!run.was_cut);
    seam_run_deinit(&run);
    return true;
}

START_TEST(the_answer_is_as_if_it_had_never_broken_off)
{
    const struct script *script = &SCRIPTS[_i % (int)array_count(SCRIPTS)];
    enum behaviour behaviour = (enum behaviour)(_i / (int)array_count(SCRIPTS));
    static const int64_t SIZES[] = {40, 400, 4000, TEXT_BYTES};
    struct rng r;
    int done = 0;

    rng_init(&r, (uint64_t)_i);
    for (int round = 0; round < 200; round++) {
        size_t size = write_text(
            &r, script, 16 + (size_t)rng_upto(&r, SIZES[round % 4] - 16));

        ck_assert(utf8_valid(text, size));
        done += continue_text(&r, slice(text, size), behaviour);
    }
    ck_assert_msg(done >= 150, "%s: %d of 200", script->name, done);
}

END_TEST

/* The provider is shown the text without the white space at its end, and does
 * not go on in mid-space. */
START_TEST(white_space_that_was_not_shown_is_there_once)
{
    struct rng r;
    int done = 0;

    rng_init(&r, (uint64_t)_i);
    for (int round = 0; round < 200; round++) {
        size_t size = write_text(&r, &SCRIPTS[4], 2000);
        struct json_slice whole = slice(text, size);
        struct seam_run run = {
            .said = slice(text, 100 + (size_t)rng_upto(&r, 1700))};
        size_t shown = run.said.size;

        while (strchr(" \n\t", text[shown - 1]))
            shown--;
        run.unseen = run.said.size - shown;
        run.head = after(whole, shown);
        if (plain_repeat(run.said, run.head) > run.unseen
            || begins_alike(run.said, run.head))
            continue;
        seam_run_play(&run, &r, 5);
        ck_assert_uint_eq(run.new_size, size - run.said.size);
        ck_assert_mem_eq(run.new_text, text + run.said.size, run.new_size);
        seam_run_deinit(&run);
        done++;
    }
    ck_assert_int_ge(done, 150);
}

END_TEST

START_TEST(nothing_is_dropped_of_what_has_15_bytes_in_common)
{
    struct rng r;

    rng_init(&r, (uint64_t)_i);
    for (int round = 0; round < 300; round++) {
        char said[64], head[64];
        size_t least = 1 + (size_t)rng_upto(&r, 14);
        struct seam_run run = {.said = {said, sizeof(said)},
                               .head = {head, sizeof(head)}};

        for (size_t i = 0; i < sizeof(said); i++) {
            said[i] = (char)('!' + rng_upto(&r, 40));
            head[i] = (char)('a' + rng_upto(&r, 20));
        }
        memcpy(head, said + sizeof(said) - least, least);
        seam_run_play(&run, &r, 4);
        ck_assert_int_eq(run.verdict, SEAM_CLEAR);
        ck_assert_uint_eq(run.new_size, sizeof(head));
        seam_run_deinit(&run);
    }
}

END_TEST

int
main(void)
{
    Suite *s = suite_create("seam_texts");
    TCase *tc = tcase_create("texts");

    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, of_few_letters_it_makes_what_the_model_makes, 0,
                        4 * (int)array_count(ALPHABETS));
    tcase_add_loop_test(tc, the_answer_is_as_if_it_had_never_broken_off, 0,
                        N_BEHAVIOURS * (int)array_count(SCRIPTS));
    tcase_add_loop_test(tc, white_space_that_was_not_shown_is_there_once, 0, 4);
    tcase_add_loop_test(tc, nothing_is_dropped_of_what_has_15_bytes_in_common,
                        0, 4);
    suite_add_tcase(s, tc);
    return suite_main(s);
}
