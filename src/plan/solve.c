/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/solve.h"

#include "base/mem.h"
#include "base/status.h"
#include "base/text.h"
#include "plan/assignment.h"
#include "plan/tail.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* One probability a line, from 0 to 1; white space around it, empty lines and CRLF are
 * fine, anything else is ST_INVALID with its line. *RET is a block (mem_free), NULL if
 * there is none. */
static int parse_probabilities(char *text, size_t size, double **ret, size_t *ret_count,
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
    size_t count = 0;
    double tail = 0.0;
    if (!text_to_int64(k, 0, TAIL_K_MAX, &wanted))
        return diag_set(reterr, ST_INVALID, 0, 0, "K", "is no number from 0 to %d: %s",
                        TAIL_K_MAX, k);
    int status = parse_probabilities(text, size, &values, &count, reterr);
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

/* ---- assignment
 * ------------------------------------------------------------------------ */

struct numbers {
    char *at;
    uint32_t line;    /* of the last word */
    bool ends_a_line; /* the last word */
};

/* The next word, NULL at the end. */
static char *next_word(struct numbers *numbers)
{
    numbers->line += numbers->ends_a_line;
    numbers->ends_a_line = false;
    while (*numbers->at != '\0' && strchr(" \t\r\n", *numbers->at) != NULL)
        numbers->line += *numbers->at++ == '\n';
    if (*numbers->at == '\0')
        return NULL;
    char *word = numbers->at;
    numbers->at += strcspn(word, " \t\r\n");
    numbers->ends_a_line = *numbers->at == '\n';
    if (*numbers->at != '\0')
        *numbers->at++ = '\0';
    return word;
}

static int read_costs(struct numbers *numbers, uint32_t n, double **ret, bool *ret_whole,
                      struct diag *reterr)
{
    size_t count = (size_t)n * n;
    double *costs = mem_calloc(count + 1, sizeof(*costs));
    *ret = costs;
    *ret_whole = true;
    if (costs == NULL)
        return ST_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const char *word = next_word(numbers);
        if (word == NULL)
            return diag_set(reterr, ST_INVALID, numbers->line, 0, "", "%zu costs of %zu",
                            i, count);
        if (!text_to_double(word, -1e12, 1e12, &costs[i]))
            return diag_set(reterr, ST_INVALID, numbers->line, 0, "", "is no cost: %s",
                            word);
        *ret_whole &= costs[i] == floor(costs[i]);
    }
    if (next_word(numbers) != NULL)
        return diag_set(reterr, ST_INVALID, numbers->line, 0, "", "more than %zu costs",
                        count);
    return ST_OK;
}

int solve_assignment(char *text, size_t size, char ret[SOLVE_TEXT_SIZE],
                     struct diag *reterr)
{
    if (memchr(text, '\0', size) != NULL)
        return diag_set(reterr, ST_INVALID, 0, 0, "", "the file holds a NUL byte");
    struct numbers numbers = {.at = text, .line = 1};
    const char *word = next_word(&numbers);
    int64_t n;
    if (word == NULL || !text_to_int64(word, 1, ASSIGNMENT_N_MAX, &n))
        return diag_set(reterr, ST_INVALID, 1, 1, "", "starts with no size from 1 to %d",
                        ASSIGNMENT_N_MAX);
    AUTO_FREE double *costs = NULL;
    AUTO_FREE uint32_t *columns = mem_calloc((size_t)n, sizeof(*columns));
    bool whole;
    if (columns == NULL)
        return ST_NO_MEMORY;
    int status = read_costs(&numbers, (uint32_t)n, &costs, &whole, reterr);
    if (status == ST_OK)
        status = assignment_solve(
            &(struct assignment_problem){costs, (uint32_t)n, (uint32_t)n}, columns, NULL,
            NULL);
    if (status < 0)
        return status;
    double total = 0.0;
    for (int64_t row = 0; row < n; row++)
        total += costs[row * n + columns[row]];
    if (whole)
        (void)snprintf(ret, SOLVE_TEXT_SIZE, "%.0f", total);
    else
        (void)snprintf(ret, SOLVE_TEXT_SIZE, "%.17g", total);
    return ST_OK;
}
