#include "integ/top_run.h"

#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pty pty;

enum {
    RECORDED_SECONDS = 10
};

static char folder[32];
static char recording[64];
static const char *const program = AIGW_TOP;

/* The snapshot as one line, `name` in the place of a target's. */
static void
write_snapshot(const char *name, FILE *out)
{
    static const char replaced[] = "openai/gpt-4.1-mini";
    FILE *in = fopen(AIGW_SOURCE_DIR "/tests/unit/top/snapshot.json", "re");
    char line[4096];

    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof(line), in)) {
        char *at = strstr(line, replaced);

        line[strcspn(line, "\n")] = '\0';
        if (at)
            (void)fprintf(out, "%.*s%s%s", (int)(at - line), line, name,
                          at + strlen(replaced));
        else
            (void)fputs(line, out);
    }
    (void)fclose(in);
}

void
top_run_record(const char *name)
{
    FILE *out;

    (void)snprintf(recording, sizeof(recording), "%s/recording", folder);
    out = fopen(recording, "we");
    ck_assert_ptr_nonnull(out);
    (void)fputs("{\"aigw_top_record\": 1, \"time_ms\": 1764000000000, "
                "\"socket\": \"/run/aigw/aigw.sock\"}\n",
                out);
    for (int i = 0; i <= RECORDED_SECONDS; i++) {
        (void)fprintf(
            out, "{\"t\": %d, \"kind\": \"snapshot\", \"data\": ", i * 1000);
        write_snapshot(name, out);
        (void)fputs("}\n", out);
    }
    ck_assert_int_eq(fclose(out), 0);
}

void
top_run_set_up(void)
{
    ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
    strcpy(folder, "/tmp/check-top-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    top_run_record("openai/gpt-4.1-mini");
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
top_run_recording(void)
{
    return recording;
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

void
top_run_replay(int rows, int cols, const char *option)
{
    TOP_RUN(rows, cols, "--replay", recording, option);
    top_run_await();
    pty_await(&pty, "REPLAY");
}
