/*
 * today.h - what was spent since midnight UTC goes on over a restart.
 */
#ifndef AIGW_APP_TODAY_H
#define AIGW_APP_TODAY_H

struct app;

/* Enters what the ledger has of today into the figures of targets and routes,
 * which have just been made.  Blocks. */
void today_begin(struct app *app);

#endif
