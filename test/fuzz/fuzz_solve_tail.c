/* SPDX-License-Identifier: Apache-2.0 */
/* The file of `solve tail`: the first line is taken as K. */
#include "base/mem.h"
#include "base/status.h"
#include "plan/solve.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char k[8] = "", ret[SOLVE_TEXT_SIZE];
    struct diag diag;
    AUTO_FREE char *text = mem_alloc(size + 1);
    if (text == NULL || size > 4096)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    size_t first = strcspn(text, "\n");
    if (first >= sizeof(k) || first >= size)
        return 0;
    memcpy(k, text, first);
    if (solve_tail(k, text + first + 1, size - first - 1, ret, &diag) != ST_OK)
        return 0;
    char *end;
    double tail = strtod(ret, &end);
    if (*end != '\0' || !(tail >= 0.0 && tail <= 1.0))
        abort();
    return 0;
}
