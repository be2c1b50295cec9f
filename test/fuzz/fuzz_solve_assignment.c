/* SPDX-License-Identifier: Apache-2.0 */
/* OR-Library's assignment files. */
#include "base/mem.h"
#include "plan/solve.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char ret[SOLVE_TEXT_SIZE];
    struct diag diag;
    AUTO_FREE char *text = mem_alloc(size + 1);
    if (text == NULL || size > 4096)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    (void)solve_assignment(text, size, ret, &diag);
    return 0;
}
