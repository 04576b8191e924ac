/*
 * fuzz_settings.c - any bytes as aigw-top's settings file.
 *
 * What was read is written, and read again without a complaint.
 */
#include "tui/settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
read_settings(const char *text, struct ui *ui)
{
    char *complaints = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&complaints, &size);

    if (!out)
        abort();
    settings_read(text, "settings", ui, out);
    (void)fclose(out);
    return complaints;
}

static void
check_again(const struct ui *ui)
{
    char *written = NULL, *complaints;
    size_t size = 0;
    FILE *out = open_memstream(&written, &size);
    struct ui again;

    if (!out)
        abort();
    settings_write(ui, out);
    (void)fclose(out);
    ui_init(&again);
    complaints = read_settings(written, &again);
    if (complaints[0] || again.window_s != ui->window_s
        || again.view != ui->view || again.cost_by != ui->cost_by
        || again.tables[UI_TARGETS].sort != ui->tables[UI_TARGETS].sort)
        abort();
    ui_deinit(&again);
    free(complaints);
    free(written);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct ui ui;

    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    ui_init(&ui);
    free(read_settings(text, &ui));
    check_again(&ui);
    ui_deinit(&ui);
    free(text);
    return 0;
}
