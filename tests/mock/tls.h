/*
 * tls.h - TLS without sockets: OpenSSL between two memory buffers.
 *
 * The owner feeds what the peer sent, takes the plain text, and sends what
 * tls_session_output() hands out.  Used by http_server for both versions of
 * HTTP; ALPN offers exactly one protocol.
 */
#ifndef AIGW_TESTS_MOCK_TLS_H
#define AIGW_TESTS_MOCK_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct bytes;
struct tls_context;
struct tls_session;

struct tls_options {
    const char *cert_file; /* PEM chain. */
    const char *key_file;  /* PEM. */
    const char *max;       /* "1.0" to "1.3", or NULL: no limit. */
    const char *alpn;      /* The protocol offered, e.g. "http/1.1". */
};

/* NULL, with the reason on stderr, if the files or the version are bad. */
struct tls_context *tls_context_new(const struct tls_options *options);
void tls_context_free(struct tls_context *context);

struct tls_session *tls_session_new(struct tls_context *context);
void tls_session_free(struct tls_session *session);

/* Takes what the peer sent and appends what it says to `plain`.  Negative if
 * the session is broken; there may be output (an alert) all the same. */
int tls_session_feed(struct tls_session *session, const void *data, size_t size,
                     struct bytes *plain);

/* Encrypts. Negative before the handshake is done or when broken. */
int tls_session_write(struct tls_session *session, const void *data,
                      size_t size);

/* Moves up to `size` bytes for the peer into `buffer`; 0 when there is none. */
size_t tls_session_output(struct tls_session *session, void *buffer,
                          size_t size);

bool tls_session_established(const struct tls_session *session);

#endif
