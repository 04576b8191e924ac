#include "integ/top_run.h"

#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pty pty;

static char folder[32];
static const char *const program = AIGW_TOP;

void
top_run_set_up(void)
{
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    strcpy(folder, "/tmp/check-top-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(setenv("HOME", folder, 1), 0);
    ck_assert_int_eq(setenv("TERM", "xterm-256color", 1), 0);
    ck_assert_int_eq(setenv("LC_ALL", "C.UTF-8", 1), 0);
    ck_assert_int_eq(setenv("TZ", "UTC", 1), 0);
    ck_assert_int_eq(unsetenv("NO_COLOR"), 0);
    ck_assert_int_eq(unsetenv("XDG_CONFIG_HOME"), 0);
    ck_assert_int_eq(unsetenv("AIGW_SOCKET"), 0);
}

void
top_run_tear_down(void)
{
    char command[64];

    pty_stop(&pty);
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

const char *
top_run_folder(void)
{
    return folder;
}

const char *
top_run_program(void)
{
    return program;
}

void
top_run_start(int rows, int cols, const char *const options[3])
{
    const char *argv[] = {program, options[0], options[0] ? options[1] : NULL,
                          options[0] && options[1] ? options[2] : NULL, NULL};

    pty_start(&pty, argv, folder, rows, cols);
}

void
top_run_await(void)
{
    pty_await(&pty, "aigw-top");
    ck_assert_int_eq(pty_is_cooked(&pty), false);
    ck_assert_msg(pty.vt.unknown == 0, "unknown sequence \"%s\"",
                  pty.vt.unknown_text);
}
