/*
 * ctl_replies.h - what the scripted daemon says when all is well, one reply
 * for each method that aigw-ctl calls.
 */
#ifndef AIGW_TESTS_CTL_REPLIES_H
#define AIGW_TESTS_CTL_REPLIES_H

#include "integ/ctl_daemon.h"

/* The result of a generate. */
#define CTL_ANSWER                                                             \
    "{'success':true,'content':'hello world','provider':'anthropic',"          \
    "'model':'sonnet-4','latency_ms':2100,'ttft_ms':402,"                      \
    "'prompt_tokens':812,'completion_tokens':96,'cost_usd':0.0039,"            \
    "'fallback':true,'attempts':[{'target':'openai/gpt-4.1'},"                 \
    "{'target':'anthropic/sonnet-4'}]}"

extern const struct ctl_reply ctl_replies[];

#endif
