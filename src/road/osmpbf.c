/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"
#include "road/osmread.h"
int osmpbf_read(const uint8_t *data, size_t size, const char *name,
                const struct osmread_handler *handler, struct diag *reterr)
{
    (void)data, (void)size, (void)handler;
    return diag_set(reterr, ST_UNSUPPORTED, 0, 0, name, "is PBF");
}
