/* SPDX-License-Identifier: Apache-2.0 */
/* The line that a node which stands by says ahead of a client's bytes, so that the node
 * that serves knows whose they are:
 *
 *     MUSTER-RELAY 1 ADDRESS MAC\n
 *
 * ADDRESS is the client's, numbers only; MAC = the first 16 bytes in hex of HMAC-SHA-256
 * over "MUSTER-RELAY 1 ADDRESS" under a key that only nodes have. No method of HTTP and
 * no TLS record begins like this. Whoever can read between the nodes could say a line
 * again, and so pass for that address. Never for a local one where rights are concerned
 * (http_is_relayed); but limits per address spare whoever is on the other node's own
 * loopback, as they spare loopback here. */
#ifndef MUSTER_HTTP_RELAYED_H
#define MUSTER_HTTP_RELAYED_H

#include <stddef.h>
#include <stdint.h>

#define RELAYED_KEY_SIZE 32
#define RELAYED_ADDRESS_SIZE 64
#define RELAYED_LINE_MAX 128 /* with its end and a NUL */

/* Returns the line's length. ADDRESS is shorter than RELAYED_ADDRESS_SIZE. */
size_t relayed_write(const uint8_t key[RELAYED_KEY_SIZE], const char *address,
                     char ret[RELAYED_LINE_MAX]);

enum relayed {
    RELAYED_NOT,  /* these bytes are the client's own */
    RELAYED_MORE, /* may be one: more bytes are needed, fewer than RELAYED_LINE_MAX */
    RELAYED_YES,
    RELAYED_BAD /* a line that no node of ours said */
};
/* RELAYED_YES: *RET_SIZE bytes were the line. */
enum relayed relayed_read(const uint8_t key[RELAYED_KEY_SIZE], const char *data,
                          size_t size, char ret_address[RELAYED_ADDRESS_SIZE],
                          size_t *ret_size);

#endif
