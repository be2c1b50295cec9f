/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in memory, compressed by gzip (RFC 1952, several members too) or plain, handed
 * out piece by piece. */
#ifndef MUSTER_ROAD_GUNZIP_H
#define MUSTER_ROAD_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUNZIP_PIECE_SIZE 262144u

struct gunzip;

/* DATA must outlive it. */
int gunzip_new(struct gunzip **ret, const uint8_t *data, size_t size, uint64_t bytes_max)
    __attribute__((warn_unused_result));
void gunzip_free(struct gunzip *gunzip);
/* The next piece, valid until the next call; size 0 at the end. ST_CORRUPT, ST_LIMIT. */
int gunzip_next(struct gunzip *gunzip, const char **ret, size_t *ret_size)
    __attribute__((warn_unused_result));
/* How much of the input is used up. */
size_t gunzip_done(const struct gunzip *gunzip);

#endif
