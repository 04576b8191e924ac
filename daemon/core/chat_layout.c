#include "core/chat_layout.h"

#include "core/chat.h"
#include "core/utf8.h"

#include <string.h>

int
chat_wrong(struct aigw_err *err, const char *field, const char *what)
{
    return aigw_err_set(err, AIGW_EPARAMS, "%s: %s", field, what);
}

int
chat_out_of_memory(struct aigw_err *err)
{
    return aigw_err_set(err, AIGW_ENOMEM, "out of memory");
}

void
chat_put(struct chat_layout *l, const char *text, size_t size)
{
    if (l->status == 0)
        l->status = bytes_append(&l->bytes, text, size);
}

void
chat_put_string(struct chat_layout *l, const char *text, size_t size)
{
    if (l->status == 0)
        l->status = json_append_string(&l->bytes, text, size);
}

/* The end of a text, from a code point on. */
static struct json_slice
tail_of(struct json_slice text)
{
    size_t skip = text.size > CHAT_TAIL_BYTES ? text.size - CHAT_TAIL_BYTES : 0;

    while (skip < text.size
           && utf8_next(text.text + skip, text.size - skip) == 0)
        skip++;
    return (struct json_slice){text.text + skip, text.size - skip};
}

/* The words are those that Anthropic's documentation recommends. */
void
chat_put_interruption(struct chat_layout *l, struct json_slice said,
                      const char *request)
{
    static const char BEFORE[] =
        "Your previous response was interrupted and ended with \"";
    static const char AFTER[] = "\". ";
    struct json_slice tail = tail_of(said);
    struct bytes text;

    bytes_init(&text, sizeof(BEFORE) + CHAT_TAIL_BYTES + sizeof(AFTER)
                          + strlen(request));
    if (l->status == 0)
        l->status = bytes_append_str(&text, BEFORE);
    if (l->status == 0)
        l->status = bytes_append(&text, tail.text, tail.size);
    if (l->status == 0)
        l->status = bytes_append_str(&text, AFTER);
    if (l->status == 0)
        l->status = bytes_append_str(&text, request);
    chat_put_string(l, text.data ? text.data : "", text.size);
    bytes_deinit(&text);
}

void
chat_put_member(struct chat_layout *l, size_t from,
                const struct json_walk *walk)
{
    if (l->bytes.size > from)
        chat_put(l, ",", 1);
    chat_put(l, "\"", 1);
    chat_put(l, walk->key.text, walk->key.size);
    chat_put(l, "\":", 2);
    chat_put(l, walk->value.text, walk->value.size);
}

void
chat_put_name(struct chat_layout *l, struct json_slice string)
{
    if (l->status == 0 && string.size > 0)
        l->status = json_unescape(json_inner(string), &l->bytes);
    chat_put(l, "", 1);
}

int
chat_check_body(const char *body, size_t size, struct aigw_err *err)
{
    struct aigw_err why;

    if (size > CHAT_MAX_BYTES)
        return aigw_err_set(err, AIGW_ETOOBIG, "body: larger than allowed");
    if (json_check(body, size, &why) < 0)
        return aigw_err_set(err, AIGW_EPARAMS, "body: %s", why.text);
    if (!json_slice_is_object(
            (struct json_slice){body + strspn(body, " \t\r\n"), 1}))
        return chat_wrong(err, "body", "expected an object");
    return 0;
}
