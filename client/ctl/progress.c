#include "ctl/progress.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "text/format.h"

enum {
    BAR_CELLS = 30
};

void
progress_draw(const struct progress *progress, FILE *out)
{
    char bar[BAR_CELLS + 1];
    double total = (double)(progress->total > 0 ? progress->total : 1);
    double filled = floor((double)progress->done / total * BAR_CELLS);
    double rate = progress->elapsed_ms > 0
                      ? (double)progress->done * 1000 / progress->elapsed_ms
                      : 0;

    memset(bar, ' ', BAR_CELLS);
    bar[BAR_CELLS] = '\0';
    memset(bar, '#', (size_t)fmin(fmax(filled, 0), BAR_CELLS));
    (void)fprintf(out, "\r[%s]  %" PRId64 "/%" PRId64 "  %s/s", bar,
                  progress->done, progress->total, format_rate(rate).s);
    if (progress->failed > 0)
        (void)fprintf(out, "  %" PRId64 " failed", progress->failed);
    (void)fputs("  ", out);
    (void)fflush(out);
}

void
progress_erase(FILE *out)
{
    (void)fprintf(out, "\r%*s\r", 79, "");
    (void)fflush(out);
}
