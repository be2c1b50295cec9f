/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is read as OpenStreetMap XML (plain or gzip) becomes a valid graph or an
 * error.
 */
#include "osm_pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 65536)
        pipeline_run(data, size);
    return 0;
}
