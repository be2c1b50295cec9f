/* SPDX-License-Identifier: Apache-2.0 */
/* The same server through TLS, with a certificate made here. */
#include "fixture.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

static char cert_path[] = "/tmp/muster-test-cert-XXXXXX";
static char key_path[] = "/tmp/muster-test-key-XXXXXX";
static char other_key_path[] = "/tmp/muster-test-other-XXXXXX";

static void make_key(char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    FILE *file = fdopen(mkstemp(path), "w");
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
    EVP_PKEY_free(key);
}

/* A certificate of the key in KEY_FILE that ends LEFT_S from now. */
static void make_cert(char *path, const char *key_file, long left_s)
{
    FILE *file = fopen(key_file, "r");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), left_s);
    X509_set_pubkey(cert, key);
    X509_NAME *name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"muster",
                               -1, -1, 0);
    X509_set_issuer_name(cert, name);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    file = fdopen(mkstemp(path), "w");
    assert_int_equal(PEM_write_X509(file, cert), 1);
    fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static int make_files(void **state)
{
    (void)state;
    make_key(key_path);
    make_key(other_key_path);
    make_cert(cert_path, key_path, 3600);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    unlink(cert_path);
    unlink(key_path);
    unlink(other_key_path);
    return 0;
}

struct client {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
};

static const char *only_suite; /* of TLS 1.3 that the next client offers; NULL: its own */

static unsigned key_updates; /* that the client has seen */

static void count_updates(int is_sent, int version, int type, const void *data,
                          size_t size, SSL *ssl, void *arg)
{
    (void)version;
    (void)ssl;
    (void)arg;
    if (!is_sent && type == SSL3_RT_HANDSHAKE && size > 0 &&
        *(const unsigned char *)data == SSL3_MT_KEY_UPDATE)
        key_updates++;
}

static bool client_open(struct client *client, const struct fixture *fixture,
                        int version_max)
{
    client->ctx = SSL_CTX_new(TLS_client_method());
    if (only_suite)
        assert_int_equal(SSL_CTX_set_ciphersuites(client->ctx, only_suite), 1);
    SSL_CTX_set_msg_callback(client->ctx, count_updates);
    SSL_CTX_set_security_level(client->ctx, 0); /* so that it offers TLS 1.0 and 1.1 */
    SSL_CTX_set_min_proto_version(client->ctx, TLS1_VERSION);
    if (version_max)
        SSL_CTX_set_max_proto_version(client->ctx, version_max);
    client->ssl = SSL_new(client->ctx);
    client->fd = client_connect(fixture);
    SSL_set_fd(client->ssl, client->fd);
    static const unsigned char protocols[] = "\x02h2\x08http/1.1";
    SSL_set_alpn_protos(client->ssl, protocols, sizeof protocols - 1);
    bool fine = SSL_connect(client->ssl) == 1;
    ERR_clear_error();
    return fine;
}

static void client_shut(struct client *client)
{
    SSL_free(client->ssl);
    SSL_CTX_free(client->ctx);
    close(client->fd);
}

static void tls_say(struct client *client, const char *text)
{
    assert_int_equal(SSL_write(client->ssl, text, (int)strlen(text)), (int)strlen(text));
}

/* Reads until TEXT has come or nothing more does. */
static bool tls_read_until(struct client *client, const char *text)
{
    heard_clear(&heard);
    while (!text || heard.size == 0 || !strstr(heard.data, text)) {
        size_t room = sizeof heard.data - heard.size - 1;
        int got = SSL_read(client->ssl, heard.data + heard.size, (int)room);
        if (got <= 0) {
            heard.closed = SSL_get_error(client->ssl, got) == SSL_ERROR_ZERO_RETURN;
            ERR_clear_error();
            return false;
        }
        heard.size += (size_t)got;
        heard.data[heard.size] = '\0';
    }
    return true;
}

