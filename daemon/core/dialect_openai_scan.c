#include "core/dialect_openai_scan.h"

#include "base/mem.h"
#include "core/chat.h"
#include "core/json_scan.h"

#include <stddef.h>
#include <string.h>

enum {
    COUNT_DIGITS = 9 /* Below USAGE_MAX_TOKENS. */
};

/* Reads one value into what the member stands for. */
typedef bool scan_fn(struct json_scan *s, void *into);

/* A member that matters, and where it goes. */
struct member {
    const char *name;
    size_t size;
    scan_fn *scan;
    size_t offset;
};

#define MEMBER(name, scan, offset)                                             \
    {                                                                          \
        (name), sizeof(name) - 1, (scan), (offset)                             \
    }

struct table {
    const struct member *members;
    size_t n;
    scan_fn *other; /* For members that are not in the table. */
};

/* The member called `key`, or the size of the table. */
static size_t
look_up(const struct table *table, struct json_slice key)
{
    size_t i = 0;

    while (i < table->n
           && (table->members[i].size != key.size
               || memcmp(table->members[i].name, key.text, key.size) != 0))
        i++;
    return i;
}

/* A string without escapes; for anything else there is the tree. */
static bool
scan_plain_string(struct json_scan *s, struct json_slice *ret_inner)
{
    const char *from;

    json_scan_blanks(s);
    from = s->at + 1;
    if (!json_scan_string(s))
        return false;
    *ret_inner = (struct json_slice){from, (size_t)(s->at - from) - 1};
    return !memchr(from, '\\', ret_inner->size);
}

static bool
scan_members(struct json_scan *s, const struct table *table, void *into)
{
    unsigned seen = 0;

    do {
        struct json_slice key;
        scan_fn *scan = table->other;
        size_t offset = 0;
        size_t i;

        if (!scan_plain_string(s, &key) || !json_scan_char(s, ':'))
            return false;
        i = look_up(table, key);
        if (i < table->n) {
            scan = table->members[i].scan;
            offset = table->members[i].offset;
            if (seen >> i & 1u)
                return false;
            seen |= 1u << i;
        }
        json_scan_blanks(s);
        if (!scan(s, (char *)into + offset))
            return false;
    } while (json_scan_char(s, ','));
    return json_scan_char(s, '}');
}

/* What is in the table may stand there once. */
static bool
scan_object(struct json_scan *s, const struct table *table, void *into)
{
    return json_scan_char(s, '{')
           && (json_scan_char(s, '}') || scan_members(s, table, into));
}

/* What follows is preceded by no blanks. */
static bool
is_next(const struct json_scan *s, char c)
{
    return s->at < s->end && *s->at == c;
}

static bool
scan_any(struct json_scan *s, void *into)
{
    (void)into;
    return json_scan_value(s);
}

static bool
scan_null(struct json_scan *s, void *into)
{
    (void)into;
    return json_scan_word(s, "null");
}

/* What says nothing: null, "", [], {}. */
static bool
scan_blank(struct json_scan *s, void *into)
{
    static const char *const blanks[] = {"\"\"", "[]", "{}"};

    for (size_t i = 0; i < array_count(blanks); i++)
        if (json_scan_word(s, blanks[i]))
            return true;
    return scan_null(s, into);
}

/* A slice: a plain string, or null. */
static bool
scan_text(struct json_scan *s, void *into)
{
    return is_next(s, 'n') ? scan_null(s, into) : scan_plain_string(s, into);
}

/* A slice: a string, or null. */
static bool
scan_content(struct json_scan *s, void *into)
{
    struct json_slice *content = into;
    const char *from = s->at;

    if (is_next(s, 'n'))
        return scan_null(s, into);
    if (!json_scan_string(s))
        return false;
    *content = json_inner((struct json_slice){from, (size_t)(s->at - from)});
    return true;
}

/* The `type` or `object` of anything but an error. */
static bool
scan_kind(struct json_scan *s, void *into)
{
    struct json_slice kind;

    (void)into;
    return scan_plain_string(s, &kind) && !json_key_is(kind, "error");
}

static bool
scan_digits(struct json_scan *s, int64_t *ret_value)
{
    const char *from = s->at;
    int64_t value = 0;

    if (!json_scan_scalar(s) || s->at - from > COUNT_DIGITS)
        return false;
    for (const char *c = from; c < s->at; c++) {
        if (*c < '0' || *c > '9')
            return false;
        value = value * 10 + (*c - '0');
    }
    *ret_value = value;
    return true;
}

/* An int64_t, which stays as it is where there is null. */
static bool
scan_count(struct json_scan *s, void *into)
{
    return is_next(s, 'n') ? scan_null(s, into) : scan_digits(s, into);
}

/* A uint32_t. */
static bool
scan_index(struct json_scan *s, void *into)
{
    uint32_t *index = into;
    int64_t value;

    if (!scan_digits(s, &value) || value >= CHAT_MAX_CHOICES)
        return false;
    *index = (uint32_t)value;
    return true;
}

/* The places of a usage.  Those of one count stand in the order in which they
 * are believed, in the details and beside them. */
struct places {
    int64_t prompt;
    int64_t completion;
    int64_t total;
    int64_t cached[6];
    int64_t cache_write[4];
    int64_t reasoning[2];
};

#define COUNT(name, place)                                                     \
    MEMBER(name, scan_count, offsetof(struct places, place))

static bool
scan_prompt_details(struct json_scan *s, void *into)
{
    static const struct member members[] = {
        COUNT("cached_tokens", cached[0]),
        COUNT("prompt_cache_hit_tokens", cached[2]),
        COUNT("num_cached_tokens", cached[4]),
        COUNT("cache_write_tokens", cache_write[0]),
        COUNT("cache_creation_tokens", cache_write[2]),
    };
    static const struct table table = {members, array_count(members), scan_any};

    return is_next(s, 'n') ? scan_null(s, into) : scan_object(s, &table, into);
}

