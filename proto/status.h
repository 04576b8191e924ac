/*
 * status.h - the one error vocabulary.
 *
 * Every function of the project that can fail returns 0 or one of these
 * negative values.  Those at and below -32000 also travel on the wire, as the
 * first element of an RPC error; their numbers are public (PROTOCOL.md).
 * Foreign codes (errno, UV_E*, CURLcode) are translated in the file that
 * received them.
 */
#ifndef AIGW_PROTO_STATUS_H
#define AIGW_PROTO_STATUS_H

/* name, value, short name (JSON output), text for people */
#define AIGW_STATUS_MAP(X)                                                     \
    X(OK, 0, "ok", "ok")                                                       \
    X(EAGAIN, -1, "incomplete", "more input is needed")                        \
    X(ENOMEM, -2, "no_memory", "out of memory")                                \
    X(ETOOBIG, -3, "too_big", "a size limit was exceeded")                     \
    X(EIO, -4, "io", "input/output error")                                     \
    X(ECONNECT, -5, "connect", "cannot connect")                               \
    X(ETIMEDOUT, -6, "timed_out", "timed out")                                 \
    X(ECANCELLED, -7, "cancelled", "cancelled")                                \
    X(ECLOSED, -8, "closed", "the peer closed the connection")                 \
    X(EINVAL, -9, "invalid", "invalid argument")                               \
    X(ENOTSUP, -10, "unsupported", "not supported")                            \
    X(EBUSY, -11, "busy", "in use by another process")                         \
    X(EACCES, -12, "access", "not allowed by the system")                      \
    X(EOVERLOADED, -32001, "overloaded", "overloaded")                         \
    X(EDRAINING, -32002, "draining", "the daemon is shutting down")            \
    X(EPERMISSION, -32003, "permission", "permission denied")                  \
    X(ENOTFOUND, -32004, "not_found", "not found")                             \
    X(ECONFLICT, -32005, "conflict", "conflict")                               \
    X(EREQUEST, -32600, "bad_request", "not a request")                        \
    X(ENOMETHOD, -32601, "no_method", "no such method")                        \
    X(EPARAMS, -32602, "bad_params", "bad parameters")                         \
    X(EINTERNAL, -32603, "internal", "internal error")                         \
    X(EMALFORMED, -32700, "malformed", "malformed message")

enum aigw_status {
#define X(name, value, short_name, text) AIGW_##name = (value),
    AIGW_STATUS_MAP(X)
#undef X
};

/* Text for people; never NULL, also for values outside the vocabulary. */
const char *aigw_status_text(int status);

/* Short lower-case name for machines; never NULL. */
const char *aigw_status_name(int status);

/* An error with its explanation, for the edges where people read it:
 * configuration, command lines, the client. */
struct aigw_err {
    int status;
    char text[240];
};

/* Fills `err` (which may be NULL) and returns `status`. */
int aigw_err_set(struct aigw_err *err, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
