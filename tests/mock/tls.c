/*
 * tls.c - TLS between two memory buffers; see tls.h.
 */
#include "tls.h"

#include "base/mem.h"
#include "proto/bytes.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_context {
    SSL_CTX *ssl;
    unsigned char alpn[32]; /* One length-prefixed name. */
    unsigned alpn_size;
};

struct tls_session {
    SSL *ssl;
    BIO *from_peer;
    BIO *to_peer;
};

static const struct {
    const char *name;
    int version;
} versions[] = {
    {"1.0", TLS1_VERSION},
    {"1.1", TLS1_1_VERSION},
    {"1.2", TLS1_2_VERSION},
    {"1.3", TLS1_3_VERSION},
};

static int
select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_size,
            const unsigned char *in, unsigned in_size, void *arg)
{
    const struct tls_context *context = arg;
    unsigned char *chosen;

    (void)ssl;
    if (SSL_select_next_proto(&chosen, out_size, context->alpn,
                              context->alpn_size, in, in_size)
        != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL serves what is older than 1.2 only at security level 0. */
static int
limit_version(SSL_CTX *ssl, const char *max)
{
    for (size_t i = 0; i < array_count(versions); i++) {
        if (strcmp(versions[i].name, max) == 0) {
            SSL_CTX_set_security_level(ssl, 0);
            SSL_CTX_set_min_proto_version(ssl, TLS1_VERSION);
            return SSL_CTX_set_max_proto_version(ssl, versions[i].version);
        }
    }
    return 0;
}

static int
configure(SSL_CTX *ssl, const struct tls_options *options)
{
    SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE
                              | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                              | SSL_MODE_RELEASE_BUFFERS);
    return SSL_CTX_use_certificate_chain_file(ssl, options->cert_file) == 1
           && SSL_CTX_use_PrivateKey_file(ssl, options->key_file,
                                          SSL_FILETYPE_PEM)
                  == 1
           && (options->max == NULL || limit_version(ssl, options->max) == 1);
}

struct tls_context *
tls_context_new(const struct tls_options *options)
{
    struct tls_context *context = mem_new(sizeof(*context));
    size_t alpn_size = strlen(options->alpn);

    context->ssl = SSL_CTX_new(TLS_server_method());
    context->alpn[0] = (unsigned char)alpn_size;
    memcpy(context->alpn + 1, options->alpn, alpn_size);
    context->alpn_size = (unsigned)alpn_size + 1;
    if (context->ssl == NULL || !configure(context->ssl, options)) {
        ERR_print_errors_fp(stderr);
        (void)fprintf(stderr,
                      "cannot use the certificate, key or TLS version\n");
        tls_context_free(context);
        return NULL;
    }
    SSL_CTX_set_alpn_select_cb(context->ssl, select_alpn, context);
    return context;
}

void
tls_context_free(struct tls_context *context)
{
    if (context != NULL) {
        SSL_CTX_free(context->ssl);
        free(context);
    }
}

struct tls_session *
tls_session_new(struct tls_context *context)
{
    struct tls_session *session = mem_new(sizeof(*session));

    session->ssl = SSL_new(context->ssl);
    session->from_peer = BIO_new(BIO_s_mem());
    session->to_peer = BIO_new(BIO_s_mem());
    if (session->ssl == NULL || session->from_peer == NULL
        || session->to_peer == NULL) {
        abort();
    }
    SSL_set_bio(session->ssl, session->from_peer, session->to_peer);
    SSL_set_accept_state(session->ssl);
    return session;
}

void
tls_session_free(struct tls_session *session)
{
    if (session != NULL) {
        SSL_free(session->ssl);
        free(session);
    }
}

static int
read_plain(struct tls_session *session, struct bytes *plain)
{
    for (;;) {
        char buffer[16384];
        int n = SSL_read(session->ssl, buffer, sizeof(buffer));

        if (n <= 0) {
            return SSL_get_error(session->ssl, n) == SSL_ERROR_WANT_READ ? 0
                                                                         : -1;
        }
        if (bytes_append(plain, buffer, (size_t)n) != 0) {
            return -1;
        }
    }
}

int
tls_session_feed(struct tls_session *session, const void *data, size_t size,
                 struct bytes *plain)
{
    ERR_clear_error();
    if (BIO_write(session->from_peer, data, (int)size) != (int)size) {
        return -1;
    }
    return read_plain(session, plain);
}

int
tls_session_write(struct tls_session *session, const void *data, size_t size)
{
    const char *at = data;

    ERR_clear_error();
    while (size > 0) {
        size_t written;

        if (SSL_write_ex(session->ssl, at, size, &written) != 1) {
            return -1;
        }
        at += written;
        size -= written;
    }
    return 0;
}

size_t
tls_session_output(struct tls_session *session, void *buffer, size_t size)
{
    int n = BIO_read(session->to_peer, buffer, (int)size);

    return n > 0 ? (size_t)n : 0;
}

bool
tls_session_established(const struct tls_session *session)
{
    return SSL_is_init_finished(session->ssl) == 1;
}
