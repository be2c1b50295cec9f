/* SPDX-License-Identifier: Apache-2.0 */
#include "road/gunzip.h"

#include "base/mem.h"
#include "base/status.h"

#include <zlib.h>

#define INPUT_STEP (1u << 30) /* zlib counts in 32 bits */
#define WINDOW_GZIP (15 + 16)

struct gunzip {
    const uint8_t *data;
    size_t size, done;
    uint64_t bytes, bytes_max;
    bool compressed, member_open;
    z_stream stream;
    char piece[GUNZIP_PIECE_SIZE];
};

static void *zalloc_ours(void *context, unsigned count, unsigned size)
{
    (void)context;
    return mem_calloc(count, size);
}

static void zfree_ours(void *context, void *block)
{
    (void)context;
    mem_free(block);
}

int gunzip_new(struct gunzip **ret, const uint8_t *data, size_t size, uint64_t bytes_max)
{
    struct gunzip *gunzip = mem_calloc(1, sizeof *gunzip);
    if (gunzip == NULL)
        return ST_NO_MEMORY;
    gunzip->data = data;
    gunzip->size = size;
    gunzip->bytes_max = bytes_max;
    gunzip->compressed = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
    gunzip->stream.zalloc = zalloc_ours;
    gunzip->stream.zfree = zfree_ours;
    if (gunzip->compressed && inflateInit2(&gunzip->stream, WINDOW_GZIP) != Z_OK) {
        mem_free(gunzip);
        return ST_NO_MEMORY;
    }
    gunzip->member_open = gunzip->compressed;
    *ret = gunzip;
    return ST_OK;
}

void gunzip_free(struct gunzip *gunzip)
{
    if (gunzip == NULL)
        return;
    if (gunzip->compressed)
        (void)inflateEnd(&gunzip->stream); /* only says whether the stream was whole */
    mem_free(gunzip);
}

size_t gunzip_done(const struct gunzip *gunzip)
{
    return gunzip->done;
}

static int next_plain(struct gunzip *gunzip, const char **ret, size_t *ret_size)
{
    size_t left = gunzip->size - gunzip->done;
    *ret_size = left < GUNZIP_PIECE_SIZE ? left : GUNZIP_PIECE_SIZE;
    *ret = (const char *)gunzip->data + gunzip->done;
    gunzip->done += *ret_size;
    return ST_OK;
}

/* Inflates until the piece has something in it or the input is at its end. */
static int inflate_some(struct gunzip *gunzip)
{
    z_stream *stream = &gunzip->stream;
    stream->next_out = (unsigned char *)gunzip->piece;
    stream->avail_out = GUNZIP_PIECE_SIZE;
    while (stream->avail_out == GUNZIP_PIECE_SIZE) {
        size_t left = gunzip->size - gunzip->done;
        if (!gunzip->member_open) {
            if (left == 0)
                return ST_OK;
            if (inflateReset(stream) != Z_OK)
                return ST_CORRUPT;
            gunzip->member_open = true;
        }
        unsigned step = left < INPUT_STEP ? (unsigned)left : INPUT_STEP;
        union {
            const uint8_t *in;
            unsigned char *out;
        } data = {.in = gunzip->data + gunzip->done}; /* zlib only reads it */
        stream->next_in = data.out;
        stream->avail_in = step;
        int result = inflate(stream, Z_NO_FLUSH);
        gunzip->done += step - stream->avail_in;
        if (result == Z_STREAM_END)
            gunzip->member_open = false;
        else if (result == Z_MEM_ERROR)
            return ST_NO_MEMORY;
        else if (result != Z_OK || (step == 0 && stream->avail_out == GUNZIP_PIECE_SIZE))
            return ST_CORRUPT;
    }
    return ST_OK;
}

int gunzip_next(struct gunzip *gunzip, const char **ret, size_t *ret_size)
{
    if (!gunzip->compressed)
        return next_plain(gunzip, ret, ret_size);
    int status = inflate_some(gunzip);
    if (status != ST_OK)
        return status;
    size_t size = GUNZIP_PIECE_SIZE - gunzip->stream.avail_out;
    gunzip->bytes += size;
    if (gunzip->bytes > gunzip->bytes_max)
        return ST_LIMIT;
    *ret = gunzip->piece;
    *ret_size = size;
    return ST_OK;
}
