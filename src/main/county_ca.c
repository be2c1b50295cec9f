/* SPDX-License-Identifier: Apache-2.0 */
#include "main/county_ca.h"

#include "base/file.h"
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#define DAY_S 86400L
#define CA_DAYS 3650
#define SERVER_DAYS 825
#define PATH_SIZE 4200
#define KEY_MODE 0600
#define CERTIFICATE_MODE 0644

struct pair {
    EVP_PKEY *key;
    X509 *certificate;
};

static void pair_release(struct pair *pair)
{
    EVP_PKEY_free(pair->key);
    X509_free(pair->certificate);
}

static bool is_address(const char *name)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static bool is_host_name(const char *name)
{
    size_t size = strlen(name);
    return size >= 1 && size <= COUNTY_CA_NAME_MAX && name[0] != '-' && name[0] != '.' &&
           strspn(name,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
               size;
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static bool set_serial(X509 *certificate)
{
    uint8_t bytes[16];
    random_fill(random_system(), bytes, sizeof bytes);
    bytes[0] &= 0x7f; /* positive (RFC 5280, 4.1.2.2) */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok = number != NULL &&
              BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return ok;
}

/* Key and unsigned certificate with a name, a validity and a serial number. */
static bool begin_pair(struct pair *ret, const char *common_name, int days)
{
    ret->key = EVP_EC_gen("P-256");
    ret->certificate = X509_new();
    if (ret->key == NULL || ret->certificate == NULL)
        return false;
    X509 *certificate = ret->certificate;
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) == 1 &&
           set_serial(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), days * DAY_S) != NULL &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)common_name, -1, -1,
                                      0) == 1 &&
           X509_set_pubkey(certificate, ret->key) == 1;
}

static bool make_authority(struct pair *ret)
{
    return begin_pair(ret, "muster county authority", CA_DAYS) &&
           X509_set_issuer_name(ret->certificate,
                                X509_get_subject_name(ret->certificate)) == 1 &&
           add_extension(ret->certificate, ret->certificate, NID_basic_constraints,
                         "critical,CA:TRUE,pathlen:0") &&
           add_extension(ret->certificate, ret->certificate, NID_key_usage,
                         "critical,keyCertSign,cRLSign") &&
           add_extension(ret->certificate, ret->certificate, NID_subject_key_identifier,
                         "hash") &&
           X509_sign(ret->certificate, ret->key, EVP_sha256()) > 0;
}

/* "DNS:a,IP:b" of NAMES "a,b". False: one of them is none, or they are too many. */
static bool read_names(const char *names, struct text *ret)
{
    for (uint32_t count = 0; count < COUNTY_CA_NAMES_MAX; count++) {
        char name[COUNTY_CA_NAME_MAX + 1];
        const size_t size = strcspn(names, ",");
        if (size >= sizeof name)
            return false;
        memcpy(name, names, size);
        name[size] = '\0';
        if (!is_address(name) && !is_host_name(name))
            return false;
        text_appendf(ret, "%s%s:%s", count == 0 ? "" : ",",
                     is_address(name) ? "IP" : "DNS", name);
        if (names[size] == '\0')
            return true;
        names += size + 1;
    }
    return false;
}

static bool make_server(struct pair *ret, const struct pair *authority,
                        const char *alternative)
{
    X509 *issuer = authority->certificate;
    return begin_pair(ret, "muster", SERVER_DAYS) && /* the alternative names count */
           X509_set_issuer_name(ret->certificate, X509_get_subject_name(issuer)) == 1 &&
           add_extension(ret->certificate, issuer, NID_basic_constraints,
                         "critical,CA:FALSE") &&
           add_extension(ret->certificate, issuer, NID_key_usage,
                         "critical,digitalSignature") &&
           add_extension(ret->certificate, issuer, NID_ext_key_usage, "serverAuth") &&
           add_extension(ret->certificate, issuer, NID_subject_alt_name, alternative) &&
           add_extension(ret->certificate, issuer, NID_authority_key_identifier,
                         "keyid") &&
           X509_sign(ret->certificate, authority->key, EVP_sha256()) > 0;
}

/* One PEM file; KEY or CERTIFICATE is NULL. */
static int write_pem(const char *dir, const char *file, EVP_PKEY *key, X509 *certificate,
                     struct diag *reterr)
{
    char path[PATH_SIZE];
    BIO *memory = BIO_new(BIO_s_mem());
    bool ok =
        memory != NULL &&
        (key != NULL ? PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL)
                     : PEM_write_bio_X509(memory, certificate)) == 1;
    char *data = NULL;
    long size = ok ? BIO_get_mem_data(memory, &data) : 0;
    (void)snprintf(path, sizeof path, "%s/%s", dir, file);
    int status = ok ? file_write(path, data, (size_t)size,
                                 key != NULL ? KEY_MODE : CERTIFICATE_MODE, reterr)
                    : diag_set(reterr, ST_NO_MEMORY, 0, 0, path, "cannot be made");
    BIO_free(memory);
    return status;
}

int county_ca_make(const char *dir, const char *names, struct diag *reterr)
{
    struct pair authority = {0}, server = {0};
    struct text alternative;
    text_init(&alternative, COUNTY_CA_NAMES_MAX * (COUNTY_CA_NAME_MAX + 5));
    int status = ST_OK;
    if (!read_names(names, &alternative))
        status = diag_set(reterr, ST_INVALID, 0, 0, "tls-name",
                          "must be host names or IP addresses, at most %d with ',' "
                          "between, not '%s'",
                          COUNTY_CA_NAMES_MAX, names);
    else if (alternative.status != ST_OK || !make_authority(&authority) ||
             !make_server(&server, &authority, text_string(&alternative)))
        status = diag_set(reterr, ST_NO_MEMORY, 0, 0, "tls-name",
                          "the certificates cannot be made");
    if (status == ST_OK)
        status = write_pem(dir, "tls-ca-key.pem", authority.key, NULL, reterr);
    if (status == ST_OK)
        status = write_pem(dir, "tls-ca.pem", NULL, authority.certificate, reterr);
    if (status == ST_OK)
        status = write_pem(dir, "tls-key.pem", server.key, NULL, reterr);
    if (status == ST_OK)
        status = write_pem(dir, "tls-cert.pem", NULL, server.certificate, reterr);
    text_release(&alternative);
    pair_release(&authority);
    pair_release(&server);
    return status;
}
