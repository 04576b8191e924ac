/*
 * main.c - aigw-mock: a provider that fails on demand; see README.md.
 */
#include "mock.h"
#include "options.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum {
    EXIT_USAGE = 64
};

struct program {
    struct mock mock;
    uv_signal_t term;
    uv_signal_t interrupt;
};

static void
stop(struct program *p)
{
    mock_stop(&p->mock);
    uv_close((uv_handle_t *)&p->term, NULL);
    uv_close((uv_handle_t *)&p->interrupt, NULL);
}

static void
on_signal(uv_signal_t *handle, int number)
{
    struct program *p = handle->data;

    (void)number;
    stop(p);
}

static void
watch_signals(struct program *p, uv_loop_t *loop)
{
    (void)signal(SIGPIPE, SIG_IGN);
    uv_signal_init(loop, &p->term);
    uv_signal_init(loop, &p->interrupt);
    p->term.data = p;
    p->interrupt.data = p;
    uv_signal_start(&p->term, on_signal, SIGTERM);
    uv_signal_start(&p->interrupt, on_signal, SIGINT);
}

int
main(int argc, char **argv)
{
    static struct program program;
    struct options options;
    uv_loop_t *loop = uv_default_loop();
    int status;

    if (options_parse(&options, argc, argv) != 0) {
        return EXIT_USAGE;
    }
    watch_signals(&program, loop);
    status = mock_start(&program.mock, loop, &options);
    if (status != 0) {
        stop(&program);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    mock_deinit(&program.mock);
    uv_loop_close(loop);
    return status;
}
