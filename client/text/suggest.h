/*
 * suggest.h - the word that was probably meant.
 *
 * Offer every valid word, then ask for the nearest.  Pure.
 */
#ifndef AIGW_TEXT_SUGGEST_H
#define AIGW_TEXT_SUGGEST_H

struct suggest {
    const char *word;
    const char *best; /* NULL while nothing is near enough. */
    unsigned distance;
};

/* Begins a search for words near to `word`, which it borrows. */
void suggest_init(struct suggest *s, const char *word);

/* Keeps `candidate` if it is nearer than what was offered before. */
void suggest_offer(struct suggest *s, const char *candidate);

/* The number of letters to insert, delete, replace or swap with a neighbour
 * to turn `a` into `b`; large for words over 32 letters. */
unsigned suggest_distance(const char *a, const char *b);

#endif
