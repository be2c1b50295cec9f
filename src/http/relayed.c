/* SPDX-License-Identifier: Apache-2.0 */
#include "http/relayed.h"

#include "base/text.h"
#include "http/listen.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define BEGIN "MUSTER-RELAY 1 "
#define MAC_SIZE 16

static void prove(const uint8_t key[RELAYED_KEY_SIZE], const char *text, size_t size,
                  char ret[2 * MAC_SIZE + 1])
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const unsigned char *done = HMAC(EVP_sha256(), key, RELAYED_KEY_SIZE,
                                     (const unsigned char *)text, size, mac, &length);
    assert(done != NULL && length >= MAC_SIZE); /* only memory can be missing */
    (void)done;
    text_to_hex(mac, MAC_SIZE, ret);
}

size_t relayed_write(const uint8_t key[RELAYED_KEY_SIZE], const char *address,
                     char ret[RELAYED_LINE_MAX])
{
    assert(strlen(address) < RELAYED_ADDRESS_SIZE);
    char mac[2 * MAC_SIZE + 1];
    int size = snprintf(ret, RELAYED_LINE_MAX, BEGIN "%s", address);
    prove(key, ret, (size_t)size, mac);
    return (size_t)(size +
                    snprintf(ret + size, RELAYED_LINE_MAX - (size_t)size, " %s\n", mac));
}

enum relayed relayed_read(const uint8_t key[RELAYED_KEY_SIZE], const char *data,
                          size_t size, char ret_address[RELAYED_ADDRESS_SIZE],
                          size_t *ret_size)
{
    const size_t begin = strlen(BEGIN);
    if (memcmp(data, BEGIN, size < begin ? size : begin) != 0)
        return RELAYED_NOT;
    size_t look = size < RELAYED_LINE_MAX - 1 ? size : RELAYED_LINE_MAX - 1;
    const char *end = memchr(data, '\n', look);
    if (end == NULL)
        return look < size || size >= RELAYED_LINE_MAX - 1 ? RELAYED_BAD : RELAYED_MORE;
    char line[RELAYED_LINE_MAX], mac[2 * MAC_SIZE + 1];
    const size_t length = (size_t)(end - data);
    memcpy(line, data, length);
    line[length] = '\0';
    char *space = strlen(line) == length ? strrchr(line, ' ') : NULL;
    if (space == NULL || strlen(space + 1) != 2 * MAC_SIZE || space < line + begin)
        return RELAYED_BAD;
    prove(key, line, (size_t)(space - line), mac);
    if (CRYPTO_memcmp(mac, space + 1, 2 * MAC_SIZE) != 0)
        return RELAYED_BAD;
    *space = '\0';
    const char *address = line + begin;
    if (strlen(address) >= RELAYED_ADDRESS_SIZE || !http_address_is_ip(address))
        return RELAYED_BAD;
    memcpy(ret_address, address, strlen(address) + 1);
    *ret_size = length + 1;
    return RELAYED_YES;
}
