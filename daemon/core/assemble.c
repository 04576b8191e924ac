#include "core/assemble.h"

#include "core/assemble_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tool call; `function` is an object of its own. */
struct call {
    struct call *next; /* With a higher index. */
    json_int_t index;
    struct assemble_part *parts;
    struct assemble_part *function;
};

struct choice {
    struct bytes content;
    struct assemble_part *parts;
    struct call *calls;
    unsigned n_calls;
    char finish[32];
};

struct assemble {
    size_t max_bytes;
    struct assemble_room room;
    struct choice *choices[ASSEMBLE_MAX_CHOICES];
};

struct assemble *
assemble_new(size_t max_bytes)
{
    struct assemble *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->max_bytes = max_bytes;
    a->room.left = max_bytes;
    return a;
}

static void
free_choice(struct choice *choice)
{
    if (!choice)
        return;
    while (choice->calls) {
        struct call *next = choice->calls->next;

        assemble_parts_free(choice->calls->parts);
        assemble_parts_free(choice->calls->function);
        free(choice->calls);
        choice->calls = next;
    }
    assemble_parts_free(choice->parts);
    bytes_deinit(&choice->content);
    free(choice);
}

void
assemble_reset(struct assemble *a)
{
    for (int i = 0; i < ASSEMBLE_MAX_CHOICES; i++) {
        free_choice(a->choices[i]);
        a->choices[i] = NULL;
    }
    a->room.left = a->max_bytes;
}

void
assemble_free(struct assemble *a)
{
    if (!a)
        return;
    assemble_reset(a);
    free(a);
}

static int
find_choice(struct assemble *a, uint32_t n, struct choice **ret_choice)
{
    int status;

    if (n >= ASSEMBLE_MAX_CHOICES)
        return AIGW_EMALFORMED;
    if (!a->choices[n]) {
        status = assemble_room_take(&a->room, sizeof(struct choice));
        if (status < 0)
            return status;
        a->choices[n] = calloc(1, sizeof(struct choice));
        if (!a->choices[n])
            return AIGW_ENOMEM;
        bytes_init(&a->choices[n]->content, a->max_bytes);
    }
    *ret_choice = a->choices[n];
    return 0;
}

int
assemble_text(struct assemble *a, uint32_t choice, const char *text,
              size_t size)
{
    struct choice *c;
    int status = find_choice(a, choice, &c);

    if (status == 0)
        status = assemble_room_take(&a->room, size);
    return status < 0 ? status : bytes_append(&c->content, text, size);
}

/* The call with this index, made at its place in the order if it is new. */
static int
find_call(struct assemble *a, struct choice *choice, json_int_t index,
          struct call **ret_call)
{
    struct call **slot = &choice->calls;
    struct call *call;
    int status;

    while (*slot && (*slot)->index < index)
        slot = &(*slot)->next;
    if (*slot && (*slot)->index == index) {
        *ret_call = *slot;
        return 0;
    }
    if (choice->n_calls == ASSEMBLE_MAX_TOOL_CALLS)
        return AIGW_ETOOBIG;
    status = assemble_room_take(&a->room, sizeof(*call));
    if (status < 0)
        return status;
    call = calloc(1, sizeof(*call));
    if (!call)
        return AIGW_ENOMEM;
    call->index = index;
    call->next = *slot;
    *slot = call;
    choice->n_calls++;
    *ret_call = call;
    return 0;
}

static int
merge_object(struct assemble *a, struct assemble_part **parts, json_t *object)
{
    const char *name;
    json_t *value;
    int status = 0;

    json_object_foreach (object, name, value) {
        status = assemble_parts_merge(parts, name, value, &a->room);
        if (status < 0)
            break;
    }
    return status;
}

static int
merge_call(struct assemble *a, struct choice *choice, json_t *fragment)
{
    json_t *index = json_object_get(fragment, "index");
    struct call *call;
    const char *name;
    json_t *value;
    int status;

    if (!json_is_object(fragment))
        return AIGW_EMALFORMED;
    status = find_call(a, choice, json_integer_value(index), &call);
    if (status < 0)
        return status;
    json_object_foreach (fragment, name, value) {
        if (strcmp(name, "function") == 0 && json_is_object(value))
            status = merge_object(a, &call->function, value);
        else if (strcmp(name, "index") != 0)
            status = assemble_parts_merge(&call->parts, name, value, &a->room);
        if (status < 0)
            break;
    }
    return status;
}

static int
merge_calls(struct assemble *a, struct choice *choice, const json_t *fragments)
{
    int status = 0;

    for (size_t i = 0; i < json_array_size(fragments) && status == 0; i++)
        status = merge_call(a, choice, json_array_get(fragments, i));
    return status;
}

static int
merge_delta(struct assemble *a, uint32_t n, json_t *delta)
{
    struct choice *choice;
    const char *name;
    json_t *value;
    int status = find_choice(a, n, &choice);

    if (status < 0)
        return status;
    json_object_foreach (delta, name, value) {
        if (strcmp(name, "content") == 0 && json_is_string(value))
            status = assemble_text(a, n, json_string_value(value),
                                   json_string_length(value));
        else if (strcmp(name, "tool_calls") == 0)
            status = merge_calls(a, choice, value);
        else if (strcmp(name, "role") != 0)
            status =
                assemble_parts_merge(&choice->parts, name, value, &a->room);
        if (status < 0)
            break;
    }
    return status;
}

