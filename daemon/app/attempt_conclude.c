#include "app/attempt_internal.h"

#include "core/utf8.h"
#include "core/weigh.h"

#include <string.h>

/* What broke the transport, or what was wrong with the answer. */
static const char *
own_words(const struct attempt *a, const struct attempt_ending *e,
          const struct dialect_facts *facts)
{
    if (*e->text)
        return e->text;
    if (facts->defect != ANSWER_DEFECT_NONE)
        return answer_defect_text(facts->defect);
    if (facts->malformed)
        return "the stream made no sense";
    if (facts->terminal || a->http_status >= 300)
        return "";
    return "the stream ended early";
}

/* The most telling explanation there is, which is the provider's own, for the
 * caller; for everybody else the cause. */
static void
explain(struct attempt *a, const struct attempt_ending *e,
        const struct dialect_facts *facts, enum outcome outcome)
{
    const struct api_error *told = &facts->error;
    const char *text = own_words(a, e, facts);

    cause_write(
        &(struct cause){
            .outcome = outcome,
            .http_status = a->http_status,
            .error = told,
            .own = told->present ? e->text : text,
        },
        a->cause);
    if (told->present && *told->text)
        text = told->text;
    else if (told->present && *told->code)
        text = told->code;
    else if (!*text && a->http_status >= 300)
        text = "no explanation";
    (void)utf8_sanitise(text, strlen(text), a->error, sizeof(a->error));
}

/* Nothing to add is an answer for one who was asked to go on. */
static enum answer_defect
defect_of(const struct attempt *a, const struct dialect_facts *facts)
{
    bool silent = facts->defect == ANSWER_DEFECT_NO_CONTENT;

    return a->resumes && silent && facts->terminal ? ANSWER_DEFECT_NONE
                                                   : facts->defect;
}

bool
attempt_is_whole(const struct attempt *a)
{
    return a->dialect->parser_facts(a->parser)->terminal && !a->drill.broke;
}

static struct outcome_verdict
judge(const struct attempt *a, const struct attempt_ending *e,
      const struct dialect_facts *facts)
{
    return outcome_classify(&(struct outcome_facts){
        .transport = e->transport,
        .sent = a->sent || attempt_drill_waits(a),
        .http_status = a->http_status,
        .defect = defect_of(a, facts),
        .error = &facts->error,
        .committed = a->committed,
        .terminal = attempt_is_whole(a),
        .finish = *facts->finish ? facts->finish : NULL,
        .malformed = facts->malformed,
    });
}

static bool
is_success(enum outcome outcome)
{
    return outcome_row(outcome)->vote == OUTCOME_VOTE_SUCCESS;
}

static const struct price *
price_of(const struct attempt *a)
{
    const struct target_settings *settings = &a->lease.target->settings;

    return settings->has_price ? &settings->price : NULL;
}

static struct settlement
settle_as(const struct attempt *a, enum outcome outcome)
{
    const struct dialect_facts *facts = a->dialect->parser_facts(a->parser);
    const struct target *t = a->lease.target;

    return settle(
        &(struct settle_facts){
            .outcome = outcome,
            .sent = a->sent,
            .whole = attempt_is_whole(a),
            .http_status = a->http_status,
            .usage = facts->has_usage ? &facts->usage : NULL,
            .prompt_bytes = a->prompt_bytes,
            .emitted_bytes = a->content_bytes,
            .bytes_per_token_milli = t->bytes_per_token_milli,
            .reserved_nanousd = a->reserved_nanousd,
            .partial_refund_milli = t->settings.partial_refund_milli,
        },
        price_of(a));
}

/* By what was told so far, or by what was seen if that is more. */
int64_t
attempt_cost_nanousd(const struct attempt *a)
{
    const struct dialect_facts *facts = a->dialect->parser_facts(a->parser);

    return settle(
               &(struct settle_facts){
                   .outcome = OUTCOME_STREAM_BROKEN,
                   .sent = true,
                   .usage = facts->has_usage ? &facts->usage : NULL,
                   .prompt_bytes = a->prompt_bytes,
                   .emitted_bytes = a->content_quarters,
                   .bytes_per_token_milli = WEIGH_MILLI_PER_TOKEN,
               },
               price_of(a))
        .cost_nanousd;
}

void
attempt_conclude(struct attempt *a, const struct attempt_ending *e,
                 struct attempt_result *r)
{
    const struct dialect_facts *facts = a->dialect->parser_facts(a->parser);
    struct outcome_verdict verdict = judge(a, e, facts);

    if (is_success(verdict.outcome))
        a->error[0] = a->cause[0] = '\0';
    else
        explain(a, e, facts, verdict.outcome);
    *r = (struct attempt_result){
        .verdict = verdict,
        .facts = facts,
        .settlement = settle_as(a, verdict.outcome),
        .http_status = a->http_status,
        .sent = a->sent,
        .timed_out = e->transport == OUTCOME_TRANSPORT_TIMEOUT,
        .has_ttft = a->streamed && a->ttft_us >= 0,
        .ttft_us = a->ttft_us,
        .latency_us = attempt_elapsed_us(a),
        .advice = a->told.advice,
        .retry_after_ms = ratelimit_wait_ms(&a->told, a->http_status),
        .error = a->error,
        .cause = a->cause,
        .provider_request_id = a->provider_request_id,
        .response = facts->response,
        .content_bytes = a->content_bytes,
    };
    target_settle(&a->lease,
                  &(struct target_result){
                      .verdict = verdict,
                      .http_status = a->http_status,
                      .sent = a->sent,
                      .timed_out = r->timed_out,
                      .streamed = a->streamed,
                      .has_ttft = r->has_ttft,
                      .ttft_us = r->ttft_us,
                      .latency_us = r->latency_us,
                      .retry_after_ms = r->retry_after_ms,
                      .content_bytes = a->content_bytes,
                      .unknown_finish = strcmp(facts->finish, "unknown") == 0,
                      .settlement = r->settlement,
                      .cause = *a->cause ? a->cause : NULL,
                      .provider_request_id = a->provider_request_id,
                  },
                  loop_now_ms(a->loop));
    r->key_renewed = a->lease.renewed;
    r->key_shut = a->lease.shut;
}
