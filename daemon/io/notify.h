/*
 * notify.h - what a service manager is told and what it hands over:
 * sd_notify(3) messages and the sockets of sd_listen_fds(3).
 *
 * Both protocols are a few lines of text, so libsystemd is not needed.
 */
#ifndef AIGW_IO_NOTIFY_H
#define AIGW_IO_NOTIFY_H

#include <stdint.h>

/* Sends `state` ("READY=1", "STATUS=..."; several joined by newlines) to
 * $NOTIFY_SOCKET; does nothing when there is none. */
void notify_send(const char *state);

/* RELOADING=1 with the monotonic time, as sd_notify(3) asks for. */
void notify_reloading(int64_t mono_ns);

/* Half of $WATCHDOG_USEC in milliseconds, or 0 when there is no watchdog for
 * this process. */
int64_t notify_watchdog_ms(void);

/* Takes the socket that was passed in: the one named `name` in
 * $LISTEN_FDNAMES, else the first; -1 if none was.  Clears the variables, so
 * that no child believes they are its own, and sets close-on-exec. */
int notify_listen_fd(const char *name);

#endif
