/* SPDX-License-Identifier: Apache-2.0 */
/* The document of `solve tasks`. What is accepted is also solved and proved. */
#include "base/mem.h"
#include "plan/solve.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *answer = NULL;
    struct diag diag;
    if (size <= 4096 && solve_tasks((const char *)data, size, &answer, &diag) == 0) {
        assert(strstr(answer, "\"proved\":true") != NULL);
        mem_free(answer);
    }
    return 0;
}
