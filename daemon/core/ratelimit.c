#include "core/ratelimit.h"

#include "base/mem.h"
#include "core/date.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
    COUNT_DIGITS_MAX = 18, /* Below 2^63. */
    TOO_MANY_REQUESTS = 429
};

/* What a header tells. */
enum topic {
    TOPIC_AFTER, /* which: enum ratelimit_after */
    TOPIC_ADVICE,
    TOPIC_DATE,
    TOPIC_LIMIT,     /* which: enum ratelimit_kind */
    TOPIC_REMAINING, /* which: enum ratelimit_kind */
    TOPIC_RESET      /* which: enum ratelimit_kind */
};

static const struct rule {
    const char *name;
    enum topic topic;
    int which;
    int period_ms; /* REMAINING: the bucket is full again after this, where
                      no header tells. */
} RULES[] = {
    {"retry-after-ms", TOPIC_AFTER, RATELIMIT_AFTER_MS, 0},
    {"x-ms-retry-after-ms", TOPIC_AFTER, RATELIMIT_AFTER_X_MS, 0},
    {"retry-after", TOPIC_AFTER, RATELIMIT_AFTER_PLAIN, 0},
    {"x-should-retry", TOPIC_ADVICE, 0, 0},
    {"date", TOPIC_DATE, 0, 0},

    {"x-ratelimit-limit-requests", TOPIC_LIMIT, RATELIMIT_REQUESTS, 0},
    {"x-ratelimit-remaining-requests", TOPIC_REMAINING, RATELIMIT_REQUESTS, 0},
    {"x-ratelimit-reset-requests", TOPIC_RESET, RATELIMIT_REQUESTS, 0},
    {"x-ratelimit-limit-tokens", TOPIC_LIMIT, RATELIMIT_TOKENS, 0},
    {"x-ratelimit-remaining-tokens", TOPIC_REMAINING, RATELIMIT_TOKENS, 0},
    {"x-ratelimit-reset-tokens", TOPIC_RESET, RATELIMIT_TOKENS, 0},

    {"x-ratelimit-limit-req-10-second", TOPIC_LIMIT, RATELIMIT_REQUESTS, 0},
    {"x-ratelimit-remaining-req-10-second", TOPIC_REMAINING, RATELIMIT_REQUESTS,
     10 * 1000},
    {"x-ratelimit-limit-tokens-minute", TOPIC_LIMIT, RATELIMIT_TOKENS, 0},
    {"x-ratelimit-remaining-tokens-minute", TOPIC_REMAINING, RATELIMIT_TOKENS,
     60 * 1000},

    {"anthropic-ratelimit-requests-limit", TOPIC_LIMIT, RATELIMIT_REQUESTS, 0},
    {"anthropic-ratelimit-requests-remaining", TOPIC_REMAINING,
     RATELIMIT_REQUESTS, 0},
    {"anthropic-ratelimit-requests-reset", TOPIC_RESET, RATELIMIT_REQUESTS, 0},
    {"anthropic-ratelimit-tokens-limit", TOPIC_LIMIT, RATELIMIT_TOKENS, 0},
    {"anthropic-ratelimit-tokens-remaining", TOPIC_REMAINING, RATELIMIT_TOKENS,
     0},
    {"anthropic-ratelimit-tokens-reset", TOPIC_RESET, RATELIMIT_TOKENS, 0},
    {"anthropic-ratelimit-input-tokens-limit", TOPIC_LIMIT,
     RATELIMIT_INPUT_TOKENS, 0},
    {"anthropic-ratelimit-input-tokens-remaining", TOPIC_REMAINING,
     RATELIMIT_INPUT_TOKENS, 0},
    {"anthropic-ratelimit-input-tokens-reset", TOPIC_RESET,
     RATELIMIT_INPUT_TOKENS, 0},
    {"anthropic-ratelimit-output-tokens-limit", TOPIC_LIMIT,
     RATELIMIT_OUTPUT_TOKENS, 0},
    {"anthropic-ratelimit-output-tokens-remaining", TOPIC_REMAINING,
     RATELIMIT_OUTPUT_TOKENS, 0},
    {"anthropic-ratelimit-output-tokens-reset", TOPIC_RESET,
     RATELIMIT_OUTPUT_TOKENS, 0},
};

static const struct ratelimit_bucket NO_BUCKET = {-1, -1, -1};

void
ratelimit_init(struct ratelimit_parser *p)
{
    *p = (struct ratelimit_parser){.advice = RATELIMIT_UNSAID};
    for (unsigned i = 0; i < RATELIMIT_KINDS; i++) {
        p->seen[i].limit = -1;
        p->seen[i].remaining = -1;
    }
}

static bool
equals(const char *text, size_t len, const char *name)
{
    return strlen(name) == len && strncasecmp(text, name, len) == 0;
}

static const struct rule *
find_rule(const char *name, size_t len)
{
    for (unsigned i = 0; i < array_count(RULES); i++) {
        if (equals(name, len, RULES[i].name))
            return &RULES[i];
    }
    return NULL;
}

static void
skip_blanks(const char **text, size_t *len)
{
    while (*len > 0 && (**text == ' ' || **text == '\t')) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && ((*text)[*len - 1] == ' ' || (*text)[*len - 1] == '\t'))
        (*len)--;
}

/* A count, or -1 if it is none that can be held. */
static int64_t
parse_count(const char *text, size_t len)
{
    int64_t count = 0;

    if (len == 0 || len > COUNT_DIGITS_MAX)
        return -1;
    for (; len > 0; text++, len--) {
        if (*text < '0' || *text > '9')
            return -1;
        count = count * 10 + (*text - '0');
    }
    return count;
}

