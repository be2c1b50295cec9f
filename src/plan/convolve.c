/* SPDX-License-Identifier: Apache-2.0 */
/* The factors b and c are the two parts of one complex sequence b + ic; a is real, so
 * the product of the transforms belongs to (a * b) + i(a * c): three transforms for two
 * convolutions. Padding with zeros to twice the length keeps the circle from closing.
 *
 * The transform runs in place, decimation in time over bits in reverse order. Its
 * inverse is itself with the parts exchanged, before and after. */
#include "plan/convolve.h"

#include "base/mem.h"
#include "base/status.h"

#include <assert.h>
#include <math.h>

struct complex_array {
    double *re, *im;
};

static void swap(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

static void reverse_bits(struct complex_array x, uint32_t size)
{
    for (uint32_t i = 1, j = 0; i < size; i++) {
        uint32_t bit = size >> 1;
        for (; (j & bit) != 0; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            swap(&x.re[i], &x.re[j]);
            swap(&x.im[i], &x.im[j]);
        }
    }
}

/* roots[k] = exp(-2 pi i k / SIZE) for k < SIZE / 2. */
static void transform(struct complex_array x, struct complex_array roots, uint32_t size)
{
    reverse_bits(x, size);
    for (uint32_t half = 1; half < size; half *= 2) {
        uint32_t stride = size / (2 * half);
        for (uint32_t from = 0; from < size; from += 2 * half)
            for (uint32_t k = 0; k < half; k++) {
                uint32_t low = from + k, high = low + half;
                double re = roots.re[k * stride], im = roots.im[k * stride];
                double high_re = x.re[high] * re - x.im[high] * im;
                double high_im = x.re[high] * im + x.im[high] * re;
                x.re[high] = x.re[low] - high_re;
                x.im[high] = x.im[low] - high_im;
                x.re[low] += high_re;
                x.im[low] += high_im;
            }
    }
}

static void make_roots(struct complex_array roots, uint32_t size)
{
    for (uint32_t k = 0; k < size / 2; k++) {
        double angle = -2.0 * M_PI * k / size;
        roots.re[k] = cos(angle);
        roots.im[k] = sin(angle);
    }
}

static double at_least_0(double value)
{
    return value > 0.0 ? value : 0.0;
}

int convolve_pair(const double *a, const double *b, const double *c, uint32_t count,
                  double *ret_ab, double *ret_ac)
{
    assert(count > 0 && count <= CONVOLVE_COUNT_MAX);
    uint32_t size = 1;
    while (size < 2 * count)
        size *= 2;
    AUTO_FREE double *memory = mem_calloc(5 * (size_t)size, sizeof *memory);
    if (memory == NULL)
        return ST_NO_MEMORY;
    struct complex_array one = {memory, memory + size};
    struct complex_array two = {memory + 2 * (size_t)size, memory + 3 * (size_t)size};
    struct complex_array roots = {memory + 4 * (size_t)size,
                                  memory + 4 * (size_t)size + size / 2};
    for (uint32_t i = 0; i < count; i++) {
        one.re[i] = a[i];
        two.re[i] = b[i];
        two.im[i] = c[i];
    }
    make_roots(roots, size);
    transform(one, roots, size);
    transform(two, roots, size);
    for (uint32_t i = 0; i < size; i++) { /* the product, its parts exchanged */
        double re = one.re[i] * two.re[i] - one.im[i] * two.im[i];
        double im = one.re[i] * two.im[i] + one.im[i] * two.re[i];
        two.re[i] = im;
        two.im[i] = re;
    }
    transform(two, roots, size);
    for (uint32_t i = 0; i < count; i++) {
        ret_ab[i] = at_least_0(two.im[i] / size);
        ret_ac[i] = at_least_0(two.re[i] / size);
    }
    return ST_OK;
}
