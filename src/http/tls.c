/* SPDX-License-Identifier: Apache-2.0 */
/* An SSL between two memory BIOs: IN holds what came from the wire, OUT what goes to it.
 * Nothing here blocks or touches a socket. Renegotiation is off, so a write never waits
 * for a read once the handshake is done. */
#include "http/tls.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

struct http_tls_context {
    SSL_CTX *ctx;
};

struct http_tls {
    SSL *ssl;
    BIO *in, *out; /* owned by ssl */
};

/* A client that offers only other protocols (h2) gets none chosen, which is fine. */
static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_size,
                           const unsigned char *offered, unsigned offered_size, void *arg)
{
    (void)ssl;
    (void)arg;
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, ret_size, ours, sizeof ours - 1, offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *ret = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static const char *openssl_why(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "unknown reason";
}

static int expect_files(const char *cert, const char *key, struct diag *reterr)
{
    const struct {
        const char *option, *path;
    } files[] = {{"tls-cert", cert}, {"tls-key", key}};
    for (size_t i = 0; i < COUNT_OF(files); i++)
        if (access(files[i].path, R_OK) != 0)
            return diag_set(reterr, ST_INVALID, 0, 0, files[i].option,
                            "%s cannot be read: %s", files[i].path,
                            strerrordesc_np(errno));
    return ST_OK;
}

int http_tls_context_new(struct http_tls_context **ret, const char *cert, const char *key,
                         struct diag *reterr)
{
    int status = expect_files(cert, key, reterr);
    if (status != ST_OK)
        return status;
    struct http_tls_context *context = mem_calloc(1, sizeof *context);
    if (!context)
        return ST_NO_MEMORY;
    status = ST_NO_MEMORY;
    ERR_clear_error();
    context->ctx = SSL_CTX_new(TLS_server_method());
    if (!context->ctx)
        goto fail;
    SSL_CTX_set_min_proto_version(context->ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(context->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                          SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context->ctx, SSL_MODE_RELEASE_BUFFERS);
    /* Tickets carry sessions; a copy of each here would take memory and serve nobody. */
    SSL_CTX_set_session_cache_mode(context->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(context->ctx, (const unsigned char *)"muster", 6);
    SSL_CTX_set_alpn_select_cb(context->ctx, choose_protocol, NULL);
    status = ST_INVALID;
    if (SSL_CTX_use_certificate_chain_file(context->ctx, cert) != 1) {
        diag_set(reterr, status, 0, 0, "tls-cert", "%s holds no usable certificate: %s",
                 cert, openssl_why());
        goto fail;
    }
    if (SSL_CTX_use_PrivateKey_file(context->ctx, key, SSL_FILETYPE_PEM) != 1) {
        diag_set(reterr, status, 0, 0, "tls-key",
                 "%s holds no key that fits the certificate: %s", key, openssl_why());
        goto fail;
    }
    if (SSL_CTX_check_private_key(context->ctx) != 1) {
        diag_set(reterr, status, 0, 0, "tls-key", "%s does not fit the certificate", key);
        goto fail;
    }
    *ret = context;
    return ST_OK;
fail:
    http_tls_context_free(context);
    return status;
}

void http_tls_context_free(struct http_tls_context *context)
{
    if (!context)
        return;
    SSL_CTX_free(context->ctx);
    mem_free(context);
}

/* New, empty ones in place of those there are. */
static bool set_bios(struct http_tls *tls)
{
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    if (!in || !out) {
        BIO_free(in);
        BIO_free(out);
        return false;
    }
    BIO_set_mem_eof_return(in, -1); /* empty means "later", not "end" */
    BIO_set_mem_eof_return(out, -1);
    SSL_set_bio(tls->ssl, in, out); /* frees the former ones */
    tls->in = in;
    tls->out = out;
    return true;
}

struct http_tls *http_tls_new(struct http_tls_context *context)
{
    struct http_tls *tls = mem_calloc(1, sizeof *tls);
    if (!tls)
        return NULL;
    tls->ssl = SSL_new(context->ctx);
    if (!tls->ssl || !set_bios(tls)) {
        http_tls_free(tls);
        return NULL;
    }
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void http_tls_trim(struct http_tls *tls)
{
    if (SSL_is_init_finished(tls->ssl) && BIO_ctrl_pending(tls->in) == 0 &&
        BIO_ctrl_pending(tls->out) == 0)
        (void)set_bios(tls); /* without memory the large ones stay */
}

void http_tls_free(struct http_tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    mem_free(tls);
}

bool http_tls_feed(struct http_tls *tls, const void *data, size_t size)
{
    assert(size <= INT_MAX);
    return BIO_write(tls->in, data, (int)size) == (int)size;
}

int http_tls_read(struct http_tls *tls, void *buffer, size_t size)
{
    assert(size > 0 && size <= INT_MAX);
    ERR_clear_error();
    int got = SSL_read(tls->ssl, buffer, (int)size);
    if (got > 0)
        return got;
    switch (SSL_get_error(tls->ssl, got)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return -1;
    default:
        ERR_clear_error();
        return -2;
    }
}

bool http_tls_is_untouched(const struct http_tls *tls)
{
    return SSL_in_before(tls->ssl) && BIO_ctrl_pending(tls->in) == 0;
}

bool http_tls_is_ready(const struct http_tls *tls)
{
    return SSL_is_init_finished(tls->ssl);
}

bool http_tls_write(struct http_tls *tls, const void *data, size_t size)
{
    assert(size > 0 && size <= INT_MAX);
    ERR_clear_error();
    return SSL_write(tls->ssl, data, (int)size) == (int)size;
}

void http_tls_close(struct http_tls *tls)
{
    ERR_clear_error();
    if (SSL_is_init_finished(tls->ssl))
        (void)SSL_shutdown(tls->ssl); /* only the alert matters; the socket follows */
    ERR_clear_error();
}

size_t http_tls_pending(const struct http_tls *tls)
{
    return BIO_ctrl_pending(tls->out);
}

void http_tls_take(struct http_tls *tls, void *buffer, size_t size)
{
    assert(size <= INT_MAX);
    int taken = BIO_read(tls->out, buffer, (int)size);
    assert(taken == (int)size);
    (void)taken;
}
