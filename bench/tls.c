/* SPDX-License-Identifier: Apache-2.0 */
/* What a connection over TLS 1.3 costs the library alone, in memory of the process: the
 * server's side of it when it is made, and after a handshake, a request and an answer,
 * with memory in place of a socket, as in the server (http/tls.c), and the library's own
 * buffers given back. The floor of what an idle stream can take. Prints JSON.
 *
 *     tls KEY.pem CERT.pem */
#include <malloc.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECTIONS 500

struct side {
    SSL *ssl;
    BIO *in, *out;
};

static void fail(const char *what)
{
    (void)fprintf(stderr, "tls: %s\n", what);
    exit(1);
}

static size_t used(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void make(struct side *side, SSL_CTX *context)
{
    side->ssl = SSL_new(context);
    side->in = BIO_new(BIO_s_mem());
    side->out = BIO_new(BIO_s_mem());
    if (side->ssl == NULL || side->in == NULL || side->out == NULL)
        fail("memory");
    SSL_set_bio(side->ssl, side->in, side->out);
}

/* What one side has written goes to the other; the memory that the move itself takes in
 * TO. */
static size_t move(const struct side *from, const struct side *to)
{
    char bytes[16384];
    const size_t before = used();
    for (int n; (n = BIO_read(from->out, bytes, sizeof bytes)) > 0;)
        if (BIO_write(to->in, bytes, n) != n)
            fail("memory");
    return used() - before;
}

/* A connection of which the server's side stays; what it takes when it is made, and in
 * all. */
static void connect_one(SSL_CTX *server, SSL_CTX *client, size_t *ret_made,
                        size_t *ret_all)
{
    static const char request[] = "GET /api/v1/stream HTTP/1.1\r\n\r\n";
    char bytes[256];
    struct side there, here;
    make(&there, client);
    SSL_set_connect_state(there.ssl);
    size_t before = used();
    make(&here, server);
    SSL_set_accept_state(here.ssl);
    *ret_made = *ret_all = used() - before;
    for (int turn = 0; turn < 4; turn++) {
        (void)SSL_do_handshake(there.ssl);
        *ret_all += move(&there, &here);
        before = used();
        (void)SSL_do_handshake(here.ssl);
        *ret_all += used() - before;
        *ret_all += move(&here, &there);
    }
    if (SSL_write(there.ssl, request, sizeof request) <= 0)
        fail("the handshake did not end");
    *ret_all += move(&there, &here);
    before = used();
    if (SSL_read(here.ssl, bytes, sizeof bytes) <= 0 ||
        SSL_write(here.ssl, "HTTP/1.1 200 OK\r\n\r\n", 19) <= 0)
        fail("no request");
    *ret_all += used() - before;
    *ret_all += move(&here, &there);
    SSL_free(there.ssl);
}

int main(int argc, char **argv)
{
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    if (argc != 3 || server == NULL || client == NULL ||
        SSL_CTX_use_PrivateKey_file(server, argv[1], SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_certificate_file(server, argv[2], SSL_FILETYPE_PEM) != 1)
        fail("KEY.pem CERT.pem");
    SSL_CTX_set_mode(server, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(server, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(server, 0);
    size_t made_all = 0, all = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
        size_t made, one;
        connect_one(server, client, &made, &one);
        made_all += made;
        all += one;
    }
    (void)printf("{\"library\":\"%s\",\"made_kib\":%.1f,\"after_an_answer_kib\":%.1f}\n",
                 OpenSSL_version(OPENSSL_VERSION_STRING),
                 (double)made_all / CONNECTIONS / 1024, (double)all / CONNECTIONS / 1024);
    return 0;
}
