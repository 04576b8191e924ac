/*
 * params.h - the parameters of a prompt, from the command line.
 */
#ifndef AIGW_CTL_PARAMS_H
#define AIGW_CTL_PARAMS_H

#include "ctl/ctl.h"

/* What the options of ask, explain, load and chat say of a prompt.  `generate`
 * borrows from argv; `tags` belongs to this struct. */
struct params {
    struct aigw_generate_params generate;
    const char **tags; /* Ends with NULL. */
};

/* Reads the options and sets the client's call timeout for prompts.  Returns
 * an exit code; release with params_deinit in any case. */
int params_init(struct params *params, struct ctl *ctl, struct args *args);
void params_deinit(struct params *params);

/* Gives `client` the call timeout that belongs to the deadline of `params`. */
void params_set_timeout(const struct params *params, struct aigw *client);

/* The same options as a map: for chat's second parameter with `system` and
 * all that a chat body says itself left out, else for explain. */
struct aigw_value *params_to_value(const struct params *params, bool for_chat);

#endif
