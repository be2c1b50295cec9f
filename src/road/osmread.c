/* SPDX-License-Identifier: Apache-2.0 */
/* Which format a file has is seen in its first bytes: gzip has a magic number (RFC 1952),
 * XML starts with '<' (perhaps after a byte order mark and white space), PBF with a
 * 4-byte length below 64 KiB, so with two zero bytes. */
#include "road/osmread.h"

#include "base/file.h"
#include "base/status.h"

static bool looks_like_xml(const uint8_t *data, size_t size)
{
    size_t at =
        size >= 3 && data[0] == 0xef && data[1] == 0xbb && data[2] == 0xbf ? 3 : 0;
    while (at < size &&
           (data[at] == ' ' || data[at] == '\n' || data[at] == '\r' || data[at] == '\t'))
        at++;
    return at < size && data[at] == '<';
}

int osmread_bytes(const uint8_t *data, size_t size, const char *name,
                  const struct osmread_handler *handler, struct diag *reterr)
{
    if (size >= 2 && data[0] == 0x1f && data[1] == 0x8b)
        return osmxml_read(data, size, true, name, handler, reterr);
    if (looks_like_xml(data, size))
        return osmxml_read(data, size, false, name, handler, reterr);
    if (size >= 4 && data[0] == 0 && data[1] <= 1)
        return osmpbf_read(data, size, name, handler, reterr);
    return diag_set(reterr, ST_UNSUPPORTED, 0, 0, name,
                    "is not .osm, .osm.gz or .osm.pbf");
}

int osmread_file(const char *path, const struct osmread_handler *handler,
                 struct diag *reterr)
{
    struct file_map map;
    int status = file_map(&map, path, reterr);
    if (status != ST_OK)
        return status;
    status = osmread_bytes(map.data, map.size, path, handler, reterr);
    file_unmap(&map);
    return status;
}
