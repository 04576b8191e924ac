/*
 * input.h - prompts and documents from the command line, files and pipes.
 */
#ifndef AIGW_CTL_INPUT_H
#define AIGW_CTL_INPUT_H

#include "ctl/ctl.h"

enum {
    INPUT_MAX_BYTES = 16777216 /* The daemon's limit for one message. */
};

/* Gives the text that `operand` stands for: itself; all of stdin if it is
 * "-", or if it is NULL and stdin is no terminal.  Trailing newlines of stdin
 * are cut off.  The caller frees it.  Returns an exit code; EXIT_USAGE
 * without a message when there is no text, so that the caller can show its
 * help instead of hanging. */
int input_text(const struct ctl *ctl, const char *operand, char **ret_text);

/* Gives what is in the file at `path` instead, "-" or NULL meaning stdin. */
int input_file(const struct ctl *ctl, const char *path, char **ret_text);

#endif
