/*
 * batch_form.h - the forms in which `aigw-top -b` writes what it sees.
 *
 * tui/batch.h decides when there is something to write; a form, how.
 */
#ifndef AIGW_TUI_BATCH_FORM_H
#define AIGW_TUI_BATCH_FORM_H

#include <stdint.h>
#include <stdio.h>

#include "tui/canvas.h"
#include "tui/model.h"
#include "tui/options.h"
#include "tui/told.h"
#include "tui/ui.h"

/* What a form writes from, and to. */
struct batch_page {
    const struct options *options;
    const struct model *model;
    FILE *out; /* While something is written. */
    FILE *err;
    double now_ms;  /* Of the monotonic clock: of what is written. */
    double wall_ms; /* What time it is, or was in a recording. */
    bool lost;      /* The look before this one found no daemon. */
    uint64_t n_looks;
    int cols;
    struct ui ui;         /* How the tables are to look. */
    struct canvas canvas; /* For a page of a table, or a sentence. */
    struct told told;     /* OPTIONS_PLAIN. */
};

/* Each may be NULL. */
struct batch_form {
    /* A snapshot has come. */
    void (*sample)(struct batch_page *page);
    /* Something may have come that is no snapshot. */
    void (*news)(struct batch_page *page);
    /* The daemon is gone; told once. */
    void (*lost)(struct batch_page *page);
    /* There should have been a snapshot, and none came. */
    void (*missed)(struct batch_page *page);
};

void batch_page_init(struct batch_page *page, const struct options *options,
                     const struct model *model, FILE *err);
void batch_page_deinit(struct batch_page *page);

/* Why nothing comes, for people. */
const char *batch_loss_reason(const struct model *model);

extern const struct batch_form batch_tables;
extern const struct batch_form batch_json;
extern const struct batch_form batch_csv;
extern const struct batch_form batch_plain;

const struct batch_form *batch_form_of(enum options_format format);

#endif
