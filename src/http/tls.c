/* SPDX-License-Identifier: Apache-2.0 */
/* An SSL between two memory BIOs: IN holds what came from the wire, OUT what goes to it.
 * Nothing here blocks or touches a socket. Renegotiation is off, so a write never waits
 * for a read once the handshake is done. A settled connection has no SSL any more: its
 * records are sealed by http/record.c and wait in SEALED (decision 0124). */
#include "http/tls.h"

#include "base/mem.h"
#include "base/status.h"
#include "http/record.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SEALED_MAX (1u << 20) /* bytes that wait; a flush makes a sixteenth of it */

struct http_tls_context {
    SSL_CTX *ctx;
    EVP_CIPHER_CTX *sealer; /* for one record at a time */
};

struct http_tls {
    struct http_tls_context *context;
    SSL *ssl;                              /* NULL: settled */
    BIO *in, *out;                         /* owned by ssl */
    unsigned char secret[EVP_MAX_MD_SIZE]; /* of the records to the client, TLS 1.3 */
    size_t secret_size;
    struct record_writer writer; /* from here on once settled */
    unsigned char *sealed;
    uint32_t sealed_size, sealed_capacity;
    bool has_spoken; /* the client, after it was settled */
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

/* A line as of a key log: LABEL CLIENT_RANDOM SECRET, both in hexadecimal digits. It is
 * the library's one way to tell a traffic secret. */
static void keep_secret(const SSL *ssl, const char *line)
{
    static const char label[] = "SERVER_TRAFFIC_SECRET_0 ";
    struct http_tls *tls = SSL_get_app_data(ssl);
    const char *secret = strrchr(line, ' ');
    if (strncmp(line, label, sizeof label - 1) != 0 || !secret)
        return;
    if (OPENSSL_hexstr2buf_ex(tls->secret, sizeof tls->secret, &tls->secret_size,
                              secret + 1, '\0') != 1)
        tls->secret_size = 0;
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
    context->sealer = EVP_CIPHER_CTX_new();
    if (!context->ctx || !context->sealer)
        goto fail;
    SSL_CTX_set_min_proto_version(context->ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(context->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                          SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context->ctx, SSL_MODE_RELEASE_BUFFERS);
    /* Tickets carry sessions; a copy of each here would take memory and serve nobody. */
    SSL_CTX_set_session_cache_mode(context->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(context->ctx, (const unsigned char *)"muster", 6);
    SSL_CTX_set_alpn_select_cb(context->ctx, choose_protocol, NULL);
    SSL_CTX_set_keylog_callback(context->ctx, keep_secret);
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
    EVP_CIPHER_CTX_free(context->sealer);
    mem_free(context);
}

void http_tls_context_renew(struct http_tls_context *context,
                            struct http_tls_context *renewed)
{
    SSL_CTX *former = context->ctx; /* each open SSL holds a reference to it */
    context->ctx = renewed->ctx;
    renewed->ctx = former;
    http_tls_context_free(renewed);
}

int64_t http_tls_context_ends_s(const struct http_tls_context *context)
{
    const X509 *certificate = SSL_CTX_get0_certificate(context->ctx);
    struct tm at = {0};
    (void)ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &at); /* it was parsed */
    return timegm(&at);
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
    tls->context = context;
    tls->ssl = SSL_new(context->ctx);
    if (!tls->ssl || SSL_set_app_data(tls->ssl, tls) != 1 || !set_bios(tls)) {
        http_tls_free(tls);
        return NULL;
    }
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void http_tls_trim(struct http_tls *tls)
{
    if (tls->ssl && SSL_is_init_finished(tls->ssl) && BIO_ctrl_pending(tls->in) == 0 &&
        BIO_ctrl_pending(tls->out) == 0)
        (void)set_bios(tls); /* without memory the large ones stay */
}

static void forget_secret(struct http_tls *tls)
{
    OPENSSL_cleanse(tls->secret, sizeof tls->secret);
    tls->secret_size = 0;
}

/* The writer of the records after the next update of our keys. */
static bool make_writer(struct http_tls *tls)
{
    const SSL_CIPHER *suite = SSL_get_current_cipher(tls->ssl);
    const char *digest = EVP_MD_get0_name(SSL_CIPHER_get_handshake_digest(suite));
    return record_next_secret(digest, tls->secret, tls->secret_size) &&
           record_writer_init(&tls->writer, OBJ_nid2sn(SSL_CIPHER_get_cipher_nid(suite)),
                              digest, tls->secret, tls->secret_size);
}

/* The SSL's last record says that our keys are updated. */
static bool update_keys(struct http_tls *tls)
{
    if (SSL_key_update(tls->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
        SSL_do_handshake(tls->ssl) != 1)
        return false;
    const size_t size = BIO_ctrl_pending(tls->out);
    if (mem_grow(&tls->sealed, &tls->sealed_capacity, (uint32_t)size, 1, SEALED_MAX))
        return false;
    tls->sealed_size = (uint32_t)size;
    return BIO_read(tls->out, tls->sealed, (int)size) == (int)size;
}

void http_tls_settle(struct http_tls *tls)
{
    if (!tls->ssl || tls->secret_size == 0 || !SSL_is_init_finished(tls->ssl) ||
        SSL_has_pending(tls->ssl) || BIO_ctrl_pending(tls->in) > 0)
        return;
    ERR_clear_error();
    if (make_writer(tls) && update_keys(tls)) {
        SSL_free(tls->ssl);
        tls->ssl = NULL;
        tls->in = tls->out = NULL;
    } else {
        record_writer_release(&tls->writer);
    }
    forget_secret(tls);
    ERR_clear_error();
}

void http_tls_free(struct http_tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    record_writer_release(&tls->writer);
    forget_secret(tls);
    mem_free(tls->sealed);
    mem_free(tls);
}

bool http_tls_feed(struct http_tls *tls, const void *data, size_t size)
{
    assert(size <= INT_MAX);
    if (!tls->ssl) {
        tls->has_spoken = true;
        return true;
    }
    return BIO_write(tls->in, data, (int)size) == (int)size;
}

int http_tls_read(struct http_tls *tls, void *buffer, size_t size)
{
    assert(size > 0 && size <= INT_MAX);
    if (!tls->ssl)
        return tls->has_spoken ? -1 : 0;
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
    return tls->ssl && SSL_in_before(tls->ssl) && BIO_ctrl_pending(tls->in) == 0;
}

bool http_tls_is_ready(const struct http_tls *tls)
{
    return !tls->ssl || SSL_is_init_finished(tls->ssl);
}

/* One record of a settled connection. */
static bool seal(struct http_tls *tls, uint8_t type, const void *data, size_t size)
{
    const uint32_t need = tls->sealed_size + (uint32_t)size + RECORD_EXTRA;
    if (mem_grow(&tls->sealed, &tls->sealed_capacity, need, 1, SEALED_MAX) ||
        !record_seal(&tls->writer, tls->context->sealer, type, data, size,
                     tls->sealed + tls->sealed_size))
        return false;
    tls->sealed_size = need;
    return true;
}

static bool seal_all(struct http_tls *tls, const char *data, size_t size)
{
    while (size > 0) {
        const size_t part = size < RECORD_DATA_MAX ? size : RECORD_DATA_MAX;
        if (!seal(tls, RECORD_DATA, data, part))
            return false;
        data += part;
        size -= part;
    }
    return true;
}

bool http_tls_write(struct http_tls *tls, const void *data, size_t size)
{
    assert(size > 0 && size <= INT_MAX);
    ERR_clear_error();
    return tls->ssl ? SSL_write(tls->ssl, data, (int)size) == (int)size
                    : seal_all(tls, data, size);
}

void http_tls_close(struct http_tls *tls)
{
    ERR_clear_error();
    /* Only the alert matters (a warning, close_notify); the socket follows. */
    if (!tls->ssl)
        (void)seal(tls, RECORD_ALERT, "\x01", 2);
    else if (SSL_is_init_finished(tls->ssl))
        (void)SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

size_t http_tls_pending(const struct http_tls *tls)
{
    return tls->ssl ? BIO_ctrl_pending(tls->out) : tls->sealed_size;
}

void http_tls_take(struct http_tls *tls, void *buffer, size_t size)
{
    assert(size > 0 && size == http_tls_pending(tls) && size <= INT_MAX);
    if (tls->ssl) {
        int taken = BIO_read(tls->out, buffer, (int)size);
        assert(taken == (int)size);
        (void)taken;
        return;
    }
    memcpy(buffer, tls->sealed, size);
    mem_free(tls->sealed);
    tls->sealed = NULL;
    tls->sealed_size = tls->sealed_capacity = 0;
}