static void
take_when(struct when *when, const char *value, size_t len, enum when_unit unit)
{
    if (when->kind == WHEN_NONE)
        *when = when_parse(value, len, unit);
}

static void
take_count(int64_t *count, const char *value, size_t len)
{
    if (*count < 0)
        *count = parse_count(value, len);
}

static void
take_date(struct when *date, const char *value, size_t len)
{
    if (date->kind == WHEN_NONE && date_parse(value, len, &date->ms))
        date->kind = WHEN_DATE;
}

static void
take_advice(enum ratelimit_advice *advice, const char *value, size_t len)
{
    if (equals(value, len, "true"))
        *advice = RATELIMIT_DO_RETRY;
    else if (equals(value, len, "false"))
        *advice = RATELIMIT_DO_NOT_RETRY;
}

static void
take_remaining(struct ratelimit_seen *seen, const struct rule *rule,
               const char *value, size_t len)
{
    take_count(&seen->remaining, value, len);
    if (rule->period_ms > 0 && seen->reset.kind == WHEN_NONE)
        seen->reset = (struct when){WHEN_SPAN, rule->period_ms};
}

void
ratelimit_header(struct ratelimit_parser *p, const char *name, size_t name_len,
                 const char *value, size_t value_len)
{
    const struct rule *rule = find_rule(name, name_len);

    if (!rule)
        return;
    skip_blanks(&value, &value_len);
    switch (rule->topic) {
    case TOPIC_AFTER:
        take_when(&p->after[rule->which], value, value_len,
                  rule->which == RATELIMIT_AFTER_PLAIN ? WHEN_UNIT_S
                                                       : WHEN_UNIT_MS);
        return;
    case TOPIC_ADVICE:
        take_advice(&p->advice, value, value_len);
        return;
    case TOPIC_DATE:
        take_date(&p->date, value, value_len);
        return;
    case TOPIC_LIMIT:
        take_count(&p->seen[rule->which].limit, value, value_len);
        return;
    case TOPIC_REMAINING:
        take_remaining(&p->seen[rule->which], rule, value, value_len);
        return;
    case TOPIC_RESET:
        take_when(&p->seen[rule->which].reset, value, value_len, WHEN_UNIT_S);
        return;
    }
}

static int64_t
first_wait_ms(const struct ratelimit_parser *p, int64_t base_ms)
{
    for (unsigned i = 0; i < RATELIMIT_AFTERS; i++) {
        if (p->after[i].kind != WHEN_NONE)
            return when_wait_ms(p->after[i], base_ms);
    }
    return -1;
}

static struct ratelimit_bucket
bucket_of(const struct ratelimit_seen *seen, int64_t base_ms)
{
    return (struct ratelimit_bucket){
        .limit = seen->limit,
        .remaining = seen->remaining,
        .reset_ms = when_wait_ms(seen->reset, base_ms),
    };
}

/* Less remaining is tighter; of equals, the later reset. */
static bool
is_tighter(const struct ratelimit_bucket *a, const struct ratelimit_bucket *b)
{
    if (a->remaining != b->remaining)
        return a->remaining >= 0
               && (b->remaining < 0 || a->remaining < b->remaining);
    return a->reset_ms > b->reset_ms;
}

/* The estimate that the result is compared with covers no output where output
 * has a bucket of its own: that one matters when it is empty. */
static struct ratelimit_bucket
tightest_tokens(const struct ratelimit_parser *p, int64_t base_ms)
{
    struct ratelimit_bucket best =
        bucket_of(&p->seen[RATELIMIT_TOKENS], base_ms);
    struct ratelimit_bucket in =
        bucket_of(&p->seen[RATELIMIT_INPUT_TOKENS], base_ms);
    struct ratelimit_bucket out =
        bucket_of(&p->seen[RATELIMIT_OUTPUT_TOKENS], base_ms);

    if (is_tighter(&in, &best))
        best = in;
    if (out.remaining == 0 && is_tighter(&out, &best))
        best = out;
    return best;
}

void
ratelimit_finish(const struct ratelimit_parser *p, int64_t wall_now_ms,
                 struct ratelimit *ret_result)
{
    int64_t base_ms = p->date.kind == WHEN_DATE ? p->date.ms : wall_now_ms;

    *ret_result = (struct ratelimit){
        .retry_after_ms = first_wait_ms(p, base_ms),
        .advice = p->advice,
        .requests = bucket_of(&p->seen[RATELIMIT_REQUESTS], base_ms),
        .tokens = tightest_tokens(p, base_ms),
    };
}

struct ratelimit
ratelimit_nothing(void)
{
    return (struct ratelimit){
        .retry_after_ms = -1,
        .advice = RATELIMIT_UNSAID,
        .requests = NO_BUCKET,
        .tokens = NO_BUCKET,
    };
}

static int64_t
larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t
reset_wait_ms(const struct ratelimit *r)
{
    bool no_requests = r->requests.remaining == 0;
    bool no_tokens = r->tokens.remaining == 0;

    if (no_requests == no_tokens)
        return larger(r->requests.reset_ms, r->tokens.reset_ms);
    return no_requests ? r->requests.reset_ms : r->tokens.reset_ms;
}

int64_t
ratelimit_wait_ms(const struct ratelimit *r, int http_status)
{
    if (http_status >= 500 && http_status <= 599)
        return r->retry_after_ms;
    if (http_status != TOO_MANY_REQUESTS)
        return -1;
    return r->retry_after_ms >= 0 ? r->retry_after_ms : reset_wait_ms(r);
}