int
assemble_delta(struct assemble *a, uint32_t choice, const char *delta,
               size_t size)
{
    json_t *tree;
    int status = json_parse_lenient(delta, size, &tree);

    if (status < 0)
        return status;
    status =
        json_is_object(tree) ? merge_delta(a, choice, tree) : AIGW_EMALFORMED;
    json_decref(tree);
    return status;
}

int
assemble_finish(struct assemble *a, uint32_t choice, const char *reason)
{
    struct choice *c;
    int status = find_choice(a, choice, &c);

    if (status == 0)
        (void)snprintf(c->finish, sizeof(c->finish), "%s", reason);
    return status;
}

struct json_slice
assemble_content(const struct assemble *a)
{
    const struct choice *c = a->choices[0];

    if (!c || c->content.size == 0)
        return (struct json_slice){"", 0};
    return (struct json_slice){c->content.data, c->content.size};
}

/* Writing: nothing is added after the first failure. */
struct writer {
    struct bytes *b;
    int status;
};

static void
put(struct writer *w, const char *text)
{
    if (w->status == 0)
        w->status = bytes_append_str(w->b, text);
}

static void
put_string(struct writer *w, const char *text, size_t size)
{
    if (w->status == 0)
        w->status = json_append_string(w->b, text, size);
}

static void
put_count(struct writer *w, const char *before, int64_t count)
{
    put(w, before);
    if (w->status == 0)
        w->status = json_append_int(w->b, count);
}

static void
put_object(struct writer *w, const struct assemble_part *parts)
{
    put(w, "{");
    if (w->status == 0)
        w->status = assemble_parts_append(parts, w->b);
    put(w, "}");
}

static void
put_call(struct writer *w, const struct call *call)
{
    put(w, "{");
    if (w->status == 0)
        w->status = assemble_parts_append(call->parts, w->b);
    if (call->function) {
        put(w, call->parts ? ",\"function\":" : "\"function\":");
        put_object(w, call->function);
    }
    put(w, "}");
}

static void
put_calls(struct writer *w, const struct call *calls)
{
    put(w, ",\"tool_calls\":[");
    for (const struct call *c = calls; c; c = c->next) {
        put_call(w, c);
        put(w, c->next ? "," : "");
    }
    put(w, "]");
}

static void
put_message(struct writer *w, const struct choice *choice)
{
    put(w, "{\"role\":\"assistant\",\"content\":");
    if (choice->content.size == 0 && (choice->calls || choice->parts))
        put(w, "null");
    else
        put_string(w, choice->content.data, choice->content.size);
    if (choice->parts) {
        put(w, ",");
        if (w->status == 0)
            w->status = assemble_parts_append(choice->parts, w->b);
    }
    if (!assemble_parts_has(choice->parts, "refusal"))
        put(w, ",\"refusal\":null");
    if (choice->calls)
        put_calls(w, choice->calls);
    put(w, "}");
}

static void
put_choice(struct writer *w, uint32_t index, const struct choice *choice)
{
    put_count(w, index == 0 ? "{\"index\":" : ",{\"index\":", index);
    put(w, ",\"message\":");
    put_message(w, choice);
    put(w, ",\"logprobs\":null,\"finish_reason\":");
    if (choice->finish[0])
        put_string(w, choice->finish, strlen(choice->finish));
    else
        put(w, "null");
    put(w, "}");
}

static void
put_choices(struct writer *w, const struct assemble *a)
{
    static const struct choice nothing;

    put(w, ",\"choices\":[");
    put_choice(w, 0, a->choices[0] ? a->choices[0] : &nothing);
    for (uint32_t i = 1; i < ASSEMBLE_MAX_CHOICES; i++)
        if (a->choices[i])
            put_choice(w, i, a->choices[i]);
    put(w, "]");
}

static void
put_usage(struct writer *w, const struct usage *u)
{
    int64_t prompt = usage_prompt_total(u);
    int64_t completion = usage_completion_total(u);

    put_count(w, ",\"usage\":{\"prompt_tokens\":", prompt);
    put_count(w, ",\"completion_tokens\":", completion);
    put_count(w, ",\"total_tokens\":", prompt + completion);
    put_count(w, ",\"prompt_tokens_details\":{\"cached_tokens\":", u->cached);
    put_count(w, "},\"completion_tokens_details\":{\"reasoning_tokens\":",
              u->reasoning);
    put(w, "}}");
}

int
assemble_build(const struct assemble *a, const struct assemble_head *head,
               struct bytes *b)
{
    struct writer w = {b, 0};
    size_t before = b->size;

    put(&w, "{\"id\":");
    put_string(&w, head->id, strlen(head->id));
    put_count(&w,
              ",\"object\":\"chat.completion\",\"created\":", head->created_s);
    put(&w, ",\"model\":");
    put_string(&w, head->model, strlen(head->model));
    put_choices(&w, a);
    if (head->usage)
        put_usage(&w, head->usage);
    put(&w, "}");
    if (w.status < 0)
        bytes_truncate(b, before);
    return w.status;
}
