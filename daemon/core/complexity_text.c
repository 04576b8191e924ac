#include "core/complexity_text.h"

#include "core/plaintext.h"

#include <string.h>

enum {
    /* How far into a text an order for work by rote may stand: behind "Could
     * you please", before the text that it is about. */
    PLAIN_BYTES = 64
};

/* "al" in Arabic, and "and": both are written as one with their word. */
static const char ARABIC_THE[] = "\xd8\xa7\xd9\x84";
static const char ARABIC_AND[] = "\xd9\x88";

/* A text while it is looked at. */
struct look {
    const struct lexicon *lexicon;
    const char *from;
    const char *at;
    const char *end;
    char last;       /* Of this line, blanks left out; 0: none yet. */
    bool fenced;     /* Inside of a block of code. */
    bool had_fences; /* There was one before. */
    uint64_t seen[(LEXICON_MAX_WORDS + 63) / 64];
    struct complexity_wording *w;
};

void
complexity_text_init(struct complexity_text *text)
{
    text->size = 0;
    text->left = COMPLEXITY_TEXT_BYTES;
}

static void
add(struct complexity_text *text, const char *inner, size_t size)
{
    text->size += plaintext_fold(inner, size, text->text + text->size);
    text->left -= size;
    if (text->left > 0) {
        text->text[text->size++] = '\n';
        text->left--;
    }
}

void
complexity_text_add(struct complexity_text *text, struct json_slice inner)
{
    size_t head = text->left - text->left / 3;

    if (inner.size <= text->left) {
        add(text, inner.text, inner.size);
        return;
    }
    add(text, inner.text, head);
    add(text, inner.text + inner.size - text->left, text->left);
}

/* Once for each stem, but every time for a constraint. */
static void
note_word(struct look *l, const char *at, const struct lexicon_word *word)
{
    size_t index = (size_t)(word - l->lexicon->words);
    uint64_t bit = (uint64_t)1 << index % 64;

    if (word->class == LEXICON_PLAIN) {
        l->w->plain |= at - l->from < PLAIN_BYTES && !l->had_fences;
        return;
    }
    if (word->class != LEXICON_CONSTRAINT && (l->seen[index / 64] & bit))
        return;
    l->seen[index / 64] |= bit;
    l->w->words[word->class] += 1.0;
}

static bool
look_up(struct look *l, const char *at)
{
    const struct lexicon_word *word =
        lexicon_find(l->lexicon, at, (size_t)(l->end - at));

    if (word)
        note_word(l, at, word);
    return word != NULL;
}

static bool
begins(const struct look *l, const char *at, const char *with, size_t size)
{
    return (size_t)(l->end - at) > size && memcmp(at, with, size) == 0;
}

static void
look_up_arabic(struct look *l, const char *at)
{
    if (begins(l, at, ARABIC_AND, sizeof(ARABIC_AND) - 1)) {
        at += sizeof(ARABIC_AND) - 1;
        if (look_up(l, at))
            return;
    }
    if (begins(l, at, ARABIC_THE, sizeof(ARABIC_THE) - 1))
        (void)look_up(l, at + sizeof(ARABIC_THE) - 1);
}

/* The slack behind the text is no letter. */
static bool
is_inside_word(const struct look *l)
{
    enum lexicon_kind kind = lexicon_kind(l->lexicon, *l->at);

    return kind == LEXICON_LETTER || kind == LEXICON_DIGIT;
}

/* At the first letter of a word. */
static void
look_at_word(struct look *l)
{
    const char *at = l->at;

    if (!look_up(l, at) && (*at == ARABIC_THE[0] || *at == ARABIC_AND[0]))
        look_up_arabic(l, at);
    do
        l->at++;
    while (is_inside_word(l));
    l->last = l->at[-1];
}

/* Any character of such a script may begin a word. */
static void
look_at_dense(struct look *l)
{
    do {
        (void)look_up(l, l->at);
        l->last = *l->at;
        l->at += l->end - l->at < 3 ? l->end - l->at : 3;
    } while (lexicon_kind(l->lexicon, *l->at) == LEXICON_DENSE);
}

/* "1." or "2)" in front of a line is an item of a list, not a number. */
static void
look_at_number(struct look *l)
{
    bool at_front = l->last == 0;

    do
        l->at++;
    while (lexicon_kind(l->lexicon, *l->at) == LEXICON_DIGIT);
    if (at_front && !l->fenced && l->end - l->at > 1
        && (l->at[0] == '.' || l->at[0] == ')') && l->at[1] == ' ')
        l->w->list_lines += 1.0;
    else
        l->w->numbers += 1.0;
    l->last = '0';
}

static void
end_line(struct look *l)
{
    if (l->last == ';' || l->last == '{' || l->last == '}')
        l->w->code_lines += 1.0;
    l->last = 0;
}

/* True for two characters that stand together in code only. */
static bool
is_code_mark(char a, char b)
{
    switch (a) {
    case '(':
        return b == ')';
    case '[':
        return b == ']';
    case '-':
    case '/':
        return b == '>';
    case '=':
        return b == '>' || b == '=';
    case '!':
    case ':':
    case '+':
        return b == '=' || (b == a && b != '!');
    case '&':
    case '|':
        return b == a;
    case '<':
        return b == '/';
    default:
        return false;
    }
}

static bool
is_fence(const struct look *l)
{
    return *l->at == '`' && l->end - l->at >= 3 && l->at[1] == '`'
           && l->at[2] == '`';
}

static void
look_at_fence(struct look *l)
{
    l->fenced = !l->fenced;
    l->had_fences = true;
    l->w->fences += l->fenced ? 1.0 : 0.0;
    l->at += 3;
    l->last = '`';
}

static bool
is_list_mark(const struct look *l, char c, char next)
{
    return (c == '-' || c == '*') && l->last == 0 && next == ' ' && !l->fenced;
}

static void
look_at_mark(struct look *l)
{
    char c = *l->at;
    char next = l->at[1];

    if (c == '?')
        l->w->questions += 1.0;
    else if (c == '^' || c == PLAINTEXT_SYMBOL
             || (c == '\\' && next >= 'a' && next <= 'z'))
        l->w->symbols += 1.0;
    else if (is_list_mark(l, c, next))
        l->w->list_lines += 1.0;
    else if (is_code_mark(c, next))
        l->w->code_marks += 1.0;
    l->last = c;
    l->at++;
}

static void
look_at_next(struct look *l)
{
    switch (lexicon_kind(l->lexicon, *l->at)) {
    case LEXICON_BLANK:
        while (lexicon_kind(l->lexicon, *l->at) == LEXICON_BLANK)
            l->at++;
        return;
    case LEXICON_END:
        end_line(l);
        l->at++;
        return;
    case LEXICON_DIGIT:
        look_at_number(l);
        return;
    case LEXICON_LETTER:
        look_at_word(l);
        return;
    case LEXICON_DENSE:
        look_at_dense(l);
        return;
    case LEXICON_MARK:
        if (is_fence(l))
            look_at_fence(l);
        else
            look_at_mark(l);
        return;
    }
}

void
complexity_text_look(struct complexity_text *text,
                     const struct lexicon *lexicon,
                     struct complexity_wording *ret_wording)
{
    struct look l = {
        .lexicon = lexicon,
        .from = text->text,
        .at = text->text,
        .end = text->text + text->size,
        .w = ret_wording,
    };

    memset(ret_wording, 0, sizeof(*ret_wording));
    memset(text->text + text->size, 0, LEXICON_SLACK);
    while (l.at < l.end)
        look_at_next(&l);
    end_line(&l);
}
