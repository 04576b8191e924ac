/*
 * snapshot.h - fetching the status snapshot that many commands show a part of.
 */
#ifndef AIGW_CTL_SNAPSHOT_H
#define AIGW_CTL_SNAPSHOT_H

#include "ctl/ctl.h"

/* Fetches a snapshot with the --window of `args`, which may be NULL, and with
 * the details of `target`, which may be NULL.  Returns an exit code, after a
 * message unless it is EXIT_OK. */
int snapshot_get(struct ctl *ctl, struct args *args, const char *target,
                 struct aigw_value **ret_snapshot);

/* Puts the --window of `args` into `params`; returns an exit code. */
int snapshot_add_window(struct ctl *ctl, struct args *args,
                        struct aigw_value *params);

/* EXIT_UNHEALTHY when the daemon says that it is unavailable. */
int snapshot_exit_code(const struct aigw_value *snapshot);

/* Leaves only the target called `name` in `snapshot`.  False if it is not
 * there. */
bool snapshot_keep_target(struct aigw_value *snapshot, const char *name);

#endif
