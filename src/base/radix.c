/* SPDX-License-Identifier: Apache-2.0 */
/* From the least digit, as many digits as the largest key has. */
#include "base/radix.h"

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

static void sort_digit(const uint64_t *keys, uint64_t *ret, uint32_t count, int shift)
{
    uint32_t first[DIGITS] = {0}, sum = 0;
    for (uint32_t i = 0; i < count; i++)
        first[keys[i] >> shift & (DIGITS - 1)]++;
    for (uint32_t digit = 0; digit < DIGITS; digit++) {
        uint32_t here = first[digit];
        first[digit] = sum;
        sum += here;
    }
    for (uint32_t i = 0; i < count; i++)
        ret[first[keys[i] >> shift & (DIGITS - 1)]++] = keys[i];
}

uint64_t *radix_sort_upper(uint64_t *keys, uint64_t *spare, uint32_t count,
                           uint32_t upper_max)
{
    for (int shift = 32; upper_max > 0; shift += DIGIT_BITS, upper_max >>= DIGIT_BITS) {
        sort_digit(keys, spare, count, shift);
        uint64_t *swap = keys;
        keys = spare;
        spare = swap;
    }
    return keys;
}
