/*
 * fuzz_recording.c - any file as a recording of aigw-top, opened and played.
 *
 * Exercises the reader of the lines, and with what it finds the model: played
 * on, and from several places again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tui/feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file that is nowhere but in memory, of which `ret_path` is the name. */
static int
make_file(const uint8_t *data, size_t size, char ret_path[32])
{
    int fd = memfd_create("recording", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(ret_path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

static void
play(struct feed *f)
{
    static const struct feed_wants wants = {.interval_ms = 1000};
    static const double JUMPS_S[] = {-1e9, 0.5, 2, 1e9};

    feed_want(f, &wants, 0);
    feed_dispatch(f, 1000);
    for (size_t i = 0; i < sizeof(JUMPS_S) / sizeof(*JUMPS_S); i++) {
        double now_ms = 2000 + 1000 * (double)i;

        (void)feed_seek(f, JUMPS_S[i], 64, now_ms);
        feed_dispatch(f, now_ms + 500);
        (void)feed_due_ms(f, now_ms + 500);
        (void)model_daemon_ms(f->model, now_ms + 500);
        (void)model_find(f->model, "targets", "a/m");
        (void)link_word(&f->model->link, now_ms + 500);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[32], error[160] = "";
    struct model m;
    struct feed *f;
    int fd = make_file(data, size, path);

    model_init(&m, "", 1000, 0);
    f = feed_replay_new(path, &m, error);
    if (f)
        play(f);
    else if (error[0] == '\0')
        abort();
    feed_free(f);
    model_deinit(&m);
    (void)close(fd);
    return 0;
}
