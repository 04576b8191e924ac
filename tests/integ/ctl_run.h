/*
 * ctl_run.h - runs aigw-ctl, or another program, with terminals or pipes at
 * its three ends.
 */
#ifndef AIGW_TESTS_CTL_RUN_H
#define AIGW_TESTS_CTL_RUN_H

#include <sys/types.h>

enum {
    CTL_WORDS_MAX = 16,
    CTL_OUTPUT_MAX = 65536
};

/* Which ends are terminals. */
enum ctl_tty {
    CTL_TTY_NONE = 0,
    CTL_TTY_OUT = 1,
    CTL_TTY_ERR = 2,
    CTL_TTY_IN = 4
};

/* One run of the program. */
struct ctl_run {
    pid_t pid;
    int in;  /* Written by us. */
    int out; /* Read by us; -1 after its end. */
    int err;
    char out_text[CTL_OUTPUT_MAX];
    char err_text[CTL_OUTPUT_MAX];
    int exit_code; /* 128 and the number of the signal that ended it. */
};

/* A checked fixture: where the daemon's socket will be, and an environment
 * that does not depend on who runs the test. */
void ctl_run_set_up(void);
void ctl_run_tear_down(void);

/* Has the tests of this process run the program at `path` instead. */
void ctl_run_program(const char *path);

/* The socket that the program is told to use. */
const char *ctl_run_socket(void);

/* Starts the program with up to CTL_WORDS_MAX words, which end with NULL. */
void ctl_run_start(struct ctl_run *run, unsigned ttys,
                   const char *const *words);

/* Writes to its standard input. */
void ctl_run_type(struct ctl_run *run, const char *text);

/* Reads until `wanted` stands in the output; to its end if that is NULL. */
void ctl_run_read_until(struct ctl_run *run, const char *wanted);

/* Closes its input, reads to the end and takes the exit code. */
void ctl_run_finish(struct ctl_run *run);

/* Runs to the end with `input`, or with an empty one if that is NULL. */
void ctl_run_words(struct ctl_run *run, unsigned ttys, const char *input,
                   const char *const *words);

/* The same, with the words as arguments. */
#define CTL_RUN(run, ttys, input, ...)                                         \
    ctl_run_words((run), (ttys), (input),                                      \
                  (const char *const[CTL_WORDS_MAX]){__VA_ARGS__})

#endif
