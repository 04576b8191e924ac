/*
 * complexity.h - how much a model will have to think about a request.
 *
 * A score from 0 to 1, from the request alone: no clock, no history, no
 * provider.  Each feature that was counted adds a share, which grows with its
 * count and never beyond its weight; their sum is the score.  The weights
 * stand in one table, with their reasons, in complexity.c.
 *
 * Wording is read where the caller asks: in the text of the last message of
 * the user, at most COMPLEXITY_TEXT_BYTES of it (of a longer one two thirds
 * from its beginning and one third from its end, since instructions stand
 * before or behind what they are about).  Everything else counts as size.
 * Nothing is allocated.
 */
#ifndef AIGW_CORE_COMPLEXITY_H
#define AIGW_CORE_COMPLEXITY_H

#include "core/chat.h"
#include "core/lexicon.h"

#include <stddef.h>

enum {
    COMPLEXITY_TEXT_BYTES = 12 * 1024
};

/* Features by the names that `explain` gives them. */
#define COMPLEXITY_FEATURE_MAP(X)                                              \
    X(SIZE, "size")                                                            \
    X(WORK, "work")                                                            \
    X(REASONING, "reasoning")                                                  \
    X(CODE, "code")                                                            \
    X(MATHS, "mathematics")                                                    \
    X(CONSTRAINTS, "constraints")                                              \
    X(QUESTIONS, "questions")                                                  \
    X(TURNS, "turns")                                                          \
    X(TOOLS, "tools")                                                          \
    X(IMAGES, "images")                                                        \
    X(PLAIN, "plain")

enum complexity_feature {
#define X(name, text) COMPLEXITY_##name,
    COMPLEXITY_FEATURE_MAP(X)
#undef X
    COMPLEXITY_N_FEATURES
};

const char *complexity_feature_name(enum complexity_feature feature);

/* Why the feature has the weight that it has, in a sentence for people. */
const char *complexity_feature_reason(enum complexity_feature feature);

struct complexity_part {
    double count; /* In the feature's own unit. */
    double share; /* Of the score; only that of PLAIN is below 0. */
};

struct complexity {
    double score; /* The sum of the shares, from 0 to 1. */
    struct complexity_part parts[COMPLEXITY_N_FEATURES];
};

/* Scores `request` by the words of `lexicon`. */
void complexity_score(const struct lexicon *lexicon,
                      const struct chat_request *request,
                      struct complexity *ret_complexity);

/* From which score on the dearer tiers are due. */
struct complexity_limits {
    double standard;
    double premium;
};

/* 0 economy, 1 standard, 2 premium. */
int complexity_tier(const struct complexity_limits *limits, double score);

#endif
