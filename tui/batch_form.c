#include "tui/batch_form.h"

#include <stdlib.h>

enum {
    USUAL_COLS = 132,
    LEAST_COLS = 20
};

/* What COLUMNS asks for, if that is a width at all. */
static int
page_cols(void)
{
    const char *text = getenv("COLUMNS");
    char *end;
    long cols;

    if (!text || !text[0])
        return USUAL_COLS;
    cols = strtol(text, &end, 10);
    if (*end || cols < LEAST_COLS)
        return USUAL_COLS;
    return cols < CANVAS_MAX_COLS ? (int)cols : CANVAS_MAX_COLS;
}

void
batch_page_init(struct batch_page *page, const struct options *options,
                const struct model *model, FILE *err)
{
    *page = (struct batch_page){
        .options = options, .model = model, .err = err, .cols = page_cols()};
    ui_init(&page->ui);
    page->ui.ascii = !options->utf8;
    page->ui.milliseconds = true;
    page->ui.tables[UI_TARGETS].sort = -1;
    canvas_init(&page->canvas, !options->utf8);
    told_init(&page->told);
}

void
batch_page_deinit(struct batch_page *page)
{
    told_deinit(&page->told);
    canvas_deinit(&page->canvas);
    ui_deinit(&page->ui);
}

const char *
batch_loss_reason(const struct model *model)
{
    const struct link *link = &model->link;

    if (link->reason[0])
        return link->reason;
    return link->state == LINK_STALE ? "nothing comes from aigwd"
                                     : "aigwd does not answer";
}

const struct batch_form *
batch_form_of(enum options_format format)
{
    switch (format) {
    case OPTIONS_TABLES:
        return &batch_tables;
    case OPTIONS_JSON:
        return &batch_json;
    case OPTIONS_CSV:
        return &batch_csv;
    case OPTIONS_PLAIN:
        return &batch_plain;
    }
    return NULL;
}
