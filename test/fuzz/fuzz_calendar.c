/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.csv: what is accepted is sorted, each day once. */
#include "base/mem.h"
#include "base/status.h"
#include "crowd/hours.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct calendar calendar;
    struct diag diag;
    AUTO_FREE char *text = mem_alloc(size + 1);
    if (text == NULL || size > 65536)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (calendar_parse(text, size, &calendar, &diag) != ST_OK)
        return 0;
    for (uint32_t i = 1; i < calendar.count; i++)
        if (calendar.days[i].day <= calendar.days[i - 1].day ||
            calendar.days[i].treat_as > 6)
            abort();
    calendar_release(&calendar);
    return 0;
}
