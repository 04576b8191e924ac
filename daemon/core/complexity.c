#include "core/complexity.h"

#include "core/complexity_text.h"
#include "core/json_skip.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A share is weight * count / (count + half): the first of a kind tells most,
 * and nothing that is repeated can fill the score alone.  The weights were
 * fitted to the prompts marked `fit` in tests/unit/prompts.tsv. */
static const struct weight {
    double weight;
    double half; /* The count that gives half of the weight. */
    const char *reason;
} WEIGHTS[COMPLEXITY_N_FEATURES] = {
    /* Doublings beyond 64 bytes.  Small, since long texts are often only to be
     * translated or searched. */
    [COMPLEXITY_SIZE] = {0.25, 6.0, "more to hold together"},

    /* One word says most of it: this alone is to reach the standard tier. */
    [COMPLEXITY_WORK] = {0.40, 0.25, "a text or a plan is more than a fact"},

    /* What cheaper models get wrong first.  One word may stand by chance, two
     * with anything beside them are to reach the premium tier. */
    [COMPLEXITY_REASONING] = {0.75, 0.80, "steps that build on each other"},

    /* Routine code is routine, so not enough for the premium tier. */
    [COMPLEXITY_CODE] = {0.35, 3.0, "must be right to the letter"},

    /* Formulas seldom come alone: two are as good as many. */
    [COMPLEXITY_MATHS] = {0.45, 1.2, "one slip ruins the result"},
    [COMPLEXITY_CONSTRAINTS] = {0.35, 4.0, "all at once are hard to meet"},
    [COMPLEXITY_QUESTIONS] = {0.15, 4.0, "each wants its own answer"},
    [COMPLEXITY_TURNS] = {0.15, 8.0, "what was said is to be kept in mind"},

    /* Either is one or none: the share is half of the weight. */
    [COMPLEXITY_TOOLS] = {0.30, 1.0, "their arguments must be exact"},
    [COMPLEXITY_IMAGES] = {0.40, 1.0, "looking is harder than reading"},
};

/* To translate, shorten or extract is the same work whatever the text is
 * about, and most of the wording is that text. */
static const double PLAIN_DISCOUNT = 0.65;
static const char PLAIN_REASON[] = "work by rote on a text in hand";

const char *
complexity_feature_name(enum complexity_feature feature)
{
    static const char *const NAMES[] = {
#define X(name, text) text,
        COMPLEXITY_FEATURE_MAP(X)
#undef X
    };

    assert(feature < COMPLEXITY_N_FEATURES);
    return NAMES[feature];
}

const char *
complexity_feature_reason(enum complexity_feature feature)
{
    assert(feature < COMPLEXITY_N_FEATURES);
    return feature == COMPLEXITY_PLAIN ? PLAIN_REASON : WEIGHTS[feature].reason;
}

/* What there is beside instructions, and what the user said last. */
struct conversation {
    size_t n_messages;
    struct json_slice asked; /* The content of that message. */
};

static void
note_message(struct conversation *c, struct json_slice role,
             struct json_slice content)
{
    if (json_skip_is(role, "system") || json_skip_is(role, "developer"))
        return;
    c->n_messages++;
    if (json_skip_is(role, "user"))
        c->asked = content;
}

static struct conversation
walk_messages(const struct chat_request *request)
{
    struct json_skip skip = json_skip_into(request->messages);
    struct conversation c = {.asked = {"", 0}};

    while (json_skip_enter(&skip)) {
        struct json_slice role = {"", 0};
        struct json_slice content = {"", 0};
        struct json_slice key, value;

        while (json_skip_next(&skip, &key) && json_skip_next(&skip, &value)) {
            if (json_skip_is(key, "role"))
                role = value;
            else if (json_skip_is(key, "content"))
                content = value;
        }
        json_skip_leave(&skip);
        note_message(&c, role, content);
    }
    return c;
}

