#include "text/suggest.h"

#include <stddef.h>
#include <string.h>

enum {
    WORD_MAX = 32,
    FAR = 1000
};

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The cost of ending `a` at letter `i` and `b` at letter `j` (from 1), from
 * the rows before: optimal string alignment. */
static unsigned
cell(unsigned rows[][WORD_MAX + 1], const char *a, const char *b, size_t i,
     size_t j)
{
    unsigned cost = a[i - 1] == b[j - 1] ? 0 : 1;
    unsigned best = least(rows[i - 1][j] + 1, rows[i][j - 1] + 1);

    best = least(best, rows[i - 1][j - 1] + cost);
    if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = least(best, rows[i - 2][j - 2] + 1);
    return best;
}

unsigned
suggest_distance(const char *a, const char *b)
{
    unsigned rows[WORD_MAX + 1][WORD_MAX + 1];
    size_t a_len = strlen(a), b_len = strlen(b);

    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return FAR;
    for (size_t i = 0; i <= a_len; i++)
        rows[i][0] = (unsigned)i;
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        for (size_t j = 1; j <= b_len; j++)
            rows[i][j] = cell(rows, a, b, i, j);
    }
    return rows[a_len][b_len];
}

void
suggest_init(struct suggest *s, const char *word)
{
    /* One slip is allowed in a short word, two from four letters on. */
    *s = (struct suggest){.word = word, .distance = strlen(word) < 4 ? 2 : 3};
}

void
suggest_offer(struct suggest *s, const char *candidate)
{
    size_t len = strlen(s->word);
    unsigned distance = suggest_distance(s->word, candidate);

    /* The beginning of a word is as good as a slip in it. */
    if (len >= 2 && strncmp(s->word, candidate, len) == 0)
        distance = least(distance, 1);
    if (distance < s->distance && distance < len) {
        s->best = candidate;
        s->distance = distance;
    }
}