static bool
scan_completion_details(struct json_scan *s, void *into)
{
    static const struct member members[] = {
        COUNT("reasoning_tokens", reasoning[0]),
    };
    static const struct table table = {members, array_count(members), scan_any};

    return is_next(s, 'n') ? scan_null(s, into) : scan_object(s, &table, into);
}

static int64_t
first_of(const int64_t *places, size_t n)
{
    while (n > 1 && *places < 0) {
        places++;
        n--;
    }
    return *places;
}

/* A struct openai_scan. */
static bool
scan_usage(struct json_scan *s, void *into)
{
    static const struct member members[] = {
        COUNT("prompt_tokens", prompt),
        COUNT("completion_tokens", completion),
        COUNT("total_tokens", total),
        MEMBER("prompt_tokens_details", scan_prompt_details, 0),
        MEMBER("completion_tokens_details", scan_completion_details, 0),
        COUNT("cached_tokens", cached[1]),
        COUNT("prompt_cache_hit_tokens", cached[3]),
        COUNT("num_cached_tokens", cached[5]),
        COUNT("cache_write_tokens", cache_write[1]),
        COUNT("cache_creation_tokens", cache_write[3]),
        COUNT("reasoning_tokens", reasoning[1]),
    };
    static const struct table table = {members, array_count(members), scan_any};
    struct openai_scan *scan = into;
    struct places p;

    if (is_next(s, 'n'))
        return scan_null(s, into);
    memset(&p, -1, sizeof(p));
    if (!scan_object(s, &table, &p))
        return false;
    scan->has_usage = true;
    scan->counts = (struct usage_counts){
        .prompt = p.prompt,
        .completion = p.completion,
        .total = p.total,
        .cached = first_of(p.cached, array_count(p.cached)),
        .cache_write = first_of(p.cache_write, array_count(p.cache_write)),
        .reasoning = first_of(p.reasoning, array_count(p.reasoning)),
    };
    return true;
}

/* The delta of a chunk or the message of an answer. */
static bool
scan_delta(struct json_scan *s, void *into)
{
    static const struct member members[] = {
        MEMBER("content", scan_content, offsetof(struct openai_scan, content)),
        MEMBER("role", scan_any, 0),
        MEMBER("name", scan_any, 0),
        MEMBER("channel", scan_any, 0),
    };
    static const struct table table = {members, array_count(members),
                                       scan_blank};
    struct openai_scan *scan = into;

    if (!json_scan_char(s, '{'))
        return false;
    if (json_scan_char(s, '}'))
        return true;
    scan->has_delta = true;
    return scan_members(s, &table, into);
}

static bool
scan_choices(struct json_scan *s, const struct table *choice, void *into)
{
    struct openai_scan *scan = into;

    if (!json_scan_char(s, '['))
        return false;
    if (json_scan_char(s, ']'))
        return true;
    scan->has_choice = true;
    return scan_object(s, choice, into) && json_scan_char(s, ']');
}

static bool
scan_chunk_choices(struct json_scan *s, void *into)
{
    static const struct member members[] = {
        MEMBER("index", scan_index, offsetof(struct openai_scan, choice)),
        MEMBER("delta", scan_delta, 0),
        MEMBER("finish_reason", scan_text,
               offsetof(struct openai_scan, finish)),
    };
    static const struct table table = {members, array_count(members), scan_any};

    return scan_choices(s, &table, into);
}

/* The choices of an answer are numbered by their order. */
static bool
scan_answer_choices(struct json_scan *s, void *into)
{
    static const struct member members[] = {
        MEMBER("message", scan_delta, 0),
        MEMBER("finish_reason", scan_text,
               offsetof(struct openai_scan, finish)),
    };
    static const struct table table = {members, array_count(members), scan_any};

    return scan_choices(s, &table, into);
}

static bool
scan_document(struct json_slice text, const struct table *table,
              struct openai_scan *ret_scan)
{
    struct json_scan s = {.at = text.text, .end = text.text + text.size};
    struct openai_scan scan = {.choice = 0};

    /* Larger ones may hold more values than a tree is made for. */
    if (text.size > JSON_MAX_VALUES || !scan_object(&s, table, &scan))
        return false;
    json_scan_blanks(&s);
    if (s.at != s.end || s.odd)
        return false;
    *ret_scan = scan;
    return true;
}

#define TEXT(name, place)                                                      \
    MEMBER(name, scan_text, offsetof(struct openai_scan, place))

bool
openai_scan_chunk(struct json_slice text, struct openai_scan *ret_scan)
{
    static const struct member members[] = {
        TEXT("id", id),
        MEMBER("object", scan_kind, 0),
        TEXT("model", model),
        MEMBER("choices", scan_chunk_choices, 0),
        MEMBER("usage", scan_usage, 0),
        MEMBER("x_groq", scan_null, 0), /* May hold a usage. */
        MEMBER("error", scan_null, 0),
        MEMBER("type", scan_kind, 0),
    };
    static const struct table table = {members, array_count(members), scan_any};

    return scan_document(text, &table, ret_scan);
}

bool
openai_scan_answer(struct json_slice text, struct openai_scan *ret_scan)
{
    static const struct member members[] = {
        TEXT("id", id),
        MEMBER("object", scan_kind, 0),
        TEXT("model", model),
        MEMBER("choices", scan_answer_choices, 0),
        MEMBER("usage", scan_usage, 0),
        MEMBER("error", scan_null, 0),
        MEMBER("type", scan_kind, 0),
    };
    static const struct table table = {members, array_count(members), scan_any};

    return scan_document(text, &table, ret_scan);
}
