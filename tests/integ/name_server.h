/*
 * name_server.h - a name server that fails, for this process and the children
 * it starts from now on.
 */
#ifndef AIGW_TESTS_NAME_SERVER_H
#define AIGW_TESTS_NAME_SERVER_H

#include <stdbool.h>

enum name_server_answer {
    NAME_SERVER_SILENT,
    NAME_SERVER_SERVFAIL,
    NAME_SERVER_NXDOMAIN,
};

/* Makes it the only one, in a mount namespace of its own.  False without the
 * right to do so. */
bool name_server_start(enum name_server_answer answer);
void name_server_stop(void);

#endif
