/*
 * The half of config_table.h that writes settings as libconfig reads them.
 */
#include "app/config_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t
get_int(const struct config_field *field, const void *base)
{
    int64_t value;

    memcpy(&value, (const char *)base + field->offset, sizeof(value));
    return value;
}

/* `value` / `unit` with as many decimals as it takes, at least one. */
static void
print_decimal(int64_t value, int64_t unit, struct bytes *out)
{
    char digits[24];
    int64_t rest = value % unit;
    int n = 0;

    (void)bytes_printf(out, "%" PRId64 ".", value / unit);
    do {
        unit /= 10;
        digits[n++] = (char)('0' + rest / unit);
        rest %= unit;
    } while (rest > 0);
    digits[n] = '\0';
    (void)bytes_append_str(out, digits);
}

/* The fewest digits that read back as the same number.  libconfig takes a
 * number without a point for a whole one. */
static void
print_real(double value, struct bytes *out)
{
    char text[40];
    int precision = 1;

    do {
        (void)snprintf(text, sizeof(text), "%.*g", precision++, value);
    } while (precision <= 17 && strtod(text, NULL) != value);
    (void)bytes_append_str(out, text);
    if (!strpbrk(text, ".e"))
        (void)bytes_append_str(out, ".0");
}

static void
print_byte(unsigned char c, struct bytes *out)
{
    if (c == '"' || c == '\\')
        (void)bytes_printf(out, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
        (void)bytes_printf(out, "\\x%02x", c);
    else
        (void)bytes_append(out, &c, 1);
}

void
config_table_quote(const char *text, struct bytes *out)
{
    (void)bytes_append_str(out, "\"");
    for (; *text; text++)
        print_byte((unsigned char)*text, out);
    (void)bytes_append_str(out, "\"");
}

/* libconfig reads more than 32 bits only where it is told so. */
static void
print_whole(int64_t value, struct bytes *out)
{
    (void)bytes_printf(out, "%" PRId64 "%s", value,
                       value > INT32_MAX ? "L" : "");
}

static void
print_value(const struct config_field *field, const void *base,
            struct bytes *out)
{
    const void *at = (const char *)base + field->offset;

    switch (field->type) {
    case CONFIG_INT:
    case CONFIG_HOURS:
    case CONFIG_MIB:
        print_whole(get_int(field, base) / config_table_unit(field->type), out);
        return;
    case CONFIG_RATIO:
        print_real(*(const double *)at, out);
        return;
    case CONFIG_SECONDS:
        print_decimal(get_int(field, base), 1000, out);
        return;
    case CONFIG_USD:
        print_decimal(get_int(field, base), 1000000000, out);
        return;
    case CONFIG_BOOL:
        (void)bytes_append_str(out, *(const bool *)at ? "true" : "false");
        return;
    case CONFIG_STR:
        config_table_quote(*(char *const *)at, out);
        return;
    case CONFIG_CHOICE:
        config_table_quote(field->choices[*(const unsigned *)at], out);
        return;
    case CONFIG_GROUP:
    case CONFIG_OTHER:
        return;
    }
}

/* Is there anything to say about this member?  An absent text is left out, and
 * so is a group of nothing else. */
static bool
is_printed(const struct config_field *field, const void *base)
{
    const void *at = (const char *)base + field->offset;

    if (field->type == CONFIG_OTHER || (field->flags & CONFIG_OVERRIDE))
        return false;
    if (field->type == CONFIG_STR)
        return *(char *const *)at != NULL;
    if (field->type != CONFIG_GROUP)
        return true;
    for (size_t i = 0; i < field->group->n_fields; i++) {
        if (is_printed(&field->group->fields[i], at))
            return true;
    }
    return false;
}

void
config_table_print(const struct config_table *table, const void *base,
                   int indent, struct bytes *out)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct config_field *field = &table->fields[i];
        const void *at = (const char *)base + field->offset;

        if (!is_printed(field, base))
            continue;
        (void)bytes_printf(out, "%*s%s = ", indent, "", field->name);
        if (field->type == CONFIG_GROUP) {
            (void)bytes_append_str(out, "{\n");
            config_table_print(field->group, at, indent + 4, out);
            (void)bytes_printf(out, "%*s};\n", indent, "");
        } else {
            print_value(field, base, out);
            (void)bytes_append_str(out, ";\n");
        }
    }
}
