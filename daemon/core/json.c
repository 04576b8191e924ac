#include "core/json.h"

#include "core/json_scan.h"

#include <string.h>

static int
complain(struct aigw_err *err, const char *text, const char *at,
         const char *what)
{
    int line = 1;
    const char *line_start = text;

    for (const char *c = text; c < at; c++) {
        if (*c == '\n') {
            line++;
            line_start = c + 1;
        }
    }
    return aigw_err_set(err, AIGW_EMALFORMED, "line %d, column %d: %s", line,
                        (int)(at - line_start) + 1, what);
}

int
json_check(const char *text, size_t size, struct aigw_err *err)
{
    struct json_scan s;

    if (size == 0)
        return aigw_err_set(err, AIGW_EMALFORMED, "no JSON at all");
    s = (struct json_scan){.at = text, .end = text + size};
    if (!json_scan_value(&s))
        return complain(err, text, s.at, "not valid JSON");
    json_scan_blanks(&s);
    if (s.at != s.end)
        return complain(err, text, s.at, "more than one JSON value");
    return 0;
}

/* Values are counted by what separates and begins them, those in strings
 * too: a cheap upper bound. */
static bool
too_many_values(const char *text, size_t size)
{
    size_t n = 0;

    if (size <= JSON_MAX_VALUES)
        return false;
    for (size_t i = 0; i < size; i++)
        n += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return n > JSON_MAX_VALUES;
}

static int
load(const char *text, size_t size, size_t flags, json_t **ret_value,
     json_error_t *error)
{
    flags |= JSON_DECODE_ANY | JSON_ALLOW_NUL;
    *ret_value = json_loadb(text, size, flags, error);
    if (*ret_value)
        return 0;
    return json_error_code(error) == json_error_out_of_memory ? AIGW_ENOMEM
                                                              : AIGW_EMALFORMED;
}

int
json_parse(const char *text, size_t size, json_t **ret_value,
           struct aigw_err *err)
{
    json_error_t error;
    json_t *value;
    int status = json_check(text, size, err);

    if (status < 0)
        return status;
    if (too_many_values(text, size))
        return aigw_err_set(err, AIGW_EMALFORMED, "too many JSON values");
    status = load(text, size, JSON_REJECT_DUPLICATES, &value, &error);
    if (status == AIGW_ENOMEM)
        return aigw_err_set(err, status, "out of memory");
    if (status < 0) {
        /* What it found stands after "near" and is the caller's own text,
         * which does not belong into messages. */
        char *near = strstr(error.text, " near ");

        if (near)
            *near = '\0';
        return complain(err, text, text + error.position, error.text);
    }
    *ret_value = value;
    return 0;
}

int
json_parse_lenient(const char *text, size_t size, json_t **ret_value)
{
    json_error_t error;
    struct bytes mended;
    json_t *value;
    int status;

    if (too_many_values(text, size))
        return AIGW_EMALFORMED;
    status = AIGW_EMALFORMED;
    if (json_check(text, size, NULL) == 0)
        status = load(text, size, 0, &value, &error);
    if (status == AIGW_EMALFORMED) {
        bytes_init(&mended, size * 6 + 16);
        status = json_mend(text, size, &mended);
        if (status == 0)
            status = json_check(mended.data, mended.size, NULL);
        if (status == 0)
            status = load(mended.data, mended.size, 0, &value, &error);
        bytes_deinit(&mended);
    }
    if (status == 0)
        *ret_value = value;
    return status;
}
