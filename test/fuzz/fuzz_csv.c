/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is read as CSV: no crash, cells lie inside the text, lines only grow. */
#include "base/csv.h"
#include "base/mem.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_alloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    struct csv csv;
    struct diag diag;
    if (csv_init(&csv, text, size, &diag) == 0) {
        uint32_t line = 0;
        while (csv_next(&csv, &diag) == 1) {
            assert(csv.line > line && csv.count >= 1);
            line = csv.line;
            for (uint32_t i = 0; i < csv.count; i++)
                assert(csv.cells[i] + strlen(csv.cells[i]) <= text + size);
        }
    }
    mem_free(text);
    return 0;
}
