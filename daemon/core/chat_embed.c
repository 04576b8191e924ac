#include "core/chat.h"
#include "core/chat_layout.h"

#include <stdlib.h>

/* Where the parts of a body were found. */
struct found {
    struct json_slice model;
    struct json_slice input;
};

static int
note_once(struct json_slice *slot, const struct json_walk *walk,
          const char *field, struct aigw_err *err)
{
    if (slot->text)
        return chat_wrong(err, field, "given twice");
    *slot = walk->value;
    return 0;
}

static int
read_members(struct json_slice body, struct found *found, struct chat_layout *l,
             struct aigw_err *err)
{
    struct json_walk walk;
    int status = 0;

    json_walk_init(&walk, body);
    while (status == 0 && json_walk_next(&walk)) {
        if (json_key_is(walk.key, "model"))
            status = note_once(&found->model, &walk, "model", err);
        else if (json_key_is(walk.key, "input"))
            status = note_once(&found->input, &walk, "input", err);
        else
            chat_put_member(l, 0, &walk);
    }
    return status < 0 ? status : l->status;
}

static int
count_inputs(struct embed_request *request, struct json_slice input,
             struct aigw_err *err)
{
    struct json_walk walk;

    if (json_slice_is_string(input)) {
        request->n_inputs = 1;
        request->prompt_bytes = input.size - 2;
        return 0;
    }
    json_walk_init(&walk, input);
    while (json_slice_is_array(input) && json_walk_next(&walk)) {
        if (!json_slice_is_string(walk.value))
            return aigw_err_set(err, AIGW_EPARAMS,
                                "input[%zu]: expected a string",
                                request->n_inputs);
        request->n_inputs++;
        request->prompt_bytes += walk.value.size - 2;
    }
    if (request->n_inputs == 0)
        return chat_wrong(err, "input",
                          "expected a string or an array of strings");
    return 0;
}

/* The texts lie in the order extra, input, model. */
static int
lay_out(struct embed_request *request, struct json_slice body,
        struct chat_layout *l, struct aigw_err *err)
{
    struct found found = {{NULL, 0}, {NULL, 0}};
    size_t extra_end;
    size_t input_end;
    int status = read_members(body, &found, l, err);

    if (status < 0)
        return status;
    if (!json_slice_is_string(found.model))
        return chat_wrong(err, "model", "expected a string");
    status = count_inputs(request, found.input, err);
    if (status < 0)
        return status;
    extra_end = l->bytes.size;
    chat_put(l, found.input.text, found.input.size);
    input_end = l->bytes.size;
    chat_put_name(l, found.model);
    if (l->status < 0)
        return l->status;

    request->block = bytes_take(&l->bytes, NULL);
    if (!request->block)
        return AIGW_ENOMEM;
    request->extra = (struct json_slice){request->block, extra_end};
    request->input =
        (struct json_slice){request->block + extra_end, input_end - extra_end};
    request->model = request->block + input_end;
    return 0;
}

int
embed_from_body(const char *body, size_t size,
                struct embed_request **ret_request, struct aigw_err *err)
{
    struct chat_layout l = {.status = 0};
    struct embed_request *request;
    int status = chat_check_body(body, size, err);

    if (status < 0)
        return status;
    request = calloc(1, sizeof(*request));
    if (!request)
        return chat_out_of_memory(err);
    bytes_init(&l.bytes, size + 64);
    status = lay_out(request, (struct json_slice){body, size}, &l, err);
    bytes_deinit(&l.bytes);
    if (status < 0) {
        embed_free(request);
        return status == AIGW_EPARAMS ? status : chat_out_of_memory(err);
    }
    *ret_request = request;
    return 0;
}

void
embed_free(struct embed_request *request)
{
    if (!request)
        return;
    free(request->block);
    free(request);
}