static void start(struct fixture *fixture, const struct http_timing *timing,
                  http_handler *handler)
{
    struct http_config config = {
        .listen = "0.0.0.0:0", .tls_cert = cert_path, .tls_key = key_path};
    fixture_start(fixture, &config, timing, handler, NULL);
}

static void test_requests(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, plain_handler);
    assert_int_equal(strncmp(http_server_url(fixture.server), "https://", 8), 0);
    const int64_t left_s = http_server_certificate_ends_s(fixture.server) -
                           clock_wall_ms(clock_system()) / 1000;
    assert_true(left_s > 3000 && left_s <= 3600);
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        struct client client;
        assert_true(client_open(&client, &fixture, versions[i]));
        assert_int_equal(SSL_version(client.ssl), versions[i]);
        const unsigned char *protocol = NULL;
        unsigned size = 0;
        SSL_get0_alpn_selected(client.ssl, &protocol, &size);
        assert_int_equal(size, 8);
        assert_memory_equal(protocol, "http/1.1", 8);
        tls_say(&client, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_true(tls_read_until(&client, "\r\n\r\nx"));
        tls_say(&client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                         "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert_false(tls_read_until(&client, NULL));
        assert_true(heard.closed); /* with a closing alert: nothing was cut off */
        assert_int_equal(heard_count(&heard, "HTTP/1.1 200 OK"), 2);
        client_shut(&client);
    }
    fixture_end(&fixture);
}

static void test_old_versions(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, plain_handler);
    struct client client;
    assert_false(client_open(&client, &fixture, TLS1_1_VERSION));
    client_shut(&client);
    fixture_end(&fixture);
}

/* HTTP to a TLS port is told what is wrong; noise is not answered, from the first byte on
 * or behind the beginning of a handshake. */
