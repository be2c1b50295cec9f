/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ids.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

void ids_sort(int64_t *ids, uint32_t count)
{
    if (count > 1)
        qsort(ids, count, sizeof *ids, compare);
}

uint32_t ids_sort_once(int64_t *ids, uint32_t count)
{
    uint32_t kept = 0;
    ids_sort(ids, count);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[kept - 1])
            ids[kept++] = ids[i];
    return kept;
}

uint32_t ids_from(const int64_t *ids, uint32_t count, int64_t id)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ids_contain(const int64_t *ids, uint32_t count, int64_t id)
{
    uint32_t at = ids_from(ids, count, id);
    return at < count && ids[at] == id;
}
