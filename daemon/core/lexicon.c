#include "core/lexicon.h"

#include <assert.h>
#include <string.h>

/* What the index looks at: of long words so many bytes that few share them, of
 * the others as many as the shortest has.  Beyond ASCII a letter takes two. */
enum {
    LONG_KEY = 5,
    SHORT_KEY = 3,
    LONG_WIDE_KEY = 6,
    SHORT_WIDE_KEY = 4,
};

enum {
    BUCKET_BITS = 12,
    TAG_BITS = 4
};

_Static_assert(1 << BUCKET_BITS == LEXICON_BUCKETS, "bits of a bucket");

struct place {
    size_t bucket;
    uint16_t tag;
};

/* Multiplication by 2^64 divided by the golden ratio spreads the keys (Knuth,
 * TAOCP 6.4). */
static inline struct place
place_of(const char *text, size_t size)
{
    uint64_t key;

    memcpy(&key, text, sizeof(key));
    if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
        key = __builtin_bswap64(key);
    key = (key & ((1ull << 8 * size) - 1)) * 0x9e3779b97f4a7c15u;
    return (struct place){
        .bucket = (size_t)(key >> (64 - BUCKET_BITS)),
        .tag = (uint16_t)(1u << ((key >> (64 - BUCKET_BITS - TAG_BITS))
                                 & ((1u << TAG_BITS) - 1))),
    };
}

static size_t
key_size(const struct lexicon_word *word)
{
    bool wide = (unsigned char)*word->text >= 0x80;
    size_t longest = wide ? LONG_WIDE_KEY : LONG_KEY;
    size_t shortest = wide ? SHORT_WIDE_KEY : SHORT_KEY;

    assert(word->size >= shortest);
    return word->size < longest ? shortest : longest;
}

static struct lexicon_bucket *
bucket_for(struct lexicon *lexicon, const struct lexicon_word *word)
{
    char key[LEXICON_SLACK] = {0};
    struct place place;

    memcpy(key, word->text, key_size(word));
    place = place_of(key, key_size(word));
    lexicon->buckets[place.bucket].tag |= place.tag;
    return &lexicon->buckets[place.bucket];
}

static void
add(struct lexicon *lexicon, enum lexicon_class class, const char *text,
    size_t size)
{
    struct lexicon_word *word = &lexicon->words[lexicon->n_words];
    struct lexicon_bucket *bucket;

    assert(lexicon->n_words < LEXICON_MAX_WORDS && size <= UINT8_MAX);
    word->text = text;
    word->whole = text[size - 1] == '|';
    word->size = (uint8_t)(size - word->whole);
    word->class = (uint8_t) class;
    bucket = bucket_for(lexicon, word);
    word->next = bucket->first;
    bucket->first = (uint16_t)++lexicon->n_words;
}

static enum lexicon_kind
kind_of(unsigned char byte)
{
    if (byte == '\n')
        return LEXICON_END;
    if (byte == ' ' || byte == '\t')
        return LEXICON_BLANK;
    if (byte >= '0' && byte <= '9')
        return LEXICON_DIGIT;
    if (byte >= 0xe3 && byte <= 0xed)
        return LEXICON_DENSE;
    if (byte >= 0x80 || byte == '_' || (byte >= 'a' && byte <= 'z'))
        return LEXICON_LETTER;
    return LEXICON_MARK;
}

void
lexicon_init(struct lexicon *lexicon)
{
    memset(lexicon, 0, sizeof(*lexicon));
    for (size_t i = 0; i < 256; i++)
        lexicon->kinds[i] = (uint8_t)kind_of((unsigned char)i);
    for (size_t i = 0; i < lexicon_n_lists; i++) {
        const char *at = lexicon_lists[i].words;

        while (*at) {
            size_t size = strcspn(at, ",");

            add(lexicon, lexicon_lists[i].class, at, size);
            at += size + (at[size] == ',');
        }
    }
}

static bool
ends_after(const struct lexicon *lexicon, const char *text, size_t size)
{
    enum lexicon_kind kind = lexicon_kind(lexicon, text[size]);

    return kind != LEXICON_LETTER && kind != LEXICON_DIGIT;
}

static bool
matches(const struct lexicon *lexicon, const struct lexicon_word *word,
        const char *text, size_t size)
{
    return word->size <= size && memcmp(word->text, text, word->size) == 0
           && (!word->whole || ends_after(lexicon, text, word->size));
}

static const struct lexicon_word *
find_longest(const struct lexicon *lexicon, uint16_t first, const char *text,
             size_t size)
{
    const struct lexicon_word *found = NULL;

    for (uint16_t next = first; next > 0;
         next = lexicon->words[next - 1].next) {
        const struct lexicon_word *word = &lexicon->words[next - 1];

        if ((!found || word->size > found->size)
            && matches(lexicon, word, text, size))
            found = word;
    }
    return found;
}

/* Inline, so that the size of the key is a constant: this is done for every
 * word. */
static inline const struct lexicon_word *
find_by_key(const struct lexicon *lexicon, const char *text, size_t size,
            size_t key_bytes)
{
    struct place place = place_of(text, key_bytes);
    const struct lexicon_bucket *bucket = &lexicon->buckets[place.bucket];

    if (!(bucket->tag & place.tag))
        return NULL;
    return find_longest(lexicon, bucket->first, text, size);
}

const struct lexicon_word *
lexicon_find(const struct lexicon *lexicon, const char *text, size_t size)
{
    const struct lexicon_word *found;

    if (lexicon_kind(lexicon, *text) == LEXICON_DENSE)
        return find_by_key(lexicon, text, size, LONG_WIDE_KEY);
    if ((unsigned char)*text < 0x80) {
        found = find_by_key(lexicon, text, size, LONG_KEY);
        return found ? found : find_by_key(lexicon, text, size, SHORT_KEY);
    }
    found = find_by_key(lexicon, text, size, LONG_WIDE_KEY);
    return found ? found : find_by_key(lexicon, text, size, SHORT_WIDE_KEY);
}