static void test_without_tls(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, plain_handler);
    int fd = client_connect(&fixture);
    client_say(fd, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    client_read_all(fd, &heard);
    assert_true(heard.closed);
    assert_int_equal(heard_status(&heard), 400);
    assert_non_null(strstr(heard.data, "https://"));
    close(fd);
    static const char *const noise[] = {"get /x HTTP/1.1\r\n\r\n", "\x16",
                                        "\x16\x03\x01"};
    for (size_t i = 0; i < COUNT_OF(noise); i++) {
        fd = client_connect(&fixture);
        client_say(fd, noise[i]);
        struct timespec a_moment = {.tv_nsec = 50 * 1000 * 1000};
        (void)nanosleep(&a_moment, NULL);
        client_say(fd, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        client_read_all(fd, &heard);
        assert_true(heard.closed || heard.reset);
        assert_int_equal(heard_count(&heard, "HTTP/"), 0);
        close(fd);
    }
    fixture_end(&fixture);
}

static void test_refusal(void **state)
{
    (void)state;
    struct fixture fixture;
    start(&fixture, NULL, plain_handler);
    struct client client;
    assert_true(client_open(&client, &fixture, 0));
    tls_say(&client, "GET /x HTTP/1.1\nHost: a\n\n");
    assert_false(tls_read_until(&client, NULL));
    assert_int_equal(heard_status(&heard), 400);
    assert_true(heard.closed);
    client_shut(&client);
    fixture_end(&fixture);
}

#define BIG_SIZE (900u * 1024)
static char *big;

static void big_handler(void *context, struct http_request *request)
{
    (void)context;
    size_t size = 0;
    const char *body = http_body(request, &size);
    if (size > 0)
        http_respond(request, 200, "text/plain", body, size);
    else
        http_respond_static(request, 200, "text/plain", big, BIG_SIZE);
}

/* Large both ways: more than a record, more than a write, more than the kernel holds. */
static void test_large(void **state)
{
    (void)state;
    big = mem_alloc(BIG_SIZE);
    struct random_seeded random;
    random_seeded_init(&random, 1);
    for (size_t i = 0; i < BIG_SIZE; i++)
        big[i] = (char)('a' + random_below(&random.super, 26));
    struct fixture fixture;
    start(&fixture, NULL, big_handler);
    struct client client;
    assert_true(client_open(&client, &fixture, 0));
    tls_say(&client, "GET /big HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    sleep_ms(50);
    heard_clear(&heard);
    while (answer_size(heard.data, heard.size, false) == 0) {
        int got = SSL_read(client.ssl, heard.data + heard.size,
                           (int)(sizeof heard.data - heard.size - 1));
        assert_true(got > 0);
        heard.size += (size_t)got;
    }
    assert_memory_equal(heard.data + heard.size - BIG_SIZE, big, BIG_SIZE);
    char head[128];
    snprintf(head, sizeof head,
             "POST /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
             "%u\r\n\r\n",
             BIG_SIZE);
    tls_say(&client, head);
    assert_int_equal(SSL_write(client.ssl, big, (int)BIG_SIZE), (int)BIG_SIZE);
    assert_false(tls_read_until(&client, NULL));
    assert_true(heard.closed);
    assert_memory_equal(heard.data + heard.size - BIG_SIZE, big, BIG_SIZE);
    client_shut(&client);
    fixture_end(&fixture);
    mem_free(big);
}

static struct http_stream *one_stream; /* loop thread */
static _Atomic unsigned opened, closed;

static void on_close(void *context, struct http_stream *stream)
{
    (void)context;
    assert_ptr_equal(stream, one_stream);
    one_stream = NULL;
    atomic_fetch_add(&closed, 1);
}

static void stream_handler(void *context, struct http_request *request)
{
    (void)context;
    one_stream = http_stream_open(request, on_close, NULL);
    atomic_fetch_add(&opened, 1);
}

#define LONG_SIZE 40000u /* more than two records */

static void say_many(void *context)
{
    (void)context;
    AUTO_FREE char *text = mem_calloc(1, LONG_SIZE + 1);
    memset(text, 'x', LONG_SIZE);
    for (int i = 0; i < 200; i++)
        http_stream_send(one_stream, i, "tick", "tock");
    http_stream_send(one_stream, 200, "tick", text);
}

static void say_goodbye(void *context)
{
    (void)context;
    http_stream_close(one_stream);
}

static void open_stream(struct client *client, struct fixture *fixture, int version_max)
{
    atomic_store(&opened, 0);
    atomic_store(&closed, 0);
    start(fixture, NULL, stream_handler);
    assert_true(client_open(client, fixture, version_max));
    tls_say(client, "GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(tls_read_until(client, "text/event-stream"));
    assert_true(wait_for(&opened, 1));
}

static void check_stream(struct client *client, struct fixture *fixture)
{
    assert_int_equal(http_server_post(fixture->server, say_many, NULL), 0);
    assert_true(tls_read_until(client, "xx\n\n"));
    assert_int_equal(heard_count(&heard, "data: tock\n"), 200);
    const char *last = strstr(heard.data, "id: 200\nevent: tick\ndata: ");
    assert_non_null(last);
    assert_int_equal(strspn(strchr(last, 'x'), "x"), LONG_SIZE);
    assert_int_equal(http_server_post(fixture->server, say_goodbye, NULL), 0);
    assert_false(tls_read_until(client, NULL));
    assert_true(heard.closed); /* with a closing alert */
    client_shut(client);
    assert_true(wait_for(&closed, 1));
    fixture_end(fixture);
}

static void test_stream(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client client;
    open_stream(&client, &fixture, TLS1_2_VERSION);
    check_stream(&client, &fixture);
}

/* Over TLS 1.3 a stream goes on under new keys and without an SSL, whatever the suite. */
static void test_settled_stream(void **state)
{
    (void)state;
    static const char *const suites[] = {"TLS_AES_128_GCM_SHA256",
                                         "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256"};
    for (size_t i = 0; i < COUNT_OF(suites); i++) {
        struct fixture fixture;
        struct client client;
        only_suite = suites[i];
        key_updates = 0;
        open_stream(&client, &fixture, TLS1_3_VERSION);
        only_suite = NULL;
        assert_string_equal(SSL_get_cipher_name(client.ssl), suites[i]);
        assert_int_equal(key_updates, 1);
        check_stream(&client, &fixture);
    }
}

/* Whatever the client of a stream still says is its end, its closing alert or not. */
static void test_settled_client_speaks(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture fixture;
        struct client client;
        open_stream(&client, &fixture, TLS1_3_VERSION);
        if (i)
            (void)SSL_shutdown(client.ssl);
        else
            tls_say(&client, "x");
        assert_true(wait_for(&closed, 1));
        assert_null(one_stream);
        client_shut(&client);
        fixture_end(&fixture);
    }
}

/* A handshake that never ends is cut. */
static void test_handshake_deadline(void **state)
{
    (void)state;
    struct fixture fixture;
    struct http_timing timing = http_timing_default;
    timing.tick_ms = 10;
    timing.head_ms = 200;
    start(&fixture, &timing, plain_handler);
    for (int i = 0; i < 2; i++) {
        const int64_t start_ms = now_ms();
        int fd = client_connect(&fixture);
        if (i)
            client_send(fd, "\x16\x03\x01\x01", 4);
        client_read_all(fd, &heard);
        assert_true(heard.closed || heard.reset);
        assert_true(now_ms() - start_ms >= timing.head_ms);
        close(fd);
    }
    fixture_end(&fixture);
}

static void test_wrong_key(void **state)
{
    (void)state;
    struct http_server *server = NULL;
    struct diag diag = {0};
    struct http_config config = {
        .listen = "127.0.0.1:0", .tls_cert = cert_path, .tls_key = other_key_path};
    assert_int_equal(http_server_new(&server, &config, plain_handler, NULL, &diag),
                     ST_INVALID);
    assert_string_equal(diag.where, "tls-key");
    config.tls_key = cert_path;
    assert_int_equal(http_server_new(&server, &config, plain_handler, NULL, &diag),
                     ST_INVALID);
}

static bool is_shown(struct client *client, const struct fixture *fixture,
                     const char *path)
{
    FILE *file = fopen(path, "r");
    X509 *wanted = PEM_read_X509(file, NULL, NULL, NULL);
    fclose(file);
    assert_true(client_open(client, fixture, 0));
    X509 *shown = SSL_get1_peer_certificate(client->ssl);
    const bool ret = X509_cmp(shown, wanted) == 0;
    X509_free(shown);
    X509_free(wanted);
    return ret;
}

static void test_renewal(void **state)
{
    (void)state;
    struct fixture fixture;
    struct client before, after;
    struct diag diag = {0};
    char path[] = "/tmp/muster-test-renewed-XXXXXX";
    make_cert(path, other_key_path, 7200);
    start(&fixture, NULL, plain_handler);
    assert_true(is_shown(&before, &fixture, cert_path));
    const int64_t ends_s = http_server_certificate_ends_s(fixture.server);
    assert_int_equal(http_server_renew_certificate(fixture.server, path, key_path, &diag),
                     ST_INVALID);
    assert_string_equal(diag.where, "tls-key");
    assert_true(is_shown(&after, &fixture, cert_path));
    client_shut(&after);
    assert_int_equal(
        http_server_renew_certificate(fixture.server, path, other_key_path, &diag),
        ST_OK);
    while (http_server_certificate_ends_s(fixture.server) == ends_s)
        usleep(1000);
    assert_true(is_shown(&after, &fixture, path));
    client_shut(&after);
    tls_say(&before, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(tls_read_until(&before, "200 OK"));
    client_shut(&before);
    fixture_end(&fixture);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_old_versions),
        cmocka_unit_test(test_without_tls),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_settled_stream),
        cmocka_unit_test(test_settled_client_speaks),
        cmocka_unit_test(test_handshake_deadline),
        cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_renewal),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
