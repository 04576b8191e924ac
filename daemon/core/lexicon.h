/*
 * lexicon.h - words that tell what kind of work a text asks for.
 *
 * Stems in several languages, by what they hint at; the lists are in
 * lexicon_words.c.  A stem matches at the beginning of a word, whatever
 * follows (`analy` matches "analyse" and "analysis"); in Chinese and Japanese,
 * which do not separate words, and in Korean it matches anywhere.  The texts
 * that are searched have been made plain by core/plaintext, and so are the
 * stems.
 */
#ifndef AIGW_CORE_LEXICON_H
#define AIGW_CORE_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lexicon_class {
    LEXICON_WORK,       /* A text or an explanation is wanted, not a fact. */
    LEXICON_REASONING,  /* Steps that build on each other are wanted. */
    LEXICON_DEPTH,      /* A matter that often takes them. */
    LEXICON_CODE,       /* Programs and what they are made of. */
    LEXICON_MATHS,      /* Mathematics. */
    LEXICON_CONSTRAINT, /* The answer is bound to something. */
    LEXICON_WHY,        /* Asks for a cause. */
    LEXICON_PLAIN,      /* Work by rote: translate, shorten, extract. */
    LEXICON_N_CLASSES
};

enum {
    LEXICON_MAX_WORDS = 2048,
    LEXICON_BUCKETS = 4096
};

struct lexicon_word {
    const char *text; /* Not terminated. */
    uint8_t size;
    uint8_t class; /* enum lexicon_class */
    bool whole;    /* The word ends here. */
    uint16_t next; /* In the same bucket, plus one; 0: the last. */
};

/* What a byte may be the beginning of. */
enum lexicon_kind {
    LEXICON_MARK, /* None of the others. */
    LEXICON_BLANK,
    LEXICON_END, /* Of a line. */
    LEXICON_DIGIT,
    LEXICON_LETTER, /* ASCII, underscores, and bytes beyond ASCII. */
    LEXICON_DENSE,  /* A character of kana, ideographs or Hangul, of which
                     * any may begin a word (U+3000 to U+DFFF). */
};

struct lexicon_bucket {
    uint16_t first; /* Index of a word plus one; 0: empty. */
    uint16_t tag;   /* Of its words, all bits or'ed. */
};

struct lexicon {
    struct lexicon_word words[LEXICON_MAX_WORDS];
    size_t n_words;
    uint8_t kinds[256]; /* enum lexicon_kind */
    struct lexicon_bucket buckets[LEXICON_BUCKETS];
};

/* The stems of one class in one language, separated by commas; "sql|" is a
 * word that ends there. */
struct lexicon_list {
    enum lexicon_class class;
    const char *language; /* ISO 639-1 */
    const char *words;
};

extern const struct lexicon_list lexicon_lists[];
extern const size_t lexicon_n_lists;

/* Builds the index; nothing else writes it. */
void lexicon_init(struct lexicon *lexicon);

/* The longest stem that `text` begins with, or NULL.  `text` begins with a
 * word.  There must be LEXICON_SLACK readable bytes behind its `size`. */
enum {
    LEXICON_SLACK = 8
};

const struct lexicon_word *lexicon_find(const struct lexicon *lexicon,
                                        const char *text, size_t size);

static inline enum lexicon_kind
lexicon_kind(const struct lexicon *lexicon, char c)
{
    return (enum lexicon_kind)lexicon->kinds[(unsigned char)c];
}

#endif
