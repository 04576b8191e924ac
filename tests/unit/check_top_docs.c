/*
 * check_top_docs.c - what must agree with the tables of aigw-top's options and
 * keys: the manual page and the completions.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "support/source_file.h"
#include "support/suite.h"
#include "tui/options.h"
#include "tui/ui_keys.h"

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* A document, and what stands around the name of an option in it, and around
 * its letter. */
static const struct {
    const char *path;
    const char *before_name;
    const char *after_name;
    const char *before_letter;
    const char *after_letter;
} documents[] = {
    {"etc/man/aigw-top.1.scd", "*--", "*", "*-", "*"},
    {"etc/completions/aigw-top.bash", "--", "", "-", " "},
    {"etc/completions/_aigw-top", "--", "", "-", ""},
    {"etc/completions/aigw-top.fish", " -l ", " ", " -s ", " "},
};

enum {
    DOCUMENTS = sizeof(documents) / sizeof(documents[0])
};

static bool
is_option(const char *name, size_t len)
{
    for (const struct option_spec *o = options_table; o->name; o++) {
        if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
            return true;
    }
    return false;
}

static void
expect_in(const char *text, const char *before, const char *word,
          const char *after)
{
    char wanted[64];

    (void)snprintf(wanted, sizeof(wanted), "%s%s%s", before, word, after);
    ck_assert_msg(strstr(text, wanted) != NULL, "no \"%s\"", wanted);
}

START_TEST(every_option_is_in_every_document)
{
    char *text = source_file_read(documents[_i].path);

    for (const struct option_spec *o = options_table; o->name; o++) {
        const char letter[] = {o->letter, '\0'};

        expect_in(text, documents[_i].before_name, o->name,
                  documents[_i].after_name);
        if (o->letter)
            expect_in(text, documents[_i].before_letter, letter,
                      documents[_i].after_letter);
    }
    free(text);
}

END_TEST

/* Where the name of the next option begins in `text`; NULL if none does. */
static const char *
next_option(const char *text)
{
    const char *dashes = strstr(text, "--");
    const char *named = strstr(text, " -l ");

    if (!named || (dashes && dashes < named))
        return dashes ? dashes + strlen("--") : NULL;
    return named + strlen(" -l ");
}

START_TEST(no_document_has_another_option)
{
    char *text = source_file_read(documents[_i].path);

    for (const char *p = next_option(text); p; p = next_option(p)) {
        size_t len = strspn(p, WORD_CHARS);

        /* The bare "--" of a shell; aigw-ctl's --json is one of ours, too. */
        ck_assert_msg(len == 0 || is_option(p, len), "--%.*s", (int)len, p);
    }
    free(text);
}

END_TEST

/* A key of a label such as "PgUp PgDn ^B ^F". */
static bool
page_has_key(const char *page, const char *key)
{
    char wanted[32];

    (void)snprintf(wanted, sizeof(wanted), "*%s*", key);
    return strstr(page, wanted) != NULL;
}

/* Those that do the same as another one of their label, or are spelled out. */
static bool
is_other_name(const char *key)
{
    static const char *const others[] = {"^B",    "^F", "^L", "^Z", "1..6",
                                         "S-Tab", "Z",  "F3", "F4"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (strcmp(key, others[i]) == 0)
            return true;
    }
    return strcmp(key, "\\") == 0;
}

START_TEST(the_manual_page_has_every_key)
{
    char *page = source_file_read("etc/man/aigw-top.1.scd");
    size_t n;
    const struct ui_keys *keys = ui_keys_all(&n);

    for (size_t i = 0; i < n; i++) {
        char label[64];

        (void)snprintf(label, sizeof(label), "%s", keys[i].label);
        for (char *key = strtok(label, " "); key; key = strtok(NULL, " "))
            ck_assert_msg(is_other_name(key) || page_has_key(page, key), "%s",
                          key);
    }
    free(page);
}

END_TEST

static Suite *
make_suite(void)
{
    Suite *suite = suite_create("top_docs");
    TCase *tc = tcase_create("docs");

    tcase_add_loop_test(tc, every_option_is_in_every_document, 0, DOCUMENTS);
    tcase_add_loop_test(tc, no_document_has_another_option, 0, DOCUMENTS);
    tcase_add_test(tc, the_manual_page_has_every_key);
    suite_add_tcase(suite, tc);
    return suite;
}

int
main(void)
{
    return suite_main(make_suite());
}
