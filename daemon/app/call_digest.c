#include "app/call_digest.h"

#include <string.h>

static void
add_text(struct digest *d, const char *text)
{
    digest_field(d, text, strlen(text));
}

static void
add_slice(struct digest *d, struct json_slice slice)
{
    digest_field(d, slice.text, slice.size);
}

/* Bit by bit: the same number was written in the same way. */
static void
add_chat(struct digest *d, const struct chat_request *chat)
{
    double temperature = chat->has_temperature ? chat->temperature : -1;

    add_text(d, chat->model);
    add_slice(d, chat->messages);
    add_slice(d, chat->extra);
    digest_field(d, &temperature, sizeof(temperature));
    digest_int(d, chat->limit_key);
    digest_int(d, chat->limit_key == CHAT_LIMIT_NONE ? 0 : chat->max_tokens);
}

static void
add_embed(struct digest *d, const struct embed_request *embed)
{
    add_text(d, embed->model);
    add_slice(d, embed->input);
    add_slice(d, embed->extra);
}

void
call_digest(const struct call_params *params, enum call_form form,
            unsigned char ret[DIGEST_SIZE])
{
    struct digest d;

    digest_init(&d);
    digest_int(&d, form);
    digest_int(&d, params->chat != NULL);
    if (params->chat)
        add_chat(&d, params->chat);
    else
        add_embed(&d, params->embed);
    add_text(&d, params->route);
    digest_int(&d, params->tier);
    digest_int(&d, params->max_cost_nanousd);
    add_text(&d, params->session_id);
    digest_finish(&d, ret);
}
