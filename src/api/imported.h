/* SPDX-License-Identifier: Apache-2.0 */
/* What an import of people came to, as JSON: the answer of POST people/imports, and what
 * `import people --json` prints. */
#ifndef MUSTER_API_IMPORTED_H
#define MUSTER_API_IMPORTED_H

#include <stdbool.h>
#include <stdint.h>

struct diag;

struct people_file;
struct text;

/* {added, changed, same, retired, names_compared, warnings:[{line, column, field, text} |
 * {line, text, other}]} of a file that people_import has run. A warning's line is 0 if it
 * is about the whole file; OTHER is the number of the person that the line resembles. */
/* What is to be said of the whole import, INDEX from 0 on; false: no more. */
bool imported_remark(const struct people_file *file, uint32_t index, struct diag *ret);
void imported_write(const struct people_file *file, struct text *ret);

#endif
