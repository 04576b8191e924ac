#include "core/chat.h"

#include "core/chat_layout.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

static void
put_message(struct chat_layout *l, const char *role, const char *text,
            size_t size)
{
    chat_put(l, "{\"role\":", 8);
    chat_put_string(l, role, strlen(role));
    chat_put(l, ",\"content\":", 11);
    chat_put_string(l, text, size);
    chat_put(l, "}", 1);
}

static int
check_prompt(const struct chat_prompt *p, struct aigw_err *err)
{
    if (p->prompt_size > CHAT_MAX_BYTES || p->system_size > CHAT_MAX_BYTES)
        return aigw_err_set(err, AIGW_ETOOBIG, "prompt: larger than allowed");
    if (!utf8_valid(p->prompt, p->prompt_size))
        return chat_wrong(err, "prompt", "not valid UTF-8");
    if (p->system && !utf8_valid(p->system, p->system_size))
        return chat_wrong(err, "system_message", "not valid UTF-8");
    if (!(p->temperature >= 0 && p->temperature <= 2))
        return chat_wrong(err, "temperature", "expected a number from 0 to 2");
    if (p->max_tokens < 1 || p->max_tokens > CHAT_MAX_TOKENS)
        return chat_wrong(err, "max_tokens",
                          "expected an integer from 1 to 1000000000");
    return 0;
}

int
chat_from_prompt(const struct chat_prompt *prompt,
                 struct chat_request **ret_request, struct aigw_err *err)
{
    struct chat_layout l = {.status = 0};
    struct chat_request *request;
    size_t size;
    int status = check_prompt(prompt, err);

    if (status < 0)
        return status;
    request = calloc(1, sizeof(*request));
    if (!request)
        return chat_out_of_memory(err);

    /* A control byte takes six bytes in JSON. */
    bytes_init(&l.bytes, (prompt->prompt_size + prompt->system_size) * 6 + 256);
    chat_put(&l, "[", 1);
    if (prompt->system) {
        put_message(&l, "system", prompt->system, prompt->system_size);
        chat_put(&l, ",", 1);
    }
    put_message(&l, "user", prompt->prompt, prompt->prompt_size);
    chat_put(&l, "]", 1);
    request->block = l.status == 0 ? bytes_take(&l.bytes, &size) : NULL;
    bytes_deinit(&l.bytes);
    if (!request->block) {
        chat_free(request);
        return chat_out_of_memory(err);
    }
    request->messages = (struct json_slice){request->block, size};
    request->n_messages = prompt->system ? 2 : 1;
    request->extra = (struct json_slice){"", 0};
    request->stream_extra = (struct json_slice){"", 0};
    request->model = "";
    request->has_temperature = true;
    request->temperature = prompt->temperature;
    request->limit_key = CHAT_LIMIT_MAX_TOKENS;
    request->max_tokens = prompt->max_tokens;
    request->n = 1;
    request->prompt_bytes =
        prompt->prompt_size + (prompt->system ? prompt->system_size : 0);
    *ret_request = request;
    return 0;
}

void
chat_free(struct chat_request *request)
{
    if (!request)
        return;
    free(request->block);
    free(request);
}
