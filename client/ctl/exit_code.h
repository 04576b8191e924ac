/*
 * exit_code.h - what aigw-ctl's exit codes mean; public, see aigw-ctl(1).
 */
#ifndef AIGW_CTL_EXIT_CODE_H
#define AIGW_CTL_EXIT_CODE_H

enum exit_code {
    EXIT_OK = 0,
    EXIT_REFUSED = 1,      /* The daemon said no, or something local failed. */
    EXIT_USAGE = 2,        /* The command line makes no sense. */
    EXIT_CONNECT = 3,      /* There is no daemon behind the socket. */
    EXIT_TIMEOUT = 4,      /* No answer in time. */
    EXIT_NOT_FOUND = 5,    /* No such target, route or request. */
    EXIT_PERMISSION = 6,   /* The caller may not do that. */
    EXIT_UPSTREAM = 7,     /* No provider could answer. */
    EXIT_UNHEALTHY = 8,    /* The daemon runs but cannot serve. */
    EXIT_INTERRUPTED = 130 /* SIGINT. */
};

#endif
