/*
 * check_complexity_prompts.c - what core/complexity makes of prompts whose
 * tier is known.
 *
 * The prompts are in prompts.tsv.  The table that is printed shows how many
 * of each tier were taken for which.
 */
#include "core/complexity.h"

#include "support/suite.h"

#include <stdio.h>
#include <string.h>

enum {
    N_TIERS = 3,
    MAX_LINE = 4096
};

static const char *const TIERS[N_TIERS] = {"economy", "standard", "premium"};
static const struct complexity_limits LIMITS = {0.35, 0.65};
static struct lexicon lexicon;

struct confusion {
    int n[N_TIERS][N_TIERS]; /* By what it is, and what it is taken for. */
    int total;
    int right;
};

struct prompt {
    char *set;
    int tier;
    char *text;
};

static int
tier_named(const char *name)
{
    for (int i = 0; i < N_TIERS; i++)
        if (strcmp(name, TIERS[i]) == 0)
            return i;
    ck_abort_msg("no tier \"%s\"", name);
    return -1;
}

/* "\n" in the file is the end of a line. */
static void
resolve(char *text)
{
    char *to = text;

    for (; *text; text++) {
        bool is_end = text[0] == '\\' && text[1] == 'n';

        *to++ = is_end ? '\n' : *text;
        text += is_end;
    }
    *to = '\0';
}

static bool
read_prompt(FILE *file, char line[MAX_LINE], struct prompt *ret)
{
    char *tier;

    do {
        if (!fgets(line, MAX_LINE, file))
            return false;
    } while (*line == '#');
    line[strcspn(line, "\n")] = '\0';
    ret->set = strtok(line, "\t");
    tier = strtok(NULL, "\t");
    ret->text = strtok(NULL, "");
    ck_assert_ptr_nonnull(ret->text);
    ret->tier = tier_named(tier);
    resolve(ret->text);
    return true;
}

static void
score(const char *text, struct complexity *ret)
{
    static const char SYSTEM[] = "You are a helpful AI assistant.";
    struct chat_prompt prompt = {
        .prompt = text,
        .prompt_size = strlen(text),
        .system = SYSTEM,
        .system_size = sizeof(SYSTEM) - 1,
        .temperature = 0.7,
        .max_tokens = 4096,
    };
    struct chat_request *request;

    ck_assert_int_eq(chat_from_prompt(&prompt, &request, NULL), 0);
    complexity_score(&lexicon, request, ret);
    chat_free(request);
}

static void
print_miss(const struct prompt *prompt, const struct complexity *c)
{
    printf("  %s, taken for %s (%.2f): %.60s\n   ", TIERS[prompt->tier],
           TIERS[complexity_tier(&LIMITS, c->score)], c->score, prompt->text);
    for (int f = 0; f < COMPLEXITY_N_FEATURES; f++)
        if (c->parts[f].count > 0)
            printf(" %s %.2g: %.2f",
                   complexity_feature_name((enum complexity_feature)f),
                   c->parts[f].count, c->parts[f].share);
    printf("\n");
}

static void
note(const struct prompt *prompt, struct confusion *table)
{
    struct complexity c;
    int taken;

    score(prompt->text, &c);
    taken = complexity_tier(&LIMITS, c.score);
    table->n[prompt->tier][taken]++;
    table->total++;
    table->right += taken == prompt->tier;
    if (taken != prompt->tier || getenv("AIGW_TEST_SCORES"))
        print_miss(prompt, &c);
}

static void
print_table(const char *set, const struct confusion *table)
{
    printf("%s: %d of %d right, %.1f %%\n", set, table->right, table->total,
           100.0 * table->right / table->total);
    printf("%12s %9s %9s %9s\n", "", TIERS[0], TIERS[1], TIERS[2]);
    for (int i = 0; i < N_TIERS; i++)
        printf("%12s %9d %9d %9d\n", TIERS[i], table->n[i][0], table->n[i][1],
               table->n[i][2]);
}

static void
read_set(const char *set, struct confusion *ret)
{
    FILE *file = fopen(AIGW_SOURCE_DIR "/tests/unit/prompts.tsv", "r");
    char line[MAX_LINE];
    struct prompt prompt;

    memset(ret, 0, sizeof(*ret));
    ck_assert_ptr_nonnull(file);
    while (read_prompt(file, line, &prompt))
        if (strcmp(prompt.set, set) == 0)
            note(&prompt, ret);
    (void)fclose(file);
    print_table(set, ret);
    (void)fflush(stdout);
}

static void
setup(void)
{
    lexicon_init(&lexicon);
}

static const struct set {
    const char *name;
    int least; /* Prompts in it. */
} sets[] = {
    {"fit", 60},
    {"held", 30},
};

START_TEST(prompts_go_to_the_tier_that_suits_them)
{
    const struct set *set = &sets[_i];
    struct confusion table;

    read_set(set->name, &table);
    ck_assert_int_ge(table.total, set->least);
    ck_assert_int_ge(100 * table.right, 85 * table.total);
}

END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("complexity_prompts");
    TCase *tc = tcase_create("prompts");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, prompts_go_to_the_tier_that_suits_them, 0,
                        sizeof(sets) / sizeof(sets[0]));
    suite_add_tcase(s, tc);
    return s;
}

int
main(void)
{
    return suite_main(suite());
}
