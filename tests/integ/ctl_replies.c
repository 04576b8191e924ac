#include "integ/ctl_replies.h"

#define SNAPSHOT                                                               \
    "{'schema':1,'time_ms':1000000,'server':{'version':'0.4.1',"               \
    "'state':'degraded','uptime_s':273600},'totals':{'in_flight':96,"          \
    "'cost_today_usd':182.4},'window':{'seconds':60,'rps':412,"                \
    "'error_rate':0.008,'ttft_ms':{'count':9,'avg':300,'p50':311,'p90':640,"   \
    "'p95':890,'p99':1900,'max':4800},'latency_ms':null},'targets':["          \
    "{'name':'anthropic/sonnet-4','tier':'premium','state':'closed',"          \
    "'is_healthy':true,'rps':188,'in_flight':41,'error_rate':0.003,"           \
    "'latency_ms':{'count':5,'avg':450,'p50':402,'p90':910,'p95':1100,"        \
    "'p99':2400,'max':3000},'ttft_ms':null,'cost_per_hour_usd':6.8,"           \
    "'price':{'input_usd':3,'output_usd':15,'cached_input_usd':0.3},"          \
    "'ttft_hist':[[100,3],[400,1],[null,0]]},"                                 \
    "{'name':'openai/gpt-4.1','tier':'premium','state':'open',"                \
    "'is_healthy':false,'reason':'HTTP 529','retry_at_ms':1018000,"            \
    "'rps':0,'in_flight':0,'error_rate':0.714,'latency_ms':null,"              \
    "'ttft_ms':null,'cost_per_hour_usd':0,"                                    \
    "'price':{'input_usd':2,'output_usd':8,'cached_input_usd':0.5}}],"         \
    "'routes':[{'name':'default','targets':['openai/gpt-4.1',"                 \
    "'anthropic/sonnet-4']}],'budgets':[{'name':'r','scope':'route',"          \
    "'period':'day','limit_usd':5},{'name':'d','scope':'all',"                 \
    "'period':'day','limit_usd':300}]}"

#define CHAT_ANSWER                                                            \
    "{'success':true,'provider':'a','model':'b','latency_ms':1,"               \
    "'cost_usd':0,'response':'{\\'choices\\':[{\\'message\\':"                 \
    "{\\'role\\':\\'assistant\\',\\'content\\':\\'four\\'}}]}'}"

const struct ctl_reply ctl_replies[] = {
    {.method = "status", .result = SNAPSHOT},
    {.method = "generate", .result = CTL_ANSWER, .deltas = {"hello ", "world"}},
    {.method = "chat", .result = CHAT_ANSWER},
    {.method = "watch",
     .result = SNAPSHOT,
     .notify = "status",
     .notified = {SNAPSHOT, SNAPSHOT, SNAPSHOT}},
    {.method = "events",
     .result = "{'events':[{'seq':7,'time_ms':55563000,'kind':'breaker',"
               "'target':'openai/gpt-4.1','from':'closed','to':'open',"
               "'reason':'14 of 20 failed'}],'next_seq':8}",
     .notify = "event",
     .notified = {"{'seq':8,'time_ms':55564000,'kind':'server',"
                  "'reason':'hot'}"}},
    {.method = "requests",
     .result = "{'requests':[{'request_id':'01J','client':'x','route':"
               "'default','target':'a/b','state':'streaming','age_ms':402,"
               "'tokens':12,'cost_usd':0.5,'error_code':null}]}"},
    {.method = "cancel", .result = "{'cancelled':true}"},
    {.method = "explain",
     .result =
         "{'route':'default','tier':'economy','complexity':{'score':0.05,"
         "'tier':'economy','chooses':true,'features':[{'name':'size',"
         "'count':1.5,'share':0.05,'reason':'long'}]},'candidates':["
         "{'target':'a/b','tier':'economy','eligible':false,'reason':'breaker open',"
         "'est_cost_usd':0.01,'p50_ttft_ms':null,'state':'open'},"
         "{'target':'c/d','tier':'premium','eligible':true,'reason':null,"
         "'est_cost_usd':0.02,'p50_ttft_ms':402,'state':'closed'}],"
         "'chosen':'c/d','fallbacks':{'context_length':['e/f','g/h'],"
         "'content_policy':[]}}"},
    {.method = "embed",
     .result = "{'success':true,'response':{'data':[{'index':0,"
               "'embedding':[0.5,-1,2,3,4]}]}}"},
    {.method = "budget.list",
     .result = "{'budgets':[{'name':'d','key':null,'scope':'all','period':"
               "'total','on_exceeded':'refuse','state':'soft','limit_usd':300,"
               "'spent_usd':240,'reserved_usd':1.5,'soft':0.8,"
               "'resets_at_ms':null,'exhausted_at_ms':null}]}"},
    {.method = "budget.set", .result = "{'ok':true}"},
    {.method = "target.set", .result = "{'ok':true}"},
    {.method = "breaker.set", .result = "{'ok':true}"},
    {.method = "probe",
     .result = "{'results':[{'target':'a/b','ok':true,'latency_ms':30,"
               "'error':null},{'target':'c/d','ok':false,"
               "'latency_ms':null,'error':'refused'}]}"},
    {.method = "config.check",
     .result = "{'ok':false,'generation':3,'errors':[{'file':'aigwd.conf',"
               "'line':14,'path':'providers[0].price',"
               "'message':'expected a number'}]}"},
    {.method = "config.reload",
     .result = "{'ok':true,'generation':4,'errors':[]}"},
    {.method = "config.show", .result = "{'text':'drain_s = 25;\\n'}"},
    {.method = "deny", .error = -32003, .error_text = "permission denied"},
    {.method = "lose", .error = -32004, .error_text = "no such target"},
    {.method = "shed", .error = -32001, .error_text = "overloaded"},
    {.method = "hang"},
    {0}};
