/*
 * top_run.h - aigw-top on a terminal of a test, in a folder of its own.
 */
#ifndef AIGW_TESTS_TOP_RUN_H
#define AIGW_TESTS_TOP_RUN_H

#include "support/pty.h"

/* The terminal of the test that runs. */
extern struct pty pty;

/* A checked fixture: a folder, which is also the home, and an environment that
 * does not depend on who runs the test. */
void top_run_set_up(void);
void top_run_tear_down(void);

const char *top_run_folder(void);

/* The path of the program. */
const char *top_run_program(void);

/* The path of a recording of ten seconds, in the folder: short, because the
 * one that is built in takes its time under a sanitizer. */
const char *top_run_recording(void);

/* Writes that anew, with a target that is called `name` (as in JSON). */
void top_run_record(const char *name);

/* Starts it with up to three options; the rest is NULL. */
void top_run_start(int rows, int cols, const char *const options[3]);

/* What is shown first of the recording, with one more option or NULL. */
void top_run_replay(int rows, int cols, const char *option);

#define TOP_RUN(rows, cols, ...)                                               \
    top_run_start((rows), (cols), (const char *const[3]){__VA_ARGS__})

/* Waits until it shows something, and asserts that the terminal understands
 * what it was sent. */
void top_run_await(void);

#endif
