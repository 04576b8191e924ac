/*
 * talk.h - a conversation, line by line.
 */
#ifndef AIGW_CTL_TALK_H
#define AIGW_CTL_TALK_H

#include "ctl/ctl.h"
#include "ctl/params.h"

/* Reads lines from stdin and answers each with all that was said before in
 * mind, until the input ends.  SIGINT ends an answer, or, between answers,
 * the conversation.  An answer that fails leaves the conversation as it was
 * before its question.  Returns an exit code. */
int talk_run(struct ctl *ctl, const struct params *params, bool raw);

#endif
