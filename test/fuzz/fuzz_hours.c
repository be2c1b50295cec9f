/* SPDX-License-Identifier: Apache-2.0 */
/* Hours of the week: what is accepted stays within its limits and can be asked. */
#include "base/mem.h"
#include "base/status.h"
#include "crowd/hours.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = mem_strndup((const char *)data, size);
    struct hours hours;
    struct diag diag;
    if (text == NULL || hours_parse(text, &hours, &diag) != ST_OK)
        return 0;
    if (hours.count > HOURS_SPANS_MAX)
        abort();
    for (uint32_t i = 0; i < hours.count; i++)
        if (hours.spans[i].from >= 1440 || hours.spans[i].to < 1 ||
            hours.spans[i].to > 1440 || hours.spans[i].days == 0 ||
            hours.spans[i].days > 0x7f)
            abort();
    (void)hours_contain(&hours, INT64_C(1795478400000), NULL);
    return 0;
}
