#include "text/utf8.h"

#include <stdbool.h>

size_t
utf8_expected(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    if (lead >= 0xF0 && lead <= 0xF4)
        return 4;
    return 0;
}

/* Overlong forms, surrogates, and what lies beyond U+10FFFF: all of them
 * show in the second byte (RFC 3629 section 4). */
static bool
second_is_valid(unsigned char lead, unsigned char second)
{
    unsigned char least = 0x80, most = 0xBF;

    if (lead == 0xE0)
        least = 0xA0;
    else if (lead == 0xED)
        most = 0x9F;
    else if (lead == 0xF0)
        least = 0x90;
    else if (lead == 0xF4)
        most = 0x8F;
    return second >= least && second <= most;
}

size_t
utf8_sequence(const char *data, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)data;
    size_t expected = utf8_expected(bytes[0]);

    if (expected == 0 || expected > size)
        return 0;
    if (expected > 1 && !second_is_valid(bytes[0], bytes[1]))
        return 0;
    for (size_t i = 2; i < expected; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    }
    return expected;
}
