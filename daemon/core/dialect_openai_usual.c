#include "core/dialect_openai_parts.h"

#include <string.h>

static int
report_content(struct openai_parser *p, uint32_t choice,
               struct json_slice content)
{
    int status;

    if (!memchr(content.text, '\\', content.size))
        return openai_choice_text(p, choice, content.text, content.size);
    bytes_clear(&p->text);
    status = json_unescape(content, &p->text);
    if (status < 0)
        return status;
    return openai_choice_text(p, choice, p->text.data, p->text.size);
}

static int
report_choice(struct openai_parser *p, const struct openai_scan *scan)
{
    int status = 0;

    if (scan->content.text)
        status = report_content(p, scan->choice, scan->content);
    else if (scan->has_delta)
        status = openai_choice_start(p, scan->choice);
    if (status < 0)
        return status;
    return openai_choice_finish(p, scan->choice, scan->finish);
}

int
openai_report_scan(struct openai_parser *p, const struct openai_scan *scan)
{
    int status = 0;

    openai_note_names(p, scan->id, scan->model);
    if (scan->has_choice)
        status = report_choice(p, scan);
    if (status == 0 && scan->has_usage && !p->over)
        status = openai_report_counts(p, &scan->counts);
    return status;
}
