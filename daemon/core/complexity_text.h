/*
 * complexity_text.h - what core/complexity reads out of a text: words of the
 * lexicon and the marks that code, formulas, lists and questions leave.
 */
#ifndef AIGW_CORE_COMPLEXITY_TEXT_H
#define AIGW_CORE_COMPLEXITY_TEXT_H

#include "core/complexity.h"

#include <stdbool.h>
#include <stddef.h>

/* The text as core/plaintext leaves it, cut to what is looked at. */
struct complexity_text {
    char text[COMPLEXITY_TEXT_BYTES + LEXICON_SLACK];
    size_t size;
    size_t left; /* Bytes that may yet be added. */
};

struct complexity_wording {
    /* Stems of the lexicon, each counted once, but for constraints, of which
     * every one binds. */
    double words[LEXICON_N_CLASSES];
    double fences;     /* Blocks of code in Markdown. */
    double code_lines; /* Lines that end like code. */
    double code_marks; /* "==", "->", "()" and the like. */
    double symbols;    /* Of mathematics. */
    double numbers;
    double list_lines;
    double questions;
    bool plain; /* It begins with an order for work by rote. */
};

void complexity_text_init(struct complexity_text *text);

/* Adds the inside of a JSON string as a line, or what there is room for of
 * its beginning and its end. */
void complexity_text_add(struct complexity_text *text, struct json_slice inner);

void complexity_text_look(struct complexity_text *text,
                          const struct lexicon *lexicon,
                          struct complexity_wording *ret_wording);

#endif
