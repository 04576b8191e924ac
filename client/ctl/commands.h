/*
 * commands.h - the functions behind the table of commands, each in the file
 * cmd_*.c that is named after it or after its idea.  All return exit codes.
 */
#ifndef AIGW_CTL_COMMANDS_H
#define AIGW_CTL_COMMANDS_H

#include "text/args.h"

struct ctl;

/* cmd_ask.c, cmd_chat.c, cmd_embed.c */
int cmd_ask(struct ctl *ctl, struct args *args);
int cmd_chat(struct ctl *ctl, struct args *args);
int cmd_embed(struct ctl *ctl, struct args *args);

/* cmd_status.c */
int cmd_status(struct ctl *ctl, struct args *args);
int cmd_watch(struct ctl *ctl, struct args *args);

/* cmd_targets.c */
int cmd_targets(struct ctl *ctl, struct args *args);
int cmd_routes(struct ctl *ctl, struct args *args);

/* cmd_latency.c, cmd_cost.c, cmd_budget.c, cmd_prices.c, cmd_explain.c, cmd_events.c */
int cmd_latency(struct ctl *ctl, struct args *args);
int cmd_cost(struct ctl *ctl, struct args *args);
int cmd_budget(struct ctl *ctl, struct args *args);
int cmd_prices(struct ctl *ctl, struct args *args);
int cmd_explain(struct ctl *ctl, struct args *args);
int cmd_events(struct ctl *ctl, struct args *args);

/* cmd_session.c */
int cmd_session(struct ctl *ctl, struct args *args);

/* cmd_requests.c */
int cmd_requests(struct ctl *ctl, struct args *args);
int cmd_cancel(struct ctl *ctl, struct args *args);

/* cmd_admin.c: what changes a target */
int cmd_enable(struct ctl *ctl, struct args *args);
int cmd_disable(struct ctl *ctl, struct args *args);
int cmd_drain(struct ctl *ctl, struct args *args);
int cmd_breaker(struct ctl *ctl, struct args *args);
int cmd_probe(struct ctl *ctl, struct args *args);

/* cmd_drill.c, cmd_rehearse.c */
int cmd_drill(struct ctl *ctl, struct args *args);
int cmd_drill_rehearse(struct ctl *ctl, struct args *args);

/* cmd_load.c, cmd_config.c, cmd_call.c, cmd_ping.c, cmd_top.c */
int cmd_load(struct ctl *ctl, struct args *args);
int cmd_config(struct ctl *ctl, struct args *args);
int cmd_call(struct ctl *ctl, struct args *args);
int cmd_ping(struct ctl *ctl, struct args *args);
int cmd_top(struct ctl *ctl, struct args *args);

/* completion.c, help.c */
int cmd_completion(struct ctl *ctl, struct args *args);
int cmd_help(struct ctl *ctl, struct args *args);
int cmd_version(struct ctl *ctl, struct args *args);

#endif
