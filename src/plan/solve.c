/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/solve.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "plan/tail.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

int solve_parse_probabilities(char *text, size_t size, double **ret, size_t *ret_count,
                              struct diag *reterr)
{
    if (memchr(text, '\0', size) != NULL)
        return diag_set(reterr, ST_INVALID, 0, 0, "", "the file holds a NUL byte");
    double *values = NULL;
    uint32_t count = 0, capacity = 0, line_number = 0;
    int status = ST_OK;
    for (char *rest = text; rest != NULL && status == ST_OK;) {
        char *line = text_trim(strsep(&rest, "\n"));
        line_number++;
        if (*line == '\0')
            continue;
        status =
            mem_grow(&values, &capacity, count + 1, sizeof(*values), SOLVE_PEOPLE_MAX);
        if (status == ST_LIMIT)
            status = diag_set(reterr, ST_LIMIT, line_number, 0, "",
                              "more than %d probabilities", SOLVE_PEOPLE_MAX);
        else if (status == ST_OK && !text_to_double(line, 0.0, 1.0, &values[count++]))
            status = diag_set(reterr, ST_INVALID, line_number, 1, "",
                              "is no probability from 0 to 1: %s", line);
    }
    if (status < 0) {
        mem_free(values);
        return status;
    }
    *ret = values;
    *ret_count = count;
    return ST_OK;
}

int solve_tail(const char *k, char *text, size_t size, char ret[SOLVE_TEXT_SIZE],
               struct diag *reterr)
{
    int64_t wanted;
    AUTO_FREE double *values = NULL;
    size_t count;
    double tail;
    if (!text_to_int64(k, 0, TAIL_K_MAX, &wanted))
        return diag_set(reterr, ST_INVALID, 0, 0, "K", "is no number from 0 to %d: %s",
                        TAIL_K_MAX, k);
    int status = solve_parse_probabilities(text, size, &values, &count, reterr);
    if (status == ST_OK && (uint64_t)wanted > count) {
        (void)snprintf(ret, SOLVE_TEXT_SIZE, "0");
        return ST_OK;
    }
    if (status == ST_OK)
        status = tail_exact(values, count, (uint32_t)wanted, &tail);
    if (status == ST_OK)
        (void)snprintf(ret, SOLVE_TEXT_SIZE, "%.17g", tail > 1.0 ? 1.0 : tail);
    return status;
}
