#include "core/dialect_openai_scan.h"

#include "base/mem.h"
#include "core/chat.h"
#include "core/json_scan.h"

#include <string.h>

/* What a member must be for the chunk to count as usual. */
enum expect {
    EXPECT_SCALAR, /* A string without escapes, a number, a literal. */
    EXPECT_NULL,
    EXPECT_ID,
    EXPECT_MODEL,
    EXPECT_CONTENT,
    EXPECT_INDEX,
    EXPECT_DELTA,
    EXPECT_CHOICES,
};

struct member {
    const char *name;
    size_t size;
    enum expect expect;
};

#define MEMBER(name, expect)                                                   \
    {                                                                          \
        (name), sizeof(name) - 1, (expect)                                     \
    }

static const struct member CHUNK[] = {
    MEMBER("id", EXPECT_ID),
    MEMBER("object", EXPECT_SCALAR),
    MEMBER("created", EXPECT_SCALAR),
    MEMBER("model", EXPECT_MODEL),
    MEMBER("choices", EXPECT_CHOICES),
    MEMBER("system_fingerprint", EXPECT_SCALAR),
    MEMBER("service_tier", EXPECT_SCALAR),
    MEMBER("usage", EXPECT_NULL),
    MEMBER("obfuscation", EXPECT_SCALAR),
    MEMBER("provider", EXPECT_SCALAR),
    MEMBER("error", EXPECT_NULL),
};

static const struct member CHOICE[] = {
    MEMBER("index", EXPECT_INDEX),
    MEMBER("delta", EXPECT_DELTA),
    MEMBER("finish_reason", EXPECT_NULL),
    MEMBER("logprobs", EXPECT_NULL),
    MEMBER("native_finish_reason", EXPECT_NULL),
    MEMBER("stop_reason", EXPECT_NULL),
};

static const struct member DELTA[] = {
    MEMBER("content", EXPECT_CONTENT),
    MEMBER("role", EXPECT_SCALAR),
    MEMBER("refusal", EXPECT_NULL),
    MEMBER("reasoning_content", EXPECT_NULL),
    MEMBER("reasoning", EXPECT_NULL),
    MEMBER("tool_calls", EXPECT_NULL),
    MEMBER("function_call", EXPECT_NULL),
};

struct table {
    const struct member *members;
    size_t n;
};

static bool scan_object(struct json_scan *s, struct table table,
                        struct openai_scan *ret_scan);

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
scan_content(struct json_scan *s, struct openai_scan *ret_scan)
{
    const char *from;

    json_scan_blanks(s);
    from = s->at + 1;
    if (!json_scan_string(s))
        return false;
    ret_scan->content = (struct json_slice){from, (size_t)(s->at - from) - 1};
    ret_scan->has_content = true;
    return true;
}

/* Up to three digits without a leading zero. */
static bool
scan_index(struct json_scan *s, uint32_t *ret_index)
{
    const char *from;
    uint32_t index = 0;

    json_scan_blanks(s);
    from = s->at;
    if (!json_scan_scalar(s) || s->at - from > 3)
        return false;
    for (const char *c = from; c < s->at; c++) {
        if (*c < '0' || *c > '9')
            return false;
        index = index * 10 + (uint32_t)(*c - '0');
    }
    *ret_index = index;
    return index < CHAT_MAX_CHOICES;
}

static bool
scan_scalar(struct json_scan *s)
{
    struct json_slice inner;

    json_scan_blanks(s);
    if (s->at < s->end && *s->at == '"')
        return scan_plain_string(s, &inner);
    return s->at < s->end && *s->at != '{' && *s->at != '['
           && json_scan_scalar(s);
}

static bool
scan_member(struct json_scan *s, enum expect expect,
            struct openai_scan *ret_scan)
{
    switch (expect) {
    case EXPECT_SCALAR:
        return scan_scalar(s);
    case EXPECT_NULL:
        json_scan_blanks(s);
        return json_scan_word(s, "null");
    case EXPECT_ID:
        return scan_plain_string(s, &ret_scan->id);
    case EXPECT_MODEL:
        return scan_plain_string(s, &ret_scan->model);
    case EXPECT_CONTENT:
        return scan_content(s, ret_scan);
    case EXPECT_INDEX:
        return scan_index(s, &ret_scan->choice);
    case EXPECT_DELTA:
        return scan_object(s, (struct table){DELTA, array_count(DELTA)},
                           ret_scan);
    case EXPECT_CHOICES:
        return json_scan_char(s, '[')
               && scan_object(s, (struct table){CHOICE, array_count(CHOICE)},
                              ret_scan)
               && json_scan_char(s, ']');
    }
    return false;
}

/* The position of `key` in the table, or its size. */
static size_t
look_up(struct table table, struct json_slice key)
{
    size_t i = 0;

    while (i < table.n
           && (table.members[i].size != key.size
               || memcmp(table.members[i].name, key.text, key.size) != 0))
        i++;
    return i;
}

/* Every member must be known and stand there once. */
static bool
scan_object(struct json_scan *s, struct table table,
            struct openai_scan *ret_scan)
{
    unsigned seen = 0;

    if (!json_scan_char(s, '{'))
        return false;
    do {
        struct json_slice key;
        size_t i;

        if (!scan_plain_string(s, &key) || !json_scan_char(s, ':'))
            return false;
        i = look_up(table, key);
        if (i == table.n || (seen >> i & 1u))
            return false;
        seen |= 1u << i;
        if (!scan_member(s, table.members[i].expect, ret_scan))
            return false;
    } while (json_scan_char(s, ','));
    return json_scan_char(s, '}');
}

bool
openai_scan(const char *text, size_t size, struct openai_scan *ret_scan)
{
    struct json_scan s = {.at = text, .end = text + size};
    struct openai_scan scan = {.choice = 0};

    if (!scan_object(&s, (struct table){CHUNK, array_count(CHUNK)}, &scan))
        return false;
    json_scan_blanks(&s);
    if (s.at != s.end || !scan.has_content)
        return false;
    *ret_scan = scan;
    return true;
}
