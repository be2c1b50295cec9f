/* SPDX-License-Identifier: Apache-2.0 */
/* A .gr and a .co, parted by a line "---": a valid graph or an error. */
#include "base/mem.h"
#include "base/status.h"
#include "road/dimacs.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = memmem(data, size, "---\n", 4);
    if (cut == NULL || size > 65536)
        return 0;
    const struct dimacs_texts texts = {"gr", data,    (size_t)(cut - data),
                                       "co", cut + 4, (size_t)(data + size - cut - 4)};
    struct graph_input input = {0};
    struct road_import_result result = {0};
    struct diag diag;
    uint8_t *image;
    size_t image_size;
    if (dimacs_read(&texts, 0.5, NULL, &input, &diag) == ST_OK &&
        input.node_count < 100000 &&
        graph_image(&input, &image, &image_size, &result, &diag) == ST_OK) {
        struct road road;
        assert(graph_check(image, image_size, "x", &road, &diag) == ST_OK);
        mem_free(image);
    }
    graph_input_release(&input);
    return 0;
}
