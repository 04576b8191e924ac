/*
 * demo.h - three minutes of a gateway in trouble, for trying keys and for
 * documentation: `aigw-top --demo`.
 *
 * Nothing is recorded: the story is told by a function of the time, written
 * out as a recording (record.h), and played like any other.
 *
 *       0 s  gemini half open from before, llama3 drained by hand
 *      12 s  gemini closes
 *      20 s  gpt-4.1 begins to fail with 529
 *      26 s  its breaker opens, its calls go to claude
 *      44 s  half open: the first trial fails, open again
 *      82 s  half open: two trials succeed, closed
 *     130 s  claude slows down
 */
#ifndef AIGW_TUI_DEMO_H
#define AIGW_TUI_DEMO_H

#include <stdio.h>

/* The recording, at its beginning.  NULL with errno set. */
FILE *demo_open(void);

#endif
