/*
 * cmd_top.c - aigw-top, with everything that stands behind the command.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "text/mem.h"

#define PROGRAM "aigw-top"

/* The one that was installed, or built, with this program; else any. */
static void
run_program(char **argv)
{
    char self[PATH_MAX], beside[PATH_MAX + sizeof(PROGRAM) + 1];
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (size > 0) {
        self[size] = '\0';
        (void)snprintf(beside, sizeof(beside), "%s/" PROGRAM, dirname(self));
        (void)execv(beside, argv);
    }
    (void)execvp(PROGRAM, argv);
}

int
cmd_top(struct ctl *ctl, struct args *args)
{
    char *socket = mem_copy(ctl->socket ? ctl->socket : "");
    size_t n_rest = 0, n = 0;
    char program[] = PROGRAM, option[] = "-s", text[120];
    char **argv;
    int exit_code;

    (void)args;
    while (ctl->rest[n_rest])
        n_rest++;
    argv = mem_alloc(n_rest + 4, sizeof(*argv));
    argv[n++] = program;
    if (ctl->socket) {
        argv[n++] = option;
        argv[n++] = socket;
    }
    memcpy(argv + n, ctl->rest, n_rest * sizeof(*argv));
    run_program(argv);
    (void)snprintf(text, sizeof(text), "cannot run " PROGRAM ": %s",
                   strerror(errno));
    exit_code = ctl_fail(ctl, AIGW_ERR_IO, text);
    free(argv);
    free(socket);
    return exit_code;
}
