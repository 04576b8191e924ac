#include "core/dialect_openai_parts.h"

struct json_slice
openai_text_of(const json_t *value)
{
    if (!json_is_string(value))
        return (struct json_slice){NULL, 0};
    return (struct json_slice){json_string_value(value),
                               json_string_length(value)};
}

static void
note_name(const struct openai_parser *p, struct json_slice name, char *ret_name)
{
    if (!*ret_name && name.size > 0)
        openai_copy_text(p, name.text, name.size, ret_name, DIALECT_TEXT_SIZE);
}

void
openai_note_names(struct openai_parser *p, struct json_slice id,
                  struct json_slice model)
{
    note_name(p, id, p->base.facts.id);
    note_name(p, model, p->base.facts.model);
}

static int
report(struct openai_parser *p, const struct usage *usage)
{
    p->base.facts.usage = *usage;
    p->base.facts.has_usage = true;
    return openai_emit(p, &(struct dialect_event){
                              .kind = DIALECT_USAGE,
                              .usage = &p->base.facts.usage,
                          });
}

int
openai_report_counts(struct openai_parser *p, const struct usage_counts *counts)
{
    struct usage usage;

    return usage_from_counts(counts, &usage) ? report(p, &usage) : 0;
}

int
openai_report_usage(struct openai_parser *p, const json_t *told)
{
    struct usage usage;

    return usage_from_openai(told, &usage) ? report(p, &usage) : 0;
}
