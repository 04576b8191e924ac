/*
 * signals.h - the signals that a program on a terminal gets, as a descriptor
 * to wait on: nothing ever happens in the middle of something else.
 */
#ifndef AIGW_TUI_SIGNALS_H
#define AIGW_TUI_SIGNALS_H

/* From now on SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT and SIGWINCH
 * come through the descriptor that is returned, and SIGPIPE not at all.  -1 if
 * the system refuses. */
int signals_open(void);

/* The next one that has come; 0 if none has. */
int signals_read(int fd);

/* Stops the program as SIGTSTP does by default, and returns when it goes
 * on. */
void signals_stop(void);

/* Back to what is usual; closes the descriptor. */
void signals_close(int fd);

#endif