static bool
is_text(struct json_slice value)
{
    return json_slice_is_string(value) && value.size >= 2;
}

static void
read_wording(struct json_slice content, struct complexity_text *text)
{
    struct json_skip parts = json_skip_into(content);
    struct json_slice part;

    if (is_text(content))
        complexity_text_add(text, json_inner(content));
    while (json_slice_is_array(content) && json_skip_next(&parts, &part)) {
        struct json_slice said = json_skip_find(part, "text");

        if (is_text(said))
            complexity_text_add(text, json_inner(said));
    }
}

static double
doublings(size_t bytes)
{
    return log2(1.0 + (double)bytes / 64.0);
}

static void
take_wording(const struct complexity_wording *w, struct complexity *c)
{
    c->parts[COMPLEXITY_WORK].count = w->words[LEXICON_WORK];
    c->parts[COMPLEXITY_REASONING].count =
        w->words[LEXICON_REASONING] + 0.15 * w->words[LEXICON_DEPTH];
    c->parts[COMPLEXITY_CODE].count = w->words[LEXICON_CODE] + 2.0 * w->fences
                                      + w->code_lines + 0.5 * w->code_marks;
    c->parts[COMPLEXITY_MATHS].count =
        w->words[LEXICON_MATHS] + w->symbols + fmin(0.15 * w->numbers, 0.75);
    c->parts[COMPLEXITY_CONSTRAINTS].count =
        w->words[LEXICON_CONSTRAINT] + w->list_lines;
    c->parts[COMPLEXITY_QUESTIONS].count = w->questions + w->words[LEXICON_WHY];
    c->parts[COMPLEXITY_PLAIN].count = w->plain ? 1.0 : 0.0;
}

static double
share_of(enum complexity_feature feature, double count)
{
    const struct weight *w = &WEIGHTS[feature];

    return count > 0.0 ? w->weight * count / (count + w->half) : 0.0;
}

static double
discount(const struct complexity *c)
{
    return -PLAIN_DISCOUNT
           * (c->parts[COMPLEXITY_WORK].share
              + c->parts[COMPLEXITY_REASONING].share
              + c->parts[COMPLEXITY_MATHS].share
              + c->parts[COMPLEXITY_CONSTRAINTS].share);
}

static void
sum_up(struct complexity *c)
{
    double sum = 0.0;

    for (int f = 0; f < COMPLEXITY_PLAIN; f++) {
        c->parts[f].share =
            share_of((enum complexity_feature)f, c->parts[f].count);
        sum += c->parts[f].share;
    }
    if (c->parts[COMPLEXITY_PLAIN].count > 0.0)
        c->parts[COMPLEXITY_PLAIN].share = discount(c);
    c->score = fmin(sum + c->parts[COMPLEXITY_PLAIN].share, 1.0);
}

void
complexity_score(const struct lexicon *lexicon,
                 const struct chat_request *request,
                 struct complexity *ret_complexity)
{
    struct conversation conversation = walk_messages(request);
    struct complexity_wording wording;
    struct complexity_text text;

    memset(ret_complexity, 0, sizeof(*ret_complexity));
    complexity_text_init(&text);
    read_wording(conversation.asked, &text);
    complexity_text_look(&text, lexicon, &wording);
    take_wording(&wording, ret_complexity);
    ret_complexity->parts[COMPLEXITY_SIZE].count =
        doublings(request->prompt_bytes);
    if (conversation.n_messages > 1)
        ret_complexity->parts[COMPLEXITY_TURNS].count =
            (double)(conversation.n_messages - 1);
    ret_complexity->parts[COMPLEXITY_TOOLS].count = request->has_tools;
    ret_complexity->parts[COMPLEXITY_IMAGES].count = request->has_images;
    sum_up(ret_complexity);
}

int
complexity_tier(const struct complexity_limits *limits, double score)
{
    if (score < limits->standard)
        return 0;
    return score < limits->premium ? 1 : 2;
}
