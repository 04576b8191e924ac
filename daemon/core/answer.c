#include "core/answer.h"

int64_t
usage_prompt_total(const struct usage *u)
{
    if (!u->shape.cached_beside)
        return u->prompt;
    return u->prompt + u->cached + u->cache_write;
}

int64_t
usage_completion_total(const struct usage *u)
{
    if (!u->shape.reasoning_beside)
        return u->completion;
    return u->completion + u->reasoning;
}

const char *
answer_defect_text(enum answer_defect defect)
{
    switch (defect) {
#define X(name, text)                                                          \
    case ANSWER_DEFECT_##name:                                                 \
        return text;
        ANSWER_DEFECT_MAP(X)
#undef X
    }
    return "?";
}
