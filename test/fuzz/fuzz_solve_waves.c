/* SPDX-License-Identifier: Apache-2.0 */
/* The document of `solve waves`. */
#include "base/mem.h"
#include "plan/solve.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *answer = NULL;
    struct diag diag;
    if (size <= 256 && solve_waves((const char *)data, size, &answer, &diag) == 0)
        mem_free(answer);
    return 0;
}
