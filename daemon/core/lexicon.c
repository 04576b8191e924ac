#include "core/lexicon.h"

#include <assert.h>
#include <string.h>

/* What the index looks at: of long words so many bytes that few share them, of
 * the others as many as the shortest has.  Beyond ASCII a letter takes two. */
enum key_kind {
    KEY_LONG,
    KEY_SHORT
};

enum {
    BUCKET_BITS = 12,
    TAG_BITS = 4
};

_Static_assert(1 << BUCKET_BITS == LEXICON_BUCKETS, "bits of a bucket");

static size_t
key_size(char lead, enum key_kind kind)
{
    if (kind == KEY_LONG)
        return (unsigned char)lead < 0x80 ? 5 : 6;
    return (unsigned char)lead < 0x80 ? 3 : 4;
}

struct place {
    size_t bucket;
    uint16_t tag;
};

/* Multiplication by 2^64 divided by the golden ratio spreads the keys (Knuth,
 * TAOCP 6.4). */
static struct place
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

static struct lexicon_bucket *
bucket_for(struct lexicon *lexicon, const struct lexicon_word *word)
{
    size_t longest = key_size(*word->text, KEY_LONG);
    size_t shortest = key_size(*word->text, KEY_SHORT);
    char key[LEXICON_SLACK] = {0};
    struct place place;

    assert(word->size >= shortest);
    memcpy(key, word->text, word->size < longest ? shortest : longest);
    place = place_of(key, word->size < longest ? shortest : longest);
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
find_by_key(const struct lexicon *lexicon, const char *text, size_t size,
            enum key_kind kind)
{
    struct place place = place_of(text, key_size(*text, kind));
    const struct lexicon_bucket *bucket = &lexicon->buckets[place.bucket];
    const struct lexicon_word *found = NULL;
    uint16_t next = bucket->tag & place.tag ? bucket->first : 0;

    while (next > 0) {
        const struct lexicon_word *word = &lexicon->words[next - 1];

        if ((!found || word->size > found->size)
            && matches(lexicon, word, text, size))
            found = word;
        next = word->next;
    }
    return found;
}

const struct lexicon_word *
lexicon_find(const struct lexicon *lexicon, const char *text, size_t size)
{
    const struct lexicon_word *found =
        find_by_key(lexicon, text, size, KEY_LONG);

    if (found || lexicon_kind(lexicon, *text) == LEXICON_DENSE)
        return found;
    return find_by_key(lexicon, text, size, KEY_SHORT);
}
