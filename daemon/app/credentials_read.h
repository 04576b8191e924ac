/*
 * credentials_read.h - fetches one key from where the configuration says.
 *
 * A key is at most CREDENTIALS_MAX_BYTES of printable ASCII without spaces;
 * line ends after it are cut off.
 */
#ifndef AIGW_APP_CREDENTIALS_READ_H
#define AIGW_APP_CREDENTIALS_READ_H

#include "app/config.h"
#include "app/secret.h"
#include "proto/status.h"

/* Returns the key, which the caller frees, or NULL with the reason in `err`.
 * A file must belong to this user or root and be closed to everyone else. */
struct secret *credentials_read(const struct config_key *key,
                                struct aigw_err *err);

/* Whether the program of such a key is there; AIGW_EINVAL with the reason. */
int credentials_read_check(const char *program, struct aigw_err *err);

/* What tells whether a file has changed. */
struct credentials_stamp {
    int error; /* An errno: there is no file. */
    uint64_t device, inode;
    int64_t size;
    int64_t modified_ns, changed_ns;
};

void credentials_read_stamp(const char *path,
                            struct credentials_stamp *ret_stamp);

/* Removes a variable from the environment and overwrites its value where
 * /proc/PID/environ shows it. */
void credentials_read_erase(const char *variable);

#endif
