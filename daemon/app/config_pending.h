/*
 * config_pending.h - settings that are known but not yet in effect.
 *
 * They are checked like all others, so that a file written for a later release
 * is either right or refused, and each draws one warning.
 */
#ifndef AIGW_APP_CONFIG_PENDING_H
#define AIGW_APP_CONFIG_PENDING_H

#include "app/config_node.h"

/* Checks the group `queue`.  (The warnings come from the table of the root.) */
void config_pending_check(const struct config_node *root,
                          struct config_report *report);

#endif
